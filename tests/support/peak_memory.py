"""The most memory that this process ever had; loads nothing that would count."""

from __future__ import annotations

import sys

__all__ = ["peak_megabytes"]


def peak_megabytes() -> float:
    """Tell the most memory that this process ever had, in MiB."""
    if sys.platform == "linux":
        # What `getrusage` says begins, on Linux, with the memory of the process that started this.
        with open("/proc/self/status", encoding="ascii") as status:
            return int(status.read().partition("VmHWM:")[2].split()[0]) / 2**10
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 2**10
