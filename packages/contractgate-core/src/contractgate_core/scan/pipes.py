"""Checking whether a pipe has data."""

from __future__ import annotations

import sys
from typing import Protocol

__all__ = ["has_data"]


class _Pipe(Protocol):
    def fileno(self) -> int:
        """Return its file descriptor."""
        ...


if sys.platform == "win32":  # pragma: no cover
    import _winapi
    import msvcrt

    def has_data(pipe: _Pipe) -> bool:
        """Return whether a pipe has data to read; False at its end."""
        try:
            return bool(_winapi.PeekNamedPipe(msvcrt.get_osfhandle(pipe.fileno()))[0])
        except OSError:
            return False

else:
    import fcntl
    import termios

    _SIZE_OF_INT = 4

    def has_data(pipe: _Pipe) -> bool:
        """Return whether a pipe has data to read; False at its end."""
        return any(fcntl.ioctl(pipe.fileno(), termios.FIONREAD, bytes(_SIZE_OF_INT)))
