"""Public holidays of China.

The days off are those of the State Council's yearly notices; the days of the lunar calendar are computed. Both lie as JSON beside
the code, made from published packages by ``annotations/tools/build_holidays.py``.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

from zhibiao.stored import read_stored

__all__ = ["HOLIDAYS", "days_off", "holiday"]

#: The holidays, by every name that texts give them.
HOLIDAYS = {
    **dict.fromkeys(("元旦", "元旦节", "新年"), "元旦"),
    **dict.fromkeys(("春节", "农历新年", "新春"), "春节"),
    **dict.fromkeys(("清明", "清明节"), "清明"),
    **dict.fromkeys(("五一", "五一节", "五一劳动节", "劳动节", "五一国际劳动节"), "五一"),
    **dict.fromkeys(("端午", "端午节"), "端午"),
    **dict.fromkeys(("中秋", "中秋节"), "中秋"),
    **dict.fromkeys(("国庆", "国庆节", "十一"), "国庆"),
    **dict.fromkeys(("国庆中秋", "中秋国庆", "国庆、中秋", "中秋、国庆", "双节"), "国庆"),
    **dict.fromkeys(("元宵", "元宵节"), "元宵"),
    **dict.fromkeys(("七夕", "七夕节"), "七夕"),
    **dict.fromkeys(("重阳", "重阳节"), "重阳"),
    **dict.fromkeys(("除夕", "大年三十", "年三十"), "除夕"),
    **dict.fromkeys(("大年初一", "正月初一", "初一"), "春节"),
}
_FIXED = {"元旦": (1, 1), "五一": (5, 1), "国庆": (10, 1)}


@cache
def _tables() -> dict[str, Any]:
    loaded: dict[str, Any] = read_stored("holidays.json")
    return loaded


def days_off(name: str, year: int) -> tuple[date, date] | None:
    """First and last day off of a holiday in a year, or None where no notice is known.

    Args:
        name: A value of :data:`HOLIDAYS`.
        year: The year the holiday belongs to; the days off at the New Year may begin in the December before.
    """
    found = _tables()["days_off"].get(str(year), {}).get(name)
    return (date.fromisoformat(found[0]), date.fromisoformat(found[1])) if found else None


def holiday(name: str, year: int) -> date | None:
    """The day of a holiday in a year (the Spring Festival of 2020 is 25 January), or None where it is not known."""
    if name in _FIXED:
        return date(year, *_FIXED[name])
    if name == "除夕":
        first = holiday("春节", year)
        return first - timedelta(days=1) if first else None
    if name == "清明":
        # The solar term falls on the 4th or 5th of April; checked against lunar-python for 1950 to 2099.
        century = 4.81 if year >= 2000 else 5.59
        return date(year, 4, int(year % 100 * 0.2422 + century) - (year % 100) // 4) if 1950 <= year < 2100 else None
    found = _tables()["lunar"].get(str(year), {}).get(name)
    return date.fromisoformat(found) if found else None
