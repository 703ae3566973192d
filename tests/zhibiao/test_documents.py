"""What the documents show is what happens."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from zhibiao.columns import COLUMNS
from zhibiao.database import TABLES
from zhibiao.sdmx import ATTRIBUTES, DIMENSIONS

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["inference/normalisers.md", "inference/outputs.md"])
def test_the_examples_of_a_page_run_as_shown(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where they write their files
    found = doctest.testfile(str(_ROOT / name), module_relative=False, encoding="utf-8")
    assert found.attempted > 0
    assert found.failed == 0


def test_the_page_on_outputs_tells_of_every_column() -> None:
    page = (_ROOT / "inference" / "outputs.md").read_text(encoding="utf-8")
    for column in COLUMNS:
        assert f"| `{column.name}` | {column.type} | {column.meaning} | {column.chinese} |" in page
    for name, meaning in [*DIMENSIONS.items(), *list(ATTRIBUTES.items())[:3]]:
        assert f"| `{name}` | {meaning} |" in page
    for name, table in TABLES.items():
        for field in table:
            assert name == "facts" or f"| `{name}` | `{field.name}` | {field.metadata[b'description'].decode()} |" in page
