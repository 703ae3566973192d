"""Compare zhibiao's normalisers with other libraries on the specification corpora.

Each library is asked only for what it claims to do (see its ``claim`` method), is judged only by what its answers can express,
and is given the benefit of the doubt where its conventions differ. zhibiao is judged by the same measure on the same cases, so
the two columns of a row are like for like: they say nothing of what only zhibiao's answers hold (bounds, kinds, frequencies).

    python3 -m venv venv-compare
    venv-compare/bin/pip install -r inference/benchmarks/compare-requirements.txt
    PYTHONPATH=inference venv-compare/bin/python inference/benchmarks/compare_normalisers.py --misses JioNLP

A library that is not installed is left out; one that raises or needs more than five seconds has given no answer. JioNLP 1.5.30
and 1.5.31 raise on every month without a year (9月, 本月, 1—9月); put 1.5.29 in front to judge what it can do:

    pip install --no-deps --target /tmp/jionlp-1.5.29 jionlp==1.5.29
    PYTHONPATH=/tmp/jionlp-1.5.29:inference …
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import re
import signal
import sys
import time
import unicodedata
import warnings
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

CORPORA = {"quantity-numerals": "quantity", "quantity-units": "quantity", "period": "period", "region": "region"}
PARTS = ("quantity", "period", "region")
SECONDS = 5.0

# --- Cases and answers --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One case of a corpus.

    Attributes:
        part: quantity, period or region.
        group: The group that the corpus puts it in.
        fields: The case as it stands in the file.
    """

    part: str
    group: str
    fields: dict[str, Any]

    @property
    def text(self) -> str:
        """The words to read."""
        return str(self.fields["text"])

    @property
    def expect(self) -> dict[str, Any]:
        """What the words mean; empty for those that should not be read."""
        return self.fields.get("expect") or {}

    @property
    def unsupported(self) -> bool:
        """Whether no answer is the right one."""
        keys = {"quantity": ("amount", "lower", "upper"), "period": ("start", "end"), "region": ("name", "code", "candidates")}
        return all(self.expect.get(key) in (None, "", []) for key in keys[self.part])

    @property
    def published(self) -> date | None:
        """The day the words were published."""
        day = self.fields.get("published")
        return date.fromisoformat(day) if day else None


@dataclass(frozen=True)
class Figure:
    """A number or a range with its unit, as zhibiao writes units."""

    amount: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Span:
    """First and last day; ``other_ends`` holds further last days that the answer may be meant to have."""

    start: date | None
    end: date | None
    other_ends: tuple[date, ...] = ()


@dataclass(frozen=True)
class Place:
    """An area; ``ambiguous`` where the library says that there are several of the name."""

    name: str | None = None
    code: str | None = None
    ambiguous: bool = False


Answer = Figure | Span | Place
Judge = Callable[[Case, Any], bool]


class Library(Protocol):
    """A library under comparison."""

    name: str
    version: str

    def claim(self, case: Case) -> Judge | None:
        """How to judge the library on a case, None where it does not claim to read such words."""

    def answers(self, case: Case) -> list[Answer]:
        """What the library says; several where it names alternatives, none where it finds nothing."""


def load_cases(folder: Path) -> list[Case]:
    """The cases of all corpora that are there, those on errors left out."""
    cases = []
    for name, part in CORPORA.items():
        path = folder / f"{name}.json"
        if not path.exists():
            print(f"{path} is missing: left out", file=sys.stderr)
            continue
        rows = json.loads(path.read_text(encoding="utf-8"))
        cases += [Case(part, str(row.get("group", "")), row) for row in rows if "text" in row and "error" not in row]
    return cases


def decimal(value: Any) -> Decimal | None:
    """A decimal from whatever a library or a corpus writes for a number."""
    if value is None:
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def clean(text: str) -> str:
    """What every other library is given, because they ask for text free of noise: NFKC, no white space or quotes, one minus."""
    return re.sub(r"[\s“”\"‘’「」『』]", "", unicodedata.normalize("NFKC", text)).replace("−", "-")


# --- Judges -------------------------------------------------------------------------------------------------------------------

_RATIOS = {"%": Decimal("0.01"), "‰": Decimal("0.001")}


def close(one: Decimal | None, other: Decimal | None) -> bool:
    """Whether two numbers are the same but for what a binary float or twelve digits lose."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= max(abs(one), abs(other)) * Decimal("1e-9")


def expected_figure(case: Case) -> Figure:
    """The figure that a case expects; a range has no amount."""
    lower, upper, amount = (decimal(case.expect.get(key)) for key in ("lower", "upper", "amount"))
    return Figure(amount, lower if amount is None else None, upper if amount is None else None, case.expect.get("unit"))


def same_number(case: Case, answer: Figure) -> bool:
    """The amount alone."""
    return close(expected_figure(case).amount, answer.amount)


def same_ratio(case: Case, answer: Figure) -> bool:
    """The amount of a percentage or a fraction, told as either: 25 with the unit %, or 0.25 without one."""
    expected = expected_figure(case)
    if expected.amount is None or answer.amount is None:
        return False
    wanted = expected.amount * _RATIOS.get(expected.unit or "", Decimal(1))
    return close(wanted, answer.amount * _RATIOS.get(answer.unit or "", Decimal(1)))


_THOUSANDTHS = {"kg": "g", "km": "m"}


def same_figure(case: Case, answer: Figure) -> bool:
    """Amount and unit; 5千克 may also be told as 5000 grams."""
    expected = expected_figure(case)
    if expected.unit == answer.unit:
        return close(expected.amount, answer.amount)
    smaller = _THOUSANDTHS.get(expected.unit or "") == answer.unit
    return smaller and expected.amount is not None and close(expected.amount * 1000, answer.amount)


def same_money(case: Case, answer: Figure) -> bool:
    """Amount or range and currency; 六千多万 may be told as the range from 6000万 on, whose lower end is the number named."""
    expected = expected_figure(case)
    if expected.unit != answer.unit:
        return False
    if expected.amount is not None:
        return close(expected.amount, answer.amount if answer.amount is not None else answer.lower)
    return close(expected.lower, answer.lower) and close(expected.upper, answer.upper)


_COUNTED_FROM_NOW = re.compile("近|过去|未来|今后|此后|[内来]$")
_UP_TO_NOW = re.compile("以来|至今|迄今")


def same_span(case: Case, answer: Span) -> bool:
    """First and last day, as far as the case tells them.

    A point (9月末) may be told as a span that begins or ends with it; a span that counts from the publication may be off by a
    day at either end, because libraries differ on whether that day counts; one up to the publication may stay open.
    """
    text = clean(case.text)
    start, end = (date.fromisoformat(day) if day else None for day in (case.expect.get("start"), case.expect.get("end")))
    ends = [day for day in (answer.end, *answer.other_ends) if day]
    if case.expect.get("kind") == "point":
        return end in (answer.start, *ends)
    up_to_now = bool(_UP_TO_NOW.search(text))
    slack = timedelta(days=1 if _COUNTED_FROM_NOW.search(text) and not up_to_now else 0)
    open_end = answer.end is None and up_to_now and end == case.published
    right_start = start is None or (answer.start is not None and abs(answer.start - start) <= slack)
    return right_start and (end is None or open_end or any(abs(day - end) <= slack for day in ends))


def same_place(case: Case, answer: Place) -> bool:
    """The code where both have one, else the name; only the code of a development zone, which is that of the area around it."""
    if case.expect.get("kind") == "ambiguous":
        return answer.ambiguous
    if case.expect.get("code") and answer.code:
        return bool(case.expect["code"] == answer.code)
    return case.expect.get("kind") != "zone" and case.expect.get("name") == answer.name


_ZONE = re.compile("新区|开发|高新|实验|试验|示范|保税|园|合作")


def same_area(case: Case, answer: Place) -> bool:
    """As :func:`same_place`; a development zone may bear a code of its own, as in JioNLP's dictionary, if its city is right."""
    expected = str(case.expect.get("code") or "")
    own_code = case.expect.get("kind") == "zone" and expected.endswith("00") and not expected.endswith("0000")
    if own_code and answer.code and _ZONE.search(answer.name or ""):
        return answer.code[:4] == expected[:4]
    return same_place(case, answer)


def reading(judge: Judge, case: Case, answers: Sequence[Answer]) -> bool:
    """Whether the answers are right: one of the alternatives, or for words that should not be read none that settles."""
    if case.unsupported:
        return all(isinstance(answer, Place) and answer.ambiguous for answer in answers)
    return any(judge(case, answer) for answer in answers)


# --- zhibiao ------------------------------------------------------------------------------------------------------------------


class Zhibiao:
    """The three normalisers of zhibiao, in the shape of the others."""

    name = "zhibiao"

    def __init__(self) -> None:
        from zhibiao.period import Period, parse_period
        from zhibiao.quantity import apply_change, parse_quantity
        from zhibiao.region import resolve_region

        self._period, self._parse_period = Period, parse_period
        self._apply_change, self._parse_quantity = apply_change, parse_quantity
        self._resolve_region = resolve_region

    def answers(self, case: Case) -> list[Answer]:
        """What zhibiao says to a case."""
        answer = {"quantity": self._figure, "period": self._span, "region": self._place}[case.part](case)
        return [] if answer is None else [answer]

    def _figure(self, case: Case) -> Answer | None:
        context = str(case.fields.get("context") or "")
        quantity = self._parse_quantity(case.text, context)
        if attributes := case.fields.get("attributes"):
            quantity = self._apply_change(quantity, attributes, context).quantity
        if quantity.amount is not None:
            return Figure(quantity.amount, unit=quantity.unit)
        if quantity.lower is None and quantity.upper is None:
            return None
        return Figure(None, quantity.lower, quantity.upper, quantity.unit)

    def _span(self, case: Case) -> Answer | None:
        period = self._parse_period(case.text, case.published, self._previous(case))
        return Span(period.start, period.end) if period.start or period.end else None

    def _previous(self, case: Case) -> Any:
        """The governing period, which a corpus may tell by its days or by its words."""
        previous = case.fields.get("previous")
        if not previous:
            return None
        if isinstance(previous, str):
            return self._parse_period(previous, case.published)
        start, end = (previous.get("start"), previous.get("end")) if isinstance(previous, dict) else previous[:2]
        return self._period(date.fromisoformat(start) if start else None, date.fromisoformat(end) if end else None)

    def _place(self, case: Case) -> Answer | None:
        region = self._region(case)
        if region is None or getattr(region, "kind", None) == "":
            return None
        if getattr(region, "kind", None) == "ambiguous":
            return Place(ambiguous=True)
        return Place(region.name, region.code)

    def _region(self, case: Case) -> Any:
        """Today's resolver takes ``within`` and ``on``, the one of version 0.1 only a context."""
        within, on = case.fields.get("within") or [], case.fields.get("on")
        try:
            return self._resolve_region(case.text, within=within, on=date.fromisoformat(on) if on else None)
        except TypeError:
            return self._resolve_region(case.text, within)


# --- JioNLP -------------------------------------------------------------------------------------------------------------------

_JIO_CURRENCIES = {
    **dict.fromkeys(("元", "人民币", "块", "块钱", "圆"), "CNY"),
    **dict.fromkeys(("美元", "美金"), "USD"),
    **dict.fromkeys(("港元", "港币"), "HKD"),
    **dict.fromkeys(("日元", "日币"), "JPY"),
    **dict.fromkeys(("韩元", "韩币"), "KRW"),
    **dict.fromkeys(("新台币", "台币"), "TWD"),
    **dict.fromkeys(("澳元", "澳大利亚元"), "AUD"),
    **{"欧元": "EUR", "英镑": "GBP", "澳门元": "MOP", "加元": "CAD", "新加坡元": "SGD", "新西兰元": "NZD"},
    **{"卢布": "RUB", "泰铢": "THB"},
}
_JIO_CURRENCY = re.compile("|".join(sorted(_JIO_CURRENCIES, key=len, reverse=True)))
# Its list of things to do names 合计/共, unit prices and the signs of currencies; 三十五块八 it rules out as unclear; it reads
# no decimals in Chinese characters, nothing figure by figure (一三五〇), and a minus is nowhere told of.
_JIO_NO_MONEY = re.compile(
    r"[¥￥$€£]|合计|共|每|/|[A-Za-z]|^[-负]|[块元角毛][\d一二两三四五六七八九]$|[点·]|[〇零○一二三四五六七八九]{3}"
)
_TRADITIONAL = re.compile("[萬億點貳參陸兩數圓幣幾錢餘約過]")
# The words that its patterns let stand before and behind the number, and what a number and a range are made of.
_JIO_MONEY_WORDS = re.compile(
    "将近|近|只有|仅|大约|约莫|约合|约|大概|至少要?|不到|不足|不超过|逾|高于|大于|多于|高达|达到|达|^上|超过|超|低于|小于|少于"
    r"|以上|以下|左右|上下|圆整|[\d零〇一二两三四五六七八九十百千万亿兆壹贰叁肆伍陆柒捌玖拾佰仟]|[,.]|至|到|[-—~]|[多余几数]|[角毛分]"
)
# What its list of things to do names (财年, 年内, 近期, 年前, spans with 和) and what its documentation does not tell of:
# plans, brokers' shorthand, events, the official length of holidays, words for now but 现在, words that look at the text
# before. It takes 除夕 for that of the lunar year.
_JIO_NO_TIME = re.compile(
    "财年|财政年度|年内|近期|^年前|[和、]|[一二三四五六七八九]五(?:规划|时期|期间|[期末年初以开收第]|$)|[A-Za-z]"
    "|改革开放|成立以来|大以来|世贸|入世|建国|假期|期间|黄金周|长假|除夕|目前|当前|如今|迄今"
    "|同期|同[年月季日比]|[当次该][年月日季天周]|上年|上1年|期[初末]|今明|环比"
)
_NAMED_YEAR = re.compile(
    r"[\d〇零○一二三四五六七八九]{2}年|[今去前明后本]年|世纪|年代|[上下本这]+一?个?(?:周|月|季|星期)|[昨今明前后][天日]"
)
_DAY_ALONE = re.compile(r"[\d一二三四五六七八九十]+[日号]")
# Words for a place that only the text around explains, nicknames aside (see named).
_ANAPHOR = re.compile(
    "(?:[全该我本此各]|这个|上述|整个)(?:省|市|区|县|州|旗|盟|自治|新区|园|高新|开发|地)|[省市区县州境]内$|^[当本]地|境内|园区$"
)


def named(case: Case) -> bool:
    """Whether the text spells the area out, at least by the first two characters of its name: 沪 does not name 上海市."""
    return str(case.expect.get("name") or "??")[:2] in clean(case.text)


def plain_figure(case: Case) -> bool:
    """Whether the words alone tell the number: no attribute turns its sign or makes a change of a multiple."""
    attributes = case.fields.get("attributes") or []
    signed = any(str(attribute).endswith("-") for attribute in attributes)
    return not signed and not (attributes and re.search("倍|番|持平|相当", case.text))


def own_year(case: Case) -> int | None:
    """The year that the words name in full."""
    figures = str.maketrans("〇零○一二三四五六七八九", "000123456789")
    found = re.search(r"(?:1[89]|20|21)\d\d", clean(case.text).translate(figures))
    return int(found[0]) if found else None


def several_days_off(case: Case) -> bool:
    """Whether a holiday means the days off: other libraries know the day of the feast alone."""
    return case.group == "holiday" and case.expect.get("start") != case.expect.get("end")


def tells_time_alone(case: Case) -> bool:
    """Whether the words can be read without the text before them, which no other library takes."""
    return bool(own_year(case) or (case.published and not case.fields.get("previous")))


def in_base_year(case: Case) -> bool:
    """Whether words without a year mean that of the publication (and a day alone its month), as JioNLP fills them in."""
    start, published, text = case.expect.get("start"), case.published, clean(case.text)
    if not start or not published or own_year(case) or _NAMED_YEAR.search(text):
        return True
    told = 7 if _DAY_ALONE.match(text) else 4
    return str(start)[:told] == published.isoformat()[:told]


class JioNLP:
    """JioNLP: parse_money, parse_time and parse_location."""

    name = "JioNLP"

    def __init__(self) -> None:
        import jionlp
        from jionlp.dictionary.dictionary_loader import china_location_change_loader, china_location_loader

        self.version = str(jionlp.__version__)
        self._jio = jionlp
        self._codes = dict(self._read_codes(china_location_loader(detail=False)))
        self._zones = {names[-1] for names in self._codes if _ZONE.search(names[-1] or "")}
        self._old_names = {entry["old_loc"][2][0] for entry in china_location_change_loader()} - {None}

    @staticmethod
    def _read_codes(provinces: dict[str, Any]) -> Iterator[tuple[tuple[str | None, ...], str]]:
        """The codes of its dictionary by province, city and county; those of counties also without the city."""
        for province, cities in provinces.items():
            if province.startswith("_"):
                continue
            yield (province, None, None), cities["_admin_code"]
            for city, counties in cities.items():
                if city.startswith("_"):
                    continue
                yield (province, city, None), cities["_admin_code"] if city == province else counties["_admin_code"]
                for county, entry in counties.items():
                    if not county.startswith("_"):
                        yield (province, city, county), entry["_admin_code"]
                        yield (province, None, county), entry["_admin_code"]

    def claim(self, case: Case) -> Judge | None:
        """Money, times that need no text before them, and the divisions of China."""
        return {"quantity": self._claim_money, "period": self._claim_time, "region": self._claim_place}[case.part](case)

    @staticmethod
    def _claim_money(case: Case) -> Judge | None:
        # parse_money reads amounts and ranges in the currencies and with the words of its lists; it raises on what is none.
        text = clean(case.text)
        units = {_JIO_CURRENCIES[found[0]] for found in _JIO_CURRENCY.finditer(text)}
        if not units or _JIO_NO_MONEY.search(text) or _TRADITIONAL.search(text) or not plain_figure(case):
            return None
        known_words = not _JIO_MONEY_WORDS.sub("", _JIO_CURRENCY.sub("", text))
        return same_money if case.unsupported or (known_words and case.expect.get("unit") in units) else None

    @staticmethod
    def _claim_time(case: Case) -> Judge | None:
        # parse_time reads times, spans and festivals against a base, which gives the year where the words name none.
        if not tells_time_alone(case) or several_days_off(case) or not in_base_year(case):
            return None
        return None if _JIO_NO_TIME.search(clean(case.text)) else same_span

    def _claim_place(self, case: Case) -> Judge | None:
        # parse_location reads the divisions of China and the old names of its list; ambiguous names have no province.
        kind, text = case.expect.get("kind"), clean(case.text)
        if _ANAPHOR.search(text) or kind in ("country", "group", "world"):
            return None
        if case.group == "history":  # it takes no date
            return same_place if case.expect.get("name") in self._old_names else None
        if kind == "zone":  # the division that the zone is named after, or the zone where its dictionary has it
            code = case.expect.get("code")
            places = {[name for name in names if name][-1][:2] for names, own in self._codes.items() if own == code}
            return same_area if text in self._zones or any(place in text for place in places) else None
        return same_area if case.unsupported or kind == "ambiguous" or named(case) else None

    def answers(self, case: Case) -> list[Answer]:
        """What JioNLP says to a case."""
        return {"quantity": self._money, "period": self._time, "region": self._place}[case.part](case)

    def _money(self, case: Case) -> list[Answer]:
        found = self._jio.parse_money(clean(case.text))
        number, unit = found["num"], _JIO_CURRENCIES.get(found["case"], found["case"])
        if isinstance(number, str):
            return [Figure(decimal(number), unit=unit)]
        return [Figure(None, decimal(number[0]), decimal(number[1]), unit)]

    def _time(self, case: Case) -> list[Answer]:
        base = case.published or date(own_year(case) or 2000, 1, 1)
        # It finds the 3月 in 13月, unless told to be strict; that is no reading of words that should not be read.
        noon = f"{base.isoformat()} 12:00:00"
        found = self._jio.parse_time(clean(case.text), time_base=noon, strict=case.unsupported)
        if found["type"] not in ("time_point", "time_span"):  # a length of time or a repetition
            return []
        start, end = (None if "inf" in day else date.fromisoformat(day[:10]) for day in found["time"])
        return [Span(start, end)]

    def _place(self, case: Case) -> list[Answer]:
        plain = self._locate(clean(case.text), case)
        if plain is None or plain.ambiguous:  # then the names before may tell which
            for outer in case.fields.get("within") or []:
                inner = self._locate(outer + clean(case.text), case, whole=True)
                if inner and not inner.ambiguous:
                    return [inner]
        return [plain] if plain else []

    def _locate(self, text: str, case: Case, *, whole: bool = False) -> Place | None:
        found = self._jio.parse_location(text, change2new=case.group != "history")
        province, city, county = found["province"], found["city"], found["county"]
        if not (province or city or county) or (whole and found["detail"]):
            return None
        if province is None:
            return Place(county or city, ambiguous=True)
        name = county or (city if city and not city.startswith(province[:2]) else None) or province
        return Place(name, self._codes.get((province, city, county)) if case.group != "history" else None)


# --- Recognizers-Text ---------------------------------------------------------------------------------------------------------

# Its names of units, with the factor that leads to ours.
_RECOGNIZERS_UNITS = {
    "Meter": "m", "Kilometer": "km", "Centimeter": "cm", "Micrometer": "mm", "Microns": "um", "Nanometer": "nm",
    "Mile": "[mi_i]", "Knot": "[nmi_i]", "Square meter": "m2", "Square kilometer": "km2", "Hectare": "har", "Mu": "亩",
    "Liter": "L", "Milliliter": "mL", "Cubic meter": "m3", "Kilogram": "kg", "Milligram": "mg", "Gram": "g", "Ton": "t",
    "Barrel": "桶", "C": "Cel",
}  # fmt: skip
_RECOGNIZERS_FACTORS = {
    "Jin": (Decimal("0.5"), "kg"), "Jiao": (Decimal("0.1"), "CNY"), "Fen": (Decimal("0.01"), "CNY"),
}  # fmt: skip
_NUMERAL = re.compile(r"[\d零〇一二两三四五六七八九十百千万亿半]")
# Words for a number that its lists do not hold: doubling, bounds inside a number, a half behind its unit, figure by figure,
# 七块二.
_RECOGNIZERS_NO_NUMBER = re.compile(
    "翻|持平|相当|增长$|[首榜冠]|头[号名]|半壁|过半|大半|倍增|位数|基点|bp|兆|‰|[廿卅]|[多余来许级]|.半.|[^一成]半$|·"
    r"|[〇零○一二三四五六七八九]{3}|[块元角毛][\d一二两三四五六七八九]$",
    re.IGNORECASE,
)
# What its expressions for dates do not hold: 一季度 without 第 and quarters around this one, months joined by one 月 (1—9月),
# 前 for the first months, 首 and 头, 元月, ten days, ends and beginnings, 以来, 截至, weeks as 星期, N years to come as 内.
_RECOGNIZERS_NO_DATE = re.compile(
    r"(?<!第)[1-4一二三四]季|前.{1,3}季|[本这上下]个?季|[\d一二三四五六七八九十](?:至|到|[-—–~])[\d一二三四五六七八九十]+月"
    "|前.{1,3}月|[首头]|元月|旬|[年月期度]?[末底初终中]|以来|起$|至今|截[至止]|前$|现在|起至|[前后]期|全年|季度?[至~—-]"
    "|星期[^一二三四五六日天]?$|[内来]$"
)


class Recognizers:
    """Recognizers-Text, Chinese culture: number, percentage, ordinal, currency, dimension, temperature and date-time.

    Its models find entities in a text; the longest counts. The Python packages know no number ranges in Chinese.
    """

    name = "Recognizers"

    def __init__(self) -> None:
        import recognizers_date_time
        import recognizers_number
        import recognizers_number_with_unit
        from recognizers_number_with_unit.resources.chinese_numeric_with_unit import ChineseNumericWithUnit

        self.version = version("recognizers-text-suite")
        self._numbers, self._units, self._dates = recognizers_number, recognizers_number_with_unit, recognizers_date_time
        self._lists = ChineseNumericWithUnit

    def claim(self, case: Case) -> Judge | None:
        """Numbers with and without a unit, dates and date ranges; no places."""
        claims = {"quantity": self._claim_figure, "period": self._claim_date}
        return claims[case.part](case) if case.part in claims else None

    def _claim_figure(self, case: Case) -> Judge | None:
        text = clean(case.text).lower()
        if _TRADITIONAL.search(text):
            return None
        if case.unsupported:
            # A finder of numbers rightly finds those that a text holds; it should find none where there are none.
            return None if _NUMERAL.search(text) else same_number
        no_point = case.expect.get("amount") is None  # number ranges came to other languages only
        if no_point or not plain_figure(case) or not _NUMERAL.search(text) or _RECOGNIZERS_NO_NUMBER.search(text):
            return None
        return self._judge(case, text)

    def _judge(self, case: Case, text: str) -> Judge | None:
        """Amount and unit where a model knows the unit, else the number alone, which the number model finds before any word."""
        model, unit = self._model(case), str(case.expect.get("unit") or "")
        if model == "ordinal":
            return same_number if "第" in text else None
        if model == "percentage":
            return same_ratio if unit != "pp" else same_number
        if model in ("currency", "dimension", "temperature"):
            return same_figure
        # Another unit of money or measure is not in its lists, and its words (千瓦) may be read as part of the number or
        # need a factor (斤, 角).
        unlisted = re.match("[A-Za-z]", unit) and ("/" not in unit or re.search("斤|[角毛分]", text))
        return None if unlisted else same_number

    def _model(self, case: Case) -> str:
        """The model to ask, by the unit of the case."""
        unit, text = str(case.expect.get("unit") or ""), clean(case.text).lower()
        if unit == "rank":
            return "ordinal"
        if unit in ("%", "‰", "pp"):
            return "percentage"
        if unit == "Cel":
            return "temperature"
        if unit in self._known(self._lists.CurrencySuffixList, text) | self._known(self._lists.CurrencyPrefixList, text):
            return "currency"
        return "dimension" if unit in self._known(self._lists.DimensionSuffixList, text) else "number"

    def _known(self, words: dict[str, str], text: str) -> set[str]:
        """The units of a list whose words stand in a text."""
        return {self._unit(name) for name, forms in words.items() if any(form.lower() in text for form in forms.split("|"))}

    def _unit(self, name: str) -> str:
        if name in _RECOGNIZERS_FACTORS:
            return _RECOGNIZERS_FACTORS[name][1]
        return str(_RECOGNIZERS_UNITS.get(name) or self._lists.CurrencyNameToIsoCodeMap.get(name, name))

    @staticmethod
    def _claim_date(case: Case) -> Judge | None:
        # Dates, months, quarters, half years, weeks, years, ranges of them, N years back or ahead, and feasts; else as JioNLP.
        text = clean(case.text)
        if not tells_time_alone(case) or several_days_off(case) or _TRADITIONAL.search(text):
            return None
        return None if _JIO_NO_TIME.search(text) or _RECOGNIZERS_NO_DATE.search(text) else same_span

    def answers(self, case: Case) -> list[Answer]:
        """What Recognizers-Text says to a case."""
        return list(self._span(case) if case.part == "period" else self._figure(case))

    def _figure(self, case: Case) -> Iterable[Answer]:
        asked = self._model(case)
        models = {
            "number": [self._numbers.recognize_number],
            "ordinal": [self._numbers.recognize_ordinal],
            "percentage": [self._numbers.recognize_percentage, self._numbers.recognize_number],  # a fraction is a number
            "currency": [self._units.recognize_currency],
            "dimension": [self._units.recognize_dimension],
            "temperature": [self._units.recognize_temperature],
        }
        for recognise in models[asked]:
            found = recognise(clean(case.text), "zh-cn")
            told = [entity for entity in found if entity.resolution and entity.resolution.get("value") is not None]
            if told:
                return [self._read(max(told, key=lambda entity: len(entity.text)).resolution)]
        return []

    def _read(self, resolution: dict[str, str]) -> Figure:
        value, unit = resolution["value"], resolution.get("unit")
        if value.endswith("%"):
            return Figure(decimal(value[:-1]), unit="%")
        factor, code = _RECOGNIZERS_FACTORS.get(unit or "", (Decimal(1), self._unit(unit) if unit else None))
        number = decimal(value)
        return Figure(None if number is None else number * factor, unit=code)

    def _span(self, case: Case) -> Iterable[Answer]:
        base = case.published or date(own_year(case) or 2000, 1, 1)
        text = clean(case.text)
        found = self._dates.recognize_datetime(text, "zh-cn", reference=datetime(base.year, base.month, base.day))
        # It finds the 3月 in 13月 as well.
        least = len(text) if case.unsupported else 1
        entities = [entity for entity in found if entity.resolution and len(entity.text) >= least]
        if not entities:
            return
        for value in max(entities, key=lambda entity: len(entity.text)).resolution["values"]:
            if span := self._read_span(value):
                yield span

    @staticmethod
    def _read_span(value: dict[str, str]) -> Span | None:
        """One of the alternatives (9月 of this year or of the next).

        The end of a range is the day after it; between two days, months or years told it is the one told last.
        """
        told = {}
        for key in ("start", "end", "value"):
            with contextlib.suppress(ValueError, KeyError):
                told[key] = date.fromisoformat(value[key])
        if value["type"] not in ("date", "daterange") or not told:
            return None
        if "value" in told:
            return Span(told["value"], told["value"])
        start, end = told.get("start"), told.get("end")
        if end is None or end == date.min:
            return Span(start, None)
        month = end.replace(day=monthrange(end.year, end.month)[1])
        return Span(start, end - timedelta(days=1), (end, month, date(end.year, 12, 31)))


# --- cn2an --------------------------------------------------------------------------------------------------------------------

_CN2AN_NUMERAL = "零〇一壹幺二贰两三叁四肆五伍六陆七柒八捌九玖十拾百佰千仟万萬亿億"
_CN2AN_NUMBER = re.compile(rf"[-负]?(?:[{_CN2AN_NUMERAL}\d]+(?:[点.][{_CN2AN_NUMERAL}\d]+)?[{_CN2AN_NUMERAL}]*)")
_CN2AN_SENTENCE = re.compile(
    rf"(?:[{_CN2AN_NUMERAL}]+分之[{_CN2AN_NUMERAL}]+(?:点[{_CN2AN_NUMERAL}]+)?|[负{_CN2AN_NUMERAL}点]+摄氏度)"
)


class Cn2An:
    """cn2an: a numeral alone (smart mode), and fractions, percentages and degrees in Chinese characters (transform)."""

    name = "cn2an"

    def __init__(self) -> None:
        import cn2an

        self.version = str(cn2an.__version__)
        self._number, self._transform = cn2an.cn2an, cn2an.transform

    def claim(self, case: Case) -> Judge | None:
        """Words that are nothing but a numeral up to 10^16, a fraction, a percentage or degrees; ranges are none of these."""
        text = clean(case.text)
        if case.part != "quantity" or not plain_figure(case) or re.search("[廿卅]", text):
            return None
        told = case.unsupported or case.expect.get("amount") is not None
        if not told or abs(decimal(case.expect.get("amount")) or Decimal(0)) > Decimal(10) ** 16:
            return None
        if _CN2AN_NUMBER.fullmatch(text):
            return same_number
        return same_ratio if _CN2AN_SENTENCE.fullmatch(text) else None

    def answers(self, case: Case) -> list[Answer]:
        """What cn2an says to a case."""
        text = clean(case.text)
        if _CN2AN_NUMBER.fullmatch(text):
            return [Figure(decimal(self._number(text, "smart")))]
        found = self._transform(text)
        if ratio := re.fullmatch(r"([\d.]+)/([\d.]+)", found):
            below = Decimal(ratio[2])
            return [Figure(Decimal(ratio[1]) / below if below else None)]
        number = decimal(re.sub("[%℃]$", "", found))
        return [] if number is None else [Figure(number, unit="%" if found.endswith("%") else None)]


# --- cpca ---------------------------------------------------------------------------------------------------------------------


class Cpca:
    """cpca: province, city and county of an address, by today's divisions as of its release in 2020."""

    name = "cpca"

    def __init__(self) -> None:
        import cpca

        self.version = str(cpca.__version__)
        self._transform = cpca.transform
        self._names = {str(entry.adcode): str(entry.name) for entry in cpca.ad_2_addr_dict.values()}

    def claim(self, case: Case) -> Judge | None:
        """Names in full or less 省, 市, 自治区, 特别行政区 (区 and 县 must stand, says its code); no history, no ambiguity."""
        text, kind = clean(case.text), case.expect.get("kind")
        unclaimed = case.group == "history" or kind in ("country", "group", "world", "ambiguous")
        if case.part != "region" or unclaimed or _ANAPHOR.search(text):
            return None
        name = self._names.get(str(case.expect.get("code")), "??") if kind == "zone" else str(case.expect.get("name"))
        short = re.sub("(?:[省市]|特别行政区|(?:壮族|回族|维吾尔)?自治区)$", "", name)
        return same_place if case.unsupported or short in text else None

    def answers(self, case: Case) -> list[Answer]:
        """What cpca says to a case; a county is looked for in the areas named before, as its umap would."""
        plain = self._locate(clean(case.text))
        if plain and plain.code and not plain.code.endswith("00"):
            for outer in case.fields.get("within") or []:
                inner = self._locate(outer + clean(case.text), whole=True)
                if inner and inner.code and not inner.code.endswith("00"):
                    return [inner]
        return [plain] if plain else []

    def _locate(self, text: str, *, whole: bool = False) -> Place | None:
        row = self._transform([text]).iloc[0]
        code = row["adcode"]
        if not isinstance(code, str) or (whole and row["地址"]):
            return None
        names = [row[level] for level in ("区", "市", "省") if isinstance(row[level], str)]
        return Place(names[0] if names else None, code)


# --- The comparison -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """What a library and zhibiao said to a case."""

    library: str
    part: str
    group: str
    case: dict[str, Any]
    theirs: list[str]
    right: bool
    zhibiao: list[str]
    zhibiao_right: bool


@dataclass
class Tally:
    """Counts of a row of the table."""

    claimed: int = 0
    right: int = 0
    zhibiao: int = 0
    groups: dict[str, Tally] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        """Count a result."""
        self.claimed += 1
        self.right += result.right
        self.zhibiao += result.zhibiao_right


@contextlib.contextmanager
def guard(seconds: float) -> Iterator[None]:
    """Stop what takes too long, and let nothing be printed or warned."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def ask(answers: Callable[[Case], list[Answer]], case: Case) -> tuple[list[Answer], list[str]]:
    """The answers to a case, and the same as text; an error or five seconds are no answer."""
    begun = time.monotonic()
    try:
        with guard(SECONDS):
            found = answers(case)
    except Exception as error:
        return [], [f"{type(error).__name__}: {str(error)[:80]}"]
    if time.monotonic() - begun > SECONDS:  # the library caught the alarm
        return [], ["TimeoutError"]
    return found, [show(answer) for answer in found]


def show(answer: Answer) -> str:
    """An answer in a few words."""
    if isinstance(answer, Figure):
        number = f"{answer.amount:f}" if answer.amount is not None else f"{answer.lower}…{answer.upper}"
        return f"{number} {answer.unit or ''}".strip()
    if isinstance(answer, Span):
        return f"{answer.start or ''}…{answer.end or ''}"
    return f"{answer.name or ''} {'ambiguous' if answer.ambiguous else answer.code or ''}".strip()


def compare(library: Library, zhibiao: Zhibiao, cases: Iterable[Case]) -> Iterator[Result]:
    """Ask a library and zhibiao all that the library claims."""
    for case in cases:
        judge = library.claim(case)
        if judge is None:
            continue
        theirs, told = ask(library.answers, case)
        ours, said = ask(zhibiao.answers, case)
        right, zhibiao_right = (reading(judge, case, answers) for answers in (theirs, ours))
        yield Result(f"{library.name} {library.version}", case.part, case.group, case.fields, told, right, said, zhibiao_right)


def load_libraries(names: Sequence[str]) -> list[Library]:
    """The libraries that are installed, of those asked for."""
    makers: dict[str, Callable[[], Library]] = {"JioNLP": JioNLP, "Recognizers": Recognizers, "cn2an": Cn2An, "cpca": Cpca}
    libraries = []
    for name in names or makers:
        try:
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                libraries.append(makers[name]())
        except ImportError as error:
            print(f"{name} cannot be imported and is left out: {error}", file=sys.stderr)
    return libraries


def tables(results: Iterable[Result]) -> dict[tuple[str, str], Tally]:
    """The counts by library and part, with those by group inside."""
    rows: dict[tuple[str, str], Tally] = {}
    for result in results:
        row = rows.setdefault((result.library, result.part), Tally())
        row.add(result)
        row.groups.setdefault(result.group, Tally()).add(result)
    return rows


def print_table(rows: dict[tuple[str, str], Tally], *, groups: bool) -> None:
    """Print the counts, with a line for each group if asked for."""
    print(f"{'library':<24}{'part':<10}{'group':<28}{'claimed':>8}{'right':>7}{'zhibiao':>9}")
    for (library, part), row in sorted(rows.items(), key=lambda item: (item[0][0], PARTS.index(item[0][1]))):
        lines = [("all", row), *(sorted(row.groups.items()) if groups else [])]
        for group, tally in lines:
            print(f"{library:<24}{part:<10}{group:<28}{tally.claimed:>8}{tally.right:>7}{tally.zhibiao:>9}")


def print_misses(results: Iterable[Result], library: str) -> None:
    """Print the cases that a library reads and zhibiao does not."""
    for result in results:
        if result.library.startswith(library) and result.right and not result.zhibiao_right:
            case = {key: value for key, value in result.case.items() if key != "group"}
            theirs, ours = " | ".join(result.theirs) or "—", " | ".join(result.zhibiao) or "—"
            print(f"[{result.group}] {json.dumps(case, ensure_ascii=False)}")
            print(f"    {result.library}: {theirs}\n    zhibiao: {ours}")


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    corpora = Path(__file__).resolve().parents[2] / "tests" / "spec"
    parser.add_argument("--corpora", type=Path, default=corpora, help="folder with the specification corpora")
    parser.add_argument("--library", action="append", default=[], choices=["JioNLP", "Recognizers", "cn2an", "cpca"])
    parser.add_argument("--no-groups", action="store_true", help="print no lines by group")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write every result to this file")
    parser.add_argument("--misses", metavar="LIB", help="list the cases that this library reads and zhibiao does not")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print the table and write what is asked for."""
    options = parse_arguments(arguments)
    logging.disable(logging.CRITICAL)
    cases, zhibiao = load_cases(options.corpora), Zhibiao()
    results = [result for library in load_libraries(options.library) for result in compare(library, zhibiao, cases)]
    print_table(tables(results), groups=not options.no_groups)
    if options.json:
        rows = [asdict(result) for result in results]
        options.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if options.misses:
        print_misses(results, options.misses)
    return 0


if __name__ == "__main__":
    sys.exit(main())
