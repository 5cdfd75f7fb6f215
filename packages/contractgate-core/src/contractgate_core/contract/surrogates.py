"""The former name of what refuses a contract that no file can hold."""

from __future__ import annotations

from contractgate_core.contract.unwritable import refuse_unwritable as refuse_surrogates

__all__ = ["refuse_surrogates"]
