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
from typing import NamedTuple

from zhibiao.errors import InputError

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

_DIGITS = dict(zip("零〇○一二三四五六七八九两俩壹贰叁肆伍陆柒捌玖", [0, 0, 0, *range(1, 10), 2, 2, *range(1, 10)], strict=True))
_SCALES = {
    **dict.fromkeys("十拾", 10),
    **dict.fromkeys("百佰", 100),
    **dict.fromkeys("千仟", 1000),
    **dict.fromkeys("万萬", 10**4),
    **dict.fromkeys("亿億", 10**8),
    "兆": 10**12,
}
_ZERO = "零〇○"
_FIGURES = frozenset([*_DIGITS, *_SCALES])
_MARK = 0  # 零 among the scales of a numeral: 三百零五 is 305, where 三百五 is 350
_BIG = 10**4  # scales from here on close a section: 三千二百|亿
_SEVERAL = "几数"  # a digit nobody tells: 几十 lies in 10 … 100
_FUZZ = "多余来"
# 千 and 兆 that begin a unit, where they follow a number: 600千瓦 and not 600000 瓦.
_UNIT_PREFIX = re.compile(r"千(?:瓦|克|米|升|卡|伏|帕|赫|焦|字节|比特)|兆(?:瓦|赫|帕|焦|字节|比特)")
_ARABIC = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|\d+(?:\.\d+)?")
_SIGN = re.compile(r"[+\-−负]")
_BETWEEN = re.compile(r"[\-—–―‒~∼〜至到]+?(?=[+\-−负]?[^\-—–―‒~∼〜至到])")

# Longest first, because one word begins another (不超过, 超过, 超).
_LEADS = {
    "at_most": "不超过 未超过 不超 未超 不高于 不多于 不大于 至多 最多 最高 最长 最大 ≤",
    "at_least": "不低于 不少于 不小于 至少 起码 最少 最低 高达 上 ≥",
    "more_than": "超过 超出 略超 逾 突破 超 过 高于 略高于 大于 多于 高出 破 >",
    "less_than": "不足 不到 低于 略低于 小于 少于 未达 未满 不满 < 不及",
    "approx": "大约 大概 大致 约为 约合 约 将近 接近 逼近 近 基本 几乎 ~ 略",
    "": "人民币 合计 总计 累计 共计 共 达到 达 仅 只 每股 超额 全球 世界 全国 亚洲 国内 位列 位居 排名 居 列 rmb cny 为",
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
    r"(?P<at_most>(?:不|未)(?:能|得|会)?超过?|不高于|至多|最多)|(?P<at_least>不低于|不少于|至少|站上|跨过|跨上|迈上)"
    r"|(?P<more_than>超过|突破|超出|冲破|逾|超)|(?P<less_than>不足|不到|低于|少于|未达到?|跌破|降破)|(?P<approx>大约|(?<![签节合履契])约|接近|将近|逼近)"
)
_CONTEXT_END = re.compile(r"[了到有为至达]{0,2}$")

_MONEY = {
    "元": "CNY", "圆": "CNY", "块": "CNY", "块钱": "CNY", "人民币": "CNY", "元人民币": "CNY", "rmb": "CNY", "cny": "CNY",
    "¥": "CNY", "美元": "USD", "美金": "USD", "usd": "USD", "$": "USD", "us$": "USD", "港元": "HKD", "港币": "HKD",
    "元港币": "HKD", "hkd": "HKD", "hk$": "HKD", "澳门元": "MOP", "澳门币": "MOP", "葡币": "MOP", "新台币": "TWD", "台币": "TWD",
    "元新台币": "TWD", "欧元": "EUR", "eur": "EUR", "€": "EUR", "日元": "JPY", "日圆": "JPY", "jpy": "JPY", "英镑": "GBP",
    "gbp": "GBP", "£": "GBP", "韩元": "KRW", "韩币": "KRW", "卢布": "RUB", "澳元": "AUD", "澳大利亚元": "AUD", "加元": "CAD",
    "加拿大元": "CAD", "新西兰元": "NZD", "新加坡元": "SGD", "新元": "SGD", "瑞士法郎": "CHF", "瑞郎": "CHF", "瑞典克朗": "SEK",
    "挪威克朗": "NOK", "丹麦克朗": "DKK", "泰铢": "THB", "印度卢比": "INR", "巴基斯坦卢比": "PKR", "印尼盾": "IDR",
    "越南盾": "VND", "林吉特": "MYR", "令吉": "MYR", "菲律宾比索": "PHP", "墨西哥比索": "MXN", "雷亚尔": "BRL", "兰特": "ZAR",
    "里拉": "TRY", "土耳其里拉": "TRY", "坚戈": "KZT", "图格里克": "MNT", "沙特里亚尔": "SAR", "迪拉姆": "AED",
}  # fmt: skip
_PHYSICAL = {
    "吨": "t", "公吨": "t", "t": "t", "公斤": "kg", "千克": "kg", "kg": "kg", "克": "g", "毫克": "mg", "微克": "ug", "公里": "km",
    "千米": "km", "km": "km", "米": "m", "厘米": "cm", "毫米": "mm", "mm": "mm", "微米": "um", "纳米": "nm", "nm": "nm",
    "海里": "[nmi_i]", "英里": "[mi_i]", "平方米": "m2", "平米": "m2", "m2": "m2", "平方公里": "km2", "平方千米": "km2",
    "km2": "km2", "公顷": "har", "立方米": "m3", "立方": "m3", "方": "m3", "公方": "m3", "m3": "m3", "升": "L", "毫升": "mL",
    "千升": "kL", "千瓦时": "kW.h", "千瓦小时": "kW.h", "度电": "kW.h", "kwh": "kW.h", "兆瓦时": "MW.h", "mwh": "MW.h",
    "吉瓦时": "GW.h", "gwh": "GW.h", "太瓦时": "TW.h", "twh": "TW.h", "瓦": "W", "千瓦": "kW", "kw": "kW", "兆瓦": "MW",
    "mw": "MW", "吉瓦": "GW", "gw": "GW", "千伏": "kV", "kv": "kV", "千伏安": "kV.A", "焦": "J", "千卡": "kcal", "摄氏度": "Cel",
    "°c": "Cel", "标准箱": "TEU", "标箱": "TEU", "teu": "TEU", "teus": "TEU", "吨公里": "t.km", "人公里": "人.km",
    "秒": "s", "分钟": "min", "小时": "h", "天": "d", "周": "wk", "月": "mo", "年": "a", "倍": "times", "x": "times",
    "%": "%", "‰": "‰",
    "百分点": "pp", "pct": "pp", "pp": "pp", "ppt": "pp", "ppts": "pp", "pcts": "pp",
}  # fmt: skip
_UNITS = _MONEY | _PHYSICAL
# Units told in another one: the factor is exact.
_CONVERTED = {
    "斤": (Decimal("0.5"), "kg"), "市斤": (Decimal("0.5"), "kg"), "角": (Decimal("0.1"), "CNY"), "毛": (Decimal("0.1"), "CNY"),
    "角钱": (Decimal("0.1"), "CNY"), "毛钱": (Decimal("0.1"), "CNY"), "分钱": (Decimal("0.01"), "CNY"), "成": (Decimal(10), "%"),
    "基点": (Decimal("0.01"), "pp"), "bp": (Decimal("0.01"), "pp"), "bps": (Decimal("0.01"), "pp"),
}  # fmt: skip
_CURRENCY_FIRST = re.compile(r"人民币|rmb|cny|us\$|hk\$|usd|hkd|eur|[¥$€£]")
_EACH = re.compile(r"每(?P<of>股|吨|公斤|斤|亩|人|户|桶|平方米|立方米|度|千瓦时|月|年|天)")
_ELECTRIC = re.compile("[电万亿]|能耗")

_NOTHING = re.compile(r"(基本|大致|大体)?(?:持平|相当|打平)(?:略[增降])?|零增长|无增长|零")
_HALF = re.compile(r"(?:一半|半数|半壁江山|(?P<more>大)半|半)(?P<tail>多|左右|以上|以下|以内|及以上)?")
_HALF_UNIT = re.compile(r"半(?P<unit>(?:年|个?月|天|日|小时|倍|成|斤|公斤|吨|公里|亩)多?.*)")
_DOUBLING = re.compile(r"翻了?(?P<count>[一二两三四五]|\d)?(?:番|倍)|倍增")
_PLACES = re.compile(r"(?P<count>[一两二三四五六])位数(?P<tail>及?以上|左右)?")
_FRACTION = re.compile(r"(?P<below>.{1,12}?)分之(?P<above>.+)|(?P<top>\d+)/(?P<bottom>\d+)")
_RANK = re.compile(
    r"(?:第|no\.?)(?P<place>\d+|[一二三四五六七八九十百两]+)(?:位|名|大|高|强|多|家|个|把交椅)?|(?P<first>首位|榜首|头号|冠军|头名|魁首|首)"
    r"|(?P<front>前|top)(?P<many>\d+|[一二三四五六七八九十百两]+)(?:位|名|强|大|列)?",
    re.IGNORECASE,
)
_COINS = re.compile(
    r"(?P<whole>[^块元]+)[块元](?P<tenths>[\d一二两三四五六七八九])[毛角]?(?:(?P<cents>[\d一二两三四五六七八九])分?)?钱?"
)
_CLOCK = re.compile(r"(?:(?P<h>\d+)(?:小时|时))?(?:(?P<m>\d+)分(?:钟)?)(?:(?P<s>\d+(?:\.\d+)?)秒)?|(?P<hh>\d+)小时(?P<ss>\d+)秒")


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
    words = _tidy(text)
    if not words:
        raise InputError("a VALUE is empty: give the words of the quantity")
    with localcontext(_EXACT):
        quantity = _read(words, context)
    for number in (quantity.amount, quantity.lower, quantity.upper):
        if number is not None and abs(number) > _LARGEST:
            raise InputError(f"{words[:40]!r} is beyond 1e30: no indicator is that large")
    if quantity.bound == "exact" and quantity.amount is not None:
        return _bounded(quantity, _context_bound(context))
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
    # Old newspapers print the decimal point in the middle of the line: 19·3%.
    words = re.sub(r"(?<=\d)[·•・](?=\d)", ".", words)
    words = words.replace("個", "个").replace("％", "%")
    # 十个多月, 四块多钱: the approximator before the unit, where it stands in all other quantities.
    return words.replace("个多月", "多个月").replace("块多钱", "多块钱")


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
    words = words[: end.start()] if end else words
    return next((found.lastgroup or "" for found in _CONTEXT.finditer(words) if found.end() == len(words)), "")


def _read(words: str, context: str) -> Quantity:
    """Try the fixed phrases first, then number and unit."""
    bound, rest = _strip_leads(words)
    for reader in (_read_nothing, _read_places, _read_rank, _read_doubling, _read_half, _read_coins, _read_clock):
        # 前, 上 and 近 may belong to the phrase or be a word of their own: both readings are tried.
        if (found := reader(rest)) is not None:
            if reader is _read_places and bound:  # 近两位数 is about 10
                found = replace(found, amount=found.lower, lower=None, upper=None, bound="exact")
            return _bounded(found, bound or found.bound)
    if (found := _read_fraction(rest)) is not None:
        return _bounded(found, bound or found.bound)
    found = _read_number_and_unit(rest, words[: len(words) - len(rest)], context)
    return _bounded(found, bound or found.bound) if found.amount is not None else found


def _strip_leads(words: str) -> tuple[str, str]:
    """Take the words before the number off. Of several bounds the first counts (超过约…)."""
    bound, start = "", 0
    while (lead := _LEAD.match(words, start)) and lead.end() < len(words):
        bound = bound or _LEAD_BOUNDS[lead.group().lower()]
        start = lead.end()
    return bound, words[start:]


def _read_nothing(words: str) -> Quantity | None:
    found = _NOTHING.fullmatch(words)
    if found is None:
        return None
    bound = "approx" if found.group(1) or "略" in words else "exact"
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
    figure = found["count"] or "1"
    count = int(figure) if figure.isdecimal() else _DIGITS[figure]  # \d takes the digits of any script
    change = 2**count - 1 if words.endswith("番") else count
    return Quantity(Decimal(100 * change), unit="%")


def _read_places(words: str) -> Quantity | None:
    """两位数: known only to lie in 10 … 99. Without another unit it is said of growth, in per cent."""
    found = _PLACES.fullmatch(words)
    if found is None:
        return None
    count = _DIGITS[found["count"]]
    lower, upper = Decimal(10 ** (count - 1)), Decimal(10**count - 1)
    if found["tail"] and found["tail"].endswith("以上"):
        return Quantity(lower, lower, None, "%", "at_least")
    return Quantity(None, lower, upper, "%", "range")


def _read_rank(words: str) -> Quantity | None:
    found = _RANK.fullmatch(words)
    if found is None:
        # 第一梯队 is an ordinal, but nobody's place.
        return Quantity(unit="rank") if words.startswith("第") else None
    if found["first"]:
        return Quantity(Decimal(1), unit="rank")
    number = _whole(found["place"] or found["many"])
    if number is None:
        return None
    if found["front"]:
        return Quantity(number, None, number, "rank", "at_most")
    return Quantity(number, unit="rank")


def _whole(words: str) -> Decimal | None:
    """A number that fills all of ``words``."""
    scanned = _scan(words, 0)
    return scanned.low if scanned and scanned.end == len(words) and scanned.low == scanned.high else None


def _read_coins(words: str) -> Quantity | None:
    """四块四毛六: money with its tenths and hundredths."""
    found = _COINS.fullmatch(words)
    whole = _whole(found["whole"]) if found else None
    if found is None or whole is None:
        return None
    tenths, cents = (_whole(found[name] or "0") or Decimal(0) for name in ("tenths", "cents"))
    return Quantity(whole + tenths / 10 + cents / 100, unit="CNY")


def _read_clock(words: str) -> Quantity | None:
    """6分58秒. 83.3分 is a score, so minutes alone are not read here."""
    found = _CLOCK.fullmatch(words)
    if found is None or not (found["h"] or found["s"] or found["hh"]):
        return None
    hours, minutes, seconds = (Decimal(found[a] or found[b] or 0) for a, b in (("h", "hh"), ("m", "m"), ("s", "ss")))
    return Quantity(hours * 3600 + minutes * 60 + seconds, unit="s")


def _read_fraction(words: str) -> Quantity | None:
    """百分之七点八, 三分之一, 1/4; a range (百分之二十到三十) too. Fractions are given in per cent."""
    found = _FRACTION.fullmatch(words)
    if found is None:
        return None
    below = _whole(found["below"] or found["bottom"])
    if not below:
        return None
    above, tail = _strip_tails(found["above"] or found["top"])
    numbers = [_scan(part, 0) for part in _BETWEEN.split(above, maxsplit=1)]
    ends = [scanned.low * scanned.sign for scanned in numbers if scanned and scanned.low == scanned.high]
    if len(ends) != len(numbers) or numbers[-1] is None or not _ends_with(numbers[-1].end, above):
        return None
    # 千分之 has a sign of its own.
    whole, unit = (1000, "‰") if below == 1000 else (100, "%")
    shares = [end * whole / below if below in (10, 100, 1000, 10000) else _ROUNDED.divide(end * whole, below) for end in ends]
    if len(shares) == 2:
        return Quantity(None, min(shares), max(shares), unit, "range")
    return _bounded(Quantity(shares[0], unit=unit), tail)


def _ends_with(end: int, words: str) -> bool:
    """Whether a number ends its words; ``end`` counts from the last separator on."""
    last = _BETWEEN.split(words, maxsplit=1)[-1]
    return end == len(last)


def _strip_tails(words: str) -> tuple[str, str]:
    """Take 以上, 左右 and the like off the end. Of several the first one read counts, from the right (多…以上)."""
    bound = ""
    while (tail := _TAIL.search(words)) and tail.start() > 0:
        bound = bound if bound not in ("", "approx") else _TAIL_BOUNDS[tail.group()]
        words = words[: tail.start()]
    return words, bound


@dataclass(frozen=True, slots=True)
class _Number:
    """A numeral: the ends it may lie between (equal where it is told in full), its sign, and where it ends."""

    low: Decimal
    high: Decimal
    sign: int
    end: int
    bare: Decimal | None  # the figures alone where a scale follows them: 10 of 10万
    scale: Decimal  # the scale that follows: 10000 of 10万
    fuzzy: bool  # 多, 余 or 来 inside


def _scan(words: str, start: int) -> _Number | None:
    """Read the numeral that begins at ``start``: digits, Chinese digits, scales and what may stand between them."""
    sign = _SIGN.match(words, start)
    place = sign.end() if sign else start
    tokens: list[Decimal | tuple[Decimal, Decimal] | int] = []
    fuzzy = False
    while place < len(words):
        character = words[place]
        if arabic := _ARABIC.match(words, place):
            if tokens and not isinstance(tokens[-1], int):
                break
            tokens.append(Decimal(arabic.group().replace(",", "")))
            place = arabic.end()
        elif character in _DIGITS:
            if tokens and isinstance(tokens[-1], Decimal) and words[place - 1].isascii():
                break
            if character in _ZERO and tokens and words[place + 1 : place + 2] in _FIGURES:
                tokens.append(_MARK)
                place += 1
            else:
                digits, place = _chinese_digits(words, place)
                tokens.append(digits)
        elif character in _SEVERAL and (tokens or words[place + 1 : place + 2] in _SCALES):
            tokens.append((Decimal(1), Decimal(10)))
            place += 1
        elif character in _SCALES and not (tokens and _UNIT_PREFIX.match(words, place)):
            tokens.append(_SCALES[character])
            place += 1
        elif (
            tokens and character in _FUZZ and words[place + 1 : place + 2] in _SCALES and not _UNIT_PREFIX.match(words, place + 1)
        ):
            fuzzy = True
            place += 1
        elif tokens and character == "个" and words[place + 1 : place + 2] in ("亿", "万"):
            place += 1  # 3.7个亿
        else:
            break
    if not tokens:
        return None
    low, high = _value(tokens, 0), _value(tokens, 1)
    scaled = len(tokens) > 1 and all(isinstance(token, int) for token in tokens[1:])
    bare = tokens[0] if scaled and isinstance(tokens[0], Decimal) else low if len(tokens) == 1 else None
    scale = _value(tokens[1:], 0) if scaled else Decimal(1)
    return _Number(low, high, -1 if sign and sign.group() != "+" else 1, place, bare, scale, fuzzy)


def _chinese_digits(words: str, start: int) -> tuple[Decimal | tuple[Decimal, Decimal], int]:
    """One Chinese digit; a row of them (二〇二〇); 三四 as the two ends of a guess; a decimal (三点五)."""
    end = start
    while end < len(words) and words[end] in _DIGITS:
        end += 1
    values = [_DIGITS[character] for character in words[start:end]]
    # 三四百, 五六位, 三五天; 一零 is a row.
    if len(values) == 2 and values[0] and (values[1] - values[0] == 1 or values == [3, 5]):
        return (Decimal(values[0]), Decimal(values[1])), end
    number = Decimal("".join(map(str, values)))
    if end + 1 < len(words) and words[end] == "点" and words[end + 1] in _DIGITS:
        stop = end + 1
        while stop < len(words) and words[stop] in _DIGITS:
            stop += 1
        number += Decimal("0." + "".join(str(_DIGITS[character]) for character in words[end + 1 : stop]))
        end = stop
    return number, end


def _value(tokens: Sequence[Decimal | tuple[Decimal, Decimal] | int], side: int) -> Decimal:
    """Add a numeral up; ``side`` chooses the end of what is told as a guess."""
    total = section = Decimal(0)
    number: Decimal | None = None
    last = last_big = 0
    for place, token in enumerate(tokens):
        if not isinstance(token, int):
            number = token[side] if isinstance(token, tuple) else token
            continue
        scale = token
        if scale == _MARK:
            last = 0
            continue
        if scale < _BIG:
            section += (Decimal(1) if number is None else number) * scale
        else:
            if place == 0:
                number = Decimal(1)  # 亿 alone
            section += number or 0
            if scale > last_big:
                total = (total + section) * scale  # 1.2万|亿
            else:
                total += section * scale
            section = Decimal(0)
            last_big = scale
        number, last = None, scale
    if number is not None:
        # 三百五 is 350 and 一万二 is 12000.
        short = last > 10 and number < 10 and number == number.to_integral_value()
        section += number * last / 10 if short else number
    return total + section


def _read_number_and_unit(words: str, front: str, context: str) -> Quantity:
    """A numeral or a range of two, with its unit; ``front`` holds what was taken off before."""
    if half := _HALF_UNIT.fullmatch(words):
        words = f"0.5{half['unit']}"
    start = _first_number(words)
    number = None if start is None else _scan(words, start)
    if start is None or number is None:
        return Quantity()
    front, rest = front + words[:start], words[number.end :]
    if between := _separator(rest):
        bound, after = _strip_leads(rest[between[1] :])
        second = _scan(after, 0)
        if second is not None:
            return _range(number, second, rest[: between[0]], after[second.end :], front, context)
    unit_words, tail = _strip_tails(rest)
    bound = tail
    if inner := _INNER.match(unit_words):
        bound = bound or "approx"
        unit_words = unit_words[inner.end() :]
    elif unit_words in _TAIL_BOUNDS:  # a tail right after the number: 300左右, 二十余
        bound, unit_words = _TAIL_BOUNDS[unit_words], ""
    if number.fuzzy:
        bound = bound or "approx"
    low, high = number.low, number.high
    if unit_words.endswith("半") and len(unit_words) > 1:  # 一天半, 两成半
        unit_words, low, high = unit_words[:-1], low + Decimal("0.5"), high + Decimal("0.5")
    if re.search(r"\d", unit_words.replace("m2", "").replace("m3", "")):
        return Quantity()  # 23-26-29, 2.31:1: more numbers than one quantity has
    factor, unit = _unit(unit_words, front, words + context[-12:])
    low, high = low * number.sign * factor, high * number.sign * factor
    if low != high:
        return Quantity(None, min(low, high), max(low, high), unit, "range")
    return _bounded(Quantity(low, unit=unit), bound)


def _first_number(words: str) -> int | None:
    """Where the numeral begins: an Arabic one if there is any, else the first Chinese one."""
    arabic = re.search(r"[+\-−负]?\d", words)
    if arabic:
        # 上千万, 数十 stand before no digit; anything Chinese before a digit is a word such as 每股.
        return arabic.start()
    for place in range(len(words)):
        if _scan(words, place):
            return place
    return None


def _separator(rest: str) -> tuple[int, int] | None:
    """Where the separator of a range stands in what follows the first numeral."""
    found = _BETWEEN.search(rest)
    return (found.start(), found.end()) if found and found.start() <= 8 else None


def _range(first: _Number, second: _Number, first_words: str, second_words: str, front: str, context: str) -> Quantity:
    """The two ends of a range; the first takes over the scale and the unit of the second where it has none of its own."""
    unit_words, _ = _strip_tails(second_words)
    if re.search(r"\d", unit_words.replace("m2", "").replace("m3", "")):
        return Quantity()
    factor, unit = _unit(unit_words, front, unit_words + context[-12:])
    low, high = first.low * first.sign * factor, second.high * second.sign * factor
    # 10至20万: 10 is told in 万 too; 8000至1万 is not.
    inherits = not first_words and first.scale == 1 and first.bare is not None and second.bare is not None
    if inherits and second.scale > 1 and first.bare is not None and second.bare is not None and first.bare < second.bare:
        low *= second.scale
    elif first_words:
        own, own_unit = _unit(first_words, front, first_words + context[-12:])
        if own_unit != unit and unit is not None:
            # 10万至20万元 has no unit in front; two different units are no range.
            return Quantity()
        unit = unit or own_unit
        low = first.low * first.sign * own
    return Quantity(None, min(low, high), max(low, high), unit, "range")


def _unit(words: str, front: str, around: str) -> tuple[Decimal, str | None]:
    """The code of a unit and the factor that turns the number into it."""
    words = words.strip("“”\"'、,。;:!?")
    if words.endswith(")") != ("(" in words):
        words = words.strip("()")
    if each := _EACH.search(front):  # 每股0.61元
        factor, unit = _unit(words, front[: each.start()] + front[each.end("of") :], around)
        return factor, f"{unit}/{_unit(each['of'], '', around)[1]}" if unit else None
    if not words or words == "元":
        sign = _CURRENCY_FIRST.search(front.lower())
        return Decimal(1), _MONEY[sign.group()] if sign else "CNY" if words else None
    over = re.fullmatch(r"(.+?)(?:/|每|一(?=立方|平方|吨|斤|公斤|度|股|人))(.+)", words)
    if over:
        factor, above = _unit(over[1].removeprefix("多"), "", around)
        _, below = _unit(over[2], "", around)
        return factor, f"{above}/{below}" if above and below else None
    counted = words.removeprefix("个") or "个"
    for form in (words, counted):
        if form.lower() in _UNITS:
            return Decimal(1), _UNITS[form.lower()]
        if form.lower() in _CONVERTED:
            return _CONVERTED[form.lower()]
    if words == "度" and _ELECTRIC.search(around):
        return Decimal(1), "kW.h"  # degrees are never counted in 万
    return Decimal(1), counted if len(counted) <= 12 else None
