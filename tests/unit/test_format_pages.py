"""docs/formats has a page for every format, and its index has them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tracetui.workspace.formats import FORMATS, Format

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "formats"
INDEX = (PAGES / "README.md").read_text()


def test_the_index_links_every_page() -> None:
    linked = set(re.findall(r"\]\(([a-z0-9_-]+\.md)\)", INDEX))
    assert linked == {path.name for path in PAGES.glob("*.md")} - {"README.md"}


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.title)
def test_every_format_is_in_the_index(row: Format) -> None:
    assert row.title.casefold() in INDEX.casefold()


def test_pages_that_the_code_names_exist() -> None:
    for path in (ROOT / "tracetui").rglob("*.py"):
        for page in re.findall(r"docs/[a-z0-9/_-]+\.md", path.read_text()):
            assert (ROOT / page).exists(), (path.name, page)
