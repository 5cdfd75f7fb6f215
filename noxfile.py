"""The checks of this repository, each in environments of its own.

`nox -t test` runs all that must pass, `nox -l` lists the sessions. A missing Python is skipped with
a word, but fails the run where `CI` is set. Dependencies come from the package index; siblings
always come from this tree.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.tags = ["test"]

ROOT = Path(__file__).parent
CORE = "packages/contractgate-core"
HTTP = "packages/contractgate-http"
PYTHONS = nox.project.python_versions(
    nox.project.load_toml(f"{CORE}/pyproject.toml"), max_version="3.13"
)
OLDEST, NEWEST = PYTHONS[0], PYTHONS[-1]
MAIN = "3.11"
# Where each distribution is tested with nothing beside it; elsewhere all are in one environment.
ALONE = [MAIN, NEWEST]
LOCK = "dev.lock"
COMMANDS = nox.project.load_toml("hatch.toml")["envs"]["default"]["scripts"]

# The distributions by the folders of their tests, each with the siblings that it stands on.
PACKAGES = {
    "core": (CORE,),
    "http": (CORE, HTTP),
    "meta": (CORE, HTTP, "packages/contractgate"),
}
ALL_TESTS = ("tests/conformance", *(f"tests/{package}" for package in PACKAGES))
packages = nox.parametrize("package", list(PACKAGES), ids=list(PACKAGES))

# Tests of what depends on how a distribution is installed.
INSTALLED = (
    *("tests/core/cli", "tests/core/test_public_names.py", "tests/core/test_docs.py"),
    *("tests/http/test_http_serve.py", "tests/http/test_http_pytest_plugin.py", "tests/meta"),
)

# Tests that are run from unpacked source distributions: of what reads the most beside itself.
FROM_SOURCE = {
    "contractgate_core": (
        *("tests/core/test_docs.py", "tests/core/test_results.py", "tests/core/cli/test_sample.py"),
        "tests/conformance/test_conformance_json.py",
    ),
    "contractgate_http": (
        "tests/http/test_http_pytest_plugin.py",
        "tests/http/local/test_local_document.py",
    ),
    "contractgate": ("tests/meta/test_meta_names.py", "tests/meta/test_public_surface.py"),
}

# Tests of the repository: of imports, documents and the noxfile.
REPOSITORY = (
    *("core/test_layers.py", "core/test_watchdog.py"),
    *("http/client/test_client_layers.py", "http/local/test_local_layers.py"),
    *(f"meta/test_{topic}.py" for topic in ("first_steps", "lock", "projects", "readme")),
    "meta/test_version.py",
)
LOCAL = ("backup", "busy", "crowd", "files", "kill", "lock", "schedules")
# Tests of what does not depend on the versions of other distributions: patterns and what they cost,
# processes and signals, files and locks, texts, and pytest.
INDEPENDENT = (
    *REPOSITORY,
    *("core/regex", "core/test_errors.py", "core/contract/test_hostile_patterns.py"),
    "conformance/test_conformance_regex.py",
    *(f"core/scan/test_{topic}.py" for topic in ("interrupts", "keys", "workers")),
    *(f"http/local/test_local_{topic}.py" for topic in LOCAL),
    *(f"http/test_http_{topic}.py" for topic in ("pytest_plugin", "serve")),
    "http/client/test_llm_texts.py",
)
# Tests that run on the Pythons below and above those in the middle, and of which nothing suggests
# that they would fail only there: of what hostile or large input costs.
NOT_IN_THE_MIDDLE = (
    *REPOSITORY,
    *(f"core/contract/test_{topic}.py" for topic in ("hostile", "hostile_patterns", "marks")),
    *(f"core/regex/test_regex_{topic}.py" for topic in ("size", "automaton", "differential")),
    *("http/client/test_client_leaks.py", "http/client/test_llm_texts.py"),
)


def editable(package: str) -> list[str]:
    """Give the arguments that install a distribution and its siblings from the tree."""
    return [part for folder in PACKAGES[package] for part in ("-e", folder)]


def test_paths(package: str) -> list[str]:
    """Give the tests of a distribution; the recordings concern core, or its HTTP protocol."""
    paths = [f"tests/{package}"]
    if package == "core":
        paths += ["tests/conformance", "--ignore-glob=*_http*"]
    if package == "http":
        paths += [str(path) for path in sorted((ROOT / "tests/conformance").glob("test_*_http*"))]
    return paths


def left_out(paths: Sequence[str]) -> list[str]:
    """Give the options of pytest that leave out some tests."""
    for path in paths:
        if not (ROOT / "tests" / path).exists():
            raise FileNotFoundError(f"noxfile.py names tests/{path}, which is not there")
    return [f"--ignore=tests/{path}" for path in paths]


def run_pytest(session: nox.Session, *arguments: str, size: str = "tenth", more: int = 2) -> None:
    """Run tests on all processors, the heavy ones in a size.

    They start many Pythons, which would read all sources anew if they could not keep bytecode.

    Args:
        session: The session.
        arguments: Those of pytest.
        size: That of the heavy tests.
        more: So many tests run at once beyond one a processor; many of http wait for something.
    """
    session.run(
        *shlex.split(COMMANDS["test"].partition("{args")[0]),
        *arguments,
        env={
            "CONTRACTGATE_TESTS": os.environ.get("CONTRACTGATE_TESTS", size),
            "PYTEST_XDIST_AUTO_NUM_WORKERS": str((os.cpu_count() or 1) + more),
            "PYTHONDONTWRITEBYTECODE": None,
        },
    )


def runs(python: str) -> bool:
    """Return whether a Python is there and runs; a shim of pyenv is there for each version."""
    try:
        return not subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode
    except FileNotFoundError:
        return False


@nox.session(python=False, tags=["test"])
def pythons(session: nox.Session) -> None:
    """Say which Pythons of the range run, and fail if none does."""
    found = [version for version in PYTHONS if runs(f"python{version}")]
    if not found:
        session.error(f"none of Python {OLDEST} to {NEWEST} is on the PATH")
    session.log(f"found Python {', '.join(found)}")


@nox.session(python=ALONE, tags=["test"])
@packages
def tests(session: nox.Session, package: str) -> None:
    """Run the tests of a distribution: measured on one Python, in full size on the newest."""
    session.install(*editable(package), "--group", f"tests-{package}")
    # Options choose among the tests, and some of them cover less than all do.
    measured = session.python == MAIN and package in ("core", "http") and not session.posargs
    coverage = (f"--cov=contractgate_{package}", "--cov-report=term") if measured else ()
    size = "full" if session.python == NEWEST else "tenth"
    more = 1 if package == "core" else 2
    paths = test_paths(package)
    run_pytest(session, *paths, *coverage, *session.posargs, size=size, more=more)


@nox.session(python=[python for python in PYTHONS if python not in ALONE], tags=["test"])
def together(session: nox.Session) -> None:
    """Run the tests of all distributions at once: those of http wait while core's compute.

    But, between the oldest and the newest, those of what nothing suggests would differ there.
    """
    groups = (part for package in PACKAGES for part in ("--group", f"tests-{package}"))
    session.install(*editable("meta"), *groups)
    ignored = [] if session.python == OLDEST else left_out(NOT_IN_THE_MIDDLE)
    run_pytest(session, *ALL_TESTS, *ignored, *session.posargs)


@nox.session(python=[OLDEST, NEWEST], tags=["test"], venv_backend="uv")
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest direct dependencies that have a wheel for this Python.

    But those of what does not depend on them.
    """
    wheels = ("--only-binary", "msgspec", "--only-binary", "pyyaml")
    session.install("--resolution", "lowest-direct", *wheels, *editable("meta"))
    # What is installed already is kept.
    session.install(*(part for package in PACKAGES for part in ("--group", f"tests-{package}")))
    session.run("uv", "pip", "list", external=True)
    run_pytest(session, *ALL_TESTS, *left_out(INDEPENDENT), *session.posargs)


@nox.session(python=MAIN, venv_backend="uv")
def lock(session: nox.Session) -> None:
    """Write anew which versions an environment to work in has, and `lint` and `types` with it."""
    project = Path(session.create_tmp()).resolve() / "project.in"
    folders = [ROOT / folder for folder in PACKAGES["meta"]]
    project.write_text("".join(f"-e {folder}\n" for folder in folders), "utf-8")
    groups = [part for group in ("tests-meta", "lint", "types") for part in ("--group", group)]
    own = [part for folder in folders for part in ("--no-emit-package", folder.name)]
    session.run(
        *("uv", "pip", "compile", "-q", "--upgrade", "--universal", "--python-version", MAIN),
        *("--no-annotate", "--custom-compile-command", "nox -s lock"),
        *(str(project), *groups, *own, "-o", LOCK),
    )


@nox.session(python=MAIN, tags=["test"])
def types(session: nox.Session) -> None:
    """Check the types of what is shipped and of its tests, with mypy and pyright."""
    session.install("-c", LOCK, *editable("meta"), "--group", "types")

    def check(tool: str) -> None:
        for command in COMMANDS["types"]:
            if command.startswith(tool):
                session.run(*shlex.split(command))

    # Each of them takes one processor.
    with ThreadPoolExecutor() as pool:
        list(pool.map(check, ["mypy", "pyright"]))


@nox.session(python=MAIN, tags=["test"])
def lint(session: nox.Session) -> None:
    """Check style and format with ruff."""
    session.install("-c", LOCK, "--group", "lint")
    for command in COMMANDS["lint"]:
        session.run(*shlex.split(command))


def build(session: nox.Session) -> Path:
    """Build the distributions; siblings are later found among the wheels."""
    dist = Path(session.create_tmp()).resolve() / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.install("build", "hatchling>=1.27")
    for folder in PACKAGES["meta"]:
        session.run("python", "-m", "build", "-n", folder, "-o", str(dist), silent=True)
    return dist


@nox.session(python=MAIN, tags=["test"], venv_backend="uv")
def wheels(session: nox.Session) -> None:
    """Build source distributions and wheels, and try both.

    They have all files of the tree, whose tests run elsewhere; run here is what depends on how a
    distribution is installed: commands, plugins and names. And a few of the tests that the source
    distributions have, where those are unpacked.
    """
    dist = build(session)
    built = sorted(dist.glob("*.whl"))
    session.run("python", "scripts/check_archives.py", *map(str, dist.iterdir()))
    session.install("--no-index", "--no-deps", *map(str, built))
    for package in PACKAGES:
        session.install(*dependencies(package), "--group", f"tests-{package}")
    run_pytest(session, *INSTALLED)
    for name, tests in FROM_SOURCE.items():
        (archive,) = dist.glob(f"{name}-*.tar.gz")
        shutil.unpack_archive(archive, dist)
        with session.chdir(dist / archive.name[: -len(".tar.gz")]):
            if name == "contractgate_core":
                try_source(session, tests)
            else:
                session.run("python", "-m", "pytest", *tests)


def try_source(session: nox.Session, tests: Sequence[str]) -> None:
    """Install what was unpacked as its README says, with nothing beside it, and run tests there."""
    python = ".venv/bin/python"
    session.run("uv", "venv", "-q", "--python", MAIN, ".venv", external=True)
    groups = ("--group", "tests/pyproject.toml:tests-core")
    session.run("uv", "pip", "install", "-q", "--python", python, ".", *groups, external=True)
    session.run(python, "-m", "pytest", *tests, external=True)


def dependencies(package: str) -> list[str]:
    """List what a distribution and its siblings need from the package index."""
    projects = [nox.project.load_toml(f"{folder}/pyproject.toml") for folder in PACKAGES[package]]
    needed = [need for project in projects for need in project["project"]["dependencies"]]
    return [need for need in needed if not need.startswith("contractgate")]


@nox.session(python=PYTHONS, tags=["test"], venv_params=["--seed"])
@nox.parametrize("source", ["wheel", "root"], ids=["wheel", "root"])
def validator_only(session: nox.Session, source: str) -> None:
    """Install the validator alone, from its wheel or with `pip install .`, and use it."""
    if source == "wheel":
        session.run("python", "-m", "pip", "install", "-q", str(core_wheel(session)))
    else:
        session.run("python", "-m", "pip", "install", "-q", ".")
    session.run("python", "scripts/check_validator_only.py")


_core_wheels: list[Path] = []


def core_wheel(session: nox.Session) -> Path:
    """Build core's wheel once, for all Pythons, with pip alone, so that nothing else is there."""
    if not _core_wheels:
        dist = Path(session.create_tmp()).resolve() / "dist"
        shutil.rmtree(dist, ignore_errors=True)
        pip_wheel = ("python", "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(dist))
        session.run(*pip_wheel, f"./{CORE}")
        _core_wheels.extend(dist.glob("*.whl"))
    return _core_wheels[0]


@nox.session(python=MAIN)
def tables(session: nox.Session) -> None:
    """Check that the Unicode tables are what their scripts write; needs cargo."""
    session.install("unicodedata2==17.0.1")
    session.run("python", "scripts/generate_debug_unicode.py", "--check")
    session.run("python", "scripts/generate_regex_unicode.py", "--check", external=True)


@nox.session(python=MAIN, tags=["test"])
def hook(session: nox.Session) -> None:
    """Run pre-commit itself with the hook on a repository that the test makes."""
    session.install("pre-commit>=4", "pipx>=1.7", "uv>=0.5", "--group", "tests")
    run_pytest(session, "tests/hook", *session.posargs)


@nox.session(python=MAIN)
def newcomer(session: nox.Session) -> None:
    """Follow the pages of docs/first-steps on an empty machine; or those behind `--`."""
    session.run("python", "tests/support/newcomer.py", *session.posargs)


@nox.session(python=MAIN, venv_backend="uv")
def bench(session: nox.Session) -> None:
    """Measure against the published SDK and others, side by side in one run."""
    session.install(f"./{CORE}", "-r", "tests/bench/requirements.txt")
    session.run("python", "tests/bench/start_up.py")
    peers = ("--sdk", published_sdk(session))
    session.run("python", "tests/bench/run.py", *peers, *with_earlier(session))


def with_earlier(session: nox.Session) -> list[str]:
    """Build core of the commit that `--before` names; answer the arguments with its interpreter."""
    arguments = list(session.posargs)
    if "--before" not in arguments:
        return arguments
    at = arguments.index("--before") + 1
    folder = Path(session.create_tmp()).resolve() / "before"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    archive = str(folder / "tree.tar")
    session.run("git", "archive", "-o", archive, arguments[at], CORE, external=True)
    shutil.unpack_archive(archive, folder)
    python = str(folder / "venv/bin/python")
    session.run("uv", "venv", "-q", "--python", MAIN, str(folder / "venv"), external=True)
    needed = (str(folder / CORE), "-r", "tests/bench/requirements.txt")
    session.run("uv", "pip", "install", "-q", "--python", python, *needed, external=True)
    return [*arguments[:at], python, *arguments[at + 1 :]]


@nox.session(python=MAIN)
def bench_limits(session: nox.Session) -> None:
    """Check what is promised in seconds and megabytes, of hostile input and of large files."""
    session.install(f"./{CORE}", f"./{HTTP}[serve]")
    session.run("python", "tests/bench/hostile.py")
    session.run("python", "tests/bench/limits.py", *session.posargs)
    session.run("python", "tests/bench/busy.py")


def published_sdk(session: nox.Session) -> str:
    """Install the published SDK, which has our import name, apart; answers its interpreter."""
    folder = Path(session.create_tmp()).resolve() / "sdk"
    python = str(folder / "bin/python")
    session.run("uv", "venv", "-q", "--clear", "--python", MAIN, str(folder), external=True)
    needs = ("-r", "tests/published/requirements.txt")
    session.run("uv", "pip", "install", "-q", "--python", python, *needs, external=True)
    return python


@nox.session(python=MAIN, tags=["test"], venv_backend="uv")
def published(session: nox.Session) -> None:
    """Let the published SDK use `contractgate serve`, and code for it run beside ours."""
    session.install(*editable("meta"), "--group", "tests-http")
    session.env["CONTRACTGATE_SDK_PYTHON"] = published_sdk(session)
    session.run("python", "-m", "pytest", "tests/published", *session.posargs)


@nox.session(python=MAIN)
def bench_regex(session: nox.Session) -> None:
    """Time patterns beside Python's `re`, google-re2 and Rust's crate, and attack translations."""
    session.install(f"./{CORE}", "google-re2", "pydantic-core")
    session.run("python", "tests/bench/regex_speed.py", *session.posargs)
    session.run("python", "tests/bench/regex_attack.py")


@nox.session(python=MAIN)
def law(session: nox.Session) -> None:
    """Hold the fast verdicts to the exact ones on as many random pairs as wished: `-- 1000000`."""
    session.install(*editable("core"), "--group", "tests-core")
    session.run("python", "tests/support/law.py", *(session.posargs or ("1000000",)))


@nox.session(python=PYTHONS)
def interrupts(session: nox.Session) -> None:
    """Let an alarm interrupt scans by several processes at as many random moments as wished."""
    session.install(*editable("core"))
    session.run("python", "tests/support/interrupts.py", *(session.posargs or ("1000",)))


@nox.session(python=MAIN)
def schedules(session: nox.Session) -> None:
    """Let two processes and their children contend for a database as often as wished."""
    session.install(*editable("http"), "--group", "tests-http")
    session.run("python", "tests/support/lock_schedules.py", *(session.posargs or ("1000",)))


@nox.session(python=MAIN)
def regex(session: nox.Session) -> None:
    """Compare as many random patterns as wished with Rust's crate: `-- --pairs N --seed S`."""
    session.install(f"./{CORE}", "pydantic-core")
    session.run("python", "tests/bench/regex_differential.py", *session.posargs)


@nox.session(python=MAIN, venv_backend="uv")
def bench_http(session: nox.Session) -> None:
    """Time the local gateway in memory, in a file and over TCP, and what the clients cost."""
    session.install(*editable("http"), "--group", "tests-http")
    session.run("python", "tests/bench/gateway.py")
    session.run("python", "tests/bench/client.py", "--published", published_sdk(session))
