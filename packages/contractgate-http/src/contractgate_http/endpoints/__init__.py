"""Every endpoint as one pure function that makes a `Call`; the only place with paths.

Both clients have a method for each, of the same name and signature.
"""

from __future__ import annotations
