"""The day a text was published, as far as the text itself tells it.

A masthead tells the whole date (江州日报 2023年5月6日 星期六). A dateline tells month and day (记者10月28日从…获悉);
the year is then the first that the periods of the text leave possible. Where neither is there, the day stays unknown: nothing is
made up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from zhibiao.document import Document
from zhibiao.period import Period, parse_period

__all__ = ["find_publication", "with_publication"]

_DATE = r"(?P<year>(?:19|20)[0-9]{2})年(?P<month>[0-9]{1,2})月(?P<day>[0-9]{1,2})日"
# A date on a line of its own, or one with the day of the week, the page or the name of a paper beside it.
_MASTHEAD = re.compile(rf"^[^。,;]{{0,20}}?{_DATE}(?P<rest>[^。,;]{{0,30}})$")
_BESIDE = re.compile(
    r"星期[一二三四五六日天]|第\s*[A-Z0-9一二三四五六七八九十]+\s*版|[日晚时商]报|周刊|农历|发布|来源|编辑|[0-9]{1,2}:[0-9]{2}"
)
_DAY_OF_NEWS = r"(?:(?P<year>(?:19|20)[0-9]{2})年)?(?P<month>[0-9]{1,2})月(?P<day>[0-9]{1,2})日"
_DATELINE = re.compile(
    rf"{_DAY_OF_NEWS}(?:上午|下午|晚)?"
    r"(?=[,，]?(?:电|讯|消息|记者|本报|从|[^。]{0,24}?(?:获悉|了解到|公布|发布|召开|举行|通报|披露|提供)))"
)
# Where the day stands right behind a word for the reporter or the picture, or opens the article.
_PLAIN_DATELINE = re.compile(rf"(?:(?:记者|图为)(?:于)?|^){_DAY_OF_NEWS}(?!起)")
_LED = re.compile(r"(?:本报|新华社|中新社|本台|[日晚时商]报|记者|通讯员|讯|电|[(（])[^。]{0,24}$")
_YEAR = re.compile(
    r"(?<![0-9])(?P<words>(?P<year>(?:19|20)[0-9]{2}|[89][0-9])年(?:度|前?[一二三四1-4]个?季度|[上下]半年|前?[0-9]{1,2}(?:[-—~至][0-9]{1,2})?个?月[末底]?|[末底])?)"
)
_AHEAD = re.compile(r"(?:到|至|力争|预计|预测|有望|计划|规划|目标|将于?|展望|未来|拟|—|-|~)[^。,;]{0,6}$")
_STILL_AHEAD = re.compile(r"[^。,;]{0,8}(?:同期|建成|投产|达产|竣工|完工|交付|投用|力争|目标|预计|预测|有望|计划|e(?![a-z])|E)")
# How far a dateline may stand from the start of its article or paragraph, and how much of a text is looked at.
_NEAR, _LOOKED_AT = 60, 200_000


def with_publication(document: Document) -> Document:
    """The document with its day of publication, where it has none and its text tells one."""
    if document.published is not None:
        return document if document.published_from else replace(document, published_from="caller")
    found = find_publication(document.text)
    return replace(document, published=found[0], published_from=found[1]) if found else document


def find_publication(text: str) -> tuple[date, str] | None:
    """The day of publication and how it was found (``masthead`` or ``dateline``), or None.

    Of several datelines the latest counts: a page is not printed before its last news.
    """
    lines = [_plain(line) for line in text[:_LOOKED_AT].splitlines() if line.strip()]
    if (masthead := _masthead(lines)) is not None:
        return masthead, "masthead"
    days = list(_datelines(lines))
    if not days:
        return None
    told = [date(year, month, day) for year, month, day in days if year]
    earliest, bare = _latest_past(lines)
    _, month, day = max(days, key=lambda found: found[1:])
    # In its first months 2020年 may be the last year, whose results are just out, or this one.
    if not told and earliest and not (bare and month <= 3):
        guess = _possible(earliest, month, day)
        told += [guess] if guess else []
    return (max(told), "dateline") if told else None


def _plain(line: str) -> str:
    """NFKC; whole dates in Chinese figures or with dots in the one form that is looked for."""
    line = unicodedata.normalize("NFKC", line.strip())
    line = _IN_CHINESE.sub(lambda found: _written_out(parse_period(found.group())), line)
    return _DOTTED.sub(lambda found: f"{found[1]}年{int(found[2])}月{int(found[3])}日", line)


_IN_CHINESE = re.compile("[一二][〇零○一二三四五六七八九]{3}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}[日号]")
_DOTTED = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})[./-]([0-9]{1,2})[./-]([0-9]{1,2})(?![0-9])")


def _written_out(period: Period) -> str:
    day = period.start
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def _masthead(lines: list[str]) -> date | None:
    """A whole date on a short line near the top or the bottom."""
    for line in [*lines[:6], *lines[-4:]]:
        found = _MASTHEAD.match(line)
        if found is None:
            continue
        alone = len(line) == len(found.group().strip()) and not found["rest"] and line.startswith(found["year"])
        if (alone or _BESIDE.search(line)) and (day := _day(found["year"], found["month"], found["day"])):
            return day
    return None


def _datelines(lines: list[str]) -> Iterator[tuple[int, int, int]]:
    """Year (0 if not told), month and day of the datelines."""
    for line in lines:
        found = _DATELINE.search(line, 0, _NEAR + 40)
        if found is None or found.start() > _NEAR:
            found = _PLAIN_DATELINE.search(line, 0, _NEAR)
        if found is None:
            continue
        led = found.re is _PLAIN_DATELINE or found.start() == 0 or _LED.search(line[: found.start()])
        if led and _day(found["year"] or "2020", found["month"], found["day"]):
            yield int(found["year"] or 0), int(found["month"]), int(found["day"])


def _latest_past(lines: list[str]) -> tuple[date | None, bool]:
    """The latest day that the text speaks of as past, by the periods that name their year, and whether a bare year told it.

    A bare year (2020年) tells its first day, a part of one (2020年前三季度) its last.
    """
    latest: tuple[date | None, bool] = None, False
    for line in lines:
        for found in _YEAR.finditer(line):
            if _AHEAD.search(line[max(0, found.start() - 12) : found.start()]) or _STILL_AHEAD.match(line, found.end()):
                continue
            period = parse_period(found["words"])
            bare = found["words"].endswith(("年", "年度"))
            day = period.start if bare else period.end
            if day is not None and (latest[0] is None or day > latest[0]):
                latest = day, bare
    return latest


def _possible(earliest: date, month: int, day: int) -> date | None:
    """The first such day that is not before ``earliest``."""
    for year in range(earliest.year, earliest.year + 9):
        found = _day(str(year), str(month), str(day))
        if found is not None and found >= earliest:
            return found
    return None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
