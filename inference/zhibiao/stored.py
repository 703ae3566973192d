"""The JSON files beside the code."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

__all__ = ["read_stored"]


def read_stored(name: str) -> Any:
    """The contents of a JSON file of the package's folder ``data``."""
    return json.loads(resources.files("zhibiao").joinpath("data", name).read_text(encoding="utf-8"))
