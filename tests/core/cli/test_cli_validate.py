"""`contractgate validate`, as a user meets it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Callable

import pytest

from contractgate_core.cli import main

GOOD = '{version: 1.0, name: orders, ontology: {entities: [{name: "a", type: string}]}}\n'
MISSPELT = "version: 1\nname: a\nontology:\n  entities:\n    - {name: b, type: strng}\n"
UNKNOWN = """\
version: 1
name: a
compliance-mode: true
x-base: &base {required: false}
ontology:
  entities:
    - {name: b, type: string, requred: false, minLength: 3, format: email}
    - {<<: *base, name: c, type: integer, minimum: 1}
"""
DOUBTFUL = """\
version: 1
name: a
ontology:
  entities:
    - {name: b, type: string, enum: []}
    - {name: b, type: integer, min: 10, max: 1}
metrics:
  - {name: m, field: b, min: 3, max: 2}
"""
BAD_PATTERN = (
    "version: 1\nname: a\nontology:\n  entities:\n    - {name: b, type: string, pattern: '('}\n"
)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Run:
    """Run the command in a folder with some files; return its exit code and both outputs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "misspelt.yaml").write_text(MISSPELT, encoding="utf-8")
    (tmp_path / "pattern.yaml").write_text(BAD_PATTERN, encoding="utf-8")
    (tmp_path / "unknown.yaml").write_text(UNKNOWN, encoding="utf-8")
    (tmp_path / "doubtful.yaml").write_text(DOUBTFUL, encoding="utf-8")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["validate", *arguments])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return call


def test_a_contract_is_said_to_be_one(run: Run) -> None:
    """One line for all, and 0."""
    assert run("good.yaml") == (0, "PASSED  1 contract valid\n", "")
    assert run("good.yaml", "good.yaml") == (0, "PASSED  2 contracts valid\n", "")


def test_a_refusal_says_where_what_and_what_was_meant(run: Run) -> None:
    """As `file:line:column`, which editors and terminals know how to open."""
    code, out, err = run("misspelt.yaml")
    assert (code, err) == (1, "")
    first, last = out.splitlines()
    assert first.startswith("misspelt.yaml:5:23: ")
    assert "`strng`" in first
    assert "string" in first.partition("did you mean")[2]
    assert last == "FAILED  0 of 1 file valid"


def test_keys_that_mean_nothing_are_told(run: Run) -> None:
    """The gateway ignores them, so they are no failure, unless that is asked for."""
    told = (
        "unknown.yaml:3:1: 6 unknown keys: `compliance-mode` (did you mean `compliance_mode`?), "
        "`requred` at 7:31 (did you mean `required`?), "
        "`minLength` at 7:47 (did you mean `min_length`?), `format` at 7:61, "
        "`<<` at 8:8 (it is not merged in contracts), `minimum` at 8:43 (did you mean `min`?)"
    )
    code, out, err = run("unknown.yaml")
    assert (code, out) == (0, "PASSED  1 contract valid\n")
    assert err == f"contractgate: {told}\n"
    assert run("--quiet", "unknown.yaml") == (0, "", err)
    code, out, err = run("--strict", "unknown.yaml", "good.yaml")
    assert (code, out, err) == (1, f"{told}\nFAILED  1 of 2 files valid\n", "")


def test_keys_that_mean_nothing_are_in_the_document(run: Run) -> None:
    """Each with its place."""
    code, out, _ = run("--format", "json", "unknown.yaml")
    (contract,) = json.loads(out)["contracts"]
    assert (code, contract["valid"], len(contract["unknown_keys"])) == (0, True, 6)
    assert contract["unknown_keys"][1] == {
        "key": "requred",
        "line": 7,
        "column": 31,
        "suggestion": "required",
    }
    code, out, _ = run("--format", "json", "--strict", "unknown.yaml")
    (contract,) = json.loads(out)["contracts"]
    assert (code, contract["valid"], contract["error"]["line"]) == (1, False, 3)


def test_what_cannot_be_meant_is_told(run: Run) -> None:
    """The gateway accepts it, so it is no failure, unless that is asked for."""
    told = (
        "doubtful.yaml:5:37: 4 doubtful rules: `enum` is empty in `b`, "
        "the field `b` is declared again at 6:7, `min` 10 is above `max` 1 in `b` at 6:37, "
        "`min` 3 is above `max` 2 in `m` at 8:30"
    )
    code, out, err = run("doubtful.yaml")
    assert (code, out) == (0, "PASSED  1 contract valid\n")
    assert err == f"contractgate: {told}\n"
    assert run("--quiet", "doubtful.yaml") == (0, "", err)
    code, out, err = run("--strict", "doubtful.yaml", "good.yaml")
    assert (code, out, err) == (1, f"{told}\nFAILED  1 of 2 files valid\n", "")


def test_what_cannot_be_meant_is_in_the_document(run: Run) -> None:
    """Each with its place."""
    code, out, _ = run("--format", "json", "doubtful.yaml")
    (contract,) = json.loads(out)["contracts"]
    assert (code, contract["valid"], len(contract["doubts"])) == (0, True, 4)
    assert contract["doubts"][1] == {
        "message": "the field `b` is declared again",
        "line": 6,
        "column": 7,
    }
    code, out, _ = run("--format", "json", "--strict", "doubtful.yaml")
    (contract,) = json.loads(out)["contracts"]
    assert (code, contract["valid"], contract["error"]["line"]) == (1, False, 5)


def test_a_file_with_both_has_a_line_for_each(run: Run, tmp_path: Path) -> None:
    """With and without `--strict`, and the document has both lists."""
    (tmp_path / "both.yaml").write_text(DOUBTFUL + "qualty: []\n", encoding="utf-8")
    code, out, err = run("both.yaml")
    unknown, doubtful = (line.partition(": ")[2] for line in err.splitlines())
    assert (code, unknown.split(":")[1], doubtful.split(":")[1]) == (0, "9", "5")
    code, out, err = run("--strict", "both.yaml")
    assert (code, out, err) == (1, f"{unknown}\n{doubtful}\nFAILED  0 of 1 file valid\n", "")
    (contract,) = json.loads(run("--strict", "--format", "json", "both.yaml")[1])["contracts"]
    assert (len(contract["unknown_keys"]), len(contract["doubts"])) == (1, 4)
    assert contract["error"]["line"] == 9


def test_a_pattern_is_compiled_too(run: Run) -> None:
    """It is refused in the gateway's words, except for the reason."""
    code, out, _ = run("pattern.yaml")
    assert code == 1
    assert out.startswith("pattern.yaml:5:40: Invalid regex '(' for field 'b': ")


def test_all_files_are_checked_whatever_is_wrong_with_the_first(run: Run) -> None:
    """The exit code is the worst one."""
    code, out, err = run("misspelt.yaml", "missing.yaml", "pattern.yaml", "good.yaml")
    assert code == 2
    assert "misspelt.yaml:5:23" in out
    assert "pattern.yaml:5:40" in out
    assert out.endswith("FAILED  1 of 4 files valid\n")
    assert err == "contractgate: missing.yaml: No such file or directory\n"


def test_fail_fast_stops_at_the_first(run: Run) -> None:
    """The others are not even opened."""
    code, out, err = run("--fail-fast", "misspelt.yaml", "missing.yaml")
    assert (code, err) == (1, "")
    assert out.endswith("FAILED  0 of 1 file valid\n")


def test_quiet_says_nothing_of_contracts(run: Run) -> None:
    """But everything about files that are not contracts."""
    assert run("-q", "good.yaml") == (0, "", "")
    assert "misspelt.yaml:5:23" in run("-q", "misspelt.yaml")[1]


@pytest.fixture
def contracts(tmp_path: Path) -> list[str]:
    """Put files into a folder and into one in it; answers the names of those that are contracts."""
    names = ["contracts/a.yaml", "contracts/b/c.yml", "contracts/b/d.yaml", "contracts/z.yml"]
    (tmp_path / "contracts" / "b" / "empty").mkdir(parents=True)
    for name in [*names, "contracts/README.md", "contracts/b/values.json"]:
        (tmp_path / name).write_text(GOOD if name in names else "none", encoding="utf-8")
    return names


def files_of(out: str) -> list[str]:
    return [contract["file"] for contract in json.loads(out)["contracts"]]


@pytest.mark.parametrize("given", ["contracts", "contracts/", "./contracts"])
def test_a_folder_stands_for_the_contracts_in_it(
    run: Run, contracts: list[str], given: str
) -> None:
    """At any depth, in the order of their names; other files there are none of them."""
    code, out, err = run(given, "--format", "json")
    assert (code, err) == (0, "")
    assert [os.path.normpath(file) for file in files_of(out)] == contracts
    assert run("good.yaml", given)[1] == "PASSED  5 contracts valid\n"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("contracts/**/*.yaml", ["contracts/a.yaml", "contracts/b/d.yaml"]),
        ("contracts/*.y*ml", ["contracts/a.yaml", "contracts/z.yml"]),
        ("contracts/?", ["contracts/b/c.yml", "contracts/b/d.yaml"]),
    ],
)
@pytest.mark.usefixtures("contracts")
def test_a_pattern_that_no_shell_has_read_is_read(
    run: Run, pattern: str, expected: list[str]
) -> None:
    """As `test --data` does, and with the folders that have such a name."""
    code, out, err = run(pattern, "--format", "json")
    assert (code, err) == (0, "")
    assert files_of(out) == expected


def test_a_folder_that_a_link_leads_to_is_looked_into_once(
    run: Run, contracts: list[str], tmp_path: Path
) -> None:
    """Also where it leads to what it is in."""
    try:
        (tmp_path / "contracts" / "b" / "loop").symlink_to(tmp_path / "contracts")
        (tmp_path / "linked").symlink_to(tmp_path / "contracts" / "b")
    except OSError:
        pytest.skip("no right to make links here")
    assert files_of(run("contracts", "--format", "json")[1]) == contracts
    assert files_of(run("linked", "--format", "json")[1])[:2] == ["linked/c.yml", "linked/d.yaml"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("contracts/b/empty", "contracts/b/empty: no file in this folder ends in .yaml or .yml"),
        ("contracts/**/*.toml", "contracts/**/*.toml: no file has such a name"),
        ("contracts/b/e*", "contracts/b/e*: no file has such a name"),
    ],
)
@pytest.mark.usefixtures("contracts")
def test_where_there_is_nothing_to_check_the_command_fails(
    run: Run, given: str, message: str
) -> None:
    """Nothing that was checked is nothing that passed."""
    assert run("good.yaml", given) == (2, "", f"contractgate: {message}\n")
    code, out, err = run("--format", "json", given)
    assert (code, err) == (2, f"contractgate: {message}\n")
    assert json.loads(out)["error"]["message"] == message


def test_standard_input_is_read_once(run: Run) -> None:
    """A second time there would be nothing in it."""
    told = "contractgate: standard input is asked for twice; it can be read once\n"
    assert run("-", "-") == (2, "", told)


def test_json_is_one_document(run: Run) -> None:
    """With a member for each file, in the order given."""
    code, out, _ = run("--format", "json", "good.yaml", "misspelt.yaml", "missing.yaml")
    assert code == 2
    document = json.loads(out)
    assert (document["version"], document["passed"]) == (1, False)
    good, misspelt, missing = document["contracts"]
    assert good == {"file": "good.yaml", "valid": True, "name": "orders", "version": "1.0"}
    assert misspelt["valid"] is False
    assert (misspelt["error"]["line"], misspelt["error"]["column"]) == (5, 23)
    assert missing["error"]["message"] == "No such file or directory"


def test_a_file_without_permission_is_unreadable_not_invalid(run: Run, tmp_path: Path) -> None:
    """The system says why; root may read anything, so a link to itself stands in for it there."""
    secret = tmp_path / "secret.yaml"
    if os.geteuid():
        secret.write_text(GOOD, encoding="utf-8")
        secret.chmod(0)
    else:
        secret.symlink_to(secret)
    code, out, err = run("secret.yaml")
    assert code == 2
    assert out == "FAILED  0 of 1 file valid\n"
    assert err.startswith("contractgate: secret.yaml: ")


def test_a_name_that_is_no_text_can_be_shown(run: Run, tmp_path: Path) -> None:
    """File names are bytes."""
    name = os.fsdecode(b"caf\xe9.yaml")
    (tmp_path / name).write_bytes(b"\xff\xfe")
    code, out, _ = run(name, "--format", "json")
    assert code == 1
    assert json.loads(out)["contracts"][0]["file"] == "caf\ufffd.yaml"
    code, out, _ = run(name)
    assert (code, out[:5]) == (1, "caf\ufffd.")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
@pytest.mark.usefixtures("interrupted_open")
def test_an_interrupt_leaves_what_was_found_until_then(run: Run) -> None:
    """And says that the file at which the interrupt came was not read."""
    os.mkfifo("pipe")
    files = ("good.yaml", "misspelt.yaml", "pipe", "good.yaml")
    code, out, err = run(*files, "--format", "json")
    assert (code, err) == (130, "contractgate: interrupted\n")
    document = json.loads(out)
    assert document["passed"] is False
    assert [contract["valid"] for contract in document["contracts"]] == [True, False, False]
    assert document["contracts"][2]["error"]["message"] == "interrupted"
    code, out, _ = run(*files)
    assert code == 130
    assert out.splitlines()[-1] == "FAILED  1 of 3 files valid"
    assert out.startswith("misspelt.yaml:5:")
