"""The public names and signatures of all three distributions, compared with a snapshot."""

from __future__ import annotations

from surface import SNAPSHOT, surface


def test_the_public_names_and_signatures_are_as_written_down() -> None:
    """`python tests/support/surface.py` regenerates it; a changed line is a broken promise."""
    now, then = surface(), SNAPSHOT.read_text(encoding="utf-8").splitlines()
    assert {"added": sorted({*now} - {*then}), "gone": sorted({*then} - {*now})} == {
        "added": [],
        "gone": [],
    }
    assert now == then


def test_a_name_that_goes_or_changes_is_told() -> None:
    """So that the test cannot pass because the snapshot is incomplete."""
    lines = surface()
    assert [line for line in lines if line.startswith("contractgate_core.Contract.compile(self)")]
    assert "contractgate.Client is contractgate_http.Client" in lines
    assert "contractgate_core.ViolationKind.TYPE_MISMATCH = 'type_mismatch'" in lines
    assert len(lines) > 1000
