"""Contracts, ready to be used; each is read and compiled once."""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from typing import Any, Optional

from contractgate_core.contract.model import Contract, Ontology, QualityRuleType
from contractgate_core.engine.compiled import CompiledContract
from contractgate_core.errors import ContractCompileError, PatternError
from contractgate_http.local.rules.transforms import Transforms

__all__ = ["Library", "Prepared", "compile_reason", "parse_reason"]

_MOST_KEPT = 128
_UNIQUENESS = QualityRuleType.UNIQUENESS


class Prepared:
    """A contract that has been read.

    Args:
        contract: The contract.

    Attributes:
        contract: The contract.
        transforms: What becomes of its events.
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.transforms = Transforms(contract)

    @cached_property
    def compiled(self) -> CompiledContract:
        """The contract, ready to judge.

        Raises:
            ContractCompileError: It does not compile.
        """
        return self.contract.compile()

    @cached_property
    def uniqueness(self) -> Optional[CompiledContract]:
        """The rules on whole batches as a contract of their own, if there are any.

        The gateway lets other versions try an event before it compares the events of a batch, so
        these rules are asked apart from the others.
        """
        rules = [rule for rule in self.contract.quality if rule.rule_type is _UNIQUENESS]
        if not rules:
            return None
        return Contract(
            version=self.contract.version,
            name=self.contract.name,
            ontology=Ontology(entities=()),
            quality=tuple(rules),
        ).compile()


class Library:
    """Prepares contracts and remembers those that were used last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Prepared] = OrderedDict()

    def read(self, yaml: str) -> Prepared:
        """Read a contract.

        Raises:
            ContractCompileError: The text is no contract.
        """
        found = self._kept.get(yaml)
        if found is None:
            found = self._kept[yaml] = Prepared(Contract.from_yaml(yaml))
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(yaml)
        return found


def parse_reason(error: ContractCompileError) -> str:
    """Say why a text is no contract, and where."""
    if error.line is None:
        return error.message
    return f"{error.message} at line {error.line} column {error.column}"


def compile_reason(error: ContractCompileError) -> str:
    """Say why a contract does not compile; in the gateway's words where we know them."""
    cause: Optional[BaseException] = error.__cause__
    if isinstance(cause, PatternError):
        words = _look_around(cause)
        if words is not None:
            return error.message.replace(cause.message, words)
    return error.message


def _look_around(error: PatternError) -> Any:
    """Write the gateway's text about a group that looks ahead or behind."""
    for opening in ("(?=", "(?!", "(?<=", "(?<!"):
        place = error.pattern.find(opening)
        if place >= 0 and place == (error.position or 0) and "\n" not in error.pattern:
            marks = " " * place + "^" * len(opening)
            reason = "look-around, including look-ahead and look-behind, is not supported"
            return f"regex parse error:\n    {error.pattern}\n    {marks}\nerror: {reason}"
    return None
