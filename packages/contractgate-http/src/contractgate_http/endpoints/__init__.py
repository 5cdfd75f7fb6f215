"""One pure function for each endpoint, which makes a `Call`; paths stand only here.

Both clients have a method for each, with the same name and signature.
"""

from __future__ import annotations
