"""Numerals: 1.2万亿, 三千五百, ３,８００, 三四百, 几十.

:func:`scan_numeral` reads the numeral that begins at a place of a text: Arabic figures, Chinese ones and what mixes the two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["FIGURES", "Numeral", "scan_numeral", "whole_numeral"]

_DIGIT_FORMS = ("零〇○", "一壹", "二贰貳两俩兩", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
_DIGITS = {form: value for value, forms in enumerate(_DIGIT_FORMS) for form in forms}
_SCALES = {
    **dict.fromkeys("十拾", 10),
    **dict.fromkeys("百佰", 100),
    **dict.fromkeys("千仟", 1000),
    **dict.fromkeys("万萬", 10**4),
    **dict.fromkeys("亿億", 10**8),
    "兆": 10**12,
}
#: Every character of a Chinese numeral.
FIGURES = frozenset([*_DIGITS, *_SCALES])
_ZERO = _DIGIT_FORMS[0]
_MARK = 0  # 零 among the scales of a numeral: 三百零五 is 305, where 三百五 is 350
_BIG = 10**4  # scales from here on close a section: 三千二百|亿
_SEVERAL = "几数幾數"  # a digit nobody tells: 几十 lies in 10 … 100
_FUZZ = "多余来餘"
# Scales that begin a unit, where they follow a number: 600千瓦 and not 600000 瓦, 2.3百分点 and not 230 分点.
_UNIT_PREFIX = re.compile(r"千(?:瓦|克|米|升|卡|伏|帕|赫|焦|字节|比特)|兆(?:瓦|赫|帕|焦|字节|比特)|百分点")
_ARABIC = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9,])|[0-9]+(?:\.[0-9]+)?")
_SIGN = re.compile(r"[+\-−负]|零下")

#: A figure, a digit nobody tells (its two ends), or a scale; _MARK is 零.
_Token = Decimal | tuple[Decimal, Decimal] | int


@dataclass(frozen=True, slots=True)
class Numeral:
    """A numeral.

    Attributes:
        low, high: The ends it may lie between; equal where it is told in full. Without the sign.
        sign: 1 or -1.
        end: Where it ends in the text.
        bare: The figures alone where nothing but scales follows them (10 of 10万), else None.
        scale: The scales that follow the figures: 10000 of 10万.
        big: The scales from 万 on that end it: 10000 of 二十万.
        fuzzy: Whether 多, 余 or 来 stands inside.
    """

    low: Decimal
    high: Decimal
    sign: int
    end: int
    bare: Decimal | None
    scale: Decimal
    big: Decimal
    fuzzy: bool


def scan_numeral(words: str, start: int) -> Numeral | None:
    """Read the numeral that begins at ``start``, or None if none does.

    Args:
        words: NFKC text without white space.
        start: Where to begin; a sign may come first.
    """
    sign = _SIGN.match(words, start)
    place = sign.end() if sign else start
    tokens: list[_Token] = []
    fuzzy = False
    while place < len(words):
        character, following = words[place], words[place + 1 : place + 2]
        if arabic := _ARABIC.match(words, place):
            if tokens and not isinstance(tokens[-1], int):
                break
            tokens.append(Decimal(arabic.group().replace(",", "")))
            place = arabic.end()
        elif character in _DIGITS:
            if tokens and isinstance(tokens[-1], Decimal) and words[place - 1].isascii():
                break
            if character in _ZERO and tokens and (following in FIGURES or following.isdecimal()):
                tokens.append(_MARK)
                place += 1
            else:
                digits, place = _chinese_digits(words, place)
                tokens.append(digits)
        elif character in "点點" and tokens and not words[place - 1].isascii() and following in _DIGITS:
            part, place = _decimals(words, place + 1)  # 五十点二
            tokens.append(part)
        elif character in _SEVERAL and (tokens or following in _SCALES or following in ("倍", "成")):
            # 十几 lies in 10 … 20, 几十 in 10 … 100.
            least = 0 if tokens and _SCALES.get(following, _BIG) >= _BIG else 1
            tokens.append((Decimal(least), Decimal(10)))
            place += 1
        elif character in _SCALES and not _UNIT_PREFIX.match(words, place):
            tokens.append(_SCALES[character])
            place += 1
        elif tokens and character in _FUZZ and following in _SCALES and not _UNIT_PREFIX.match(words, place + 1):
            fuzzy = True
            place += 1
        elif tokens and character in "个個" and following in ("亿", "万"):
            place += 1  # 3.7个亿
        else:
            break
    if not tokens:
        return None
    low = _value(tokens, 0)
    high = _value(tokens, 1) if any(type(token) is tuple for token in tokens) else low
    scaled = len(tokens) > 1 and all(isinstance(token, int) for token in tokens[1:])
    bare = tokens[0] if scaled and isinstance(tokens[0], Decimal) else low if len(tokens) == 1 else None
    scale = _value(tokens[1:], 0) if scaled else Decimal(1)
    negative = sign is not None and sign.group() != "+"
    return Numeral(low, high, -1 if negative else 1, place, bare, scale, _big(tokens), fuzzy)


def whole_numeral(words: str) -> Decimal | None:
    """The number that fills all of ``words``, told in full; else None."""
    scanned = scan_numeral(words, 0)
    return scanned.low if scanned and scanned.end == len(words) and scanned.low == scanned.high else None


def _chinese_digits(words: str, start: int) -> tuple[Decimal | tuple[Decimal, Decimal], int]:
    """One Chinese digit; a row of them (二〇二〇); 三四 as the two ends of a guess; a decimal (三点五)."""
    end = start
    while end < len(words) and words[end] in _DIGITS:
        end += 1
    values = [_DIGITS[character] for character in words[start:end]]
    # 三四百, 五六位, 三五天; 一零 is a row.
    if (
        len(values) == 2
        and values[0]
        and (values[1] - values[0] == 1 or values == [3, 5])
        and words[end : end + 1] not in ("点", "點")
    ):
        return (Decimal(values[0]), Decimal(values[1])), end
    number = Decimal("".join(map(str, values)))
    if words[end : end + 1] in ("点", "點") and words[end + 1 : end + 2] in _DIGITS:
        part, end = _decimals(words, end + 1)
        number += part
    return number, end


def _decimals(words: str, start: int) -> tuple[Decimal, int]:
    """The digits after 点, as a part of one, and where they end."""
    end = start
    while end < len(words) and words[end] in _DIGITS:
        end += 1
    return Decimal("0." + "".join(str(_DIGITS[character]) for character in words[start:end])), end


def _value(tokens: Sequence[_Token], side: int) -> Decimal:
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
        elif scale == last_big and number is None and not section:
            total *= scale  # 四万万
        else:
            if place == 0:
                number = Decimal(1)  # 亿 alone
            section += number or 0
            total = (total + section) * scale if scale > last_big else total + section * scale  # 1.2万|亿
            section = Decimal(0)
            last_big = scale
        number, last = None, scale
    if number is not None:
        # 三百五 is 350 and 一万二 is 12000.
        short = last > 10 and 0 < number < 10 and number == number.to_integral_value()
        section += number * last / 10 if short else number
    return total + section


def _big(tokens: Sequence[_Token]) -> Decimal:
    big = Decimal(1)
    for token in reversed(tokens):
        if not isinstance(token, int) or token < _BIG:
            break
        big *= token
    return big
