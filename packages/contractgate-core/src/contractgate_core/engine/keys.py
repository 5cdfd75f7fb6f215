"""Sets of keys seen so far, in bounded memory however many there are."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["FewKeys", "Keys", "ManyKeys"]


class Keys(Protocol):
    """Remembers keys."""

    def add(self, key: str) -> bool:
        """Add a key, and return whether it is new."""
        ...

    def close(self) -> None:
        """Forget all keys."""
        ...


class FewKeys:
    """Keeps the keys of one batch in memory, which holds the batch as well."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def add(self, key: str) -> bool:
        """Add a key, and return whether it is new."""
        before = len(self._keys)
        self._keys.add(key)
        return len(self._keys) > before

    def close(self) -> None:
        """Forget all keys."""
        self._keys.clear()


class ManyKeys:
    """Keeps keys in memory up to a limit, and in a temporary SQLite file beyond it.

    The file has no name once it is open, so that nothing stays behind. A key is found by its hash
    of 128 bits and confirmed by itself.

    Args:
        most_bytes: About how many bytes of keys are kept in memory.
    """

    _KEY_OVERHEAD = 100

    def __init__(self, most_bytes: int = 16 * 2**20) -> None:
        self._keys: set[str] = set()
        self._left = most_bytes
        self._file: Any = None
        self._hash: Any = None

    def add(self, key: str) -> bool:
        """Add a key, and return whether it is new."""
        if self._file is not None:
            return self._store(key)
        if key in self._keys:
            return False
        self._keys.add(key)
        self._left -= len(key) + self._KEY_OVERHEAD
        if self._left < 0:
            self._move()
        return True

    def close(self) -> None:
        """Forget all keys."""
        self._keys.clear()
        if self._file is not None:
            self._file.close()

    def _move(self) -> None:
        import sqlite3
        from hashlib import blake2b

        self._hash = blake2b
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8192"):
            self._file.execute(f"PRAGMA {setting}")
        self._file.execute(
            "CREATE TABLE keys (hash BLOB, key BLOB, PRIMARY KEY (hash, key)) WITHOUT ROWID"
        )
        self._file.execute("BEGIN")
        for key in self._keys:
            self._store(key)
        self._keys.clear()

    def _store(self, key: str) -> bool:
        data = key.encode()
        digest = self._hash(data, digest_size=16).digest()
        stored = self._file.execute("INSERT OR IGNORE INTO keys VALUES (?, ?)", (digest, data))
        return bool(stored.rowcount)
