"""Judging by one contract: exactly, and as fast as the exact verdict allows.

There are three tiers. A text is accepted if one typed decode shows that it certainly conforms.
Otherwise it is read approximately, and judged if its verdict depends on no number in doubt.
Otherwise it is read exactly. Events that conform although they were not accepted are learned from.
The exact tier is the reference, in the order of docs/spec/validation.md, section 2. The fast ones
take some milliseconds to make, so they are made when some events have been judged.

Only this module, `many` and `accept.failing` know the tiers: callers get violations, or an error.
"""

from __future__ import annotations

from _thread import allocate_lock  # as `threading` takes long to load
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Optional, cast

import msgspec

from contractgate_core.contract.parts import ContractDefinition
from contractgate_core.contract.stack import with_room
from contractgate_core.engine.accept.acceptor import Acceptor
from contractgate_core.engine.accept.failing import FailingEvents, FailingReader
from contractgate_core.engine.accept.interface import (
    FindInObject,
    FindInText,
    FindInValue,
)
from contractgate_core.engine.exact import FieldCompiler
from contractgate_core.engine.few import breaks
from contractgate_core.engine.many import ManyJudge
from contractgate_core.engine.patterns import compile_patterns
from contractgate_core.engine.rules import event_rules, unique_values, uniqueness_rules
from contractgate_core.engine.secrets import Secrets
from contractgate_core.engine.violations import report
from contractgate_core.events.decode import (
    decode_event,
)
from contractgate_core.events.encode import sent_value
from contractgate_core.results import Violation, ViolationKind

if TYPE_CHECKING:
    from contractgate_core.engine.accept.observed import Observed
    from contractgate_core.engine.accept.plan import Plan

__all__ = ["EVENT_LEVELS", "NO_OBJECT", "Judge"]

EVENT_LEVELS = 127
"""How deep an event may nest when it is sent alone; in a batch, the array is one more level."""

_COLD_EVENTS = 16
"""How many values are judged before the fast ways are made."""


class Judge:
    """Judges by one contract.

    Threads may share it. Its verbs are attributes, which are replaced by faster ones when some
    events have been judged; a thread that still holds the old verb gets the same verdict from it.
    Each verb takes the time for freshness rules as its second argument, in whole Unix seconds, or
    None for the system's clock. Returned lists belong to the caller.

    Args:
        contract: The contract.
        most_written: No source is written for a contract with more fields than this, since Python
            compiles it in one go and lets no other thread run meanwhile; None for no limit.

    Attributes:
        contract: The contract.
        patterns: The compiled pattern of each path text that has one.
        begin_uniqueness: Begins the rules that compare events.
        text: Finds every broken rule of one event in a JSON text.
        object: Finds every broken rule of a Python object, as it would be sent. A third argument,
            if given, judges objects that do not certainly conform instead.
        breaks: Returns whether a Python object breaks a rule; stops at the first broken rule.
        value: Finds every broken rule of a value from the exact reader.
        lines: Judges the lines of a text; `each_line` does so where lines are compared.
        array: Judges the events of an array.
        record: Finds the violations of a value from the exact reader; if its text is long, only as
            many as are wanted.
        failing: The approximate tier.

    Raises:
        ContractCompileError: A pattern or a transform is refused.
    """

    def __init__(self, contract: ContractDefinition, *, most_written: Optional[int] = None) -> None:
        secrets = Secrets(contract.entities)
        self.contract = contract
        self.patterns = compile_patterns(contract)
        self.begin_uniqueness = uniqueness_rules(contract, secrets)
        self.unique_values = unique_values(contract)
        matchers = {path: pattern.predicate for path, pattern in self.patterns.items()}
        self._fields = FieldCompiler(matchers, secrets, null_as_absent=contract.null_as_absent)
        self._steps = self._fields.steps(contract.entities)
        self._rules = event_rules(contract, secrets)
        self._declared = frozenset(field.name for field in contract.entities)
        self._most_written = most_written
        self._plan: Optional[Plan] = None
        self._cold_events_left = _COLD_EVENTS
        self._making = allocate_lock()
        self._is_made = False
        self.breaks: Callable[[object, Optional[int]], bool] = self._breaks
        self.text: FindInText = self._cold_text
        self.object: FindInObject = self._cold_object
        self.value: FindInValue = self._cold_value
        self.failing = self.failing_events()
        self._acceptor = Acceptor(self.plan, self.failing, bind=self._bind_accept)
        many = ManyJudge(self._acceptor, self, self.failing)
        self.lines, self.each_line = many.lines, many.each_line
        self.array, self.record = many.array, many.record

    def __reduce__(self) -> tuple[Callable[..., Judge], tuple[ContractDefinition, Optional[int]]]:
        return _judge_by, (self.contract, self._most_written)

    def _breaks(self, event: object, now: Optional[int]) -> bool:
        return breaks(self.report_violations, sent_value(event, levels=EVENT_LEVELS), now)

    def learn(self, event: Any, read: Callable[[Any], object]) -> None:
        """Learn from an event that passed although it was not accepted."""
        self._acceptor.learn(event, read)

    def exactly(self, text: bytes, now: Optional[int]) -> list[Violation]:
        """Find every broken rule of a JSON text by the exact reader, and learn if it conforms.

        Raises:
            EventDecodeError: The text is not JSON.
        """
        value = decode_event(text)
        found = self.value(value, now)
        if not found:
            self._acceptor.learn(value)
        return found

    def exact_violations(self, value: Any, now: Optional[int]) -> list[Violation]:
        """Find every broken rule of one event, in the gateway's order, without any fast way.

        Args:
            value: A value from the exact reader.
            now: The time for freshness rules, or None for the system's clock.
        """
        out: list[Violation] = []
        self.report_violations(value, now, out)
        return out

    def report_violations(self, value: Any, now: Optional[int], out: list[Violation]) -> None:
        """Append every broken rule of one event, as `exact_violations` finds them.

        Args:
            value: A value from the exact reader.
            now: The time for freshness rules, or None for the system's clock.
            out: The list to append to; it may raise when it has enough.
        """
        if type(value) is not dict:
            _report_no_object(out)
            return
        for step in self._steps:
            step.check(value, "", out)
        self._check_rules(value, now, out)

    def _check_rules(self, event: dict[str, Any], now: Optional[int], out: list[Violation]) -> None:
        """Check what the contract demands beyond its fields."""
        for rule in self._rules:
            rule(event, now, out)
        if self.contract.compliance_mode:
            for key in sorted(event.keys() - self._declared):
                _report_undeclared(key, out)

    def plan(self) -> Plan:
        """Return the plan of the contract, which is made once and never changes.

        Raises:
            Inexpressible: Fast readers cannot be made for it, or should not be.
        """
        # Loaded here, since commands that judge only a few events do not need it.
        from contractgate_core.engine.accept.plan import Inexpressible, has_more_fields, plan

        if self._plan is None:
            if self._most_written is not None and has_more_fields(
                self.contract, self._most_written
            ):
                raise Inexpressible("more fields than source is written for")
            self._plan = plan(self.contract, self._fields, self.patterns)
        return self._plan

    def prepare(self, examples: Sequence[object] = ()) -> None:
        """Make all fast ways that are possible, unless another thread is making them.

        It happens by itself when some events have been judged.

        Args:
            examples: Conforming events to learn from.
        """
        self._prepare()
        for example in examples:
            self._acceptor.learn(example)
        self._acceptor.prepare()

    def _prepare(self) -> None:
        if self._making.acquire(blocking=False):
            try:
                if not self._is_made:
                    self._generate()
                self._is_made = True
            finally:
                self._making.release()

    def _generate(self) -> None:
        from contractgate_core.engine.accept.approximate import approximate_decoder
        from contractgate_core.engine.accept.finding import write_find
        from contractgate_core.engine.accept.plan import Inexpressible
        from contractgate_core.engine.accept.source import write_find_in_object

        try:
            plan = self.plan()
        except Inexpressible:
            self.value = self.exact_violations
            return
        rest = self._steps, self._check_rules, _report_no_object
        find, may_doubt = write_find(plan.root, *rest)
        self.object = write_find_in_object(plan.root, self._object_as_sent)
        self.failing.begin(FailingReader(approximate_decoder(), find, _unchanged, may_doubt))
        self.value = cast("FindInValue", find)

    def failing_events(self, *, longest_backoff: int = 512) -> FailingEvents:
        """Make an approximate tier; see `FailingEvents`."""
        observed: list[Observed] = []

        def observe(event: object) -> None:
            from contractgate_core.engine.accept.observed import Observed

            if not observed:
                observed.append(Observed())
            if type(event) is dict:
                observed[0].learn(self.plan().root, event)

        def make() -> Optional[FailingReader]:
            return self._failing_reader(observed[0]) if observed else None

        return FailingEvents(
            self.exactly, self.learn, observe, make, longest_backoff=longest_backoff
        )

    def _failing_reader(self, observed: Observed) -> Optional[FailingReader]:
        """Make what reads events with the keys that were observed."""
        from contractgate_core.engine.accept.finding import write_find
        from contractgate_core.engine.accept.lenient import LenientTypes
        from contractgate_core.engine.accept.plan import Inexpressible

        root = self.plan().root
        try:
            types = LenientTypes(root, self._steps, observed)
        except (Inexpressible, TypeError, ValueError, NotImplementedError):
            return None
        rest = self._steps, self._check_rules, _report_no_object
        find, may_doubt = write_find(root, *rest, types.shapes)
        return FailingReader(types.decode, find, msgspec.to_builtins, may_doubt)

    def _bind_accept(self, accept: Optional[FindInText]) -> None:
        """Make the acceptor's function the verb `text`; None if it has none any more."""
        self.text = self._cold_text if accept is None else accept

    # The cold verbs: what the verbs do before the fast ways are made.

    def _cold_text(self, text: bytes, now: Optional[int]) -> list[Violation]:
        found: list[Violation] = self.failing.approximately(text, now)
        return found

    def _cold_object(
        self, event: object, now: Optional[int], otherwise: Optional[Callable[..., Any]] = None
    ) -> Any:
        return (otherwise or self._object_as_sent)(event, now)

    def _object_as_sent(self, event: object, now: Optional[int]) -> list[Violation]:
        return self.value(sent_value(event, levels=EVENT_LEVELS), now)

    def _cold_value(self, value: Any, now: Optional[int]) -> list[Violation]:
        # Threads that count at the same time may step over 0, and may count too few.
        self._cold_events_left -= 1
        if self._cold_events_left <= 0:
            self._prepare()
            if self._is_made:  # which whoever goes over many events may not have noticed
                return self.value(value, now)
        return self.exact_violations(value, now)


def _unchanged(event: Any) -> object:
    return event


def _judge_by(contract: ContractDefinition, most_written: Optional[int]) -> Judge:
    return with_room(lambda: Judge(contract, most_written=most_written))


_NO_OBJECT: list[Violation] = []
report(_NO_OBJECT, "<root>", ViolationKind.TYPE_MISMATCH, "Event must be a JSON object")
NO_OBJECT = _NO_OBJECT[0]
"""The one violation of a value that is not an object; shared, since an input may have very many."""


def _report_no_object(out: list[Violation]) -> None:
    out += _NO_OBJECT


def _report_undeclared(key: str, out: list[Violation]) -> None:
    message = (
        f"Field '{key}' is not declared in the contract ontology. "
        "Compliance mode rejects undeclared fields."
    )
    report(out, key, ViolationKind.UNDECLARED_FIELD, message)
