"""The text of a contract, as a call brings it, from whatever holds one."""

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
"""A contract as text, the path of a file that holds it, or a `Contract`, which is written anew."""

_FILES = (".yaml", ".yml", ".json")


def text_of(contract: ContractText, name: str) -> str:
    """Give the text of a contract.

    Args:
        contract: The contract.
        name: The argument that it is, for errors.

    Raises:
        BatchTooLargeError: A file is longer than a request may be.
        ContractGateError: A `Contract` holds something that no text can.
        OSError: A file cannot be read.
        TypeError: It is none of all these.
        ValueError: A file is no text, or a text is the name of a file.
    """
    if isinstance(contract, str):
        if contract.endswith(_FILES) and "\n" not in contract:
            raise ValueError(
                f"expected {name} to be the text of a contract, got what looks like the name of a "
                "file, which pathlib.Path makes one"
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
    raise ValueError(f"expected {name} to be a file in UTF-8, got another byte at {place}")


def is_same(contract: ContractText, text: str, live: str) -> bool:
    """Return whether a text says what a contract does.

    Args:
        contract: The contract. A `Contract` is compared as such, since its text is made anew; a
            text or a file is the same as nothing but itself.
        text: What `text_of` gave for it.
        live: The other text.
    """
    if text == live or isinstance(contract, (str, os.PathLike)):
        return text == live
    try:
        return type(contract).from_yaml(live) == contract
    except ContractCompileError:
        return False
