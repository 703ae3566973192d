"""Numbers are the product: a wrong factor or sign spoils a table without anybody noticing."""

from __future__ import annotations

import json
import time
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhibiao import quantity as quantity_module
from zhibiao.errors import InputError
from zhibiao.quantity import Quantity, apply_change, parse_quantity

_FULL_WIDTH = str.maketrans("0123456789.,%", "０１２３４５６７８９．，％")
_UNITS = ("", "十", "百", "千")


def _chinese(number: int) -> str:
    """Write a number as Chinese does, grouped by 万 and 亿: the inverse of what is tested, found independently of it."""
    if number == 0:
        return "零"
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    words = ""
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if group == 0:
            continue
        if words and group < 1000:
            words += "零"
        digits, gap = "", False
        for power in (3, 2, 1, 0):
            digit = group // 10**power % 10
            if digit:
                digits += ("零" if gap and digits else "") + "零一二三四五六七八九"[digit] + _UNITS[power]
                gap = False
            else:
                gap = True
        words += digits + ("", "万", "亿")[place]
    return words


def _read(text: str, context: str = "") -> tuple[str | None, str | None, str]:
    quantity = parse_quantity(text, context)
    amount = None if quantity.amount is None else f"{quantity.amount.normalize():f}"
    return amount, quantity.unit, quantity.bound


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("321亿元", "32100000000", "CNY"),
        ("1.2万亿", "1200000000000", None),
        ("1万2千亿", "1200000000000", None),
        ("3千", "3000", None),
        ("三千五百", "3500", None),
        ("三百五", "350", None),
        ("三百零五", "305", None),
        ("一万零三十", "10030", None),
        ("两千", "2000", None),
        ("二〇二〇", "2020", None),
        ("万亿元", "1000000000000", "CNY"),
        ("3.7个亿", "370000000", None),
        ("12,345.67万元", "123456700", "CNY"),
        ("６，５００万亩", "65000000", "亩"),
        ("１９·３％", "19.3", "%"),
        ("7.1\n亿元", "710000000", "CNY"),
        ("-57%", "-57", "%"),
        ("负3.4%", "-3.4", "%"),
        ("+9%", "9", "%"),
        ("零", "0", None),
    ],
)
def test_numerals_in_every_spelling_give_the_same_number(text: str, amount: str, unit: str | None) -> None:
    assert _read(text) == (amount, unit, "exact")


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("三分之一", "33.3333333333", "%"),
        ("四分之三", "75", "%"),
        ("1/4", "25", "%"),
        ("百分之七点八", "7.8", "%"),
        ("千分之三", "3", "‰"),
        ("一半", "50", "%"),
        ("两成", "20", "%"),
        ("两成半", "25", "%"),
        ("1.9倍", "1.9", "times"),
        ("翻番", "100", "%"),
        ("翻一番", "100", "%"),
        ("翻了两番", "300", "%"),
        ("0.9个百分点", "0.9", "pp"),
        ("1.0ppt", "1", "pp"),
        ("23个基点", "0.23", "pp"),
        ("4.0‰", "4", "‰"),
        ("持平", "0", "%"),
        ("零增长", "0", "%"),
    ],
)
def test_shares_and_multiples_have_one_unit_each(text: str, amount: str, unit: str) -> None:
    assert _read(text) == (amount, unit, "exact")


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("70元人民币", "70", "CNY"),
        ("人民币9.1亿元", "910000000", "CNY"),
        ("50亿人民币", "5000000000", "CNY"),
        ("486亿美元", "48600000000", "USD"),
        ("24.5港元", "24.5", "HKD"),
        ("800亿日元", "80000000000", "JPY"),
        ("四块四毛六", "4.46", "CNY"),
        ("0.61元/股", "0.61", "CNY/股"),
        ("每股人民币0.031元", "0.031", "CNY/股"),
        ("人民币9亿", "900000000", "CNY"),
        ("$50亿", "5000000000", "USD"),
        ("半年", "0.5", "a"),
        ("600千瓦", "600", "kW"),
        ("9200万千瓦", "92000000", "kW"),
        ("75千克", "75", "kg"),
        ("400斤", "200", "kg"),
        ("3万吨", "30000", "t"),
        ("1.3万公里", "13000", "km"),
        ("431平方公里", "431", "km2"),
        ("23万平方米", "230000", "m2"),
        ("2万公顷", "20000", "har"),
        ("6亿立方米", "600000000", "m3"),
        ("25亿千瓦时", "2500000000", "kW.h"),
        ("3150亿度", "315000000000", "kW.h"),
        ("30万标准箱", "300000", "TEU"),
        ("18微克/立方米", "18", "ug/m3"),
        ("16万户", "160000", "户"),
        ("81万人次", "810000", "人次"),
        ("22个", "22", "个"),
        ("3个工作日", "3", "工作日"),
        ("6分58秒", "418", "s"),
    ],
)
def test_units_are_codes_or_the_word_itself(text: str, amount: str, unit: str) -> None:
    assert _read(text) == (amount, unit, "exact")


@pytest.mark.parametrize(
    ("text", "context", "amount", "unit", "bound"),
    [
        ("近8000万元", "", "80000000", "CNY", "approx"),
        ("300多家", "", "300", "家", "approx"),
        ("二十余家", "", "20", "家", "approx"),
        ("1.4万余公里", "", "14000", "km", "approx"),
        ("9200多亿元", "", "920000000000", "CNY", "approx"),
        ("十个多月", "", "10", "mo", "approx"),
        ("5%左右", "", "5", "%", "approx"),
        ("百余", "", "100", None, "approx"),
        ("近半", "", "50", "%", "approx"),
        ("约为3成", "", "30", "%", "approx"),
        ("70%以上", "", "70", "%", "at_least"),
        ("不低于50%", "", "50", "%", "at_least"),
        ("上百种", "", "100", "种", "at_least"),
        ("超亿元", "", "100000000", "CNY", "more_than"),
        ("大半", "", "50", "%", "more_than"),
        ("人民币超9亿元", "", "900000000", "CNY", "more_than"),
        ("过半", "", "50", "%", "more_than"),
        ("超过2000个以上", "", "2000", "个", "more_than"),
        ("500亿元", "产值突破", "50000000000", "CNY", "more_than"),
        ("500亿元", "产值突破了", "50000000000", "CNY", "more_than"),
        ("500亿元", "签约", "50000000000", "CNY", "exact"),
        ("500亿元", "突破难关，达到", "50000000000", "CNY", "exact"),
        ("不足10%", "", "10", "%", "less_than"),
        ("不到一天半", "", "1.5", "d", "less_than"),
        ("5.5%以内", "", "5.5", "%", "at_most"),
        ("未超过2.2%", "", "2.2", "%", "at_most"),
        ("最长12周", "", "12", "wk", "at_most"),
    ],
)
def test_bounds_come_from_the_value_or_the_words_before(text: str, context: str, amount: str, unit: str, bound: str) -> None:
    quantity = parse_quantity(text, context)
    assert _read(text, context) == (amount, unit, bound)
    assert quantity.lower == (quantity.amount if bound in ("at_least", "more_than") else None)
    assert quantity.upper == (quantity.amount if bound in ("at_most", "less_than") else None)


@pytest.mark.parametrize(
    ("text", "lower", "upper", "unit"),
    [
        ("10万至20万", 100_000, 200_000, None),
        ("10至20万元", 100_000, 200_000, "CNY"),
        ("8000至1万元", 8000, 10_000, "CNY"),
        ("8000亿到1万亿", 800_000_000_000, 1_000_000_000_000, None),
        ("3%至5%", 3, 5, "%"),
        ("3.5%—4%", "3.5", 4, "%"),
        ("10—15%", 10, 15, "%"),
        ("-5%至5%", -5, 5, "%"),
        ("-20%--10%", -20, -10, "%"),
        ("1-2万", 10_000, 20_000, None),
        ("9.1亿元-9.9亿元", 910_000_000, 990_000_000, "CNY"),
        ("百分之二十到三十", 20, 30, "%"),
        ("两三百元", 200, 300, "CNY"),
        ("五六位", 5, 6, "位"),
        ("十几亿", 1_000_000_000, 2_000_000_000, None),
        ("几十家", 10, 100, "家"),
        ("数千名", 1000, 10_000, "名"),
        ("两位数", 10, 99, "%"),
    ],
)
def test_ranges_have_no_amount(text: str, lower: int | str, upper: int | str, unit: str | None) -> None:
    assert parse_quantity(text) == Quantity(None, Decimal(lower), Decimal(upper), unit, "range")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("第一", Quantity(Decimal(1), unit="rank")),
        ("全球第二大", Quantity(Decimal(2), unit="rank")),
        ("第13位", Quantity(Decimal(13), unit="rank")),
        ("首位", Quantity(Decimal(1), unit="rank")),
        ("前三位", Quantity(Decimal(3), None, Decimal(3), "rank", "at_most")),
        ("居前十", Quantity(Decimal(10), None, Decimal(10), "rank", "at_most")),
        ("第一梯队", Quantity(unit="rank")),
    ],
)
def test_ranks_are_no_counts(text: str, expected: Quantity) -> None:
    assert parse_quantity(text) == expected


@pytest.mark.parametrize("text", ["若干", "2.31:1", "20-23-26", "……", "Ⅱ类"])
def test_words_without_one_readable_number_give_no_amount(text: str) -> None:
    assert parse_quantity(text).amount is None
    assert parse_quantity(text).bound == "exact"


@pytest.mark.parametrize(
    ("text", "attributes", "context", "amount", "unit", "kind", "basis"),
    [
        ("9.8%", ["yoy+"], "", "9.8", "%", "change", "yoy"),
        ("9.8%", ["yoy-", "est"], "", "-9.8", "%", "change", "yoy"),
        ("-57%", ["yoy-"], "", "-57", "%", "change", "yoy"),
        ("0.3个百分点", ["mom-"], "", "-0.3", "pp", "change", "mom"),
        ("5个百分点", ["chg+"], "", "5", "pp", "change", "other"),
        ("持平", ["yoy"], "", "0", "%", "change", "yoy"),
        ("持平", ["yoy-"], "", "0", "%", "change", "yoy"),
        ("1.9倍", ["yoy+"], "增长", "190", "%", "change", "yoy"),
        ("1.9倍", ["chg+"], "增长到去年的", "90", "%", "change", "other"),
        ("1.9倍", [], "是全国的", "1.9", "times", "", None),
        ("两成", ["yoy-"], "", "-20", "%", "change", "yoy"),
        ("翻两番", ["chg+"], "", "300", "%", "change", "other"),
        ("13位", ["rank"], "", "13", "rank", "rank", None),
        ("第三", [], "", "3", "rank", "rank", None),
        ("500亿元", ["target"], "", "50000000000", "CNY", "", None),
    ],
)
def test_attributes_give_sign_kind_and_basis(
    text: str, attributes: list[str], context: str, amount: str, unit: str, kind: str, basis: str | None
) -> None:
    changed = apply_change(parse_quantity(text), attributes, context)
    assert changed.quantity.amount == Decimal(amount)
    assert (changed.quantity.unit, changed.kind, changed.basis) == (unit, kind, basis)


def test_a_decrease_turns_its_bound_round() -> None:
    """下降超过5% is a number below -5, so that lower <= amount <= upper holds on the number line."""
    assert apply_change(parse_quantity("超过5%"), ["yoy-"]).quantity == Quantity(Decimal(-5), None, Decimal(-5), "%", "less_than")
    assert apply_change(parse_quantity("5%至8%"), ["yoy-"]).quantity == Quantity(None, Decimal(-8), Decimal(-5), "%", "range")


CASES = [
    case
    for path in sorted((Path(__file__).parents[1] / "spec").glob("quantity-*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("group", sorted({case["group"] for case in CASES}))
def test_the_specification(group: str) -> None:
    wrong = []
    for case in CASES:
        if case["group"] == group:
            found = _result(case)
            wanted = case.get("expect", {})
            if "unsupported" in case:
                found = {name: value for name, value in found.items() if name in ("amount", "lower", "upper", "error")}
            if "error" in case:
                wanted = {"error": "refused"}
            if found != wanted:
                wrong.append((case, found))
    assert not wrong


def _result(case: dict[str, Any]) -> dict[str, str]:
    text = case["text"] if "text" in case else case["repeat"][0] * case["repeat"][1]
    context = case.get("context", "")
    try:
        quantity = parse_quantity(text, context)
    except InputError:
        return {"error": "refused"}
    row = {}
    if "attributes" in case:
        quantity, kind, basis = apply_change(quantity, case["attributes"], context)
        row = {"kind": kind} | ({"basis": basis} if basis else {})
    for name in ("amount", "lower", "upper"):
        if (number := getattr(quantity, name)) is not None:
            row[name] = _plain(number)
    return row | ({"unit": quantity.unit} if quantity.unit else {}) | {"bound": quantity.bound}


def _plain(number: Decimal) -> str:
    words = format(number, "f")
    return words.rstrip("0").rstrip(".") if "." in words else words


def test_the_specification_is_large_and_has_no_doubles() -> None:
    assert len(CASES) >= 900
    inputs = [json.dumps([case.get("text", case.get("repeat")), case.get("context"), case.get("attributes")]) for case in CASES]
    assert len(set(inputs)) == len(inputs)


@given(
    st.from_regex(
        r"(近|约|超过|不足|至少)?-?[0-9]{1,9}(\.[0-9]{1,3})?(万|亿|万亿)?(多|余)?(元|%|家|个|千瓦|元/吨|度|成|起|)(以上|左右)?",
        fullmatch=True,
    )
)
def test_the_short_way_reads_what_the_long_way_reads(text: str) -> None:
    quick = quantity_module._read_plain(text)
    assert quick is None or quick == quantity_module._read_any(text, "")


@given(st.integers(0, 10**12 - 1))
def test_any_integer_comes_back_from_every_spelling(number: int) -> None:
    for text in (str(number), f"{number:,}", str(number).translate(_FULL_WIDTH), f"{number:,}".translate(_FULL_WIDTH)):
        assert parse_quantity(f"{text}家") == Quantity(Decimal(number), unit="家")
    assert parse_quantity(f"{_chinese(number)}家") == Quantity(Decimal(number), unit="家")


@given(st.decimals(0, 10**6, places=2), st.sampled_from([("万", 10**4), ("亿", 10**8), ("万亿", 10**12), ("百万", 10**6)]))
def test_any_number_times_a_scale_is_exact(number: Decimal, scale: tuple[str, int]) -> None:
    word, factor = scale
    assert parse_quantity(f"{number}{word}元") == Quantity(number * factor, unit="CNY")


@given(st.text(max_size=60), st.text(max_size=20))
def test_no_text_raises_anything_but_an_input_error(text: str, context: str) -> None:
    try:
        quantity = parse_quantity(text, context)
    except InputError:
        return
    apply_change(quantity, ["yoy-"], context)


@given(st.text("0123456789万亿千百十零一二两三半成倍多余几数上近超-—至到.,%元家年个第前位块毛 ", max_size=40))
def test_no_numeral_raises_anything_but_an_input_error(text: str) -> None:
    try:
        quantity = parse_quantity(text)
    except InputError:
        return
    assert quantity.lower is None or quantity.upper is None or quantity.lower <= quantity.upper


@pytest.mark.parametrize("text", ["", " \n", "9" * 1_000_000, "1" + "0" * 31, "万亿" * 60])
def test_empty_and_absurd_input_is_refused_at_once(text: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(InputError):
        parse_quantity(text)
    assert time.perf_counter() - begin < 0.5


def test_the_decimal_context_of_the_caller_changes_nothing() -> None:
    with localcontext() as context:
        context.prec = 3
        assert parse_quantity("123456.789亿元").amount == Decimal("12345678900000")
