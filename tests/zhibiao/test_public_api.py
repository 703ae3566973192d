"""What ``import zhibiao`` offers, and what it costs."""

import json
import subprocess
import sys
from importlib.metadata import version

import pytest

import zhibiao


def modules_after(code: str) -> set[str]:
    """Names of the top-level packages loaded after running some code in a fresh interpreter."""
    code += "; import json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, encoding="utf-8")
    return set(json.loads(done.stdout.splitlines()[-1]))


TABLES = {"pyarrow", "duckdb", "openpyxl", "pandas"}
HEAVY = {"numpy", "onnxruntime", "torch", "transformers", "datasets", "tokenizers", "zhibiao_training"} | TABLES


@pytest.mark.parametrize(
    "code",
    [
        "import zhibiao",
        "import zhibiao; dir(zhibiao)",
        "import zhibiao; zhibiao.InputError, zhibiao.__version__",
        "import zhibiao.cli",
    ],
)
def test_an_import_loads_nothing_heavy(code: str) -> None:
    assert not modules_after(code) & HEAVY


def test_the_extractor_loads_no_torch() -> None:
    assert modules_after("import zhibiao; zhibiao.Extractor") & HEAVY <= {"numpy", "onnxruntime"}


@pytest.mark.parametrize("name", zhibiao.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(zhibiao, name) is not None
    assert name in dir(zhibiao)


def test_version() -> None:
    assert zhibiao.__version__ == version("zhibiao")


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="module 'zhibiao' has no attribute 'extracts'"):
        zhibiao.extracts  # noqa: B018
