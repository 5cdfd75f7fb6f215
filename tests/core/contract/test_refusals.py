"""What the error about a refused contract says: what was expected, what came, and where."""

from __future__ import annotations

from typing import Optional

import pytest

from contractgate_core import Contract, ContractCompileError

HEAD = """\
version: "1"
name: c
ontology:
  entities:
"""


def refusal(text: str) -> ContractCompileError:
    """Read a text that is no contract."""
    with pytest.raises(ContractCompileError) as caught:
        Contract.from_yaml(text)
    return caught.value


def of_field(*lines: str) -> ContractCompileError:
    """Read a contract with one field, whose lines begin on line 5 in column 7."""
    return refusal(HEAD + "    - " + "\n      ".join(lines) + "\n")


@pytest.mark.parametrize(
    ("line", "got", "column"),
    [
        (
            "required: yes",
            "required: expected true or false, got `yes`; write true, without quotes",
            17,
        ),
        (
            'required: "false"',
            "required: expected true or false, got the quoted text 'false'; "
            "write false, without quotes",
            17,
        ),
        ("required: 1", "required: expected true or false, got `1`", 17),
        ("required: []", "required: expected true or false, got a list", 17),
        ("required:", "required: expected true or false, got an empty value", 16),
        ("required: ~", "required: expected true or false, got the null word `~`", 17),
        ("min: 0x1F", "min: expected a decimal number without quotes, got `0x1F`", 12),
        (
            "max: '5'",
            "max: expected a decimal number without quotes, got the quoted text '5'",
            12,
        ),
        (
            "min_length: 5.0",
            "min_length: expected an integer from 0 to 2^64-1, without quotes, got `5.0`",
            19,
        ),
        ("pattern: [a]", "pattern: expected a text, got a list", 16),
        ("pattern: !!null a", "pattern: expected a null word after the tag !!null, got `a`", 16),
        ("enum: a", "enum: expected a list, got `a`", 13),
        ("enum: {a: 1}", "enum: expected a list, got a mapping", 13),
        (
            "enum: [1, 18446744073709551616]",
            "enum[1]: expected an integer from -2^63 to 2^64-1, got `18446744073709551616`",
            17,
        ),
        (
            "enum: [{k: [!foo a]}]",
            "enum[0].k[0]: expected a JSON value, got `a` with the tag !foo; "
            "a tag of your own means nothing here",
            19,
        ),
        (
            "enum: [!!int x]",
            "enum[0]: expected an integer after the tag !!int, got `x` with the tag !!int",
            14,
        ),
        ("enum: [{[a]: 1}]", "enum[0]: expected a text as a key, got a list", 15),
        ("items: a", "items: expected a mapping (a field), got `a`", 14),
        ("properties: ''", "properties: expected a list, got the quoted text ''", 19),
        (
            "transform: {kind: masked}",
            "transform.kind: expected mask, hash, drop or redact, got `masked`; "
            "did you mean `mask`?",
            25,
        ),
    ],
)
def test_a_value_of_another_type_is_refused_in_its_place(line: str, got: str, column: int) -> None:
    """The message leads there by keys and indices as well."""
    error = of_field("name: f", "type: any", line)
    assert error.message.replace(" with the tag !!null", "") == f"ontology.entities[0].{got}"
    assert (error.line, error.column) == (7, column)
    assert error.field == ("f[]" if line.startswith("items") else "f")
    assert str(error) == f"<contract>:7:{column}: {error.message}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *[("strng", "string"), ("String", "string"), ("str", "string"), ("int", "integer")],
        *[("bool", "boolean"), ("flaot", "float"), ("numbr", "number"), ("dat", "date")],
        *[("arary", "array"), ("x" * 1_000_000, None), ("''", None)],
    ],
)
def test_a_misspelt_type_gets_a_suggestion(written: str, meant: Optional[str]) -> None:
    """If it looks like one."""
    message = of_field("name: f", f"type: {written}").message
    expected = "string, integer, float, boolean, object, array, any, date or number"
    assert message.startswith(f"ontology.entities[0].type: expected {expected}, got ")
    assert len(message) < 250
    assert ("did you mean" in message) == (meant is not None)
    if meant is not None:
        assert message.endswith(f"; did you mean `{meant}`?")


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("datetime", "`string` with a pattern, or `integer` for Unix seconds"),
        ("TIMESTAMP", "`string` with a pattern, or `integer` for Unix seconds"),
        *[("double", "`float`"), ("decimal", "`float`"), ("list", "`array`"), ("uuid", "`string`")],
    ],
)
def test_a_type_of_another_format_is_translated(written: str, instead: str) -> None:
    """It may look like a type that means something else."""
    message = of_field("name: f", f"type: {written}").message
    assert message.endswith(f"; write {instead}")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("quality: [{field: a, type: uniquenes}]", "uniqueness"),
        ("quality: [{field: a, type: freshness, scope: batches}]", "batch"),
        ("metrics: [{name: a, type: Integer}]", "integer"),
        ("egress_leakage_mode: Strip", "strip"),
    ],
)
def test_every_other_misspelt_word_gets_a_suggestion(line: str, meant: str) -> None:
    """They all have short lists."""
    error = refusal(HEAD.replace("\n  entities:", " {entities: []}") + line)
    assert error.message.endswith(f"; did you mean `{meant}`?")


def test_number_is_no_type_of_a_metric() -> None:
    """It is one of a field only."""
    error = refusal(
        HEAD.replace("\n  entities:", " {entities: []}") + "metrics: [{name: a, type: number}]"
    )
    assert error.message == "metrics[0].type: expected integer or float, got `number`"


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        (
            "",
            "expected a contract with the keys `version`, `name` and `ontology`, got nothing",
            (1, 1),
        ),
        ("[]", "expected a mapping (the contract), got a list", (1, 1)),
        ("a", "expected a mapping (the contract), got `a`", (1, 1)),
        ("name: c", "expected the key `version` in the contract, got none", (1, 1)),
        (
            "\nverson: 1\nname: c",
            "expected the key `version` in the contract, got none; "
            "is `verson` a misspelling of it?",
            (2, 1),
        ),
        (
            "version: 1\nname: c\nontology:\n  entitys: []",
            "ontology: expected the key `entities` in the ontology, got none; "
            "is `entitys` a misspelling of it?",
            (4, 3),
        ),
        (
            "version: 1\nname: c\nontology:",
            "ontology: expected the key `entities` in the ontology, got none",
            (3, 10),
        ),
        ("version: 1\n<<: {name: c}", "expected the key `name` in the contract, got none", (1, 1)),
        ("name: c\nname: d", "expected `name` once, got it again", (2, 1)),
        ("? [name]\n: c", "expected a text as a key, got a list", (1, 3)),
    ],
)
def test_a_missing_or_doubled_key_is_told(text: str, message: str, place: tuple[int, int]) -> None:
    """With the place of the mapping, or of the second key."""
    error = refusal(text)
    assert error.message == message
    assert (error.line, error.column) == place
    assert error.field is None


def test_a_key_and_its_synonym_are_one_key() -> None:
    """In whatever order."""
    text = HEAD.replace("\n  entities:", " {entities: []}")
    for keys in ("field: a, term: b", "term: a, field: b"):
        error = refusal(f"{text}glossary:\n- {{{keys}, description: c}}")
        assert "`field`" in error.message
        assert "`term`" in error.message
        assert error.message.endswith("once, got it again")
        assert (error.line, error.column) == (5, len(f"- {{{keys.split(',')[0]}, ") + 1)


def test_the_path_of_the_field_is_told() -> None:
    """By names; the elements of an array have none."""
    error = of_field(
        "name: order",
        "type: object",
        "properties:",
        "  - {name: lines, type: array, items: {name: i, type: object, properties: [",
        "      {name: price, type: flot}]}}",
        "  - {type: any}",
    )
    assert error.field == "order.lines[].price"
    assert error.line == 9
    assert of_field("type: strin").field == "?"


@pytest.mark.parametrize(
    ("text", "part", "place"),
    [
        ("a: b: c", "mapping values are not allowed in this context", (1, 5)),
        ("a: b: c", "a text with `: ` in it needs quotes", (1, 5)),
        ("a:\n\tb: c", "tabs cannot indent", (2, 1)),
        ("a: @b", "a text that begins with @, ` or % needs quotes", (1, 4)),
        ("a: [b\nc: d", "while parsing a flow sequence (begun at 1:4)", (2, 2)),
        ('a: "b\nc', "while scanning a quoted scalar (begun at 1:4)", (2, 2)),
        ("a: *b", "expected an anchor that stands before its alias, got `*b`", (1, 4)),
        (r'a: "^\d$"', "write a pattern in single quotes", (1, 6)),
        ("\ufeffa: 1\nb: 2", "begins with a byte order mark, which counts as a character", (2, 1)),
        ("a: !x!y z", "a text that begins with ! needs quotes", (1, 4)),
        ("a: 1\n---\nb: 2", "expected one document, got a second one", (2, 1)),
        ("a: 1\n...\nb: 2", "expected", (3, 1)),
        ("a: \x01", "expected characters that YAML allows, got U+0001", (1, 4)),
        ("a\r\nb\x85\u2028c\x00", "expected characters that YAML allows, got U+0000", (4, 2)),
        ("a: \ud800", "expected characters that YAML allows, got U+D800", (1, 4)),
    ],
)
def test_broken_yaml_is_told_with_its_place(text: str, part: str, place: tuple[int, int]) -> None:
    """And, for common mistakes, with what to do."""
    error = refusal(text)
    assert part in error.message
    assert (error.line, error.column) == place


def test_what_is_neither_text_nor_a_file_is_a_mistake_in_the_program() -> None:
    """Not one in the contract."""
    with pytest.raises(TypeError, match="expected str, bytes or an open file, got dict"):
        Contract.from_yaml({})  # type: ignore[arg-type]
