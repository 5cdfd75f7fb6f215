"""Judging single events: exactly, and as fast as the exact verdict allows.

The exact way is the reference, in the order of docs/spec/validation.md, section 2. The fast ways
are written for the contract when it has judged some events, since they cost some milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Optional

from contractgate_core.contract.model import Contract
from contractgate_core.engine.accept import Acceptor
from contractgate_core.engine.exact import FieldCompiler
from contractgate_core.engine.rules import event_rules
from contractgate_core.engine.secrets import Secrets
from contractgate_core.engine.violations import report
from contractgate_core.regex import Pattern
from contractgate_core.results import Violation, ViolationKind

if TYPE_CHECKING:
    from contractgate_core.engine.accept_plan import Spot

__all__ = ["Conforms", "Judge", "Review"]

Conforms = Callable[[object, Optional[int]], bool]
"""Called with an object and the time, or None for the system's clock."""

Review = Callable[[dict[str, Any], Optional[int], list[Violation]], bool]
"""Called with an event, the time and the list to which the fields' violations are appended.

It returns whether metrics and quality rules certainly find none.
"""

_EVENTS_BEFORE = 16


class Judge:
    """Judges by one contract.

    Args:
        contract: The contract.
        secrets: Tells which of its fields hold personal values.
        patterns: The compiled pattern of each path text that has one.

    Attributes:
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
        self._review: Review = self._first_review
        self.conforms: Conforms = _never
        self.acceptor = Acceptor(self.plan)

    def plan(self) -> Spot:
        """Gather what fast readers of the contract's events need to know.

        Raises:
            Inexpressible: They cannot be made.
        """
        from contractgate_core.engine.accept_plan import plan

        return plan(self._contract, self._fields, self._patterns)

    def prepare(self) -> None:
        """Make the fast ways, or find that there are none."""
        # Loaded here, since a few events, such as the command line often has, do not need them.
        from contractgate_core.engine.accept_plan import Inexpressible
        from contractgate_core.engine.accept_source import make_conforms, make_review

        self._review, self.conforms = self._exact_review, _never
        try:
            root = self.plan()
        except Inexpressible:
            return
        names = [field.name for field in self._contract.entities]
        self._review = make_review(root, list(zip(names, self._steps)))
        self.conforms = make_conforms(root)

    def violations(self, value: Any, now: Optional[int]) -> list[Violation]:
        """Find every broken rule of one event, in the gateway's order.

        Args:
            value: What the exact reader has read.
            now: The time for freshness rules, or None for the system's clock.
        """
        return self._found(value, now, self._review)

    def exact_violations(self, value: Any, now: Optional[int]) -> list[Violation]:
        """Find the same without any of the fast ways."""
        return self._found(value, now, self._exact_review)

    def _found(self, value: Any, now: Optional[int], review: Review) -> list[Violation]:
        out: list[Violation] = []
        if type(value) is not dict:
            report(out, "<root>", ViolationKind.TYPE_MISMATCH, "Event must be a JSON object")
            return out
        holds = review(value, now, out)
        undeclared = value.keys() - self._declared if self._contract.compliance_mode else ()
        if undeclared or not holds:
            for rule in self._rules:
                rule(value, now, out)
            for key in sorted(undeclared):
                _report_undeclared(key, out)
        return out

    def _exact_review(self, event: dict[str, Any], _: Optional[int], out: list[Violation]) -> bool:
        for step in self._steps:
            step(event, "", out)
        return False

    def _first_review(
        self, event: dict[str, Any], now: Optional[int], out: list[Violation]
    ) -> bool:
        self._count()
        return self._exact_review(event, now, out)

    def _count(self) -> None:
        self._left -= 1
        if not self._left:
            self.prepare()


def _report_undeclared(key: str, out: list[Violation]) -> None:
    message = (
        f"Field '{key}' is not declared in the contract ontology. "
        "Compliance mode rejects undeclared fields."
    )
    report(out, key, ViolationKind.UNDECLARED_FIELD, message)


def _never(_: object, __: Optional[int]) -> bool:
    return False
