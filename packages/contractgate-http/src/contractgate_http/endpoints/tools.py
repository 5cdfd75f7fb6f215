"""Tools that read and compare contracts, and store nothing.

Source: docs/spec/gateway-http.md, section 5.12.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional

import msgspec

from contractgate_core._tracebacks import guarded
from contractgate_core.events.encode import encode_event
from contractgate_core.models import DiffResponse, InferResponse, ScaffoldResponse
from contractgate_http._call import MOST_BYTES, Call, Timeout, as_model
from contractgate_http._contract_text import ContractText, text_of
from contractgate_http.endpoints._make import submit

__all__ = [
    "diff",
    "infer",
    "infer_avro",
    "infer_csv",
    "infer_openapi",
    "infer_proto",
    "infer_url",
    "scaffold",
]


@guarded
def infer(
    name: str,
    samples: Sequence[Any],
    *,
    description: Optional[str] = None,
    timeout: Optional[Timeout] = None,
) -> Call[InferResponse]:
    """Guess a contract from samples.

    Args:
        name: The contract's name.
        samples: Events.
        description: Free text.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The contract, as YAML.

    Raises:
        EventEncodeError: Something in a sample cannot be sent; nothing was sent.
        BadRequestError: There is no sample, or one is not an object.
    """
    body = {"name": name, "description": description, "samples": _samples(samples)}
    return _infer("/contracts/infer", body, timeout)


def infer_avro(
    name: str,
    *,
    schema: Optional[str] = None,
    samples: Optional[Sequence[Any]] = None,
    description: Optional[str] = None,
    timeout: Optional[Timeout] = None,
) -> Call[InferResponse]:
    """Make a contract from an Avro schema, or guess one from samples.

    Args:
        name: The contract's name.
        schema: The schema, as JSON text.
        samples: Events, instead of a schema.
        description: Free text.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The contract, as YAML.

    Raises:
        EventEncodeError: Something in a sample cannot be sent; nothing was sent.
        BadRequestError: There is neither a schema nor a sample, or it cannot be read.
    """
    body = {
        "name": name,
        "description": description,
        "schema": schema,
        "samples": None if samples is None else _samples(samples),
    }
    return _infer("/contracts/infer/avro", body, timeout)


def infer_proto(
    name: str,
    proto_source: str,
    *,
    message: Optional[str] = None,
    description: Optional[str] = None,
    timeout: Optional[Timeout] = None,
) -> Call[InferResponse]:
    """Make a contract from a Protocol Buffers file.

    Args:
        name: The contract's name.
        proto_source: The file's text.
        message: The message to take.
        description: Free text.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The contract, as YAML.

    Raises:
        BadRequestError: There is no message in it, or it cannot be read.
    """
    body = {
        "name": name,
        "description": description,
        "proto_source": proto_source,
        "message": message,
    }
    return _infer("/contracts/infer/proto", body, timeout)


def infer_openapi(
    name: str,
    openapi_source: str,
    *,
    schema_name: Optional[str] = None,
    description: Optional[str] = None,
    timeout: Optional[Timeout] = None,
) -> Call[InferResponse]:
    """Make a contract from a schema in an OpenAPI document.

    Args:
        name: The contract's name.
        openapi_source: The document's text.
        schema_name: The schema to take, from `components.schemas`.
        description: Free text.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The contract, as YAML.

    Raises:
        BadRequestError: There is no such schema in it, or it cannot be read.
    """
    body = {
        "name": name,
        "description": description,
        "openapi_source": openapi_source,
        "schema_name": schema_name,
    }
    return _infer("/contracts/infer/openapi", body, timeout)


@guarded
def infer_csv(
    name: str,
    csv_content: str,
    *,
    delimiter: Optional[str] = None,
    description: Optional[str] = None,
    timeout: Optional[Timeout] = None,
) -> Call[InferResponse]:
    """Guess a contract from CSV.

    Args:
        name: The contract's name.
        csv_content: The text; only its first 1,000 rows are read.
        delimiter: The separator between values, one ASCII character.
        description: Free text.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The contract, as YAML.

    Raises:
        BadRequestError: The text has no rows, or cannot be read.
    """
    body = {
        "name": name,
        "description": description,
        "csv_content": csv_content,
        "delimiter": delimiter,
    }
    return _infer("/contracts/infer/csv", body, timeout)


def infer_url(
    name: str,
    url: str,
    *,
    headers: Optional[Mapping[str, str]] = None,
    description: Optional[str] = None,
    timeout: Optional[Timeout] = None,
) -> Call[InferResponse]:
    """Guess a contract from data that the gateway fetches from a URL.

    Args:
        name: The contract's name.
        url: The public URL of JSON or CSV.
        headers: Headers that the gateway sends with its request.
        description: Free text.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The contract, as YAML.

    Raises:
        BadRequestError: The URL cannot be fetched.
        ValidationFailedError: No contract can be made from the data.
        ServerError: The URL did not answer in time.
    """
    body = {
        "name": name,
        "description": description,
        "url": url,
        "headers": None if headers is None else dict(headers),
    }
    return _infer("/contracts/infer/url", body, timeout)


def _infer(route: str, body: Mapping[str, Any], timeout: Optional[Timeout]) -> Call[InferResponse]:
    return submit(
        "POST",
        route,
        as_model(InferResponse),
        body=body,
        timeout=timeout,
        is_repeatable=True,
        body_limit=None,
    )


def _samples(samples: Sequence[Any]) -> msgspec.Raw:
    return msgspec.Raw(encode_event(list(samples), levels=126))


def diff(
    contract_yaml_a: ContractText,
    contract_yaml_b: ContractText,
    *,
    timeout: Optional[Timeout] = None,
) -> Call[DiffResponse]:
    """Compare the fields of two contracts.

    Args:
        contract_yaml_a: The old one: its text, the path of a file, or a `Contract`.
        contract_yaml_b: The new one, likewise.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The differences, in no particular order.

    Raises:
        BadRequestError: One of the two is not a contract.
    """
    return submit(
        "POST",
        "/contracts/diff",
        as_model(DiffResponse),
        body={
            "contract_yaml_a": text_of(contract_yaml_a, "contract_yaml_a"),
            "contract_yaml_b": text_of(contract_yaml_b, "contract_yaml_b"),
        },
        timeout=timeout,
        is_repeatable=True,
    )


@guarded
def scaffold(  # noqa: PLR0913 - the inputs of a scaffold
    name: str,
    *,
    samples: Optional[Sequence[Any]] = None,
    content: Optional[str] = None,
    format: Optional[str] = None,  # noqa: A002 - the gateway's word
    description: Optional[str] = None,
    fast: bool = False,
    pii_threshold: Optional[float] = None,
    max_records: Optional[int] = None,
    timeout: Optional[Timeout] = None,
) -> Call[ScaffoldResponse]:
    """Make a first contract, and name the fields that may hold personal data.

    Args:
        name: The contract's name.
        samples: Events.
        content: A text, instead of events.
        format: The format of the text: `json`, `ndjson`, `avro_schema` or `proto`.
        description: Free text.
        fast: Examine less of the data.
        pii_threshold: The least confidence that a field holds personal data, from 0 to 1.
        max_records: How many records to read.
        timeout: How long to wait in **seconds**, or an `httpx.Timeout`.

    Returns:
        The contract, as YAML, and the fields.

    Raises:
        EventEncodeError: Something in a sample cannot be sent; nothing was sent.
        BadRequestError: There is nothing to make a contract from, or it cannot be read.
    """
    body = {
        "name": name,
        "description": description,
        "samples": None if samples is None else _samples(samples),
        "content": content,
        "format": format,
        "fast": fast or None,
        "pii_threshold": pii_threshold,
        "max_records": max_records,
    }
    return submit(
        "POST",
        "/contracts/scaffold",
        as_model(ScaffoldResponse),
        body=body,
        timeout=timeout,
        is_repeatable=True,
        body_limit=MOST_BYTES,
    )
