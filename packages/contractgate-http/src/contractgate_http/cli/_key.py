"""The key given to `contractgate serve`, and where it comes from."""

from __future__ import annotations

import os
import shlex
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Optional

from contractgate_core.cli.console import complain
from contractgate_core.errors import ContractGateError

if TYPE_CHECKING:
    from contractgate_http.local import LocalGateway

__all__ = ["KEY_VARIABLE", "GivenKey", "KeyFileError", "given_key", "header_of"]

KEY_VARIABLE = "CONTRACTGATE_SERVE_KEY"

_LONGEST = 4096


class KeyFileError(ContractGateError):
    """A key file cannot be read."""


class GivenKey(NamedTuple):
    """A key, if one was given.

    Attributes:
        secret: The key.
        source: The option or variable that gave it.
        shown: What is printed in its place: the key only if the command line shows it anyway.
        header: The header with it, as a shell argument; without the key itself if it is hidden.
    """

    secret: Optional[str]
    source: str
    shown: Optional[str]
    header: Optional[str]

    def __repr__(self) -> str:
        return f"<GivenKey by {self.source}>"

    def add_to(self, gateway: LocalGateway) -> None:
        """Add the key to a gateway.

        Raises:
            ValueError: No caller could use the key.
        """
        if self.secret is not None and not gateway.has_key(self.secret):
            gateway.add_key(self.secret)


def given_key(key: Optional[str], file: Optional[str]) -> GivenKey:
    """Find the key on the command line, in a file, or in the environment.

    Raises:
        KeyFileError: The file cannot be read, or holds more than one line.
    """
    if key is not None:
        return GivenKey(key, "--key", key, header_of(key))
    if file is not None:
        header = f'"x-api-key: $(cat {shlex.quote(file)})"'
        return GivenKey(_read(file), "--key-file", f"as in {file}", header)
    named = os.environ.get(KEY_VARIABLE)
    if named:
        header = f'"x-api-key: ${KEY_VARIABLE}"'
        return GivenKey(named, KEY_VARIABLE, f"as in {KEY_VARIABLE}", header)
    return GivenKey(None, "nobody", None, None)


def header_of(key: str) -> str:
    """Write the header with a key, as a shell argument."""
    return shlex.quote(f"x-api-key: {key}")


def _read(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            data = file.read(_LONGEST + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "this is not a valid file name"
        raise KeyFileError(f"cannot read the key file {path!r}: {reason}") from None
    if sys.platform != "win32" and mode & stat.S_IROTH:
        complain(f"warning: every user can read the key file {path}; chmod 600 it")
    lines = data.decode("latin-1").split()
    if len(data) > _LONGEST or len(lines) != 1:
        raise KeyFileError(f"expected one key in the key file {path!r}, and nothing else")
    return lines[0]
