"""Judging by one contract: exactly, and as fast as the exact verdict allows.

There are three tiers. A text is accepted if one typed decode shows that it certainly conforms; else
it is read approximately, and judged if no number in it is in doubt; else it is read exactly. What
conforms although it was not accepted is learned from. The exact way is the reference, in the order
of docs/spec/validation.md, section 2. The fast ways are written for the contract when it has judged
some events, since they cost some milliseconds.

This is the only place that knows the tiers: whoever asks gets violations, or an error.
"""

from __future__ import annotations

from _thread import allocate_lock  # as `threading` takes long to load
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Optional, cast

from contractgate_core.contract.parts import ContractDefinition
from contractgate_core.contract.stack import with_room
from contractgate_core.engine.accept.acceptor import Acceptor
from contractgate_core.engine.accept.backoff import Backoff
from contractgate_core.engine.accept.interface import (
    Find,
    FindInObject,
    FindInText,
    FindWritten,
)
from contractgate_core.engine.exact import FieldCompiler
from contractgate_core.engine.few import breaks
from contractgate_core.engine.many import ManyJudge
from contractgate_core.engine.patterns import compile_patterns
from contractgate_core.engine.rules import event_rules, unique_values, uniqueness_rules
from contractgate_core.engine.secrets import Secrets
from contractgate_core.engine.violations import report
from contractgate_core.events.decode import (
    MSGSPEC_ERRORS,
    decode_event,
    has_long_number,
    has_negative_zero,
)
from contractgate_core.events.encode import sent_value
from contractgate_core.results import Violation, ViolationKind

if TYPE_CHECKING:
    from contractgate_core.engine.accept.plan import FieldPlan

__all__ = ["EVENT_LEVELS", "NO_OBJECT", "Judge"]

EVENT_LEVELS = 127
"""How deep an event may nest when it is sent alone; in a batch, its array is one level more."""

_EVENTS_BEFORE = 16
_DOUBTS_IN_A_ROW = 8
"""Events are not read approximately for a while when so many had to be read again."""
_LONGEST_BACKOFF = 512


class Judge:
    """Judges by one contract.

    Threads may share it. The verbs are attributes, which are replaced by faster ones when some
    events have been judged; a thread that has still got the one before gets the same verdict from
    it. Each takes the time for freshness rules as its second argument, in whole Unix seconds, or
    None for the system's clock. A list that is given belongs to the caller.

    Args:
        contract: The contract.
        most_written: Nothing is written for a contract of more fields, as Python compiles what is
            written in one piece, and lets no other thread have a turn meanwhile; None for no limit.

    Attributes:
        contract: The contract.
        patterns: The compiled pattern of each path text that has one.
        begin_uniqueness: Begins the rules that compare events.
        text: Finds every broken rule of one event in a JSON text.
        object: Finds every broken rule of a user's object, as it would be sent. Its third argument
            is called instead with an object that does not certainly conform, and the time.
        breaks: Returns whether a user's object breaks a rule; ends with the first one.
        value: Finds every broken rule of an event that the exact reader has read.
        lines: Judges the lines of a text; `each_line` does so where they are compared.
        array: Judges the events of an array.
        record: Finds the violations of an event that the exact reader has read, and of a long one
            no more than are wanted.
        approximately: Does the same as `text` with one that is not accepted. A third argument is
            called instead with a text that has to be read exactly.
        reads_approximately: `approximately` has read some events approximately, or will.

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
        self._plan: Optional[FieldPlan] = None
        self._left = _EVENTS_BEFORE
        self._making = allocate_lock()
        self._is_made = False
        self.reads_approximately = False
        self.breaks: Callable[[object, Optional[int]], bool] = self._breaks
        self.text: FindInText = self._text_before
        self.approximately: Callable[..., Any] = self._approximate_before
        self.object: FindInObject = self._object_before
        self.value: Find = self._value_before
        self._acceptor = Acceptor(self.plan, self, bind=self._accept_by)
        many = ManyJudge(self._acceptor, self)
        self.lines, self.each_line = many.lines, many.each_line
        self.array, self.record = many.array, many.record

    def __reduce__(self) -> tuple[Callable[..., Judge], tuple[ContractDefinition, Optional[int]]]:
        return _judge_by, (self.contract, self._most_written)

    def _breaks(self, event: object, now: Optional[int]) -> bool:
        return breaks(self.report_violations, sent_value(event, levels=EVENT_LEVELS), now)

    def exactly(self, text: bytes, now: Optional[int]) -> list[Violation]:
        """Do the same as `text` by the exact reader, and learn from what conforms.

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
            value: What the exact reader has read.
            now: The time for freshness rules, or None for the system's clock.
        """
        out: list[Violation] = []
        self.report_violations(value, now, out)
        return out

    def report_violations(self, value: Any, now: Optional[int], out: list[Violation]) -> None:
        """Append every broken rule of one event, as `exact_violations` finds them.

        Args:
            value: What the exact reader has read.
            now: The time for freshness rules, or None for the system's clock.
            out: What takes them; it may raise when it has enough.
        """
        if type(value) is not dict:
            _report_no_object(out)
            return
        for step in self._steps:
            step.check(value, "", out)
        self._check_rules(value, now, out)

    def _check_rules(self, event: dict[str, Any], now: Optional[int], out: list[Violation]) -> None:
        """Check what the contract asks beyond its fields."""
        for rule in self._rules:
            rule(event, now, out)
        if self.contract.compliance_mode:
            for key in sorted(event.keys() - self._declared):
                _report_undeclared(key, out)

    def plan(self) -> FieldPlan:
        """Gather what fast readers of the contract's events need to know, which never changes.

        Raises:
            Inexpressible: They cannot be made, or are not to be.
        """
        # Loaded here, since a few events, such as the command line often has, do not need it.
        from contractgate_core.engine.accept.plan import Inexpressible, has_more_fields, plan

        if self._plan is None:
            if self._most_written is not None and has_more_fields(
                self.contract, self._most_written
            ):
                raise Inexpressible("more fields than are to be written for")
            self._plan = plan(self.contract, self._fields, self.patterns)
        return self._plan

    def prepare(self, examples: Sequence[object] = ()) -> None:
        """Make all fast ways, or find that there are none; not while another thread does.

        It is done by itself when some events were judged.

        Args:
            examples: Events to learn from, which conform.
        """
        self._prepare()
        for example in examples:
            self._acceptor.learn(example)
        self._acceptor.prepare()

    def _prepare(self) -> None:
        if self._making.acquire(blocking=False):
            try:
                if not self._is_made:
                    self._write()
                self._is_made = True
            finally:
                self._making.release()

    def _write(self) -> None:
        from contractgate_core.engine.accept.approximate import approximate_decoder
        from contractgate_core.engine.accept.plan import Inexpressible
        from contractgate_core.engine.accept.source import write_find, write_find_in_object

        try:
            plan = self.plan()
        except Inexpressible:
            self.value = self.exact_violations
            return
        find = write_find(plan, self._steps, self._check_rules, _report_no_object)
        self.object = write_find_in_object(plan, self._object_by_value)
        self.approximately = self._bind_approximate(find, approximate_decoder())
        self.value, self.reads_approximately = cast("Find", find), True

    def _bind_approximate(
        self, find: FindWritten, decode: Callable[[bytes], Any]
    ) -> Callable[..., Any]:
        backoff = Backoff(_DOUBTS_IN_A_ROW, _LONGEST_BACKOFF)
        learn, exactly = self._acceptor.learn, self.exactly

        def approximately(
            text: bytes, now: Optional[int], otherwise: Callable[..., Any] = exactly
        ) -> Any:
            if backoff.left > 0:  # Several threads may have counted below that.
                backoff.left -= 1
                return otherwise(text, now)
            try:
                value = decode(text)
                found = find(value, now, True)
            except MSGSPEC_ERRORS:
                backoff.fail()
                return otherwise(text, now)
            if found is None:
                backoff.fail()
                if has_negative_zero(text) or has_long_number(text):
                    return otherwise(text, now)
                # Both readers read all numbers of this text alike.
                found = find(value, now)
            else:
                backoff.failures = 0
            if not found:
                learn(value)  # which matters for speed alone, however it was read
            return found

        return approximately

    # What the verbs do before the fast ways are made.

    def _accept_by(self, accept: Optional[FindInText]) -> None:
        """Take what accepts texts, and judges the others; None if there is nothing any more."""
        self.text = self._text_before if accept is None else accept

    def _text_before(self, text: bytes, now: Optional[int]) -> list[Violation]:
        found: list[Violation] = self.approximately(text, now)
        return found

    def _approximate_before(
        self,
        text: bytes,
        now: Optional[int],
        otherwise: Optional[Callable[..., Any]] = None,
    ) -> Any:
        return (otherwise or self.exactly)(text, now)

    def _object_before(
        self, event: object, now: Optional[int], otherwise: Optional[Callable[..., Any]] = None
    ) -> Any:
        return (otherwise or self._object_by_value)(event, now)

    def _object_by_value(self, event: object, now: Optional[int]) -> list[Violation]:
        return self.value(sent_value(event, levels=EVENT_LEVELS), now)

    def _value_before(self, value: Any, now: Optional[int]) -> list[Violation]:
        # Threads that count at the same time may count too few, and never find exactly 0.
        self._left -= 1
        if self._left <= 0:
            self._prepare()
            if self._is_made:  # which whoever goes over many events may not have noticed
                return self.value(value, now)
        return self.exact_violations(value, now)


def _judge_by(contract: ContractDefinition, most_written: Optional[int]) -> Judge:
    return with_room(lambda: Judge(contract, most_written=most_written))


_NO_OBJECT: list[Violation] = []
report(_NO_OBJECT, "<root>", ViolationKind.TYPE_MISMATCH, "Event must be a JSON object")
NO_OBJECT = _NO_OBJECT[0]
"""The one violation of what is no object, of which a hostile input may have very many."""


def _report_no_object(out: list[Violation]) -> None:
    out += _NO_OBJECT


def _report_undeclared(key: str, out: list[Violation]) -> None:
    message = (
        f"Field '{key}' is not declared in the contract ontology. "
        "Compliance mode rejects undeclared fields."
    )
    report(out, key, ViolationKind.UNDECLARED_FIELD, message)
