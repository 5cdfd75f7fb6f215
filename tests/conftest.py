"""How much random data the tests draw, and how a failure is printed."""

from __future__ import annotations

import os

from hypothesis import settings

# In full size by default; CONTRACTGATE_TESTS=tenth, as nox sets it on all Pythons but the newest,
# draws a tenth. A failing example is printed with a line that reproduces it.
settings.register_profile("full", max_examples=200, deadline=None, print_blob=True)
settings.register_profile("tenth", max_examples=20, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("CONTRACTGATE_TESTS", "full"))
