"""The gateway's regular expression engine itself, as pydantic-core carries it."""

from __future__ import annotations

from typing import Callable, Optional

from pydantic_core import SchemaError, SchemaValidator, core_schema

__all__ = ["rust_negates_properties", "rust_refusal", "rust_search"]


def rust_search(pattern: str) -> Optional[Callable[[str], bool]]:
    """Compile a pattern with the Rust engine; None where it refuses."""
    schema = core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")
    try:
        return SchemaValidator(schema).isinstance_python
    except SchemaError:
        return None


def rust_refusal(pattern: str) -> Optional[str]:
    """Return the last line of what the Rust engine says when it refuses a pattern."""
    schema = core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")
    try:
        SchemaValidator(schema)
    except SchemaError as refused:
        return str(refused).strip().rpartition("\n")[2]
    return None


def rust_negates_properties() -> bool:
    r"""Tell whether `\p{gc!=L}` is what is no letter, as for the gateway.

    The crate regex-syntax took it for `\p{gc=L}` for a while; so do builds of pydantic-core with
    one of those versions, of which the newest for Python 3.9 is one.
    """
    search = rust_search(r"\p{gc!=L}")
    return search is not None and search("1")
