"""What the documents show is what happens."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from zhibiao.columns import COLUMNS
from zhibiao.database import TABLES
from zhibiao.sdmx import ATTRIBUTES, DIMENSIONS

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["inference/normalisers.md", "inference/outputs.md", "inference/python.md"])
def test_the_examples_of_a_page_run_as_shown(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where they write their files
    found = doctest.testfile(str(_ROOT / name), module_relative=False, encoding="utf-8")
    assert found.attempted > 0
    assert found.failed == 0


# Programs that begin processes of their own. The engines of a cluster are in no extra: their recipes run where they are.
_PROGRAMS = {"concurrent": "inference/python.md", "ray": "inference/clusters.md", "pyspark": "inference/clusters.md"}


@pytest.mark.parametrize("package", _PROGRAMS)
def test_the_programs_of_a_page_run(package: str, tmp_path: Path) -> None:
    """Each is one block of its page, begins with its import and prints what the comment at its end says."""
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    page = (_ROOT / _PROGRAMS[package]).read_text(encoding="utf-8")
    blocks = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if ">>>" not in block]
    (program,) = (block for block in blocks if re.search(rf"^(from|import) {package}\b", block, re.MULTILINE))
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    environment = os.environ | {"PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:-1] == re.findall(r"^# (.*)\n", program, re.MULTILINE)


def test_the_page_on_outputs_tells_of_every_column() -> None:
    page = (_ROOT / "inference" / "outputs.md").read_text(encoding="utf-8")
    for column in COLUMNS:
        assert f"| `{column.name}` | {column.type} | {column.meaning} | {column.chinese} |" in page
    for name, meaning in [*DIMENSIONS.items(), *list(ATTRIBUTES.items())[:3]]:
        assert f"| `{name}` | {meaning} |" in page
    for name, table in TABLES.items():
        for field in table:
            assert name == "facts" or f"| `{name}` | `{field.name}` | {field.metadata[b'description'].decode()} |" in page
