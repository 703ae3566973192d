"""Words into dates.

:func:`parse_period` reads the words of a PERIOD (``2020年前三季度``, ``1—9月``, ``去年同期``). Periods are written as SDMX time
periods: ``2020``, ``2020-S1``, ``2020-Q3``, ``2020-09``, ``2020-09-30``, and ``2020-01-01/P9M`` where no such name fits.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

__all__ = ["Period", "governs", "parse_period"]


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar time.

    Attributes:
        start, end: First and last day, both inclusive; None where the words and the publication date leave them open.
        time_period: The same as an SDMX time period (``2020-Q3``, ``2020-01-01/P9M``), or None.
    """

    start: date | None = None
    end: date | None = None
    time_period: str | None = None


_OPEN = Period()
_LONGEST = 60  # no PERIOD is longer; what is has words in it that nobody can date
_FIGURES = "〇零一二三四五六七八九"


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
        First and last day and their SDMX name; for the end of a span (9月末) that day. A side that stays open is None, and so is
        everything where the words cannot be dated: nothing is guessed.
    """
    words = _tidy(text)
    if not words or len(words) > _LONGEST:
        return _OPEN
    try:
        return _parse(words, _Frame(published, previous if previous != _OPEN else None))
    except (ValueError, OverflowError):  # the 31st of June, the year 0
        return _OPEN


_PASSING = re.compile(
    "同[期月年季日]|^(?:上|前一)年|^上个?月|^上一?(?:季|期)|^去年?|^今[天日]|[昨明][天日]|目前|现在|当前|如今|迄今|以来|至今|[前内来]$"
)


def governs(text: str) -> bool:
    """Whether a PERIOD sets the time for the words after it.

    去年同期 and 上年 only compare, 今天 and 目前 only date the news: what follows counts from the period before them. Such a one
    should not be the ``previous`` of :func:`parse_period`, or 上年 told twice would lead two years back.
    """
    return _PASSING.search(_tidy(text).replace("份", "")) is None


@dataclass(frozen=True, slots=True)
class _Frame:
    """What words without a date of their own count from."""

    published: date | None
    previous: Period | None

    @property
    def previous_year(self) -> int | None:
        end = self.previous.end or self.previous.start if self.previous else None
        return end.year if end else None


# --- Spelling -------------------------------------------------------------------------------------------------------------------

_PLAN = re.compile(
    r"(?P<plan>十[一二三四五六]?五|[一二三四五六七八九]五)(?P<rest>规划)?(?P<when>时期|期间|期末|末年?|初|收官之年|开局之年|以来|这五年|)"
)
_TO_ARABIC = str.maketrans("〇零一二三四五六七八九", "00123456789")
_ISO_DATE = re.compile(r"(?<!\d)\d{4}-(?:0[1-9]|1[0-2])(?:-[0-3]\d)?(?!\d)")
_CHINESE_YEAR = re.compile(f"[{_FIGURES}]{{4}}(?=年|-)")
_CHINESE_NUMBER = re.compile(r"[二三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九]")


def _tidy(text: str) -> str:
    """One spelling for what is written in several: NFKC, no white space or quotes, Arabic figures, one sign for 至."""
    words = "".join(unicodedata.normalize("NFKC", text[: _LONGEST * 4]).split())
    words = re.sub(r"[“”\"'‘’「」『』]", "", words)
    if _PLAN.fullmatch(words) and len(words) > 1:
        return words
    words = _ISO_DATE.sub(lambda found: found.group().replace("-", "/"), words)
    words = _CHINESE_YEAR.sub(lambda found: found.group().translate(_TO_ARABIC), words)
    words = _CHINESE_NUMBER.sub(lambda found: str(_number(found.group())), words)
    # A dash, a tilde or 一 for a dash between two months.
    words = re.sub(r"(?<=[\d年月日号末底初])(?:[—–―‒~∼〜－-]+|至|到)(?=\d)", "~", words)
    return words.replace("号", "日").replace("份", "")


def _number(words: str) -> int:
    """A Chinese number below a hundred."""
    tens, ten, ones = words.rpartition("十")
    value = _digit(ones) if ones else 0
    return value + 10 * (_digit(tens) if tens else 1) if ten else value


def _digit(character: str) -> int:
    return "零一二三四五六七八九".index(character.replace("两", "二"))


# --- Calendar -------------------------------------------------------------------------------------------------------------------


def _span(start: date, end: date) -> Period:
    """The period from ``start`` to ``end`` under its shortest SDMX name."""
    if start > end:
        return _OPEN
    if start == end:
        return Period(start, end, start.isoformat())
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    if start.day != 1 or end != _last_day(end.year, end.month):
        return Period(start, end, f"{start.isoformat()}/P{(end - start).days + 1}D")
    name = f"{start.isoformat()}/P{months}M"
    if months == 1:
        name = f"{start.year:04}-{start.month:02}"
    elif months == 3 and start.month % 3 == 1:
        name = f"{start.year:04}-Q{start.month // 3 + 1}"
    elif months == 6 and start.month % 6 == 1:
        name = f"{start.year:04}-S{start.month // 6 + 1}"
    elif months % 12 == 0 and start.month == 1:
        name = f"{start.year:04}" if months == 12 else f"{start.isoformat()}/P{months // 12}Y"
    return Period(start, end, name)


def _last_day(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _months(year: int, first: int, last: int) -> Period:
    return _span(date(year, first, 1), _last_day(year, last))


def _shift_months(day: date, months: int) -> date:
    """The same day some months away, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _move_to_year(period: Period, year: int) -> Period:
    """The same months and days of another year; the year a span ends in counts."""
    start, end = period.start, period.end
    if start is None or end is None:
        return _OPEN
    months = (year - end.year) * 12
    whole = end == _last_day(end.year, end.month)
    moved = _shift_months(end, months)
    return _span(_shift_months(start, months), _last_day(moved.year, moved.month) if whole else moved)


# --- Parts of a year ------------------------------------------------------------------------------------------------------------

# (pattern, first month, last month); numbers may name groups.
_PARTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[int, int]]], ...] = (
    (re.compile(r"全年度?|年度?|度"), lambda m: (1, 12)),
    (re.compile(r"上半年度?|半年度?|中期|h1|1h"), lambda m: (1, 6)),
    (re.compile(r"下半年度?|h2|2h"), lambda m: (7, 12)),
    (re.compile(r"前(\d)(?:个)?季度?"), lambda m: (1, 3 * int(m[1]))),
    (re.compile(r"(?:第?(\d)季度?|q(\d)|(\d)q)"), lambda m: (3 * int(m[1] or m[2] or m[3]) - 2, 3 * int(m[1] or m[2] or m[3]))),
    (re.compile(r"(\d)季?度?~(\d)季度"), lambda m: (3 * int(m[1]) - 2, 3 * int(m[2]))),
    (re.compile(r"前(\d{1,2})个?月|(\d{1,2})m"), lambda m: (1, int(m[1] or m[2]))),
    (re.compile(r"(\d{1,2})月?~(\d{1,2})月|m(\d{1,2})[~-](\d{1,2})"), lambda m: (int(m[1] or m[3]), int(m[2] or m[4]))),
    (re.compile(r"(\d{1,2})月(?:当月|单月)?|m(\d{1,2})"), lambda m: (int(m[1] or m[2]), int(m[1] or m[2]))),
)
_END = re.compile(r"(?:期)?[末底]$|终$")
_TENTHS = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31), "上中旬": (1, 20), "中下旬": (11, 31)}
_TENTH = re.compile(r"(\d{1,2})月((?:上|中|下|上中|中下)旬)")
_DAY = re.compile(r"(\d{1,2})月(\d{1,2})日?")
_DAYS = re.compile(r"(\d{1,2})月(\d{1,2})日?~(?:(\d{1,2})月)?(\d{1,2})日")
_BEGIN = re.compile(r"(\d{1,2})月初")


def _part(words: str, year: int) -> Period | None:
    """A part of a known year: a month, a quarter, a span, an end, a day. None where the words are none."""
    if words in ("", "年", "年度"):
        return _months(year, 1, 12)
    if words in ("年初", "初"):
        return _span(date(year, 1, 1), date(year, 1, 1))
    if words in ("年末", "年底", "末", "底", "年终", "期末"):
        return _span(date(year, 12, 31), date(year, 12, 31))
    if found := _DAY.fullmatch(words):
        day = date(year, int(found[1]), int(found[2]))
        return _span(day, day)
    if found := _DAYS.fullmatch(words):
        return _span(date(year, int(found[1]), int(found[2])), date(year, int(found[3] or found[1]), int(found[4])))
    if found := _BEGIN.fullmatch(words):
        day = date(year, int(found[1]), 1)
        return _span(day, day)
    if found := _TENTH.fullmatch(words):
        first, last = _TENTHS[found[2]]
        end = _last_day(year, int(found[1]))
        return _span(end.replace(day=first), end.replace(day=min(last, end.day)))
    whole = _END.sub("", words)
    for pattern, months in _PARTS:
        if found := pattern.fullmatch(whole):
            first, last = months(found)
            if not 1 <= first <= last <= 12:
                return _OPEN
            period = _months(year, first, last)
            return _span(*[period.end] * 2) if whole != words and period.end else period
    return None


def _undated_part(words: str, frame: _Frame) -> Period:
    """A part of a year that the words do not name."""
    published, previous, year = frame.published, frame.previous, frame.previous_year
    if _part(words, 2000) is None:
        return _OPEN
    if published is None:
        return _OPEN if year is None else _part(words, year) or _OPEN
    if previous and previous.start and previous.end and year in (published.year, published.year - 1):
        inside = _part_if_any(words, year)
        spans = (previous.end - previous.start).days > 31
        if spans and inside and inside.start and inside.end and previous.start <= inside.start and inside.end <= previous.end:
            return inside
    if words in _WHOLE_YEAR:
        # In the first months of a year 全年 and 年底 are the last one's in a report and this one's in a plan.
        return _OPEN if published.month <= 3 else _part(words, published.year) or _OPEN
    for candidate in (published.year, published.year - 1):
        period = _part_if_any(words, candidate)
        if period and period.start and period.end and _begun(words, period) <= published:
            return period
    return _OPEN


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

_YEAR = re.compile(r"(?P<long>(?:19|20)\d\d)(?:年度?)?(?P<rest>.*)", re.DOTALL)
_SHORT_YEAR = re.compile(
    r"(?P<short>\d\d)年(?P<rest>(?:度|全年|上半年|下半年|半年|前\d|第?\d季|q\d|\d{1,2}月|\d{1,2}~\d|年?[末底初]|同期).*)"
)
_NAMED_YEAR = re.compile(r"(?P<name>今年|本年度?|去年|上年度?|上1年度?|前1年度?|前年|明年|来年|后年|同年|当年|去|今)(?P<rest>.*)")
_YEARS = re.compile(r"(?P<first>(?:19|20)\d\d|\d\d)年?~(?P<last>(?:19|20)\d\d|\d\d)年?(?:间|期间)?")
_THIS_AND_NEXT = re.compile(r"今明(?:2)年")
# As broker reports write: 1Q20, 20Q3, 2020H1, 9M20, 2019A, 2021E.
_BROKER = re.compile(
    r"(?P<part>[1-4]q|[12]h|\d{1,2}m)(?P<year>\d{4}|\d\d)|(?P<year2>\d{4}|\d\d)(?P<part2>q[1-4]|[1-4]q|h[12]|[12]h|m\d{1,2}(?:[~-]\d{1,2})?)"
)
_ACTUAL = re.compile(r"(?P<year>(?:19|20)\d\d|\d\d)[aef]")
_DATE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_MONTH_DATE = re.compile(r"(\d{4})[-/.](\d{2})")
_DECADE = re.compile(r"(?:(?P<century>\d\d)世纪(?P<of>\d)0|(?P<long>(?:19|20)\d)0|(?P<last>上世纪)(?P<of_last>\d)0)年代")


def _full_year(figures: str) -> int:
    """20 is 2020 and 98 is 1998: two figures name a year within living memory."""
    year = int(figures)
    return year if year > 99 else year + (2000 if year < 60 else 1900)


def _named_year(name: str, frame: _Frame) -> int | None:
    """The year that 今年, 上年 and the like name."""
    published = frame.published.year if frame.published else None
    if name in ("同年", "当年"):
        return frame.previous_year
    if name.startswith(("上", "前1")):
        base = frame.previous_year or published
        return None if base is None else base - 1
    if published is None:
        return None
    offsets = {"今": 0, "本": 0, "去": -1, "前": -2, "明": 1, "来": 1, "后": 2}
    return published + offsets[name[0]]


# --- The whole ------------------------------------------------------------------------------------------------------------------

_BEFORE = re.compile(r"^(?:截至|截止到?|自从|自|从|到|至|在|于)(?=[\d今去上年本前明])")
_AFTER = re.compile(r"(?:期间|时|当天|当日|上午|下午|晚上|早上|凌晨|这1年|止)$")
_SINCE = re.compile(r"(?P<begin>.+?)(?P<event>[^\d年月日]*)(?:以来|至今|起)")
_UNTIL = re.compile(r"(?P<end>.+[年月日末底])(?:之?前|以前)")
_NOW = re.compile(r"截[至止](?:目前|今|现在|当前|发稿)?时?|(?:到|至)?目前(?:为止)?|现在|当前|如今|迄今(?:为止)?|至今|眼下")
_WEEKDAYS = {"今": 0, "本": 0, "昨": -1, "前": -2, "明": 1, "后": 2}
_RELATIVE_DAY = re.compile(r"(?P<day>[今昨前明后本])[天日](?:上午|下午|晚上|早上|凌晨|晚|早)?")
_RELATIVE_MONTH = re.compile(r"(?P<which>本|这个?|当|上个?|上1|下个?|同)(?P<what>月|季度?|周|星期)")
_PAST = re.compile(
    r"(?:最近|过去的?|近)(?P<count>\d{1,3})(?P<unit>年|个月|周|天|日)(?:来|以来|间|内|时间)?|(?P<count2>\d{1,3})(?P<unit2>年|个月)来"
)
_COMING = re.compile(
    r"(?:未来|今后|此后)(?P<count>\d{1,3})(?P<unit>年|个月|周|天|日)(?:内|间)?|(?P<count2>\d{1,3})(?P<unit2>年|个月|周|天|日)[之以]?内"
)
_MONTH_DAY = re.compile(r"(\d{1,2})日")


def _parse(words: str, frame: _Frame) -> Period:
    if plan := _PLAN.fullmatch(words):
        return _plan(plan, frame)
    words = words.lower()
    if _NOW.fullmatch(words):
        return _day(frame.published)
    words = _BEFORE.sub("", words)
    for reader in (_since, _until, _absolute, _relative):
        found = reader(words, frame)
        if found is not None:
            return found
    shorter = _AFTER.sub("", words)
    if shorter and shorter != words:
        return _parse(shorter, frame)
    return _undated_part(words, frame)


def _day(day: date | None) -> Period:
    return _span(day, day) if day else _OPEN


def _plan(found: re.Match[str], frame: _Frame) -> Period:
    """A five-year plan: the 10th ran from 2001 to 2005."""
    figures, when = found["plan"], found["when"]
    number = _number(figures[:-1])
    # 1953 and 1958 opened the first two; three years of readjustment came before the third.
    first = 1953 + 5 * (number - 1) if number < 3 else 1966 + 5 * (number - 3)
    if when in ("末", "期末", "末年"):
        return _day(date(first + 4, 12, 31))
    if when == "初":
        return _day(date(first, 1, 1))
    if when == "以来":
        return _from(date(first, 1, 1), frame)
    if when in ("收官之年", "开局之年"):
        return _months(first + 4 * (when == "收官之年"), 1, 12)
    return _span(date(first, 1, 1), date(first + 4, 12, 31))


def _from(start: date, frame: _Frame) -> Period:
    """From a day to the publication."""
    if frame.published is None:
        return Period(start)
    return _span(start, frame.published)


def _since(words: str, frame: _Frame) -> Period | None:
    """今年以来, 2012年以来, 2015年8月开通以来, 年初至今."""
    found = _SINCE.fullmatch(words)
    if found is None or _PAST.fullmatch(words):
        return None
    period = _parse(found["begin"], frame)
    if found["begin"] == "年初" and frame.published:
        period = _day(date(frame.published.year, 1, 1))
    return _from(period.start, frame) if period.start else _OPEN


def _until(words: str, frame: _Frame) -> Period | None:
    """2023年底前, 6月30日前: only the end is told. 2030年前 may or may not include that year."""
    found = _UNTIL.fullmatch(words)
    if found is None:
        return None
    period = _parse(found["end"], frame)
    if found["end"].endswith("年") or period.end is None:
        return _OPEN
    return Period(None, period.end)


def _absolute(words: str, frame: _Frame) -> Period | None:
    """What names its year."""
    if found := _YEARS.fullmatch(words):
        first, last = _full_year(found["first"]), _full_year(found["last"])
        short = len(found["first"]) == 2 and len(found["last"]) == 2
        # 17~19 alone may be anything; with 年 it is years.
        return _OPEN if short and not words.rstrip("间期").endswith("年") else _span(date(first, 1, 1), date(last, 12, 31))
    if found := _BROKER.fullmatch(words):
        return _part(found["part"] or found["part2"], _full_year(found["year"] or found["year2"])) or _OPEN
    if found := _ACTUAL.fullmatch(words):
        return _months(_full_year(found["year"]), 1, 12)
    if found := _DATE.fullmatch(words):
        return _day(date(int(found[1]), int(found[3]), int(found[4])))
    if found := _MONTH_DATE.fullmatch(words):
        return _months(int(found[1]), int(found[2]), int(found[2]))
    if found := _DECADE.fullmatch(words):
        return _decade(found, frame)
    if _THIS_AND_NEXT.fullmatch(words) and frame.published:
        return _span(date(frame.published.year, 1, 1), date(frame.published.year + 1, 12, 31))
    year, rest = _year(words, frame)
    if rest is None:
        return None
    if year is None:
        return _OPEN
    return _rest_of_year(rest, year, frame)


def _year(words: str, frame: _Frame) -> tuple[int | None, str | None]:
    """The year that the words begin with and what follows; the latter is None where they begin with none."""
    if found := _YEAR.fullmatch(words):
        return int(found["long"]), found["rest"]
    if found := _SHORT_YEAR.fullmatch(words):
        return _full_year(found["short"]), found["rest"]
    if found := _NAMED_YEAR.fullmatch(words):
        # 今 and 去 alone are words of other phrases too: 今天, 去同期.
        if len(found["name"]) == 1 and not re.match(r"同期|\d", found["rest"]):
            return None, None
        return _named_year(found["name"], frame), found["rest"]
    return None, None


def _rest_of_year(rest: str, year: int, frame: _Frame) -> Period | None:
    """What follows a year: nothing, a part of it, 同期, or a second date."""
    if "~" in rest:
        second = rest.split("~", 1)
        if (part := _part(rest, year)) is not None:
            return part
        begin, end = _rest_of_year(second[0], year, frame), _absolute(second[1], frame)
        return _span(begin.start, end.end) if begin and end and begin.start and end.end else _OPEN
    if rest in ("同期", "同年同期", "同年"):
        return _move_to_year(frame.previous, year) if frame.previous else _OPEN
    if rest in ("同月", "同季度", "同日"):
        return _move_to_year(frame.previous, year) if frame.previous and _unit_of(frame.previous) == rest[1] else _OPEN
    if rest == "内":
        return _months(year, 1, 12)
    return _part(rest.removeprefix("期") if rest in ("期末", "期初") else rest.removeprefix("的"), year) or _part(
        _AFTER.sub("", rest), year
    )


def _unit_of(period: Period) -> str:
    """月, 季 or 日 where a period is one such, else ''."""
    name = period.time_period or ""
    if re.fullmatch(r"\d{4}-\d\d", name):
        return "月"
    return "季" if "-Q" in name else "日" if re.fullmatch(r"\d{4}-\d\d-\d\d", name) else ""


def _decade(found: re.Match[str], frame: _Frame) -> Period:
    if found["long"]:
        first = int(found["long"]) * 10
    elif found["century"]:
        first = (int(found["century"]) - 1) * 100 + int(found["of"]) * 10
    elif frame.published:
        first = (frame.published.year - 1) // 100 * 100 - 100 + int(found["of_last"]) * 10
    else:
        return _OPEN
    return _span(date(first, 1, 1), date(first + 9, 12, 31))


def _relative(words: str, frame: _Frame) -> Period | None:
    """What counts from the publication or from the period before."""
    published, previous = frame.published, frame.previous
    if found := _RELATIVE_DAY.fullmatch(words):
        return _day(published + timedelta(days=_WEEKDAYS[found["day"]])) if published else _OPEN
    if words in ("当天", "当日"):
        return previous if previous and _unit_of(previous) == "日" else _OPEN
    if words in ("同期", "上同期"):
        return _OPEN  # the year it compares with is not told
    if words in ("年内", "年度内") and published:
        return _months(published.year, 1, 12)
    if words == "年初" and published:
        return _day(date(published.year, 1, 1))
    if found := _RELATIVE_MONTH.fullmatch(words):
        return _relative_month(found["which"].removesuffix("个"), found["what"], frame)
    if found := _PAST.fullmatch(words):
        return _around(int(found["count"] or found["count2"]), found["unit"] or found["unit2"], published, past=True)
    if found := _COMING.fullmatch(words):
        return _around(int(found["count"] or found["count2"]), found["unit"] or found["unit2"], published, past=False)
    if found := _MONTH_DAY.fullmatch(words):
        return _day_of_month(int(found[1]), frame)
    return None


def _around(count: int, unit: str, published: date | None, *, past: bool) -> Period:
    """So many years (months, days) up to the publication, or from the day after it on."""
    if published is None:
        return _OPEN
    months = {"年": 12, "个月": 1}.get(unit, 0)
    days = count * (7 if unit == "周" else 1)
    if past:
        first = _shift_months(published, -months * count) if months else published - timedelta(days=days)
        return _span(first + timedelta(days=1), published)
    return _span(
        published + timedelta(days=1), _shift_months(published, months * count) if months else published + timedelta(days=days)
    )


def _relative_month(which: str, what: str, frame: _Frame) -> Period:
    """本月, 上月, 上季度, 本周; 上月 and 当月 look at the month before first."""
    published, previous = frame.published, frame.previous
    anchor = published
    if which in ("上", "上1", "当", "同") and previous and previous.start and _unit_of(previous) == what[0]:
        anchor = previous.start
    elif which in ("当", "同"):
        return _OPEN  # no month was named
    if anchor is None:
        return _OPEN
    step = {"上": -1, "上1": -1, "下": 1}.get(which, 0)
    if what == "月":
        day = _shift_months(anchor.replace(day=1), step)
        return _months(day.year, day.month, day.month)
    if what.startswith("季"):
        day = _shift_months(anchor.replace(month=(anchor.month - 1) // 3 * 3 + 1, day=1), 3 * step)
        return _months(day.year, day.month, day.month + 2)
    monday = anchor - timedelta(days=anchor.weekday()) + timedelta(weeks=step)
    return _span(monday, monday + timedelta(days=6))


def _day_of_month(day: int, frame: _Frame) -> Period:
    """17日: the latest such day up to the publication, else that of the month before."""
    anchor = frame.published or (frame.previous.end if frame.previous else None)
    if anchor is None:
        return _OPEN
    first = anchor.replace(day=1)
    if frame.published and day > anchor.day:
        first = _shift_months(first, -1)
    return _day(first.replace(day=day))
