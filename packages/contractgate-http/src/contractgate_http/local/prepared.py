"""Contracts, ready to be used; each is read and compiled once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, Callable, Generic, Optional, TypeVar, cast

from contractgate_core.contract.model import Contract, Ontology, QualityRuleType
from contractgate_core.engine.compiled import CompiledContract, compile_contract
from contractgate_core.errors import ContractCompileError, PatternError
from contractgate_http.local.transforms import Transforms

__all__ = ["BadContractError", "Library", "Prepared", "parse_reason"]

T = TypeVar("T")

_MOST_KEPT = 128
_MOST_CHARACTERS = 2**20
"""Python's garbage collector scans everything that is kept in one go: at 13 objects or more per
field, this much text takes some 0.1 s."""
_MOST_FAST_FIELDS = 200
"""A contract with more fields is always judged exactly. Python would compile the faster functions
for it in one go, some 0.2 ms per field, while no other thread runs. It takes hundreds of events to
save as much."""
_UNIQUENESS = QualityRuleType.UNIQUENESS


class BadContractError(Exception):
    """A text is not a contract, or the contract does not compile.

    Attributes:
        reason: Why.
    """

    def __init__(self, reason: str) -> None:
        super().__init__("the contract is refused")
        self.reason = reason


class _Once(Generic[T]):
    """The result of a function, even a refusal: one thread computes it once, and it is kept.

    Attributes:
        is_known: The result is there.
    """

    def __init__(self, find: Callable[[], T]) -> None:
        self._find = find
        self._lock = threading.Lock()
        self._value: Optional[T] = None
        self._reason: Optional[str] = None
        self.is_known = False

    def get(self) -> T:
        """Return the result.

        Raises:
            BadContractError: The function refused the contract.
        """
        if not self.is_known:
            with self._lock:
                if not self.is_known:
                    self._look()
        if self._reason is not None:
            raise BadContractError(self._reason)
        return cast("T", self._value)

    def _look(self) -> None:
        try:
            self._value = self._find()
        except BadContractError as error:
            self._reason = error.reason
        self.is_known = True


class Prepared:
    """A contract that is read, and compiled, when first needed.

    Both may take long. If another thread is already at it, a thread waits for its result.

    Args:
        yaml: The contract as text.
    """

    def __init__(self, yaml: str) -> None:
        self.yaml = yaml
        self._contract = _Once(self._read)
        self._compiled = _Once(self._compile)
        self._transforms = _Once(lambda: Transforms(self.contract))
        self._uniqueness = _Once(self._compile_uniqueness)

    @property
    def is_read(self) -> bool:
        """Whether `contract` returns at once."""
        return self._contract.is_known

    @property
    def is_compiled(self) -> bool:
        """Whether `compiled` returns at once."""
        return self._compiled.is_known

    @property
    def contract(self) -> Contract:
        """The contract.

        Raises:
            BadContractError: The text is not a contract.
        """
        return self._contract.get()

    @property
    def compiled(self) -> CompiledContract:
        """The contract, ready to judge.

        Raises:
            BadContractError: The contract does not compile.
        """
        return self._compiled.get()

    @property
    def transforms(self) -> Transforms:
        """The transforms of its events."""
        return self._transforms.get()

    @property
    def uniqueness(self) -> Optional[CompiledContract]:
        """The rules for whole batches, as a contract of their own, if there are any.

        The gateway lets other versions judge an event before it compares the events of a batch, so
        these rules are checked apart from the others.
        """
        return self._uniqueness.get()

    def _read(self) -> Contract:
        try:
            return Contract.from_yaml(self.yaml)
        except ContractCompileError as error:
            raise BadContractError(parse_reason(error)) from None

    def _compile(self) -> CompiledContract:
        try:
            return compile_contract(self.contract, most_written=_MOST_FAST_FIELDS)
        except ContractCompileError as error:
            raise BadContractError(_compile_reason(error)) from None

    def _compile_uniqueness(self) -> Optional[CompiledContract]:
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
    """A cache of the contracts used last, for all threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Prepared] = OrderedDict()
        self._characters = 0
        self._lock = threading.Lock()

    def find(self, yaml: str) -> Prepared:
        """Find a contract, which may have yet to be read."""
        with self._lock:
            found = self._kept.get(yaml)
            if found is not None:
                self._kept.move_to_end(yaml)
                return found
            found = self._kept[yaml] = Prepared(yaml)
            self._characters += len(yaml)
            while len(self._kept) > 1 and (
                len(self._kept) > _MOST_KEPT or self._characters > _MOST_CHARACTERS
            ):
                self._characters -= len(self._kept.popitem(last=False)[0])
            return found


def parse_reason(error: ContractCompileError) -> str:
    """Say why a text is not a contract, and where."""
    if error.line is None:
        return error.message
    return f"{error.message} at line {error.line} column {error.column}"


def _compile_reason(error: ContractCompileError) -> str:
    """Say why a contract does not compile, in the gateway's words if we know them."""
    cause: Optional[BaseException] = error.__cause__
    if isinstance(cause, PatternError):
        words = _look_around(cause)
        if words is not None:
            return error.message.replace(cause.message, words)
    return error.message


def _look_around(error: PatternError) -> Any:
    """Write the gateway's text about a look-around group."""
    for opening in ("(?=", "(?!", "(?<=", "(?<!"):
        place = error.pattern.find(opening)
        if place >= 0 and place == (error.position or 0) and "\n" not in error.pattern:
            marks = " " * place + "^" * len(opening)
            reason = "look-around, including look-ahead and look-behind, is not supported"
            return f"regex parse error:\n    {error.pattern}\n    {marks}\nerror: {reason}"
    return None
