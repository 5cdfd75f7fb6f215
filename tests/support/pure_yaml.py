"""Contracts read by PyYAML's parser in pure Python, as on a machine without libyaml.

PyYAML decides when it is imported, so they are read in another process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Optional

__all__ = ["read_purely"]


def read_purely(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Read contracts.

    Returns:
        For each its `contract` as plain values, or the `error` that refuses it.
    """
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(list(texts)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def main() -> None:
    """Read contracts from stdin and write the answers to stdout."""
    no_module: Any = None
    sys.modules["yaml._yaml"] = no_module
    import yaml

    from contractgate_core import Contract, ContractCompileError

    assert not yaml.__with_libyaml__

    def read(text: str) -> dict[str, Optional[object]]:
        try:
            return {"contract": Contract.from_yaml(text).to_dict()}
        except ContractCompileError as error:
            return {"error": str(error)}

    json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()
