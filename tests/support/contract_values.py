"""Random contracts, made in code."""

from __future__ import annotations

from typing import Any, TypeVar

from hypothesis import strategies as st

from contractgate_core import (
    Contract,
    EgressLeakageMode,
    EnvelopeDefinition,
    FieldDefinition,
    FieldType,
    GlossaryEntry,
    MaskStyle,
    MetricDefinition,
    MetricType,
    Ontology,
    QualityRule,
    QualityRuleType,
    QualityScope,
    Transform,
    TransformKind,
)

__all__ = ["CONTRACTS", "TEXTS"]

T = TypeVar("T")

# Texts that YAML could take for something else, or that are hard to write down.
_TRICKY = [
    *[
        "",
        " ",
        "~",
        "null",
        "true",
        "no",
        "1",
        "1.0",
        "0x1F",
        "-0",
        ".inf",
        "2024-01-31",
        "<<",
        "=",
    ],
    *["a: b", "- a", "# a", "a #b", "'", '"', "\\", "%a", "@a", "`a", "!a", "&a", "*a", "[a", "{a"],
    *[
        "a\n",
        "a\nb",
        "\na",
        " a\nb",
        "a\n b\n",
        "a\n\n",
        "a\n\nb",
        "a \nb\n",
        "a\n---\nb",
        "...",
        "?",
    ],
    *["\t", "a\tb", "a\r\nb", "\x00", "\x1b", "\x7f", "\x85", "\xa0", "\u2028", "\ufeff", "\ufffe"],
    *["é", "😀", "\U0001fffe", "a" * 1100, "a\n" + "  ", "|", ">", "---", "\ufeffa\nb"],
]

TEXTS: st.SearchStrategy[str] = st.one_of(
    st.sampled_from(_TRICKY),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.lists(st.sampled_from(["a", "\n", " ", ":", "#", "\t", "-"]), max_size=8).map("".join),
)

_BOUNDS = st.floats(allow_nan=False)
_UNSIGNED = st.integers(0, 2**64 - 1)
_INTEGERS = st.integers(-(2**63), 2**64 - 1)
_FLOATS = st.floats(allow_nan=False, allow_infinity=False)

_JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), _INTEGERS, _FLOATS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)


def _maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


def _lists(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, max_size=3).map(tuple)


def _fields(inner: st.SearchStrategy[FieldDefinition]) -> st.SearchStrategy[FieldDefinition]:
    return st.builds(
        FieldDefinition,
        name=TEXTS,
        field_type=st.sampled_from(FieldType),
        required=st.booleans(),
        pattern=_maybe(TEXTS),
        allowed_values=_maybe(_lists(_JSON)),
        min=_maybe(_BOUNDS),
        max=_maybe(_BOUNDS),
        min_length=_maybe(_UNSIGNED),
        max_length=_maybe(_UNSIGNED),
        properties=_maybe(_lists(inner)),
        items=_maybe(inner),
        transform=_maybe(
            st.builds(
                Transform,
                kind=st.sampled_from(TransformKind),
                style=_maybe(st.sampled_from(MaskStyle)),
            )
        ),
    )


_LEAVES = st.builds(FieldDefinition, name=TEXTS, field_type=st.sampled_from(FieldType))

CONTRACTS: st.SearchStrategy[Contract] = st.builds(
    Contract,
    version=TEXTS,
    name=TEXTS,
    description=_maybe(TEXTS),
    compliance_mode=st.booleans(),
    ontology=st.builds(Ontology, entities=_lists(st.recursive(_LEAVES, _fields, max_leaves=4))),
    glossary=_lists(
        st.builds(
            GlossaryEntry,
            field=TEXTS,
            description=TEXTS,
            constraints=_maybe(TEXTS),
            synonyms=_maybe(_lists(TEXTS)),
        )
    ),
    metrics=_lists(
        st.builds(
            MetricDefinition,
            name=TEXTS,
            field=_maybe(TEXTS),
            metric_type=_maybe(st.sampled_from(MetricType)),
            formula=_maybe(TEXTS),
            min=_maybe(_BOUNDS),
            max=_maybe(_BOUNDS),
        )
    ),
    quality=_lists(
        st.builds(
            QualityRule,
            field=TEXTS,
            rule_type=st.sampled_from(QualityRuleType),
            description=_maybe(TEXTS),
            max_age_seconds=_maybe(_UNSIGNED),
            scope=_maybe(st.sampled_from(QualityScope)),
            threshold=_maybe(_BOUNDS),
        )
    ),
    egress_leakage_mode=st.sampled_from(EgressLeakageMode),
    envelope=_maybe(
        st.builds(EnvelopeDefinition, records_path=TEXTS, validate_wrapper=st.booleans())
    ),
    null_as_absent=st.booleans(),
)
