"""What all three distributions promise by name and signature, as it was written down once."""

from __future__ import annotations

from surface import SNAPSHOT, surface


def test_the_public_names_and_signatures_are_as_written_down() -> None:
    """`python tests/support/surface.py` writes them anew; what changes or goes breaks a promise."""
    now, then = surface(), SNAPSHOT.read_text(encoding="utf-8").splitlines()
    assert {"added": sorted({*now} - {*then}), "gone": sorted({*then} - {*now})} == {
        "added": [],
        "gone": [],
    }
    assert now == then


def test_a_name_that_goes_or_changes_is_told() -> None:
    """So that the snapshot cannot pass for want of what it should hold."""
    lines = surface()
    assert [line for line in lines if line.startswith("contractgate_core.Contract.compile(self)")]
    assert "contractgate.Client is contractgate_http.Client" in lines
    assert "contractgate_core.ViolationKind.TYPE_MISMATCH = 'type_mismatch'" in lines
    assert len(lines) > 1000
