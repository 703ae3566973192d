"""The site, made by Sphinx of the repository's pages where they stand: ``sphinx-build -W -c inference/docs . OUT``.

Nothing is fetched, neither while it is built nor while it is read. OUT opens from disk.
"""

from __future__ import annotations

import shutil
from importlib.metadata import version as installed
from pathlib import Path

from sphinx.application import Sphinx

project = "zhibiao"
version = release = installed("zhibiao")
copyright = "The zhibiao authors, Apache-2.0"
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "README"
include_patterns = [
    "README.md",
    "README.zh.md",
    "CHANGELOG.md",
    "inference/*.md",
    "inference/docs/*.md",
    "training/README.md",
    "training/correcting.md",
    "annotations/*.md",
    "annotations/samples/*.md",
    "models/*/README.md",
]
# Not even looked into: hidden folders, what training leaves, and whatever holds no pages.
exclude_patterns = [
    ".*",
    "runs",
    "tests",
    "build",
    "dist",
    "venv",
    "annotations/corpus",
    "inference/zhibiao",
    "training/zhibiao_training",
]

myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_inherit_docstrings = False
autodoc_use_type_comments = False
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
maximum_signature_line_length = 100

html_theme = "pydata_sphinx_theme"
html_title = "zhibiao 指标"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "show_prev_next": False,
    "show_nav_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}

# The README is the first page. It is read on its own elsewhere too, so the list of the others is put into it here.
_CONTENTS = """

```{toctree}
:hidden:

中文 <README.zh>
Tour <inference/tour>
inference/docs/use
inference/docs/train
inference/docs/reference
Changelog <CHANGELOG>
```
"""


def _add_contents(app: Sphinx, name: str, source: list[str]) -> None:
    if name == root_doc:
        source[0] += _CONTENTS


def _copy_first_page(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.name == "html":
        shutil.copyfile(Path(app.outdir, f"{root_doc}.html"), Path(app.outdir, "index.html"))


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _add_contents)
    app.connect("build-finished", _copy_first_page)
