"""The text of a contract to send, from a text, a file or a `Contract`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Union

from contractgate_core.errors import BatchTooLargeError, ContractCompileError
from contractgate_http._arguments import kind_of
from contractgate_http._call import MOST_BYTES

if TYPE_CHECKING:
    from contractgate_core.contract.model import Contract

__all__ = ["ContractText", "is_same", "text_of"]

ContractText = Union[str, "os.PathLike[str]", "Contract"]
"""A contract as text, the path of its file, or a `Contract`, which is written out as YAML."""

_FILES = (".yaml", ".yml", ".json")


def text_of(contract: ContractText, name: str) -> str:
    """Return the text of a contract.

    Args:
        contract: The contract.
        name: The argument's name, for errors.

    Raises:
        BatchTooLargeError: A file is longer than a request may be.
        ContractGateError: A `Contract` holds something that cannot be written as text.
        OSError: A file cannot be read.
        TypeError: It is none of these.
        ValueError: A file is not text, or a text is the name of a file.
    """
    if isinstance(contract, str):
        if contract.endswith(_FILES) and "\n" not in contract:
            raise ValueError(
                f"expected {name} to be the text of a contract, got what looks like the name of a "
                "file; pass a pathlib.Path to read one"
            )
        return contract
    if isinstance(contract, os.PathLike):
        return _read(contract, name)
    from contractgate_core.contract.model import Contract  # few clients are given one

    given: object = contract
    if not isinstance(given, Contract):
        raise TypeError(f"expected {name} to be a Contract, a path or a text, got {kind_of(given)}")
    return given.to_yaml()


def _read(path: os.PathLike[str], name: str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123 - it need not be a pathlib.Path
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise BatchTooLargeError(
            f"expected {name} of at most {MOST_BYTES} bytes, got a longer file",
            size=len(data),
            limit=MOST_BYTES,
        )
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        place = error.start
    raise ValueError(f"expected {name} to be a file in UTF-8, got an invalid byte at {place}")


def is_same(contract: ContractText, text: str, live: str) -> bool:
    """Return whether a text is the same contract.

    Args:
        contract: The contract. A `Contract` is compared by value, since its text is newly written;
            a text or a file is compared as text.
        text: What `text_of` returned for it.
        live: The other text.
    """
    if text == live or isinstance(contract, (str, os.PathLike)):
        return text == live
    try:
        return type(contract).from_yaml(live) == contract
    except ContractCompileError:
        return False
