"""Units of quantities.

Money is told in ISO 4217, physical units in UCUM (https://ucum.org), per cent, per mille and percentage points as ``%``, ``‰``
and ``pp``, multiples as ``times``, and what is counted as it stands (家, 人次).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from zhibiao.stored import read_stored

__all__ = ["CURRENCIES", "UNITS", "read_unit"]


def _words_to_codes(table: dict[str, list[str]]) -> dict[str, str]:
    return {word: code for code, words in table.items() for word in words}


_TABLES: dict[str, Any] = read_stored("units.json")
_MONEY = _words_to_codes(_TABLES["money"])
#: The code of every unit that has one, by its words, in lower case if there is more than one letter.
UNITS = _MONEY | _words_to_codes(_TABLES["physical"])
# Units told in another one: the factor is exact.
_CONVERTED = {word: (Decimal(factor), code) for word, factor, code in _TABLES["converted"]}
#: A currency that stands before its number: 人民币500亿元, US$3亿.
CURRENCIES = re.compile(
    r"人民币|rmb|cny|us\$|hk\$|usd|hkd|eur|gbp|jpy|美[金元]|港[币元]|新台[币幣]|台币|欧元|日[元圆]|英镑|澳门[币元]|[¥$€£]",
    re.IGNORECASE,
)
_ELECTRIC = re.compile("[电万亿]|能耗")
_OVER = re.compile(r"(.+?)(?:/|每|一(?=立方|平方|吨|斤|公斤|度|股|人))(.+)")
_ONE = Decimal(1)
_LONGEST = 12  # counted units are short: 吨标准煤, 国家和地区


def read_unit(words: str, front: str = "", around: str = "") -> tuple[Decimal, str | None] | None:
    """The factor that turns a number into a unit, and the unit's code.

    Args:
        words: What follows the number, NFKC.
        front: What stands before the number: a currency may.
        around: The clause; 度 is electricity where it speaks of it.

    Returns:
        ``(1, "CNY")``, ``(0.5, "kg")`` for 斤, ``(1, "家")``; ``(1, None)`` where there is no unit. None where the words are no
        unit that can be told: two denominators, a row of Latin letters nobody knows.
    """
    words = words.strip("“”\"'、,。;:!?")
    if words.endswith(")") != ("(" in words):
        words = words.strip("()")
    if words in ("", "元", "圆", "圓", "块", "元整", "圆整"):
        sign = CURRENCIES.search(front)
        return _ONE, _MONEY[sign.group().lower()] if sign else "CNY" if words else None
    counted = words.removeprefix("个").removeprefix("個") or "个"
    for form in (words, counted):
        known = form.lower() if len(form) > 1 else form  # 5g is a mass, 5G is none
        if (code := UNITS.get(known)) is not None:
            return _ONE, code
        if (converted := _CONVERTED.get(known)) is not None:
            return converted
    if over := _OVER.fullmatch(words):
        above, below = read_unit(over[1].removeprefix("多"), "", around), read_unit(over[2], "", around)
        if above is None or below is None or above[1] is None or below[1] is None or re.search(r"[/·]", below[1]):
            return None
        return above[0] / below[0], f"{above[1]}/{below[1]}"
    if words == "度" and _ELECTRIC.search(around):
        return _ONE, "kW.h"  # degrees are never counted in 万
    if counted.isascii() and counted.isalpha():
        return None  # 5G, 12.6Mt
    return _ONE, counted if len(counted) <= _LONGEST else None
