"""Rebuild ``inference/zhibiao/data/holidays.json`` from published packages.

    pip install chinesecalendar==1.11.0 lunar-python==1.4.8
    python annotations/tools/build_holidays.py 2004 2026

The days off are those of the State Council's yearly notices, as the first package keeps them, for the years given; the days of
the lunar calendar come from the second.
"""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
from lunar_python import Lunar

_TARGET = Path(__file__).resolve().parents[2] / "inference" / "zhibiao" / "data" / "holidays.json"
_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明",
    "Labour Day": "五一",
    "Dragon Boat Festival": "端午",
    "Mid-autumn Festival": "中秋",
    "National Day": "国庆",
}
#: Month and day of the lunar calendar.
_LUNAR = {"春节": (1, 1), "元宵": (1, 15), "端午": (5, 5), "七夕": (7, 7), "中秋": (8, 15), "重阳": (9, 9)}
_YEARS = range(1950, 2100)


def _days_off(first: int, last: int) -> dict[str, dict[str, list[str]]]:
    """By year and holiday: first and last day off; weekends that join them count."""
    found: dict[str, dict[str, list[date]]] = {}
    day = date(first, 1, 1) - timedelta(days=7)
    while day <= date(last, 12, 31):
        if first - 1 <= day.year and date(first, 1, 1) <= day:
            off, name = chinese_calendar.get_holiday_detail(day)
            if off and name in _NAMES:
                # 30 December off belongs to the New Year after it.
                year = day.year + (name == "New Year's Day" and day.month == 12)
                found.setdefault(str(year), {}).setdefault(_NAMES[name], []).append(day)
        day += timedelta(days=1)
    table: dict[str, dict[str, list[str]]] = {}
    for year, holidays in found.items():
        for name, days in holidays.items():
            table.setdefault(year, {})[name] = [end.isoformat() for end in _with_weekends(min(days), max(days))]
        autumn, national = table[year].get("中秋"), table[year].get("国庆")
        if autumn and national and date.fromisoformat(autumn[1]) + timedelta(days=1) >= date.fromisoformat(national[0]):
            # One notice, one stretch of days off: 2012, 2017, 2023.
            table[year]["中秋"] = table[year]["国庆"] = [min(autumn[0], national[0]), max(autumn[1], national[1])]
        elif national and not autumn and national[0] <= _lunar_day(int(year), "中秋") <= national[1] and int(year) > 2007:
            table[year]["中秋"] = national  # 2020: both on the first of October
    return table


def _lunar_day(year: int, name: str) -> str:
    return str(Lunar.fromYmd(year, *_LUNAR[name]).getSolar().toYmd())


def _with_weekends(begin: date, end: date) -> tuple[date, date]:
    """The span with the days off that touch it."""
    while _plain_day_off(begin - timedelta(days=1)):
        begin -= timedelta(days=1)
    while _plain_day_off(end + timedelta(days=1)):
        end += timedelta(days=1)
    return begin, end


def _plain_day_off(day: date) -> bool:
    try:
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return False
    return bool(off and name is None)


def main(first: int, last: int) -> None:
    """Write the file."""
    lunar = {str(year): {name: _lunar_day(year, name) for name in _LUNAR} for year in _YEARS}
    source = [
        {"package": "PyPI chinesecalendar", "version": "1.11.0", "published": "2025-11", "license": "MIT"},
        {"package": "PyPI lunar-python", "version": "1.4.8", "published": "2025-11", "license": "MIT"},
    ]
    parts = []
    for key, rows in (("days_off", _days_off(first, last)), ("lunar", lunar)):
        lines = ",\n".join(f'"{year}": {json.dumps(row, ensure_ascii=False)}' for year, row in sorted(rows.items()))
        parts.append(f'"{key}": {{\n{lines}\n}}')
    text = f'{{"source": {json.dumps(source)},\n' + ",\n".join(parts) + "}\n"
    json.loads(text)
    _TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
