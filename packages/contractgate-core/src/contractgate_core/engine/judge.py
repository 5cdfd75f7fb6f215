"""Judging single events: exactly, and as fast as the exact verdict allows.

The exact way is the reference, in the order of docs/spec/validation.md, section 2. The fast ways
are written for the contract when it has judged some events, since they cost some milliseconds.
"""

from __future__ import annotations

from _thread import allocate_lock  # as `threading` takes long to load
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Optional, Protocol, cast

from contractgate_core.contract.model import Contract
from contractgate_core.engine.accept.acceptor import Acceptor, Pause
from contractgate_core.engine.exact import FieldCompiler
from contractgate_core.engine.rules import event_rules
from contractgate_core.engine.secrets import Secrets
from contractgate_core.engine.violations import report
from contractgate_core.events.decode import MSGSPEC_ERRORS
from contractgate_core.regex import Pattern
from contractgate_core.results import Violation, ViolationKind

if TYPE_CHECKING:
    from contractgate_core.engine.accept.plan import Spot

__all__ = ["Conforms", "Find", "FindWritten", "Judge"]

Conforms = Callable[[object, Optional[int]], bool]
"""Called with an object and the time, or None for the system's clock."""

Find = Callable[[Any, Optional[int]], list[Violation]]
"""Called with a value that the exact reader has read, and the time; finds every broken rule."""


class FindWritten(Protocol):
    """Does the same; gives None if the value was read roughly, and that may matter."""

    def __call__(
        self, value: Any, now: Optional[int], is_rough: bool = False, /
    ) -> Optional[list[Violation]]:
        """Find every broken rule."""


_Found = Optional[list[Violation]]

_EVENTS_BEFORE = 16
_DOUBTS_IN_A_ROW = 8
"""Events are not read roughly for a while when so many had to be read again."""
_LONGEST_PAUSE = 512


class Judge:
    """Judges by one contract.

    Args:
        contract: The contract.
        secrets: Tells which of its fields hold personal values.
        patterns: The compiled pattern of each path text that has one.

    Attributes:
        violations: Finds every broken rule of one event, as `exact_violations` does.
        violations_roughly: Finds every broken rule of one event in a JSON text, which it reads
            roughly; gives None if it has to be read exactly. It is None where that is so of each
            event, and for the first events.
        acceptor: Accepts events in JSON texts.
        conforms: Tells that a Python object certainly conforms.
    """

    def __init__(
        self, contract: Contract, secrets: Secrets, patterns: Mapping[str, Pattern]
    ) -> None:
        matchers = {path: pattern.predicate for path, pattern in patterns.items()}
        self._contract = contract
        self._patterns = patterns
        self._fields = FieldCompiler(matchers, secrets, null_as_absent=contract.null_as_absent)
        self._steps = self._fields.steps(contract.entities)
        self._rules = event_rules(contract, secrets)
        self._declared = frozenset(field.name for field in contract.entities)
        self._left = _EVENTS_BEFORE
        self._making = allocate_lock()
        self.violations: Find = self._first_violations
        self.violations_roughly: Optional[Callable[[bytes, Optional[int]], _Found]] = None
        self.conforms: Conforms = _never
        self.acceptor = Acceptor(self.plan)

    def plan(self) -> Spot:
        """Gather what fast readers of the contract's events need to know.

        Raises:
            Inexpressible: They cannot be made.
        """
        from contractgate_core.engine.accept.plan import plan

        return plan(self._contract, self._fields, self._patterns)

    def prepare(self) -> None:
        """Make the fast ways, or find that there are none; not while another thread does."""
        if self._making.acquire(blocking=False):
            try:
                self._prepare()
            finally:
                self._making.release()

    def _prepare(self) -> None:
        # Loaded here, since a few events, such as the command line often has, do not need them.
        from contractgate_core.engine.accept.plan import Inexpressible
        from contractgate_core.engine.accept.source import make_conforms, make_find
        from contractgate_core.engine.rough import rough_decoder

        try:
            root = self.plan()
        except Inexpressible:
            self.violations, self.conforms = self.exact_violations, _never
            return
        find = make_find(root, self._steps, self._check_rules, _report_no_object)
        decode = rough_decoder()

        pause = Pause(_DOUBTS_IN_A_ROW, _LONGEST_PAUSE)

        def find_roughly(text: bytes, now: Optional[int]) -> _Found:
            if pause.left > 0:  # Several threads may have counted below that.
                pause.left -= 1
                return None
            try:
                found = find(decode(text), now, True)
            except MSGSPEC_ERRORS:
                found = None
            if found is None:
                pause.fail()
            else:
                pause.failures = 0
            return found

        self.violations = cast("Find", find)
        self.violations_roughly = find_roughly
        self.conforms = make_conforms(root)

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
        if self._contract.compliance_mode:
            for key in sorted(event.keys() - self._declared):
                _report_undeclared(key, out)

    def _first_violations(self, value: Any, now: Optional[int]) -> list[Violation]:
        # Threads that count at the same time may count too few, and never find exactly 0.
        self._left -= 1
        if self._left <= 0:
            self.prepare()
        return self.exact_violations(value, now)


_NO_OBJECT: list[Violation] = []
report(_NO_OBJECT, "<root>", ViolationKind.TYPE_MISMATCH, "Event must be a JSON object")


def _report_no_object(out: list[Violation]) -> None:
    # Always the same one, since a hostile input may have very many.
    out += _NO_OBJECT


def _report_undeclared(key: str, out: list[Violation]) -> None:
    message = (
        f"Field '{key}' is not declared in the contract ontology. "
        "Compliance mode rejects undeclared fields."
    )
    report(out, key, ViolationKind.UNDECLARED_FIELD, message)


def _never(_: object, __: Optional[int]) -> bool:
    return False
