"""Words into numbers.

:func:`parse_quantity` reads the words of a VALUE (``近8000万元``, ``3%至5%``, ``两成``), :func:`apply_change` adds what its
attributes say: the sign, the basis and that a change told in 倍 is one in per cent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal, localcontext
from functools import lru_cache
from typing import NamedTuple

from zhibiao.errors import InputError
from zhibiao.numeral import FIGURES, Numeral, scan_numeral, whole_numeral
from zhibiao.unit import CURRENCIES, UNITS, read_unit

__all__ = ["Change", "Quantity", "apply_change", "parse_quantity"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a VALUE says, in base units.

    Attributes:
        amount: The number (1254亿元 is 125400000000); None for a range, or where the words give none (两位数).
        lower, upper: The ends of a range or of a one-sided bound, else None.
        unit: ISO 4217 for money, ``%``, ``‰``, ``pp`` (percentage points), ``times``, ``rank``, a UCUM code for a physical unit
            or the counted unit as it stands (家, 人次); two of them for a rate (``CNY/股``); None where there is none.
        bound: ``exact``, ``approx``, ``at_least``, ``more_than``, ``at_most``, ``less_than`` or ``range``.
    """

    amount: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    unit: str | None = None
    bound: str = "exact"


class Change(NamedTuple):
    """What a VALUE says once its attributes are taken in.

    Attributes:
        quantity: The quantity with its sign.
        kind: ``change``, ``rank``, or ``""`` where the attributes do not decide (a level or a share).
        basis: ``yoy``, ``mom`` or ``other`` for a change, else None.
    """

    quantity: Quantity
    kind: str
    basis: str | None


# A VALUE is a few characters long; what is longer was no VALUE, and a limit keeps hostile input cheap.
_LONGEST = 200
_LARGEST = Decimal("1e30")
# Exact for every number the limits let through; the caller's own decimal context does not matter.
_EXACT = Context(prec=2 * _LONGEST)
# 三分之一 has no exact decimal.
_ROUNDED = Context(prec=12)

_BETWEEN = re.compile(r"[\-—–―‒~∼〜至到]+?(?=第?[+\-−负]?[^\-—–―‒~∼〜至到])")

# Longest first, because one word begins another (不超过, 超过, 超).
_LEADS = {
    "at_most": "不超过 未超过 不超 未超 不高于 不多于 不大于 至多 最多 最高 最长 最大 ≤",
    "at_least": "不低于 不少于 不小于 至少 起码 最少 最低 高达 上 ≥",
    "more_than": "超过 超出 略超 逾 突破 超 过 高于 略高于 大于 多于 高出 破 >",
    "less_than": "不足 不到 低于 略低于 小于 少于 未达 未满 不满 < 不及",
    "approx": "大约 大概 大致 约为 约合 约 将近 接近 逼近 近 基本 几乎 ~ ≈ 略",
    "": "尚 已 已经 仍 还 均 各 人民币 合计 总计 累计 共计 共 达到 达"
    " 仅 只 超额 全球 世界 全国 亚洲 国内 位列 位居 排名 居 列 rmb cny 为",
}
_LEAD_BOUNDS = {word: bound for bound, words in _LEADS.items() for word in words.split()}
_LEAD = re.compile("|".join(map(re.escape, sorted(_LEAD_BOUNDS, key=len, reverse=True))), re.IGNORECASE)
_TAILS = {
    "at_least": "及以上 或以上 以上 之上 起",
    # 以上, 以下 and 以内 include the number itself (Civil Code, article 1259).
    "at_most": "及以下 或以下 以下 之下 以内 之内 内",
    "approx": "左右 上下 前后 多一点 一点 有余 出头 余 多 许 级",
}
_TAIL_BOUNDS = {word: bound for bound, words in _TAILS.items() for word in words.split()}
_TAIL = re.compile("(?:" + "|".join(sorted(_TAIL_BOUNDS, key=len, reverse=True)) + ")$")
_INNER = re.compile(r"多一点|[多余来许](?=.)")
# What the words before the VALUE say of it; 了, 到 and 有 may stand in between.
_CONTEXT = re.compile(
    r"(?P<at_most>(?:不|未)(?:能|得|会|应)?超过?|不(?:得|能|应)?(?:高|多)于|至多|最多)|(?P<at_least>不(?:得|能|应)?(?:低|少)于|至少|站上|跨过|跨上|迈上|高达)"
    r"|(?P<more_than>超过|突破|超出|冲破|逾|超)|(?P<less_than>不足|不到|低于|少于|未达到?|跌破|降破)"
    r"|(?P<approx>大约|(?<![签节合履契预制违相公条邀])约|接近|将近|逼近|(?<![附最临新亲邻])近)"
)
_CONTEXT_END = re.compile(r"[了到有为至达]{1,2}$")

_NOTHING = re.compile(r"(?:[与同和].{1,12})?(?:基本|大致|大体)?(?:持平|相当|打平)(?:略[增降])?|零增长|无增长|零")
_HALF = re.compile(r"(?:一半|半数|半壁江山|(?P<more>大)半|半)(?P<tail>多|左右|以上|以下|以内|及以上)?")
_HALF_UNIT = re.compile(r"半(?P<unit>(?:年|个?月|天|日|个?小时|倍|成|斤|公斤|吨|公里|亩|个?百分点|个世纪)多?.*)")
# 一年半, 三个半月, 两成半: the half before the unit, as in all other quantities.
_AND_HALF = re.compile(
    r"(?<![0-9.十百千万亿])(?P<count>[0-9]+|[一二三四五六七八九两])(?:(?P<unit>年|天|吨|斤|公斤|倍|成|里|公里|亩|小时)半(?![年月天])"
    r"|个半(?P<counted>月|小时|百分点|世纪|学期|钟头))"
)
_DOUBLING = re.compile(r"(?:翻了?(?P<count>[一二两三四五]|[0-9])?(?P<how>番|倍)|倍增)(?P<tail>多|以上|左右)?")
_PLACES = re.compile(r"(?P<count>[一两二三四五六双])位数(?P<tail>及?以上|左右)?(?:的?增长|的?增速|的?增幅)?")
_RANK = re.compile(
    r"(?P<where>[^0-9]*?)(?:(?:第|no\.?)(?P<place>[0-9]+|[零一二三四五六七八九十百两]+)(?:位|名|大|高|强|多|家|个|把交椅)?"
    r"|(?P<first>首位|榜首|头号|冠军|头名|魁首|首))(?P<inside>以内|之内|以上|以前)?",
    re.IGNORECASE,
)
_RANKS = re.compile(
    r"第(?P<low>[0-9]+|[一二三四五六七八九十百]+)位?[\-—–~至到]+第?(?P<high>[0-9]+|[一二三四五六七八九十百]+)[位名]"
)
_FRONT = re.compile(r"(?:前|top)(?P<many>[0-9]+|[一二三四五六七八九十百两]+)(?:位|名|强|大|列|甲|家)?", re.IGNORECASE)
_FROM_BELOW = re.compile("倒数|末位|第.+(?:梯队|方阵|集团)")
_WHOLE_COINS = re.compile(
    r"(?:(?P<whole>[^块元圆]+)[块元圆])?零?(?:(?P<tenths>[0-9]|[零一二两三四五六七八九壹贰叁肆伍陆柒捌玖])(?P<dime>[毛角])?)?"
    r"零?(?:(?P<cents>[0-9]|[零一二两三四五六七八九壹贰叁肆伍陆柒捌玖])(?P<cent>分)?)?(?:钱|整)?"
)
_CLOCK = re.compile(
    r"(?:(?P<h>[0-9]+)小时)?(?P<m>[0-9]+)分钟?(?P<s>[0-9]+(?:\.[0-9]+)?)秒|(?P<h2>[0-9]+)小时(?:(?P<m2>[0-9]+)分钟?|(?P<s2>[0-9]+)秒)"
)
_EACH = re.compile(r"(?:平均)?每(?=.*[0-9一二三四五六七八九十百千万亿两])")
_EACH_OF = frozenset("股户人亩桶头只辆台件套张箱次床间所个羽株棵") | {"盎司", "平方", "人次", "户次", "车次", "航班", "标箱"}
_FEW = re.compile(
    "^一(?:批|些|系列|大批|大量|部分|揽子)$|若干|[×△□*廿卅]|(?<![〇○零一二三四五六七八九0-9])○○|^[0-9]{1,2}时[0-9]{1,2}分?$|^个?(?:百分点|%|元)$"
)
# 5G, A320, 歼-20: a name with figures in it.
_NAMED = re.compile(r"[^\W\d_]-?$")


def parse_quantity(text: str, context: str = "") -> Quantity:
    """Read the words of a VALUE.

    Args:
        text: The VALUE as it stands in the text; full-width forms and white space inside do no harm.
        context: The words of the clause right before it, read for bounds the VALUE does not hold itself (突破, 不足).

    Returns:
        The quantity in base units. A one-sided bound keeps the number it names as the amount and fills ``lower`` or ``upper``; a
        range fills both. An amount of None with ``bound`` ``exact`` means that the words hold no readable number.

    Raises:
        InputError: If the text is empty or longer than 200 characters, or if a number lies beyond 1e30.
    """
    if len(text) > _LONGEST:
        raise InputError(f"a VALUE of {len(text)} characters is none: at most {_LONGEST} can be read")
    quantity = _read_plain(text) or _read_any(text, context[-12:] if "度" in text else "")
    if quantity.bound == "exact" and quantity.amount is not None and context:
        return _bounded(quantity, _context_bound(context))
    return quantity


# What most VALUEs look like; each part means the same to the full reader, which is some ten times slower.
_WORD = (
    "[^\\x00-\\u4dff\\ua000-\\U0010ffff零一二两三四五六七八九十百千万亿兆萬億几数"
    + "多余来许以及之出大上下左右内外前半至到起级每度第成]"
)
_PLAIN = re.compile(
    r"(?P<lead>近|约|超过?|逾|突破|达到?|不[足到]|至少|不[低少]于|将近|接近)?(?P<number>[-+]?[0-9]{1,15}(?:\.[0-9]{1,9})?)"
    rf"(?P<scale>万亿|[万亿])?(?P<fuzz>[多余])?(?P<unit>%|个?百分点|千瓦时?|平方千米|{_WORD}{{0,5}}(?:/{_WORD}{{1,3}})?|[a-zA-Z]{{2,3}})"
    r"(?P<tail>以上|左右|上下|以[下内])?"
)
_PLAIN_SCALES = {"万": Decimal(10**4), "亿": Decimal(10**8), "万亿": Decimal(10**12)}
_PLAIN_BOUNDS = {word: bound for word, bound in (_LEAD_BOUNDS | _TAIL_BOUNDS).items() if bound}


def _read_plain(text: str) -> Quantity | None:
    """Read the VALUEs that a single expression covers: 近1254.3亿元, 9.8%."""
    found = _PLAIN.fullmatch(text)
    if found is None:
        return None
    lead, number, scale, fuzz, unit, tail = found.groups()
    known = _PLAIN_UNITS[unit]
    if known is None or (tail and (lead or fuzz)) or unit == "起":
        return None
    amount = Decimal(number)
    if scale:
        amount = _EXACT.multiply(amount, _PLAIN_SCALES[scale])
    factor, code = known
    if factor is not None:
        amount = _EXACT.multiply(amount, factor)
    bound = _PLAIN_BOUNDS.get(lead) or _PLAIN_BOUNDS.get(tail) or ("approx" if fuzz else "exact")
    if bound in ("exact", "approx"):
        return Quantity(amount, None, None, code, bound)
    if bound in ("more_than", "at_least"):
        return Quantity(amount, amount, None, code, bound)
    return Quantity(amount, None, amount, code, bound)


class _PlainUnits(dict[str, "tuple[Decimal | None, str | None] | None"]):
    """The units met by :func:`_read_plain`: factor (None for 1) and code, or None for what is no unit."""

    def __missing__(self, unit: str) -> tuple[Decimal | None, str | None] | None:
        read = read_unit(unit)
        known = None if read is None else (None if read[0] == 1 else read[0], read[1])
        if len(self) < _MOST_UNITS:
            self[unit] = known
        return known


_MOST_UNITS = 10_000
_PLAIN_UNITS = _PlainUnits()


@lru_cache(maxsize=1 << 14)
def _read_any(text: str, context: str) -> Quantity:
    """Read any VALUE; the context only tells degrees from kilowatt-hours."""
    words = _tidy(text)
    if not words:
        raise InputError("a VALUE is empty: give the words of the quantity")
    with localcontext(_EXACT):
        quantity = _read(words, context)
    for number in (quantity.amount, quantity.lower, quantity.upper):
        if number is not None and abs(number) > _LARGEST:
            raise InputError(f"{words[:40]!r} is beyond 1e30: no indicator is that large")
    return quantity


def apply_change(quantity: Quantity, attributes: Sequence[str], context: str = "") -> Change:
    """Take in what the attributes of a VALUE say.

    A decrease is negative, and its bounds turn round with the sign: 下降超过5% is less than -5 %. A change told in 倍 is one in
    per cent (增长1.9倍 is +190 %), but 增长到1.9倍 tells the multiple reached, so its change is +90 %. Without a change attribute
    倍 stays ``times``.

    Args:
        quantity: What :func:`parse_quantity` read.
        attributes: The VALUE's attributes (``yoy+``, ``chg-``, ``rank``, ``est`` …).
        context: The words of the clause right before the VALUE.
    """
    for attribute in attributes:
        name = attribute.rstrip("+-")
        if name == "rank":
            counted = quantity.unit in (None, "位", "名", "大", "强")
            return Change(replace(quantity, unit="rank") if counted else quantity, "rank", None)
        if name in ("yoy", "mom", "chg"):
            reached = attribute.endswith("+") and _REACHED.search(_tidy(context[-_LONGEST:])) is not None
            changed = _in_percent(quantity, reached)
            if attribute.endswith("-"):
                changed = _negative(changed)
            return Change(changed, "change", "other" if name == "chg" else name)
    return Change(quantity, "rank" if quantity.unit == "rank" else "", None)


_REACHED = re.compile(r"(?:[增升涨]|扩大|提高|上升|增长|增加|扩张)(?:了)?(?:到|至|为)[^,。;]{0,12}$")


def _in_percent(quantity: Quantity, reached: bool) -> Quantity:
    """A multiple as a change in per cent; every other unit as it is."""
    if quantity.unit != "times":
        return quantity
    base = 1 if reached else 0

    def turn(number: Decimal | None) -> Decimal | None:
        return None if number is None else _EXACT.multiply(number - base, Decimal(100))

    return replace(quantity, amount=turn(quantity.amount), lower=turn(quantity.lower), upper=turn(quantity.upper), unit="%")


_TURNED = {"more_than": "less_than", "less_than": "more_than", "at_least": "at_most", "at_most": "at_least"}


def _negative(quantity: Quantity) -> Quantity:
    """The quantity below zero. What is told as negative already (-57%) stays as it is."""
    known = [n for n in (quantity.amount, quantity.lower, quantity.upper) if n is not None]
    if not known or any(number < 0 for number in known):
        return quantity

    def turn(number: Decimal | None) -> Decimal | None:
        return None if number is None else -number if number else number

    return Quantity(
        turn(quantity.amount),
        turn(quantity.upper),
        turn(quantity.lower),
        quantity.unit,
        _TURNED.get(quantity.bound, quantity.bound),
    )


def _tidy(text: str) -> str:
    """One spelling for what is written in several: NFKC, no white space, a plain decimal point."""
    words = "".join(unicodedata.normalize("NFKC", text).split())
    if _ODD.search(words) is None:
        return words
    # Old newspapers print the decimal point in the middle of the line: 19·3%, 二五·六.
    words = re.sub(r"(?<=[0-9])[·•・](?=[0-9])", ".", words)
    words = re.sub(r"(?<=[一二三四五六七八九〇])[·•・](?=[一二三四五六七八九〇])", "点", words)
    words = words.replace("個", "个")
    words = re.sub(r"\((?:含(?:税|本数)?|人民币|下同|人民币,下同)\)", "", words)
    # 介于2%和3%之间, 不低于2亿元且不超过3亿元: a range told in words.
    words = re.sub(r"^(?:介于|在)?(.+?)[和与](.+?)之间$", r"\1至\2", words)
    words = re.sub(r"^(?:不低于|不少于|至少)(.+?)[且,、]?[且但](?:不超过|不高于|不多于|至多)(.+)$", r"\1至\2", words)
    # 十个多月, 四块多钱: the approximator before the unit, where it stands in all other quantities.
    words = re.sub(r"个多(?=[月小百星])", "多个", words).replace("块多钱", "多块钱")
    words = _AND_HALF.sub(_with_half, words)
    return words.removesuffix("大关").removesuffix("之间")


_ODD = re.compile(r"[·•・個半]|[个块]多|(?:大关|之间)$|\((?:含|人民币|下同)|[且但]不")


def _with_half(found: re.Match[str]) -> str:
    count = whole_numeral(found["count"])
    return f"{count}.5{'个' + found['counted'] if found['counted'] else found['unit']}"


def _bounded(quantity: Quantity, bound: str) -> Quantity:
    """The quantity with a bound and what it fills."""
    if quantity.bound == "range" or not bound:
        return quantity
    amount = quantity.amount
    return replace(
        quantity,
        bound=bound,
        lower=amount if bound in ("at_least", "more_than") else None,
        upper=amount if bound in ("at_most", "less_than") else None,
    )


def _context_bound(context: str) -> str:
    words = _tidy(context[-20:])
    end = _CONTEXT_END.search(words)
    for stop in (len(words), end.start() if end else 0):  # 不到 ends with what 突破到 may do without
        for found in _CONTEXT.finditer(words):
            if found.end() == stop:
                return found.lastgroup or ""
    return ""


def _read(words: str, context: str) -> Quantity:
    """Try the fixed phrases first, then number and unit."""
    if _FEW.search(words):
        return Quantity()
    bound, rest = _strip_leads(words)
    for sign, reader in _PHRASES:
        if sign.search(rest) and (found := reader(rest)) is not None:
            if reader is _read_places and bound:  # 近两位数 is about 10
                found = replace(found, amount=found.lower, lower=None, upper=None, bound="exact")
            return _bounded(found, bound or found.bound)
    if each := _EACH.match(rest):
        return _read_each(rest[each.end() :], context, bound)
    found = _read_number_and_unit(rest, words[: len(words) - len(rest)], context)
    return _bounded(found, bound or found.bound) if found.amount is not None else found


def _read_each(words: str, context: str, bound: str) -> Quantity:
    """What follows 每: a unit and how much there is for one of it (股0.61元)."""
    for length in range(min(5, len(words) - 1), 0, -1):
        of, rest = words[:length], words[length:]
        if (of in UNITS or of in _EACH_OF or of == "斤") and not rest.startswith("每"):
            unit = read_unit(of)
            found = _read(rest, context)
            if unit is None or unit[1] is None or found.unit is None or "/" in found.unit:
                return Quantity()
            return _bounded(_per(found, unit[0], unit[1]), bound)
    return Quantity()


def _per(quantity: Quantity, factor: Decimal, unit: str) -> Quantity:
    """The quantity for each of a unit: 每股0.61元."""

    def turn(number: Decimal | None) -> Decimal | None:
        return None if number is None else number / factor

    return replace(
        quantity,
        amount=turn(quantity.amount),
        lower=turn(quantity.lower),
        upper=turn(quantity.upper),
        unit=f"{quantity.unit}/{unit}",
    )


def _strip_leads(words: str) -> tuple[str, str]:
    """Take the words before the number off. Of several bounds the first counts (超过约…)."""
    bound, start = "", 0
    while (lead := _LEAD.match(words, start)) and lead.end() < len(words):
        bound = bound or _LEAD_BOUNDS[lead.group().lower()]
        start = lead.end()
    return bound, words[start:]


def _read_nothing(words: str) -> Quantity | None:
    if _NOTHING.fullmatch(words) is None:
        return None
    bound = "approx" if re.search("基本|大[致体]|略", words) else "exact"
    return Quantity(Decimal(0), unit=None if words == "零" else "%", bound=bound)


def _read_half(words: str) -> Quantity | None:
    found = _HALF.fullmatch(words)
    if found is None:
        return None
    return _bounded(Quantity(Decimal(50), unit="%"), "more_than" if found["more"] else _TAIL_BOUNDS.get(found["tail"] or "", ""))


def _read_doubling(words: str) -> Quantity | None:
    """翻一番 is +100 %, 翻两番 +300 %; 翻两倍 is told like 增长两倍."""
    found = _DOUBLING.fullmatch(words)
    if found is None:
        # 翻一番半: how much that is, people do not agree.
        return Quantity(unit="%") if words.startswith("翻") else None
    count = int(whole_numeral(found["count"] or "1") or 0)
    change = count if found["how"] == "倍" else 2**count - 1
    return _bounded(Quantity(Decimal(100 * change), unit="%"), _TAIL_BOUNDS.get(found["tail"] or "", ""))


def _read_places(words: str) -> Quantity | None:
    """两位数: known only to lie in 10 … 99. Without another unit it is said of growth, in per cent."""
    found = _PLACES.fullmatch(words)
    if found is None:
        return None
    count = int(whole_numeral(found["count"].replace("双", "两")) or 1)
    lower, upper = Decimal(10 ** (count - 1)), Decimal(10**count - 1)
    if found["tail"] and found["tail"].endswith("以上"):
        return Quantity(lower, lower, None, "%", "at_least")
    return Quantity(None, lower, upper, "%", "range")


def _read_rank(words: str) -> Quantity | None:
    if _FROM_BELOW.search(words):
        return Quantity(unit="rank")  # nobody's place that could be told
    if found := _RANKS.fullmatch(words):
        return Quantity(None, whole_numeral(found["low"]), whole_numeral(found["high"]), "rank", "range")
    if found := _FRONT.fullmatch(words):
        number = whole_numeral(found["many"])
        return Quantity(number, None, number, "rank", "at_most") if number else None
    found = _RANK.fullmatch(words)
    if found is None:
        return None
    number = Decimal(1) if found["first"] else whole_numeral(found["place"])
    if number is None:
        return None
    return _bounded(Quantity(number, unit="rank"), "at_most" if found["inside"] else "")


def _read_coins(words: str) -> Quantity | None:
    """四块四毛六, 1角5分: money with its tenths and hundredths."""
    currency = CURRENCIES.match(words)
    if currency and currency.group() == "人民币":
        words = words[currency.end() :]
    found = _WHOLE_COINS.fullmatch(words)
    told = found and (
        found["whole"],
        found["dime"] or (found["whole"] and found["tenths"]),
        found["cent"] or (found["dime"] and found["cents"]),
    )
    if found is None or not told or sum(map(bool, told)) < 2:
        return None
    whole = whole_numeral(found["whole"]) if found["whole"] else Decimal(0)
    tenths, cents = found["tenths"], found["cents"]
    if tenths and not found["dime"] and found["cent"]:
        tenths, cents = None, tenths if cents is None else cents  # 2元零5分
    if whole is None or (cents and not found["cent"] and not found["dime"]):
        return None
    parts = (whole_numeral(part) or Decimal(0) if part else Decimal(0) for part in (tenths, cents))
    return Quantity(whole + next(parts) / 10 + next(parts) / 100, unit="CNY")


def _read_clock(words: str) -> Quantity | None:
    """6分58秒, 2小时15分. 83.3分 is a score, so minutes alone are not read here."""
    found = _CLOCK.fullmatch(words)
    if found is None:
        return None
    hours, minutes, seconds = (Decimal(found[a] or found[b] or 0) for a, b in (("h", "h2"), ("m", "m2"), ("s", "s2")))
    return Quantity(hours * 3600 + minutes * 60 + seconds, unit="s")


def _read_fraction(words: str) -> Quantity | None:
    """百分之七点八, 三分之一, 1/4; a range (百分之二十到三十) too. Fractions are given in per cent."""
    if "分之" not in words and not re.match(r"[0-9]+/[0-9]", words):
        return None
    words, tail = _strip_tails(words)
    sign = -1 if words[0] in "负-−" else 1
    parts = _BETWEEN.split(words.lstrip("负-−+"), maxsplit=1)
    below, shares = None, []
    for part in parts:
        over, slash, under = part.partition("/")
        over, among, above = (under, slash, over) if slash else part.partition("分之")
        if among:
            below = whole_numeral(over)
        else:
            above = part  # 百分之二十到三十
        number = scan_numeral(above, 0)
        if not below or number is None or number.end != len(above):
            return Quantity()
        shares += [_share(number.low * sign * number.sign, below), _share(number.high * sign * number.sign, below)]
    unit = "‰" if below == 1000 else "%"  # 千分之 has a sign of its own
    if min(shares) != max(shares):
        return Quantity(None, min(shares), max(shares), unit, "range")
    return _bounded(Quantity(shares[0], unit=unit), tail)


def _share(above: Decimal, below: Decimal) -> Decimal:
    whole = 1000 if below == 1000 else 100
    return above * whole / below if below in (10, 100, 1000, 10000) else _ROUNDED.divide(above * whole, below)


def _strip_tails(words: str) -> tuple[str, str]:
    """Take 以上, 左右 and the like off the end. Of several the first one read counts, from the right (多…以上)."""
    bound = ""
    while (tail := _TAIL.search(words)) and tail.start() > 0:
        bound = bound if bound not in ("", "approx") else _TAIL_BOUNDS[tail.group()]
        words = words[: tail.start()]
    return words, bound


# The fixed phrases, each with what gives it away.
_PHRASES = (
    (re.compile("平|零增|无增|相当|^零$"), _read_nothing),
    (re.compile("位数"), _read_places),
    (re.compile("第|首|前|no|top|榜|头|冠|魁|倒数|末位", re.IGNORECASE), _read_rank),
    (re.compile("翻|倍增"), _read_doubling),
    (re.compile("半"), _read_half),
    (re.compile("[块元圆角分毛].*[0-9零一二三四五六七八九分角毛整壹贰叁肆伍陆柒捌玖]|[毛角]"), _read_coins),
    (re.compile("分钟?|秒"), _read_clock),
    (re.compile("分之|/[0-9]"), _read_fraction),
)


def _read_number_and_unit(words: str, front: str, context: str) -> Quantity:
    """A numeral or a range of two, with its unit; ``front`` holds what was taken off before."""
    if half := _HALF_UNIT.fullmatch(words):
        words = f"0.5{half['unit']}"
    first = _first_numeral(words)
    if first is None:
        return Quantity()
    start, number = first
    named = _NAMED.search(words[:start]) and not CURRENCIES.search(words[:start])
    if named and (words[start - 1].isascii() or words[start] == "-"):
        return Quantity()
    front, rest = front + words[:start], words[number.end :]
    if between := _separator(rest):
        bound, after = _strip_leads(rest[between[1] :])
        second = scan_numeral(after, 0)
        if second is not None:
            return _range(number, second, rest[: between[0]], after[second.end :], front, context)
    unit_words, tail = ("起", "") if rest == "起" else _strip_tails(rest)
    bound = tail
    if inner := _INNER.match(unit_words):
        bound = bound or "approx"
        unit_words = unit_words[inner.end() :]
    elif unit_words in _TAIL_BOUNDS and unit_words != "起":  # a tail right after the number: 300左右, 二十余
        bound, unit_words = _TAIL_BOUNDS[unit_words], ""
    if number.fuzzy:
        bound = bound or "approx"
    low, high = number.low, number.high
    if tenth := re.fullmatch("成([一二三四五六七八九1-9])", unit_words):  # 六成五
        extra = (whole_numeral(tenth[1]) or Decimal(0)) / 10
        unit_words, low, high = "成", low + extra, high + extra
    unit = _unit_of(unit_words, front, words + context[-12:])
    if unit is None:
        return Quantity()
    low, high = low * number.sign * unit[0], high * number.sign * unit[0]
    if low != high:
        return Quantity(None, min(low, high), max(low, high), unit[1], "range")
    return _bounded(Quantity(low, unit=unit[1]), bound)


# 23-26-29, 2.31:1: more numbers than one quantity has; m2 and 5G are none.
_MORE_NUMBERS = re.compile(r"(?<!m)[0-9](?!G)")


def _unit_of(words: str, front: str, around: str) -> tuple[Decimal, str | None] | None:
    return None if _MORE_NUMBERS.search(words) else read_unit(words, front, around)


def _first_numeral(words: str) -> tuple[int, Numeral] | None:
    """The numeral and where it begins: an Arabic one if there is any, else the first Chinese one."""
    arabic = _ARABIC_START.search(words)
    before = len(words) if arabic is None else arabic.start()
    for found in _CHINESE_START.finditer(words, 0, before):
        numeral = scan_numeral(words, found.start())
        if numeral and (arabic is None or numeral.end > before):
            return found.start(), numeral  # 三十亿; also 三千5百, but not 一 in 一般每户4口
    numeral = scan_numeral(words, before) if arabic else None
    return (before, numeral) if numeral else None


_ARABIC_START = re.compile(r"(?:[+\-−负]|零下)?[0-9]")
_CHINESE_START = re.compile(f"[{''.join(sorted(FIGURES))}负几数幾數]")


def _separator(rest: str) -> tuple[int, int] | None:
    """Where the separator of a range stands in what follows the first numeral."""
    found = _BETWEEN.search(rest)
    return (found.start(), found.end()) if found and found.start() <= 8 else None


def _range(first: Numeral, second: Numeral, first_words: str, second_words: str, front: str, context: str) -> Quantity:
    """The two ends of a range; the first takes over the scale and the unit of the second where it has none of its own."""
    unit_words, _ = _strip_tails(second_words)
    if first_words == "个" and unit_words.startswith("个"):
        first_words = ""
    told = _unit_of(unit_words, front, unit_words + context[-12:])
    if told is None:
        return Quantity()
    factor, unit = told
    low, high = first.low * first.sign * factor, second.high * second.sign * factor
    if first_words:
        own = _unit_of(first_words, front, first_words + context[-12:])
        if own is None or (own[1] != unit and unit is not None):
            # 10万至20万元 has no unit in front; two different units are no range.
            return Quantity()
        unit = unit or own[1]
        low = first.low * first.sign * own[0]
    elif first.big == 1 and second.big > 1 and first.low < second.low / second.big:
        low *= second.big  # 10至20万, 二十至三十亿; but 8000至1万
    elif (
        first.scale == 1 and second.scale > 1 and first.bare is not None and second.bare is not None and first.bare < second.bare
    ):
        low *= second.scale  # 两至三千
    elif unit is None and low > high:
        return Quantity()  # 21-19 is a score
    return Quantity(None, min(low, high), max(low, high), unit, "range")
