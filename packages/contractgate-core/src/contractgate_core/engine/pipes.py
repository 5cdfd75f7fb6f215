"""Looking whether something has come on a pipe."""

from __future__ import annotations

import sys
from typing import Protocol

__all__ = ["Pipe", "has_come"]


class Pipe(Protocol):
    """The end of a pipe that is read."""

    def fileno(self) -> int:
        """Tell its number."""
        ...


if sys.platform == "win32":  # pragma: no cover
    import _winapi
    import msvcrt

    def has_come(pipe: Pipe) -> bool:
        """Tell whether a pipe holds something; if it was closed at the other end, it may not."""
        try:
            return bool(_winapi.PeekNamedPipe(msvcrt.get_osfhandle(pipe.fileno()))[0])
        except OSError:
            return False

else:
    import fcntl
    import termios

    _SIZE_OF_INT = 4

    def has_come(pipe: Pipe) -> bool:
        """Tell whether a pipe holds something; if it was closed at the other end, it may not."""
        return any(fcntl.ioctl(pipe.fileno(), termios.FIONREAD, bytes(_SIZE_OF_INT)))
