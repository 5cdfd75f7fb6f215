"""Use an installation of only the validator, as users would; run by `nox -s validator_only`.

    python scripts/check_validator_only.py

The interpreter's environment must hold contractgate-core and its dependencies, and nothing else.
Exits with 1 and says why if a promise is broken.
"""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
CONTRACT, EVENTS = str(EXAMPLES / "orders.yaml"), str(EXAMPLES / "orders.ndjson")
COMMAND = str(Path(sys.executable).with_name("contractgate"))
EXPECTED = {"contractgate-core", "msgspec", "pyyaml"}
# The stub at the root of the repository, and what a new environment already has.
TOLERATED = {"contractgate-repo", "packaging", "pip", "setuptools", "wheel"}
# Modules that can open a socket, or are for network code.
NETWORK = (
    "socket",
    "_socket",
    "ssl",
    "select",
    "selectors",
    "asyncio",
    "http",
    "urllib.request",
    "httpx",
)


def python(code: str) -> str:
    """Run code in a new interpreter, outside the source tree's folder."""
    command = [sys.executable, "-I", "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def contractgate(*arguments: str) -> tuple[int, str]:
    """Run the command, and return its exit code and its output."""
    done = subprocess.run([COMMAND, *arguments], check=False, capture_output=True, text=True)
    if "Traceback" in done.stderr:
        sys.exit(f"contractgate {arguments} ended in a traceback:\n{done.stderr}")
    return done.returncode, done.stdout


def expect(what: str, expected: object, got: object) -> None:
    """Print what was found, and exit if it is not what was promised."""
    if expected != got:
        sys.exit(f"{what}: expected {expected}, got {got}")
    print(f"{what}: {got}")


def check_distributions() -> None:
    """Core depends only on msgspec and PyYAML."""
    found = {dist.metadata["Name"].lower() for dist in importlib.metadata.distributions()}
    expect("distributions", sorted(EXPECTED), sorted(found - TOLERATED))


def check_modules() -> None:
    """Importing core and validating load no network modules that msgspec does not load itself."""
    alone = python("import sys, msgspec; print(*sys.modules)").split()
    imported = python("import sys, contractgate_core; print(*sys.modules)").split()
    expect("YAML parsers loaded by the import", [], [name for name in imported if name == "yaml"])
    validated = python(
        "import pickle, sys\n"
        "from contractgate_core import Contract\n"
        f"compiled = Contract.from_file({CONTRACT!r}).compile()\n"
        "compiled.validate({'order_id': 'é', 'placed_on': '2026-02-30'})\n"
        "compiled.validate_json(b'{}')\n"
        "compiled.validate_batch_json(b'[{}]')\n"
        "print(*sys.modules)"
    ).split()
    new = [name for name in NETWORK if name in {*imported, *validated} and name not in alone]
    expect("network modules loaded", [], new)
    for name in ("httpx", "requests", "aiohttp"):
        expect(
            f"{name} importable",
            "no",
            python(
                f"import importlib.util as u; print('yes' if u.find_spec({name!r}) else 'no')"
            ).strip(),
        )


def check_commands() -> None:
    """The command line shows its help, checks the example contract and judges its events."""
    code, out = contractgate("--help")
    expect("--help", (0, True), (code, "examples:" in out))
    expect("validate", (0, "PASSED  1 contract valid\n"), contractgate("validate", CONTRACT))
    code, out = contractgate("test", "--contract", CONTRACT, "--data", EVENTS, "--format", "json")
    totals = json.loads(out)["totals"]
    expect("test", (1, 3_000, True), (code, totals["records"], totals["failed"] > 0))


def main() -> None:
    """Check everything."""
    check_distributions()
    check_modules()
    check_commands()


if __name__ == "__main__":
    main()
