"""`Contract`: what a contract says, with the methods that users expect on it.

It is above all modules that do the work, and loads them when a method is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

import msgspec

from contractgate_core._beside import Noted
from contractgate_core._tracebacks import guarded
from contractgate_core.contract.parts import (
    ContractDefinition,
    EgressLeakageMode,
    EnvelopeDefinition,
    FieldDefinition,
    FieldType,
    GlossaryEntry,
    MaskStyle,
    MetricDefinition,
    MetricType,
    Ontology,
    QualityRule,
    QualityRuleType,
    QualityScope,
    Transform,
    TransformKind,
)

if TYPE_CHECKING:
    import os

    from contractgate_core.contract.source import SupportsRead
    from contractgate_core.contract.unknown import UnknownKey
    from contractgate_core.engine.compiled import CompiledContract

__all__ = [
    "Contract",
    "EgressLeakageMode",
    "EnvelopeDefinition",
    "FieldDefinition",
    "FieldType",
    "GlossaryEntry",
    "MaskStyle",
    "MetricDefinition",
    "MetricType",
    "Ontology",
    "QualityRule",
    "QualityRuleType",
    "QualityScope",
    "Transform",
    "TransformKind",
]


class Contract(ContractDefinition, frozen=True, kw_only=True):
    """One version of a contract.

    >>> contract = Contract.from_yaml("{version: 1.0, name: orders, ontology: {entities: []}}")
    >>> contract.version
    '1.0'
    >>> Contract.from_yaml(contract.to_yaml()) == contract
    True

    Attributes:
        version: Its version, such as `1.0`.
        name: Its name.
        description: For people, or None.
        compliance_mode: Whether undeclared top-level fields are violations.
        ontology: The fields.
        glossary: What the fields mean.
        metrics: Bounds on numbers.
        quality: Rules on the data's quality.
        egress_leakage_mode: What the gateway does with undeclared fields on egress.
        envelope: How records are wrapped, or None.
        null_as_absent: Whether a JSON null counts as a missing key.
    """

    @property
    def unknown_keys(self) -> tuple[UnknownKey, ...]:
        """The keys of the contract's file that the gateway ignores.

        Keys that begin with `x-` are left out. At most 1,000 are kept; an unpickled copy, or a
        contract made in code, has none. Comparisons ignore them.
        """
        from contractgate_core.contract.unknown import unknown_keys_of

        return unknown_keys_of(self)

    @classmethod
    @guarded
    def from_yaml(cls, text: Union[str, bytes, SupportsRead]) -> Contract:
        """Read a contract from YAML or JSON, exactly as the gateway reads it.

        Args:
            text: The contract, or an open file of text or bytes, which is read and stays open;
                bytes must be UTF-8.

        Raises:
            ContractCompileError: The text is not a contract; the error says what was expected,
                what came, and where.
        """
        from contractgate_core.contract.load import load_text

        return with_verbs(load_text(text))

    @classmethod
    @guarded
    def from_file(cls, path: Union[str, os.PathLike[str]]) -> Contract:
        """Read a contract from a file; see `from_yaml`.

        Raises:
            ContractCompileError: The file is not a contract; the error names it.
            OSError: The file cannot be read.
        """
        from contractgate_core.contract.load import load_file

        return with_verbs(load_file(path))

    @guarded
    def to_yaml(self) -> str:
        """Write the contract as YAML that reads back as an equal contract.

        Raises:
            ContractGateError: A contract made in code holds something that no file can. A lone
                surrogate, or an allowed value that is not JSON, raises a `ContractCompileError`
                that says where it is.
        """
        from contractgate_core.contract.dump import as_yaml

        return as_yaml(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        fields = {**state, "ontology": Ontology(state["entities"])}
        del fields["entities"]
        super().__setstate__(fields)

    @classmethod
    def _read_for_pydantic(cls, value: Any, read_twin: object) -> Contract:
        from contractgate_core.contract.load import load_plain

        return value if isinstance(value, cls) else with_verbs(load_plain(value))

    @guarded
    def compile(self) -> CompiledContract:
        """Make the contract ready to judge events.

        Raises:
            ContractCompileError: A pattern or a transform is refused, or a contract made in code
                holds a lone surrogate, an allowed value that is not JSON, or a value of the wrong
                type.
        """
        from contractgate_core.engine.compiled import compile_contract

        return compile_contract(self)


def with_verbs(definition: ContractDefinition) -> Contract:
    """Make a `Contract` of what was read, and keep what was noted about it."""
    contract = Contract(**msgspec.structs.asdict(definition))
    for name in Noted.__slots__:
        if hasattr(definition, name):
            msgspec.structs.force_setattr(contract, name, getattr(definition, name))
    return contract
