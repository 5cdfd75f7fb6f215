"""The names of the meta-package: those of its parts, and those of version 0.4.0."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import contractgate
import contractgate_core
import contractgate_http
from contractgate_core import models

# Every public name of version 0.4.0 of the published SDK, by module.
PUBLISHED = {
    "contractgate": """
        AsyncClient AuditEntry AuthError BadRequestError BatchIngestResponse Client CompiledContract
        ConflictError ConnectionError Contract ContractCompileError ContractGateError
        ContractResponse EgressOutcome EgressResponse FieldDefinition FieldType HTTPError
        IngestEventResult IngestionStats MaskStyle MetricDefinition MetricType NotFoundError
        ServerError Transform TransformKind ValidationFailedError ValidationResult VersionResponse
        VersionSummary Violation ViolationKind __version__
    """,
    "contractgate.exceptions": """
        AuthError BadRequestError ConflictError ConnectionError ContractCompileError
        ContractGateError HTTPError NotFoundError ServerError ValidationFailedError
        raise_for_status status_to_exception
    """,
    "contractgate.models": """
        AuditEntry BatchIngestResponse ContractResponse EgressOutcome EgressResponse
        IngestEventResult IngestionStats ValidationResult VersionResponse VersionSummary Violation
        ViolationKind
    """,
    "contractgate.contract": """
        CompiledContract Contract FieldDefinition FieldType GlossaryEntry MaskStyle MetricDefinition
        MetricType Transform TransformKind
    """,
    "contractgate.validator": "validate",
    "contractgate.client": "Client",
    "contractgate.async_client": "AsyncClient",
    "contractgate.llm": """
        AsyncLLMGate LLMGate LLMGateResult LLMResponseError MAX_RETRIES_CAP extract_json
    """,
}


@pytest.mark.parametrize("module", list(PUBLISHED))
def test_every_name_of_the_published_sdk_is_there(module: str) -> None:
    """In its module."""
    imported = importlib.import_module(module)
    assert [name for name in PUBLISHED[module].split() if not hasattr(imported, name)] == []


@pytest.mark.parametrize("module", list(PUBLISHED))
def test_names_are_those_of_the_parts(module: str) -> None:
    """Each is the very object that the part defines."""
    imported = importlib.import_module(module)
    assert len(imported.__all__) == len(set(imported.__all__))
    for name in imported.__all__:
        value = getattr(imported, name)
        home = getattr(value, "__module__", None)
        if isinstance(value, type) or callable(value):
            assert home is not None
            assert home.startswith(("contractgate_core", "contractgate_http", "typing"))
            assert getattr(importlib.import_module(home), value.__name__) is value


def test_the_package_offers_everything_of_its_parts() -> None:
    """And nothing else."""
    parts = {*contractgate_core.__all__, *contractgate_http.__all__, *models.__all__}
    assert set(contractgate.__all__) == parts - {"read", "read_object"}
    assert set(contractgate.__all__) <= set(dir(contractgate))
    with pytest.raises(AttributeError, match="has no attribute 'Clients'"):
        contractgate.Clients  # type: ignore[attr-defined]  # noqa: B018 - it is refused


def test_all_parts_have_one_version() -> None:
    """`test_version.py` holds that they require exactly that version of each other."""
    versions = {one.__version__ for one in (contractgate, contractgate_core, contractgate_http)}
    assert len(versions) == 1


def test_the_validator_alone_loads_nothing_of_the_network() -> None:
    """Although the clients are in the same package."""
    code = (
        "from contractgate import Contract\n"
        "Contract.from_yaml('version: 1\\nname: n\\nontology: {entities: []}').compile()\n"
        "import sys\n"
        "print(*(name for name in ('httpx', 'anyio', 'socket', 'asyncio') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_package_runs_as_the_command_line() -> None:
    """`python -m contractgate`, too."""
    done = subprocess.run(
        [sys.executable, "-m", "contractgate", "--version"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout == f"contractgate {contractgate.__version__}\n"
