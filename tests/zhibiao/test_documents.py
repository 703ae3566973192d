"""What the documents show is what happens."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["inference/normalisers.md"])
def test_the_examples_of_a_page_run_as_shown(name: str) -> None:
    found = doctest.testfile(str(_ROOT / name), module_relative=False, encoding="utf-8")
    assert found.attempted > 0
    assert found.failed == 0
