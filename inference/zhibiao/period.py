"""Words into dates.

:func:`parse_period` reads the words of a PERIOD (``2020年前三季度``, ``1—9月``, ``去年同期``). Periods are written as SDMX time
periods: ``2020``, ``2020-S1``, ``2020-Q3``, ``2020-09``, ``2020-09-30``, and ``2020-01-01/P9M`` where no such name fits.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from zhibiao.holiday import HOLIDAYS, days_off, holiday

__all__ = ["Period", "governs", "parse_period"]


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar time.

    Attributes:
        start, end: First and last day, both inclusive; None where that side is open or the whole is unresolved.
        time_period: The same as an SDMX time period (``2020-Q3``, ``2020-01-01/P9M``); None where a side is open.
        frequency: The unit the words count in, as SDMX codes it: ``A``, ``S``, ``Q``, ``M``, ``W`` or ``D`` (前三季度 is told in
            quarters); None where they count in none (今年以来).
        kind: ``span``; ``cumulative`` for several units added up from the start of the year and for 以来 (1—9月, 今年以来);
            ``point`` for the end or the beginning of a span and for a moment (9月末, 截至目前); ``""`` if unresolved.
        open: ``start`` or ``end`` where the words leave that side open (2025年底前), else ``""``.
        reason: Why it is unresolved: ``published`` (the day of publication is needed), ``previous`` (so is the period that
            governs the text), ``undated`` (the words name no calendar time), ``invalid`` (13月); ``""`` if it is resolved.
    """

    start: date | None = None
    end: date | None = None
    time_period: str | None = None
    frequency: str | None = None
    kind: str = ""
    open: str = ""
    reason: str = ""

    @property
    def resolved(self) -> bool:
        """Whether the words were dated, on one side at least."""
        return bool(self.kind)


class _UnresolvedError(Exception):
    """What cannot be dated, and why: see :attr:`Period.reason`."""


_LONGEST = 60  # no PERIOD is longer; what is has words in it that nobody can date


def parse_period(text: str, published: date | None = None, previous: Period | None = None) -> Period:
    """Read the words of a PERIOD.

    Words without a year (三季度, 1—9月) mean the latest such time that had begun when the text was published; a span of several
    months counts as begun with its last one, because its figure is not known before. Where ``previous`` spans them and is of the
    year of the publication or the one before, they lie in it. Without a publication date they lie in the year of ``previous``.

    上年, 上月, 当月 and 同期 look at ``previous`` first, because a report on October published in November calls September 上月;
    今年, 去年 and 今天 look at ``published`` only.

    Args:
        text: The PERIOD as it stands in the text.
        published: The day the text was published.
        previous: The period that governs the text before this one. It should not be one that is itself told by comparison
            (上年同期).

    Returns:
        First and last day and their SDMX name; for the end of a span (9月末) that day. What cannot be dated comes back
        unresolved, with the reason: nothing is guessed.
    """
    try:
        words = _tidy(text)
        if len(words) > _LONGEST:
            raise _UnresolvedError("invalid")
        found = _parse(words, _Frame(published, previous if previous and previous.resolved else None))
    except _UnresolvedError as reason:
        return Period(reason=str(reason))
    except (ValueError, OverflowError):  # the 31st of June, the year 0
        return Period(reason="invalid")
    return found or Period(reason="undated")


_PASSING = re.compile(
    "同[期月年季日]|^(?:上|前一)年|^上个?月|^上一?(?:季|期)|^去年?|^今[天日]|[昨明][天日]|目前|现在|当前|如今|迄今|以来|至今|[前内来]$"
)


def governs(text: str) -> bool:
    """Whether a PERIOD sets the time for the words after it.

    去年同期 and 上年 only compare, 今天 and 目前 only date the news: what follows counts from the period before them. Such a one
    should not be the ``previous`` of :func:`parse_period`, or 上年 told twice would lead two years back.
    """
    return _PASSING.search(_spell(text).replace("份", "")) is None


@dataclass(frozen=True, slots=True)
class _Frame:
    """What words without a date of their own count from."""

    published: date | None
    previous: Period | None

    @property
    def previous_year(self) -> int | None:
        end = self.previous.end or self.previous.start if self.previous else None
        return end.year if end else None

    @property
    def day(self) -> date:
        """The day of publication.

        Raises:
            _UnresolvedError: If it is not known.
        """
        if self.published is None:
            raise _UnresolvedError("published")
        return self.published

    @property
    def governing(self) -> Period:
        """The period before.

        Raises:
            _UnresolvedError: If there is none.
        """
        if self.previous is None:
            raise _UnresolvedError("previous")
        return self.previous


# --- Spelling -------------------------------------------------------------------------------------------------------------------

_FIGURES = "〇○零一二三四五六七八九"
_TO_ARABIC = str.maketrans(_FIGURES, "000123456789")
_CHINESE_YEAR = re.compile(f"[{_FIGURES}]{{4}}(?=年|-|财|会计|[—–至])|(?<![{_FIGURES}十])[{_FIGURES}]{{2}}(?=年)")
_CHINESE_NUMBER = re.compile(r"[二三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]")
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})-(0[1-9]|1[0-2])(?:-([0-3]\d))?(?!\d)")
_DOTTED = re.compile(r"(?<!\d)(\d{4})[./](\d{1,2})(?:[./](\d{1,2}))?(?![\d./])")
# Ways of saying the same that no later rule needs to know.
_PLAINER: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        ("^(?:当地|北京)时间", ""),
        ("(?<=日)[0-9]{1,2}时$", ""),
        ("开年(?=以来|至今)", "年初"),
        ("(?<=[二三四2-4])[两三23]个(?=季度)", ""),
        ("元月", "一月"),
        ("首季度?", "一季度"),
        ("[头首](?=[一二两三四五六七八九十\\d]+个?(?:月|季))", "前"),
        ("(?:财政|会计|纳税|自然|财)年度?", "年"),
        ("^(?:整个|公元|在|于|自从|从|自)(?!然)", ""),
        ("(?<=年)(?:整年|全年度|一整年|一年|当年)$|(?<=\\d{4}年)年(?=[末底初中])", ""),
        ("(?:累计|单季|单月|当月值)$", ""),
        ("次(?=[年月日])", "下一"),
        ("该(?=[年月季])|这一(?=[年月季])", "同"),
        ("上一(?=年)", "上"),
        ("同一(?:时期|期)", "同期"),
        ("上个世纪", "上世纪"),
        ("规划期(?!间|末|初)|规划时期", "规划期间"),
    )
)


def _spell(text: str) -> str:
    """NFKC, no white space, no quotes."""
    return re.sub(r"[\s“”\"'‘’「」『』《》]", "", unicodedata.normalize("NFKC", text[: _LONGEST * 4]))


def _tidy(text: str) -> str:
    """One spelling for what is written in several: Arabic figures, one sign for 至."""
    words = _spell(text)
    if _EVENT.search(words) or _PLAN.search(words):
        return words
    words = re.sub(f"(?<=[{_FIGURES}])[oO]{{1,2}}(?=[{_FIGURES}])", lambda found: "〇" * len(found.group()), words)
    words = _CHINESE_YEAR.sub(lambda found: found.group().translate(_TO_ARABIC), words)
    for pattern, new in _PLAINER:
        words = pattern.sub(new, words)
    words = _ISO_DATE.sub(_with_marks, words)
    words = _DOTTED.sub(_with_marks, words)
    if not _HOLIDAY_NUMBER.search(words):
        words = re.sub(r"(?<=世纪)([五六七八九])([六七八九])十年代", r"\1十~\2十年代", words)
        words = _CHINESE_NUMBER.sub(lambda found: str(_number(found.group())), words)
    # A dash, a tilde or 一 for a dash between two months; 三、四季度 and 2018年和2019年 if they follow each other.
    words = re.sub(r"(?<=[\d年月日号旬末底初季度起eaf])(?:[—–―‒~∼〜－-]+|至|到)(?=[\dq去上前本当同下m]|今[年天日])", "~", words)
    words = re.sub(r"(\d+)(年|月|季度?|)[、和]第?(\d+)(?=年|月|季)", _next_to, words)
    return words.replace("号", "日").replace("份", "")


_HOLIDAY_NUMBER = re.compile("五一|十一(?![月日个])|初一|年三十")


def _with_marks(found: re.Match[str]) -> str:
    year, month, day = found.groups()
    return f"{year}年{int(month)}月{int(day)}日" if day else f"{year}年{int(month)}月"


def _next_to(found: re.Match[str]) -> str:
    first, unit, last = found.groups()
    return f"{first}{unit}~{last}" if int(last) == int(first) + 1 else found.group()


def _number(words: str) -> int:
    """A Chinese number below a hundred."""
    tens, ten, ones = words.rpartition("十")
    value = _digit(ones) if ones else 0
    return value + 10 * (_digit(tens) if tens else 1) if ten else value


def _digit(character: str) -> int:
    return "零一二三四五六七八九".index(character.replace("两", "二"))


# --- Calendar -------------------------------------------------------------------------------------------------------------------


def _span(start: date, end: date, frequency: str | None = None, kind: str = "span") -> Period:
    """The period from ``start`` to ``end`` under its shortest SDMX name."""
    if start > end:
        raise _UnresolvedError("invalid")
    return Period(start, end, _name(start, end), frequency, kind)


def _name(start: date, end: date) -> str:
    if start == end:
        return start.isoformat()
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    if start.day != 1 or end != _last_day(end.year, end.month):
        return f"{start.isoformat()}/P{(end - start).days + 1}D"
    if months == 1:
        return f"{start.year:04}-{start.month:02}"
    if months == 3 and start.month % 3 == 1:
        return f"{start.year:04}-Q{start.month // 3 + 1}"
    if months == 6 and start.month % 6 == 1:
        return f"{start.year:04}-S{start.month // 6 + 1}"
    if months % 12 == 0 and start.month == 1:
        return f"{start.year:04}" if months == 12 else f"{start.isoformat()}/P{months // 12}Y"
    return f"{start.isoformat()}/P{months}M"


def _last_day(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _months(year: int, first: int, last: int, frequency: str, kind: str = "span") -> Period:
    return _span(date(year, first, 1), _last_day(year, last), frequency, kind)


def _years(first: int, last: int) -> Period:
    return _span(date(first, 1, 1), date(last, 12, 31), "A")


def _day(day: date, kind: str = "span", frequency: str | None = "D") -> Period:
    return _span(day, day, frequency, kind)


def _point(period: Period, *, first: bool = False) -> Period:
    """The last day of a period, or its first one."""
    day = period.start if first else period.end
    if day is None:
        raise _UnresolvedError("undated")
    return _day(day, "point", period.frequency)


def _shift_months(day: date, months: int) -> date:
    """The same day some months away, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _move(period: Period, months: int) -> Period:
    """The same days so many months away, with the same frequency and kind."""
    if period.start is None or period.end is None:
        raise _UnresolvedError("undated")
    moved = _shift_months(period.end, months)
    if period.end == _last_day(period.end.year, period.end.month):
        moved = _last_day(moved.year, moved.month)
    return _span(min(_shift_months(period.start, months), moved), moved, period.frequency, period.kind)


def _move_to_year(period: Period, year: int) -> Period:
    """The same months and days of another year; the year a span ends in counts."""
    if period.end is None:
        raise _UnresolvedError("undated")
    return _move(period, (year - period.end.year) * 12)


def _unit_of(period: Period) -> str:
    """年, 月, 季 or 日 where a period is one such, else ''."""
    name = period.time_period or ""
    if re.fullmatch(r"\d{4}-\d\d", name):
        return "月"
    return "年" if re.fullmatch(r"\d{4}", name) else "季" if "-Q" in name else "日" if re.fullmatch(r"[\d-]{10}", name) else ""


# --- Parts of a year ------------------------------------------------------------------------------------------------------------

#: Of a year: first and last month, the unit they are told in, and whether they add up from January.
_Months = tuple[int, int, str, bool]


def _quarters(first: int, last: int, *, added: bool) -> _Months:
    return 3 * first - 2, 3 * last, "Q", added


_PARTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Months]], ...] = (
    (re.compile(r"全年度?|年度?|度"), lambda m: (1, 12, "A", False)),
    (re.compile(r"上半年度?|半年度?|中期|h1|1h"), lambda m: (1, 6, "S", False)),
    (re.compile(r"下半年度?|h2|2h"), lambda m: (7, 12, "S", False)),
    (re.compile(r"前(\d)(?:个)?季度?"), lambda m: _quarters(1, int(m[1]), added=int(m[1]) > 1)),
    (re.compile(r"(?:第?(\d)个?季度?|q(\d)|(\d)q)"), lambda m: _quarters(*[int(m[1] or m[2] or m[3])] * 2, added=False)),
    (
        re.compile(r"第?(\d)季?度?[~-]第?(\d)季度?|q?(\d)[~-]q(\d)|(\d)q?[~-](\d)q"),
        lambda m: _quarters(int(m[1] or m[3] or m[5]), int(m[2] or m[4] or m[6]), added=(m[1] or m[3] or m[5]) == "1"),
    ),
    (re.compile(r"后(\d)个季度?"), lambda m: _quarters(5 - int(m[1]), 4, added=False)),
    (re.compile(r"后(\d{1,2})个月"), lambda m: (13 - int(m[1]), 12, "M", False)),
    (re.compile(r"前(\d{1,2})个?月|(\d{1,2})m"), lambda m: (1, int(m[1] or m[2]), "M", int(m[1] or m[2]) > 1)),
    (
        re.compile(r"(\d{1,2})月?~(\d{1,2})月|m(\d{1,2})[~-](\d{1,2})"),
        lambda m: (int(m[1] or m[3]), int(m[2] or m[4]), "M", int(m[1] or m[3]) == 1 < int(m[2] or m[4])),
    ),
    (re.compile(r"(\d{1,2})月(?:当月|单月)?|m(\d{1,2})"), lambda m: (int(m[1] or m[2]), int(m[1] or m[2]), "M", False)),
)
_END = re.compile(r"(?:期)?[末底]$|终$")
_TENTHS = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31), "上中旬": (1, 20), "中下旬": (11, 31)}
_TENTHS_APART = re.compile(r"(\d{1,2})月([上中下]旬)~(\d{1,2})月([上中下]旬)")
_TENTH = re.compile(r"(\d{1,2})月((?:上|中|下|上中|中下)旬)")
_DAY = re.compile(r"(\d{1,2})月(\d{1,2})日?")
_DAYS = re.compile(r"(\d{1,2})月(\d{1,2})日?起?~(?:(\d{1,2})月)?(\d{1,2})日")


def _part(words: str, year: int) -> Period | None:
    """A part of a known year: a month, a quarter, a span, an end, a day. None where the words are none."""
    if words in ("", "年", "年度"):
        return _years(year, year)
    if words in ("年初", "初", "期初"):
        return _day(date(year, 1, 1), "point", "A")
    if words in ("年末", "年底", "末", "底", "年终", "期末"):
        return _day(date(year, 12, 31), "point", "A")
    if words in ("年中", "中"):
        return _day(date(year, 6, 30), "point", "A")
    if found := _DAY.fullmatch(words):
        return _day(date(year, int(found[1]), int(found[2])))
    if found := _DAYS.fullmatch(words):
        begin, end = date(year, int(found[1]), int(found[2])), date(year, int(found[3] or found[1]), int(found[4]))
        if begin > end and found[3]:
            begin = begin.replace(year=year - 1)  # 12月28日至1月3日: the year it ends in counts
        return _span(begin, end, "D", "cumulative" if (begin.month, begin.day) == (1, 1) and end.month > 1 else "span")
    if found := _TENTH.fullmatch(words):
        return _tenth(year, int(found[1]), found[2])
    if found := _TENTHS_APART.fullmatch(words):
        begin_tenth, end_tenth = _tenth(year, int(found[1]), found[2]), _tenth(year, int(found[3]), found[4])
        return _span(begin_tenth.start or date.min, end_tenth.end or date.min, "D")
    if words.endswith("初") and (whole := _part_of_year(words.removesuffix("初"), year)):
        return _point(whole, first=True)
    ended = _END.sub("", words)
    whole = _part_of_year(ended, year)
    return _point(whole) if whole and ended != words else whole


def _part_of_year(words: str, year: int) -> Period | None:
    for pattern, months in _PARTS:
        if found := pattern.fullmatch(words):
            first, last, frequency, added = months(found)
            if not 1 <= first <= last <= 12:
                raise _UnresolvedError("invalid")
            return _months(year, first, last, frequency, "cumulative" if added else "span")
    return None


def _tenth(year: int, month: int, words: str) -> Period:
    first, last = _TENTHS[words]
    end = _last_day(year, month)
    return _span(end.replace(day=first), end.replace(day=min(last, end.day)), "D")


def _undated_part(words: str, frame: _Frame) -> Period | None:
    """A part of a year that the words do not name."""
    published, previous, year = frame.published, frame.previous, frame.previous_year
    if words in ("期末", "期初"):
        return _point(frame.governing, first=words == "期初")
    if found := re.fullmatch("(月|季)度?([末底初])", words):
        around = _relative_month("当", found[1], "", frame)
        return _point(around, first=found[2] == "初") if around else None
    if words in _TENTHS:
        month = frame.governing.end or frame.governing.start or date.min
        return _tenth(month.year, month.month, words)
    if not words or words == "年" or _part(words, 2000) is None:
        return None
    if published is None:
        if year is None:
            raise _UnresolvedError("published")
        return _part(words, year)
    if previous and previous.start and previous.end and year in (published.year, published.year - 1):
        inside = _part_if_any(words, year)
        spans = (previous.end - previous.start).days > 31
        if spans and inside and inside.start and inside.end and previous.start <= inside.start and inside.end <= previous.end:
            return inside
    if words in _WHOLE_YEAR:
        if published.month <= 3:
            # In the first months of a year 全年 and 年底 are the last one's in a report and this one's in a plan.
            raise _UnresolvedError("previous")
        return _part(words, published.year)
    for candidate in range(published.year, published.year - 9, -1):
        period = _part_if_any(words, candidate)
        if period and _begun(words, period) <= published:
            return period
    raise _UnresolvedError("invalid")


def _part_if_any(words: str, year: int) -> Period | None:
    """As :func:`_part`, None also for a day this year does not have (2月29日)."""
    try:
        return _part(words, year)
    except ValueError:
        return None


_WHOLE_YEAR = ("年末", "年底", "年终", "全年", "全年度")


def _begun(words: str, period: Period) -> date:
    """The day from which a text may tell of a period: its first, for months added up (1—9月, 前三季度) the first of the last."""
    start, end = period.start or date.max, period.end or date.max
    added_up = "日" not in words and ("~" in words or words.startswith("前"))
    return end.replace(day=1) if added_up else start


# --- Years ----------------------------------------------------------------------------------------------------------------------

_YEAR = re.compile(r"(?P<long>(?:1[89]|2[01])\d\d)(?:年度?)?(?P<rest>.*)", re.DOTALL)
_SHORT_YEAR = re.compile(
    r"(?P<short>\d\d)年(?P<rest>(?:度|全年|上半年|下半年|半年|前\d|第?\d季|q\d|\d{1,2}月|\d{1,2}~\d|年?[末底初]|同期|$).*)"
)
_NAMED_YEAR = re.compile(r"(?P<name>今年|本年度?|去年|上年度?|前1年度?|前年|明年|来年|下1?年|后年|同年|当年|去|今)(?P<rest>.*)")
_YEARS = re.compile(r"(?P<first>(?:1[89]|2[01])\d\d|\d\d)年?[~、-](?P<last>(?:1[89]|2[01])\d\d|\d\d)年?(?:间|期间)?")
_THIS_AND_NEXT = re.compile(r"今明(?:2)年")
# As broker reports write: 1Q20, 20Q3, 2020H1, 9M20, 1-3Q20, 2020Q1-Q3, 2019A, 2021E, FY2020.
_BROKER = re.compile(
    r"(?P<part>[1-4][~-][1-4]q|[1-4]q|[12]h|\d{1,2}m|q[1-4])(?P<year>\d{4}|\d\d)年?[aef]?"
    r"|(?P<year2>\d{4}|\d\d)[年-]?(?P<part2>q[1-4](?:[~-]q?[1-4])?|[1-4]q|h[12]|[12]h|m\d{1,2}(?:[~-]\d{1,2})?)[aef]?"
)
_ACTUAL = re.compile(
    r"(?P<first>(?:19|20)\d\d|\d\d)[aef](?:[~-](?P<last>(?:19|20)\d\d|\d\d)[aef])?|fy-?(?P<fiscal>\d{4}|\d\d)[aef]?"
)
_DECADES = re.compile(
    r"(?:(?P<century>\d\d)世纪|(?P<last>上世纪)|(?P<this>本世纪))?(?P<long>(?:19|20))?(?P<first>\d)0(?:年代)?(?:[~至到、]?(?P<second>\d)0)?年代"
)


def _full_year(figures: str) -> int:
    """20 is 2020 and 98 is 1998: two figures name a year within living memory."""
    year = int(figures)
    return year if year > 99 else year + (2000 if year < 60 else 1900)


def _named_year(name: str, frame: _Frame) -> int:
    """The year that 今年, 上年 and the like name."""
    if name in ("同年", "当年"):
        if frame.previous_year is None:
            raise _UnresolvedError("previous")
        return frame.previous_year
    if name.startswith(("上", "前1", "下")):
        base = frame.previous_year or (frame.published.year if frame.published else None)
        if base is None:
            raise _UnresolvedError("previous" if name.startswith("下") else "published")
        return base + (1 if name.startswith("下") else -1)
    offsets = {"今": 0, "本": 0, "去": -1, "前": -2, "明": 1, "来": 1, "后": 2}
    return frame.day.year + offsets[name[0]]


def _absolute(words: str, frame: _Frame) -> Period | None:
    """What names its year."""
    if found := _YEARS.fullmatch(words):
        first, last = _full_year(found["first"]), _full_year(found["last"])
        if len(found["first"]) == 4 and len(found["last"]) == 2:
            last = first // 100 * 100 + int(found["last"])
        short = len(found["first"]) == 2 and len(found["last"]) == 2
        # 17~19 alone may be anything; with 年 it is years.
        return None if short and not words.rstrip("间期").endswith("年") else _years(first, last)
    if found := _BROKER.fullmatch(words):
        return _part((found["part"] or found["part2"]).replace("-", "~"), _full_year(found["year"] or found["year2"]))
    if found := _ACTUAL.fullmatch(words):
        first = _full_year(found["first"] or found["fiscal"])
        return _years(first, _full_year(found["last"]) if found["last"] else first)
    if found := _DECADES.fullmatch(words):
        return _decades(found, frame)
    if _THIS_AND_NEXT.fullmatch(words):
        return _years(frame.day.year, frame.day.year + 1)
    year, rest = _year(words, frame)
    return None if year is None or rest is None else _rest_of_year(rest, year, frame)


def _year(words: str, frame: _Frame) -> tuple[int | None, str | None]:
    """The year that the words begin with and what follows; None where they begin with none."""
    if found := _YEAR.fullmatch(words):
        return int(found["long"]), found["rest"]
    if found := _SHORT_YEAR.fullmatch(words):
        return _full_year(found["short"]), found["rest"]
    if found := _NAMED_YEAR.fullmatch(words):
        # 今 and 去 alone are words of other phrases too: 今天, 去同期.
        if len(found["name"]) == 1 and not re.match(r"同期|\d", found["rest"]):
            return None, None
        if found["rest"].startswith("同") and frame.previous is None:
            raise _UnresolvedError("previous")
        return _named_year(found["name"], frame), found["rest"]
    return None, None


def _rest_of_year(rest: str, year: int, frame: _Frame) -> Period | None:
    """What follows a year: nothing, a part of it, 同期, a holiday."""
    if rest in ("同期", "同年同期", "同年", "同时期"):
        return _move_to_year(frame.governing, year)
    if rest in ("同月", "同季度", "同季", "同日"):
        if _unit_of(frame.governing) != rest[1]:
            raise _UnresolvedError("previous")
        return _move_to_year(frame.governing, year)
    if rest in ("内", "间", "期间", "年内"):
        return _years(year, year)
    rest = rest.removeprefix("的")
    if found := _holiday(rest, year):
        return found
    return _part(rest, year) or _part(_AFTER.sub("", rest), year)


def _decades(found: re.Match[str], frame: _Frame) -> Period:
    first, last = int(found["first"]), int(found["second"] or found["first"])
    if found["long"]:
        century = int(found["long"]) * 100
    elif found["century"]:
        century = (int(found["century"]) - 1) * 100
    elif found["last"] or found["this"]:
        century = (frame.day.year - 1) // 100 * 100 - (100 if found["last"] else 0)
    else:
        # 八十年代: the latest that had begun.
        century = frame.day.year // 100 * 100
        century -= 100 if century + 10 * first > frame.day.year else 0
    return _years(century + 10 * first, century + 10 * last + 9)


# --- Plans and events -----------------------------------------------------------------------------------------------------------

_PLAN_NAME = r"第?(?:十[一二三四五六]?|[一二三四五六七八九])(?:个?五年|五)"
_PLAN = re.compile(
    rf"^(?P<before>整个|到|截至|截止|至|在)?(?P<plan>{_PLAN_NAME})(?:[至到—-]+(?P<to>{_PLAN_NAME}))?(?:规划|计划)?"
    r"(?P<when>时期|期间|期末|末期|末年?|期初|初期?|期|收官之年|开局之年|以来|这五年|[第]一年|最后一年|前[一二三四]年|后[一二三四]年|)$"
)
# What people date from; the day each began.
_EVENTS = {
    "改革开放": date(1978, 12, 18),
    "新中国成立": date(1949, 10, 1),
    "建国": date(1949, 10, 1),
    "党的十六大": date(2002, 11, 8),
    "党的十七大": date(2007, 10, 15),
    "党的十八大": date(2012, 11, 8),
    "党的十九大": date(2017, 10, 18),
    "党的二十大": date(2022, 10, 16),
    "加入世贸组织": date(2001, 12, 11),
    "加入世界贸易组织": date(2001, 12, 11),
    "入世": date(2001, 12, 11),
    "香港回归": date(1997, 7, 1),
    "澳门回归": date(1999, 12, 20),
}
_EVENT = re.compile(
    "^(?:自从|自|从)?(?:我国|中国)?(?P<event>"
    + "|".join(sorted(_EVENTS, key=len, reverse=True)).replace("党的", "(?:党的)?")
    + ")(?:祖国)?(?:战略实施|政策实施)?(?:以来|至今)$"
)


def _plan(words: str, frame: _Frame) -> Period | None:
    """A five-year plan: the 10th ran from 2001 to 2005."""
    found = _PLAN.match(words)
    if found is None or words in HOLIDAYS:
        return None
    first, when = _first_year(found["plan"]), found["when"]
    last = (_first_year(found["to"]) if found["to"] else first) + 4
    period = _years(first, last)
    if when in ("末", "期末", "末年", "末期"):
        period = _day(date(last, 12, 31), "point", "A")
    elif when in ("初", "期初", "初期"):
        period = _day(date(first, 1, 1), "point", "A")
    elif when == "以来":
        return _from(date(first, 1, 1), frame)
    elif when in ("收官之年", "最后一年"):
        period = _years(last, last)
    elif when in ("开局之年", "第一年"):
        period = _years(first, first)
    elif when.startswith("前"):
        period = _years(first, first + _digit(when[1]) - 1)
    elif when.startswith("后"):
        period = _years(last - _digit(when[1]) + 1, last)
    if found["before"] in ("到", "至"):
        return _by(period)
    return _point(period) if found["before"] in ("截至", "截止") else period


def _first_year(plan: str) -> int:
    # 1953 and 1958 opened the first two; three years of readjustment came before the third.
    number = _number(re.sub("第|个|五年$|五$", "", plan))
    return 1953 + 5 * (number - 1) if number < 3 else 1966 + 5 * (number - 3)


def _event(words: str, frame: _Frame) -> Period | None:
    found = _EVENT.match(words)
    if found is None:
        return None
    name = found["event"]
    return _from(_EVENTS.get(name) or _EVENTS["党的" + name], frame)


# --- Holidays -------------------------------------------------------------------------------------------------------------------

_HOLIDAY = re.compile(
    "(?P<name>"
    + "|".join(sorted(HOLIDAYS, key=len, reverse=True))
    + ")(?P<what>小长假|长假|假期|假日|黄金周|期间|当天|当日|前夕|)(?:期间)?"
)
# These are days; of the others the bare name means the days off.
_SINGLE_DAYS = frozenset(
    {"除夕", "大年三十", "年三十", "大年初一", "正月初一", "初一", "元宵", "元宵节", "七夕", "七夕节", "重阳", "重阳节"}
)


def _holiday(words: str, year: int) -> Period | None:
    found = _HOLIDAY.fullmatch(words)
    if found is None or found["what"] == "前夕":
        return None
    if found["what"] in ("当天", "当日") or found["name"] in _SINGLE_DAYS:
        day = holiday(HOLIDAYS[found["name"]], year)
        if day is None:
            raise _UnresolvedError("undated")
        return _day(day)
    days = days_off(HOLIDAYS[found["name"]], year)
    if days is None:
        raise _UnresolvedError("undated")
    return _span(*days, "D")


def _undated_holiday(words: str, frame: _Frame) -> Period | None:
    """The latest such holiday that had begun."""
    if _HOLIDAY.fullmatch(words) is None:
        return None
    period = _holiday(words, frame.day.year)
    return period if period is None or (period.start or date.max) <= frame.day else _holiday(words, frame.day.year - 1)


# --- The whole ------------------------------------------------------------------------------------------------------------------

_UP_TO = re.compile(r"^(?:截至|截止到?|截止至)(?:到)?(?=.)")
_BY = re.compile(r"^[到至](?=\d{4}年|今年|明年|本世纪)")
_AFTER = re.compile(r"(?:期间|时|当天|当日|上午|下午|晚上|早上|凌晨|这1年|止|间)$")
_SINCE = re.compile(r"(?P<begin>.+?)(?P<event>[^\d年月日季度底末初代]*)(?:以来|至今|起)")
_UNTIL = re.compile(r"(?P<end>.+[年月日末底])(?:之?前|以前)")
_NOW = re.compile(
    r"(?P<up>截[至止](?:到)?)?(?:目前|今|现在|当前|发稿|此)时?|(?:到|至)?目前(?:为止)?|现在|当前|如今|迄今(?:为止)?|至今|眼下"
)
_DAYS_AWAY = {"今": 0, "本": 0, "昨": -1, "前": -2, "明": 1, "后": 2}
_RELATIVE_DAY = re.compile(r"(?P<day>[今昨前明后本])[天日](?:上午|下午|晚上|早上|凌晨|晚|早)?")
_RELATIVE_MONTH = re.compile(r"(?P<which>本|这个?|当|上个?|上1|上上|下个?|下1个?|同)(?P<what>月|季度?|周|星期)(?P<rest>.*)")
_PAST = re.compile(
    r"(?:最近|过去的?|近)(?P<count>\d{1,3})(?P<unit>年|个月|周|天|日)(?:来|以来|间|内|时间)?|(?P<count2>\d{1,3})(?P<unit2>年|个月)来"
)
_COMING = re.compile(
    r"(?:未来|今后|此后)(?P<count>\d{1,3})(?P<unit>年|个月|周|天|日)(?:内|间)?|(?P<count2>\d{1,3})(?P<unit2>年|个月|周|天|日)[之以]?内"
)
_MONTH_DAY = re.compile(r"(\d{1,2})日")


def _parse(words: str, frame: _Frame) -> Period | None:
    """The period that tidied words name, or None where they name none."""
    if not words:
        return None
    for reader in (_plan, _event):
        if (found := reader(words, frame)) is not None:
            return found
    words = words.lower()
    if now := _NOW.fullmatch(words):
        return _day(frame.day, "point", None if now["up"] else "D")
    for reader in (_up_to, _by_then, _since, _until, _absolute, _between, _relative, _undated_holiday):
        if (found := reader(words, frame)) is not None:
            return found
    if (part := _undated_part(words, frame)) is not None:
        return part
    shorter = _AFTER.sub("", words)
    return _parse(shorter, frame) if shorter and shorter != words else None


def _up_to(words: str, frame: _Frame) -> Period | None:
    """截至9月, 截至10月24日: the last day of what is named."""
    found = _UP_TO.match(words)
    period = _parse(words[found.end() :].removesuffix("止"), frame) if found else None
    return _point(period) if period else None


def _by_then(words: str, frame: _Frame) -> Period | None:
    """到2025年: any time until its end."""
    found = _BY.match(words)
    period = _parse(words[found.end() :], frame) if found else None
    return _by(period) if period else None


def _by(period: Period) -> Period:
    return Period(None, period.end, None, period.frequency, "span", "start")


def _from(start: date, frame: _Frame) -> Period:
    """From a day to the publication, or on and on."""
    if frame.published is None or frame.published < start:
        return Period(start, None, None, None, "cumulative", "end")
    return _span(start, frame.published, None, "cumulative")


def _since(words: str, frame: _Frame) -> Period | None:
    """今年以来, 2012年以来, 2015年8月开通以来, 年初至今."""
    found = _SINCE.fullmatch(words)
    if found is None or _PAST.fullmatch(words):
        return None
    if found["begin"] == "年初":
        return _from(date(frame.day.year, 1, 1), frame)
    period = _parse(found["begin"], frame)
    return _from(period.start, frame) if period and period.start else None


def _until(words: str, frame: _Frame) -> Period | None:
    """2023年底前, 6月30日前: only the end is told. 2030年前 may or may not include that year."""
    found = _UNTIL.fullmatch(words)
    if found is None:
        return None
    if found["end"].endswith("年"):
        raise _UnresolvedError("undated")
    period = _parse(found["end"], frame)
    return _by(period) if period and period.end else None


def _between(words: str, frame: _Frame) -> Period | None:
    """Two dates of different years, or told in different units: 去年10月至今年3月."""
    left, mark, right = words.partition("~")
    if not mark or "~" in right:
        return None
    if _part_if_any(words, 2000) is not None:
        return None
    begin = _parse(left if re.search(r"[年月日季度qhm]", left) else left + re.sub(r"[\d年]", "", right)[:2], frame)
    end = _parse(right, replace(frame, previous=begin or frame.previous)) if begin else None
    if begin is None or end is None or begin.start is None or end.end is None:
        return None
    return _span(begin.start, end.end, end.frequency)


def _relative(words: str, frame: _Frame) -> Period | None:
    """What counts from the publication or from the period before."""
    if found := _RELATIVE_DAY.fullmatch(words):
        return _day(frame.day + timedelta(days=_DAYS_AWAY[found["day"]]))
    if words in ("当天", "当日", "同日", "同天", "下1日"):
        if _unit_of(frame.governing) != "日":
            raise _UnresolvedError("previous")
        return _day((frame.governing.start or date.min) + timedelta(days=words == "下1日"))
    if words == "同期":
        return frame.governing
    if words == "上同期":
        raise _UnresolvedError("previous")  # the year it compares with is not told
    if words in ("年内", "年度内"):
        return _years(frame.day.year, frame.day.year)
    if words == "年初":
        return _day(date(frame.day.year, 1, 1), "point", "A")
    if found := _RELATIVE_MONTH.fullmatch(words):
        return _relative_month(found["which"].removesuffix("个"), found["what"], found["rest"], frame)
    if found := _PAST.fullmatch(words):
        return _around(int(found["count"] or found["count2"]), found["unit"] or found["unit2"], frame.day, past=True)
    if found := _COMING.fullmatch(words):
        return _around(int(found["count"] or found["count2"]), found["unit"] or found["unit2"], frame.day, past=False)
    if found := _MONTH_DAY.fullmatch(words):
        return _day_of_month(int(found[1]), frame)
    return None


def _around(count: int, unit: str, published: date, *, past: bool) -> Period:
    """So many years (months, days) up to the publication, or from the day after it on."""
    months = {"年": 12, "个月": 1}.get(unit, 0)
    frequency = {"年": "A", "个月": "M", "周": "W"}.get(unit, "D")
    days = count * (7 if unit == "周" else 1)
    sign = -1 if past else 1
    other = _shift_months(published, sign * months * count) if months else published + timedelta(days=sign * days)
    if past:
        return _span(other + timedelta(days=1), published, frequency)
    return _span(published + timedelta(days=1), other, frequency)


def _relative_month(which: str, what: str, rest: str, frame: _Frame) -> Period | None:
    """本月, 上月28日, 上季度, 本周三; 上月 and 当月 look at the month before first."""
    anchor, previous = frame.published, frame.previous
    if what in ("周", "星期"):
        return _week(which, rest, frame)
    if which in ("上", "上1", "当", "同", "下1", "下") and previous and previous.start and previous.end:
        if _unit_of(previous) == what[0]:
            anchor = previous.start
        elif which in ("当", "同", "下1") and previous.kind != "point":
            anchor = previous.end
    elif which in ("当", "同", "下1"):
        raise _UnresolvedError("previous")  # no month was named
    if anchor is None:
        raise _UnresolvedError("published")
    step = {"上": -1, "上1": -1, "上上": -2, "下": 1, "下1": 1}.get(which, 0)
    if what == "月":
        day = _shift_months(anchor.replace(day=1), step)
        if rest == "同期":
            return _move(frame.governing, -1)
        return _months(day.year, day.month, day.month, "M") if not rest else _part(f"{day.month}月{rest}", day.year)
    day = _shift_months(anchor.replace(month=(anchor.month - 1) // 3 * 3 + 1, day=1), 3 * step)
    return _part(f"{day.month // 3 + 1}季度{rest}", day.year)


def _week(which: str, rest: str, frame: _Frame) -> Period | None:
    step = {"上": -1, "上1": -1, "上上": -2, "下": 1, "下1": 1}.get(which, 0)
    monday = frame.day - timedelta(days=frame.day.weekday()) + timedelta(weeks=step)
    if not rest:
        return _span(monday, monday + timedelta(days=6), "W")
    days = {"1": 0, "2": 1, "3": 2, "4": 3, "5": 4, "6": 5, "日": 6, "天": 6}
    return _day(monday + timedelta(days=days[rest])) if rest in days else None


def _day_of_month(day: int, frame: _Frame) -> Period:
    """17日: the latest such day up to the publication, or the one in the month that governs the text."""
    if frame.previous and _unit_of(frame.previous) == "月" and frame.previous.start:
        return _day(frame.previous.start.replace(day=day))
    anchor = frame.published or (frame.previous.end if frame.previous else None)
    if anchor is None:
        raise _UnresolvedError("published")
    if not 1 <= day <= 31:
        raise _UnresolvedError("invalid")
    first = anchor.replace(day=1)
    if frame.published and day > anchor.day:
        first = _shift_months(first, -1)
    while monthrange(first.year, first.month)[1] < day:  # 31日 on the first of December is in October
        first = _shift_months(first, -1)
    return _day(first.replace(day=day))
