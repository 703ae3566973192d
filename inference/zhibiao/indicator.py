"""The indicators of Chinese economic statistics, and which of them a METRIC names.

The list lies as JSON beside the code. An indicator's level and its growth share one id: a fact's kind tells them apart.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from zhibiao.stored import read_stored

__all__ = ["Indicator", "find_indicator", "indicators", "is_whole"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator.

    Attributes:
        id: Stable name in English words: ``gdp``, ``industrial_value_added``.
        name: The name that the statistics use: 地区生产总值.
        english: The same in English.
        aliases: Other names of it: GDP, 国内生产总值.
        unit: The usual unit in the codes of :class:`zhibiao.Quantity`; ``index`` for an index, None where it varies.
        category: ``national_accounts``, ``industry``, ``agriculture``, ``construction``, ``trade``, ``foreign_trade``,
            ``investment``, ``finance``, ``fiscal``, ``prices``, ``employment``, ``income``, ``population``, ``energy``,
            ``transport``, ``tourism``, ``innovation``, ``health`` or ``companies``.
    """

    id: str
    name: str
    english: str
    aliases: tuple[str, ...]
    unit: str | None
    category: str


@cache
def indicators() -> tuple[Indicator, ...]:
    """All indicators, in the order of the list."""
    rows = read_stored("indicators.json")["indicators"]
    return tuple(
        Indicator(row["id"], row["name"], row["english"], tuple(row["aliases"]), row["unit"], row["category"]) for row in rows
    )


@cache
def _by_name() -> dict[str, Indicator]:
    return {_tidy(name): indicator for indicator in indicators() for name in (indicator.name, *indicator.aliases)}


_LONGEST = 60
_SHORTEST = 2  # no indicator is named by a single character
# The growth of an indicator is told under its name and one of these.
_GROWTH = re.compile(
    "(?:的)?(?:同比|环比|年均|累计|名义|实际)?(?:增长率|增长速度|增长|增速|增幅|涨幅|降幅|跌幅|增量|增加额|同比|环比)$"
)
# What makes another indicator of the one whose name follows.
_CHANGING = re.compile("(?:人均|户均|亩均|日均|月均|年均|平均|单位|每|非|未|新增|净增|净|新|占|亏损|不含|扣除|剔除|预计|负)$")


def find_indicator(metric: str, subject: str | None = None) -> Indicator | None:
    """The indicator that a METRIC names.

    The whole name decides first, with the subject (工业 and 增加值) and without, then the longest of its endings that is an
    indicator's name (高技术制造业投资: 制造业投资), unless what stands before makes another one of it (人均, 新增).

    Args:
        metric: The words of the METRIC.
        subject: The words of what it measures, if told apart.

    Returns:
        The indicator, or None if the list holds none of that name.
    """
    names = [_tidy(subject + metric), _tidy(metric)] if subject else [_tidy(metric)]
    if not names[-1] or len(names[0]) > _LONGEST:
        return None
    known = _by_name()
    names += [shorter for name in names if (shorter := _GROWTH.sub("", name)) != name and len(shorter) >= _SHORTEST]
    for name in names:
        if name in known:
            return known[name]
    for name in names:
        for start in range(1, len(name) - _SHORTEST + 1):
            # 房地产业 is no ending of its own: Latin letters are not cut (AGDP).
            cut = name[start - 1].isascii() and name[start].isascii()
            if name[start:] in known and not cut and not _CHANGING.search(name[:start]):
                return known[name[start:]]
    return None


def is_whole(id: str, name: str) -> bool:
    """Whether a name means an indicator itself (制造业投资, 制造业投资增速), not a part of it (高技术制造业投资).

    Args:
        id: The id of the indicator.
        name: Subject and metric as one name.
    """
    words = _tidy(name)
    found = _by_name().get(words) or _by_name().get(_GROWTH.sub("", words))
    return found is not None and found.id == id


def _tidy(name: str) -> str:
    """One spelling: NFKC in capitals, without white space and quotes."""
    return re.sub(r"[\s“”\"'‘’「」《》]", "", unicodedata.normalize("NFKC", name[: 2 * _LONGEST])).upper()
