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

import zhibiao
from zhibiao.columns import COLUMNS
from zhibiao.database import TABLES
from zhibiao.sdmx import ATTRIBUTES, DIMENSIONS

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["inference/normalisers.md", "inference/outputs.md", "inference/python.md", "inference/tour.md"])
def test_the_examples_of_a_page_run_as_shown(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where they write their files
    found = doctest.testfile(str(_ROOT / name), module_relative=False, encoding="utf-8")
    assert found.attempted > 0
    assert found.failed == 0


def test_the_commands_of_the_tour_run_as_shown(tmp_path: Path) -> None:
    """One after the other in one folder, as a reader would; the answer shown below a command is what it prints."""
    (tmp_path / "annotations").symlink_to(_ROOT / "annotations")
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    page = (_ROOT / "inference" / "tour.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(sh|text)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert "pip install" in blocks[0][1]
    answers = 0
    printed = ""
    for kind, block in blocks[1:]:
        if kind == "text":
            answers += 1
            assert printed == block
            continue
        done = subprocess.run(
            ["bash", "-e", "-c", block], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stderr
        printed = done.stdout
    assert answers
    assert {"facts.xlsx", "facts.jsonl", "report.html", "pivot.csv"} <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize("name", zhibiao.__all__)
def test_the_reference_has_every_public_name(name: str) -> None:
    page = (_ROOT / "inference" / "docs" / "zhibiao.md").read_text(encoding="utf-8")
    assert re.search(rf"(:: |`)zhibiao\.{name}\b", page)


def test_both_readmes_lead_to_the_same_pages() -> None:
    english, chinese = (
        re.findall(r"\]\(([^)]+)\)", (_ROOT / name).read_text(encoding="utf-8")) for name in ("README.md", "README.zh.md")
    )
    counterparts = {"README.md": "README.zh.md", "inference/report.zh.png": "inference/report.png"}
    assert sorted(english) == sorted(counterparts.get(target, target) for target in chinese)


# Programs that begin processes of their own. Those of the engines of a cluster run where the engine is installed.
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
