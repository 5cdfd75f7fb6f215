"""Contracts and their parts, under the module name of the published SDK."""

from __future__ import annotations

import contractgate_core.contract.model as _model
from contractgate_core.contract.model import *
from contractgate_core.contract.unknown import UnknownKey
from contractgate_core.engine.compiled import CompiledContract

__all__ = ["CompiledContract", "UnknownKey"]
__all__ += _model.__all__
