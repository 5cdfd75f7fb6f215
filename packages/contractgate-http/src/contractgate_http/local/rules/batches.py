"""Parts of the answer to a batch, on the versioned routes and the old one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contractgate_http.local.rules.judging import Judged
from contractgate_http.local.store.rows import VersionRow

__all__ = ["atomic_details", "batch_status", "deprecated_error"]


def atomic_details(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """List the failing events of a batch that was rejected as a whole."""
    return [
        {"index": index, "violations": one.violations}
        for index, one in enumerate(judged)
        if not one.passed
    ]


def batch_status(total: int, failed: int, is_rejected: bool) -> int:
    """Choose the status of a batch (section 6.6)."""
    if not failed:
        return 200
    return 422 if is_rejected or failed == total else 207


def deprecated_error(version: VersionRow) -> str:
    """Return the message that the pinned version is deprecated."""
    return (
        f"Version {version.version} on contract {version.contract_id} is deprecated; "
        "batch quarantined."
    )
