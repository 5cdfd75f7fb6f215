"""Contracts in files, and whatever the system or another program may put in the way."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from contractgate_core import Contract, ContractCompileError

TEXT = "version: 1\nname: é\nontology: {entities: []}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a contract is written."""
    return tmp_path / "contract.yaml"


def refusal(file: Path, data: bytes) -> ContractCompileError:
    """Read a file that is not a contract, and return the error."""
    file.write_bytes(data)
    with pytest.raises(ContractCompileError) as caught:
        Contract.from_file(file)
    return caught.value


def test_a_file_is_read_by_its_path(file: Path) -> None:
    """As text or as any path-like object."""
    file.write_text(TEXT, encoding="utf-8")
    contract = Contract.from_file(file)
    assert contract.name == "é"
    assert Contract.from_file(str(file)) == contract
    assert Contract.from_yaml(file.read_bytes()) == contract


def test_a_refusal_names_the_file(file: Path) -> None:
    """As it was given, then the line and the column."""
    error = refusal(file, b"version: 1\nname: [c]\n")
    assert error.filename == str(file)
    assert str(error) == f"{file}:2:7: name: expected a text, got a list"


def test_a_refusal_to_compile_names_the_file_too(file: Path) -> None:
    """Though it comes later."""
    file.write_text(TEXT.replace("[]", "[{name: a, type: string, pattern: '('}]"), encoding="utf-8")
    with pytest.raises(ContractCompileError) as caught:
        Contract.from_file(file).compile()
    assert str(caught.value).startswith(f"{file}:3:56: Invalid regex '(' for field 'a': ")


def test_a_missing_file_is_the_systems_error(file: Path) -> None:
    """It is not an error of the contract."""
    with pytest.raises(FileNotFoundError):
        Contract.from_file(file)


def test_a_directory_is_the_systems_error(tmp_path: Path) -> None:
    """On every system some `OSError`."""
    with pytest.raises(OSError, match=r"directory|denied"):
        Contract.from_file(tmp_path)


def test_a_file_that_may_not_be_read_is_the_systems_error(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests may run as root, who may read anything, so the system's answer is simulated."""

    def refuse(*arguments: object, **keywords: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(PermissionError):
        Contract.from_file(file)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="the system has no endless file")
def test_an_endless_file_is_refused() -> None:
    """One byte more than is allowed is enough."""
    with pytest.raises(
        ContractCompileError, match="/dev/zero: expected a contract of at most 16 MiB"
    ):
        Contract.from_file("/dev/zero")


def test_a_contract_has_at_most_16_mib(file: Path) -> None:
    """In UTF-8, from a file as from a text."""
    head = TEXT.encode() + b"#"
    full = head + b" " * (16 * 2**20 - len(head))
    file.write_bytes(full)
    assert Contract.from_file(file).name == "é"
    assert "at most 16 MiB, got more" in refusal(file, full + b" ").message
    assert Contract.from_yaml(full.decode()).name == "é"
    with pytest.raises(ContractCompileError, match="at most 16 MiB, got more"):
        Contract.from_yaml(full.decode() + " ")


@pytest.mark.parametrize(
    ("data", "message", "place"),
    [
        (TEXT.encode("utf-16"), "got the byte 0xff; it looks like UTF-16 text", (1, 1)),
        (
            "version: 1".encode("utf-16-be"),
            "expected characters that YAML allows, got U+0000",
            (1, 1),
        ),
        (TEXT.encode("latin-1"), "expected UTF-8 text, got the byte 0xe9", (2, 7)),
        (b"\x89PNG\r\n\x1a\n\x00", "expected UTF-8 text, got the byte 0x89", (1, 1)),
        (b"\x7fELF\x02\x01\x01\x00", "expected characters that YAML allows, got U+007F", (1, 1)),
        (b"\x1f\x8b\x08\x00", "got the byte 0x8b; it looks like gzip data", (1, 2)),
        (b"PK\x03\x04\xb7", "got the byte 0xb7; it looks like a zip archive", (1, 5)),
        (b"PAR1\x15\x04\xff", "got the byte 0xff; it looks like a Parquet file", (1, 7)),
        (b"version: 1\nname: a\x00b\n", "expected characters that YAML allows, got U+0000", (2, 8)),
        (b"version: 1\nname: \xed\xa0\x80\n", "expected UTF-8 text, got the byte 0xed", (2, 7)),
        (b"version: 1\nname: \xc3", "expected UTF-8 text, got the byte 0xc3", (2, 7)),
    ],
)
def test_what_is_no_text_is_refused(
    file: Path, data: bytes, message: str, place: tuple[int, int]
) -> None:
    """With the place of the first wrong byte."""
    error = refusal(file, data)
    assert message in error.message
    assert (error.line, error.column) == place


def test_a_byte_order_mark_takes_a_column(file: Path) -> None:
    """So that a block mapping on its line cannot be continued; the gateway refuses that too."""
    assert "did not find expected" in refusal(file, b"\xef\xbb\xbf" + TEXT.encode()).message
    file.write_bytes(b"\xef\xbb\xbf# comment\n" + TEXT.encode())
    assert Contract.from_file(file).name == "é"
