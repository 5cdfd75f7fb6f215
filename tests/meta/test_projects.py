"""What the index shows about each distribution."""

from __future__ import annotations

import re

import pytest

from clones import ADDRESS, ROOT

DISTRIBUTIONS = ("contractgate-core", "contractgate-http", "contractgate")


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_each_distribution_says_where_it_comes_from(name: str) -> None:
    """The URLs are those of this repository, and of files and folders in it."""
    text = (ROOT / "packages" / name / "pyproject.toml").read_text("utf-8")
    block = text.partition("[project.urls]\n")[2].partition("\n[")[0]
    urls = dict(re.findall(r'(\w+) = "(.*)"', block))
    assert list(urls) == ["Documentation", "Changelog", "Issues", "Source"]
    for url in urls.values():
        assert url.startswith(f"{ADDRESS}/")
        path = url[len(ADDRESS) :].partition("/main/")[2]
        assert (ROOT / path).exists()
    assert urls["Source"].endswith(f"/packages/{name}")
