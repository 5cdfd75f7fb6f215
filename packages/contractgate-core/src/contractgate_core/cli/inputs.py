"""The files that a command is given: by name, by pattern, or by the folder that they are in."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NoReturn

from contractgate_core.report.problems import STANDARD_INPUT

__all__ = ["contract_names", "input_names"]

_CONTRACTS = (".yaml", ".yml")


def input_names(given: Sequence[str], *, is_taken: bool = False) -> list[str]:
    """Give the names of the inputs, in the order in which they were asked for.

    Args:
        given: Names of files, `-`, or patterns such as `day-*.ndjson`, which a shell may have left
            as they are; the files of a pattern are sorted.
        is_taken: Standard input is read for something else.

    Raises:
        FileNotFoundError: No file has a name of a pattern.
        OSError: Standard input is asked for twice.
    """
    names: list[str] = []
    for name in given:
        names += _matches(name) if _is_pattern(name) else [name]
    _check_once(names, is_taken=is_taken)
    return names


def contract_names(given: Sequence[str]) -> list[str]:
    """Do the same for contracts, where a folder stands for all `.yaml` and `.yml` files in it.

    Raises:
        FileNotFoundError: There is no such file in a folder, or of a pattern.
        OSError: A folder cannot be read, or standard input is asked for twice.
    """
    names: list[str] = []
    for name in given:
        if _is_pattern(name):
            # A folder may match, and what is in it.
            found = [file for match in _matches(name) for file in _in_folder(match)]
            names += dict.fromkeys(found) or _refuse_pattern(name)
        else:
            names += _in_folder(name) or _refuse_empty(name)
    _check_once(names)
    return names


def _check_once(names: list[str], *, is_taken: bool = False) -> None:
    if names.count(STANDARD_INPUT) + is_taken > 1 and STANDARD_INPUT in names:
        raise OSError("standard input is asked for twice; it can be read once")


def _is_pattern(name: str) -> bool:
    return any(mark in name for mark in "*?[") and not os.path.lexists(name)


def _matches(pattern: str) -> list[str]:
    import glob  # few are given a pattern that their shell has not read

    found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - as the user writes paths
    return found or _refuse_pattern(pattern)


def _in_folder(name: str) -> list[str]:
    """Give the contracts in a folder; anything else is itself."""
    return sorted(_walk(name)) if os.path.isdir(name) else [name]  # noqa: PTH112 - pathlib is slow


def _walk(top: str) -> Iterator[str]:
    seen: set[str] = set()
    for folder, inner, files in os.walk(top, onerror=_refuse_folder, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:  # a link leads here
            inner.clear()
            continue
        seen.add(real)
        inner.sort()
        yield from (os.path.join(folder, file) for file in files if file.endswith(_CONTRACTS))  # noqa: PTH118


def _refuse_pattern(pattern: str) -> NoReturn:
    raise FileNotFoundError(f"{pattern}: no file has such a name")


def _refuse_empty(folder: str) -> NoReturn:
    ends = " or ".join(_CONTRACTS)
    raise FileNotFoundError(f"{folder}: no file in this folder ends in {ends}")


def _refuse_folder(error: OSError) -> NoReturn:
    raise OSError(f"{error.filename}: {error.strerror}") from None
