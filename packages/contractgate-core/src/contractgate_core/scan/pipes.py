"""Looking whether something has come on a pipe."""

from __future__ import annotations

import sys
from typing import Protocol

__all__ = ["has_come"]


class _Pipe(Protocol):
    def fileno(self) -> int:
        """Tell its number."""
        ...


if sys.platform == "win32":  # pragma: no cover
    import _winapi
    import msvcrt

    def has_come(pipe: _Pipe) -> bool:
        """Tell whether there is something to be read from a pipe; not so at its end."""
        try:
            return bool(_winapi.PeekNamedPipe(msvcrt.get_osfhandle(pipe.fileno()))[0])
        except OSError:
            return False

else:
    import fcntl
    import termios

    _SIZE_OF_INT = 4

    def has_come(pipe: _Pipe) -> bool:
        """Tell whether there is something to be read from a pipe; not so at its end."""
        return any(fcntl.ioctl(pipe.fileno(), termios.FIONREAD, bytes(_SIZE_OF_INT)))
