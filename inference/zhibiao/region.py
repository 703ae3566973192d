"""Names into areas.

:func:`resolve_region` finds the area that a REGION names (``广东佛山``, ``两江新区直管区``, ``全省``). What it knows lies as JSON
beside the code: ``divisions.json`` (GB/T 2260, down to counties), ``countries.json`` (ISO 3166-1), and ``areas.json``, kept by
hand, with abbreviations, new areas and groups of regions.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

__all__ = ["Region", "resolve_region"]


@dataclass(frozen=True, slots=True)
class Region:
    """A reference area.

    Attributes:
        name: Its canonical name (广东 is 广东省).
        code: Its six-digit GB/T 2260 code, for a development zone that of the division it lies in, for a country its ISO 3166-1
            alpha-2 code; None where it is not known.
    """

    name: str
    code: str | None = None


def resolve_region(name: str, context: Sequence[str] = ()) -> Region | None:
    """Find the area that a name means.

    Args:
        name: The REGION as it stands in the text.
        context: The regions that stand earlier in the article, nearest first. They tell what 全市 and 该区 mean, and which of
            several divisions of one name (朝阳区) is meant. The nearest 30 are read.

    Returns:
        The area; groups of regions (长三角) have no code. None where the name is unknown, or could mean several areas.
    """
    known: list[_Area] = []  # nearest first, each read with what stands before it
    for word in reversed(context[:_FURTHEST]):
        area = _find(_tidy(word), known)
        if area is not None:
            known.insert(0, area)
    found = _find(_tidy(name), known)
    return Region(found.name, found.code) if found else None


_FURTHEST = 30
_LONGEST = 40
_NATION = "CN"
_STATE, _PROVINCE, _PREFECTURE, _COUNTY = range(4)
# Their districts are known by the bare name (海淀, 黔江); others are not (中原 is more than a district of 郑州).
_MUNICIPALITIES = ("11", "12", "31", "50")


@dataclass(frozen=True, slots=True)
class _Area:
    """What a name may mean.

    Attributes:
        name, code: As in :class:`Region`.
        level: Province, prefecture and county, or _STATE for countries and groups.
        zone: Whether it is a development zone, which lies in the division of its code.
        weak: Whether the name it was found under needs an enclosing division to be understood.
    """

    name: str
    code: str | None
    level: int
    zone: bool = False
    weak: bool = False

    @property
    def division(self) -> str:
        """The digits of the code that say where it lies: ``4406`` for 佛山市; ``""`` outside the divisions of China."""
        if self.code is None or not self.code.isdigit():
            return ""
        return self.code[:2] if self.code.endswith("0000") else self.code[:4] if self.code.endswith("00") else self.code


# --- What is known --------------------------------------------------------------------------------------------------------------

_PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗"
    "|撒拉|毛南|仡佬|锡伯|塔吉克|普米|怒|鄂温克|保安|裕固|独龙|鄂伦春|门巴|各"
)
_AUTONOMOUS = re.compile(rf"(?P<name>.{{2,}}?)(?:(?:{_PEOPLES})族|蒙古|维吾尔|哈萨克|柯尔克孜)*自治(?P<kind>[区州县旗])")
_PLAIN = re.compile(r"(?P<name>.{2,}?)(?:特别行政区|省|市|地区|林区|特区|盟|区|县|旗)")


def _read(name: str) -> Any:
    return json.loads(resources.files("zhibiao").joinpath("data", name).read_text(encoding="utf-8"))


def _short_names(name: str) -> set[str]:
    """广西 for 广西壮族自治区; 甘孜 and 甘孜州 for 甘孜藏族自治州."""
    if found := _AUTONOMOUS.fullmatch(name):
        return {found["name"]} | ({found["name"] + found["kind"]} if found["kind"] != "区" else set())
    found = _PLAIN.fullmatch(name)
    return {found["name"]} if found else set()


@cache
def _divisions() -> dict[str, _Area]:
    """All divisions by their codes."""

    def level(code: str) -> int:
        return _PROVINCE if code.endswith("0000") else _PREFECTURE if code.endswith("00") else _COUNTY

    return {code: _Area(name, code, level(code)) for code, name in _read("divisions.json")["divisions"]}


@cache
def _names() -> dict[str, tuple[_Area, ...]]:
    """All names with the areas they may mean."""
    names: dict[str, dict[_Area, None]] = {}

    def add(name: str, area: _Area) -> None:
        names.setdefault(_tidy(name), {})[area] = None

    by_hand, divisions = _read("areas.json"), _divisions()
    for area in divisions.values():
        add(area.name, area)
        district = area.level == _COUNTY and area.name.endswith("区") and not area.division.startswith(_MUNICIPALITIES)
        for short in _short_names(area.name):
            add(short, _Area(area.name, area.code, area.level, weak=district))
    nation = _Area(by_hand["nation"]["name"], by_hand["nation"]["code"], _STATE)
    for word in by_hand["nation"]["words"]:
        add(word, nation)
    countries = {code: _Area(name, code, _STATE) for code, name in _read("countries.json")["countries"]}
    countries |= {code: _Area(name, code, _STATE) for code, name in by_hand["extra_countries"].items()}
    for area in countries.values():
        add(area.name, area)
    for word, code in (by_hand["country_aliases"]).items():
        add(word, countries[code])
    for word, code in (by_hand["abbreviations"] | by_hand["aliases"]).items():
        add(word, divisions[code])
    for word, codes in by_hand["ambiguous_abbreviations"].items():
        for code in codes:
            area = divisions.get(code) or countries[code]
            add(word, _Area(area.name, area.code, area.level, weak=True))
    for name, code, words in by_hand["new_areas"] + by_hand["zones"]:
        # A zone outranks a county of its name: 浦东新区 is the new area.
        for word in (name, *words):
            names.pop(_tidy(word), None)
            add(word, _Area(name, code, _STATE, zone=True))
    for name, words in by_hand["groups"]:
        for word in (name, *words):
            add(word, _Area(name, None, _STATE))
    return {name: tuple(areas) for name, areas in names.items()}


# --- Finding --------------------------------------------------------------------------------------------------------------------

# What may follow a name without changing the area.
_SAME_AREA = re.compile(
    r"(?:全[省市区县州境域岛村]|地区|区域|省内|市内|区内|县内|境内|省份|国家|各国|各地|核心区|直管区|直管区域|本地|当地)$"
)
_ZONE = re.compile(r".*(?:[区园港城]|口岸|基地|产业带|科创走廊|示范带|高新|经开|自贸区)$")
_NOT_A_ZONE = re.compile(r".*(?:地区|山区|牧区|流域|灌区|城区|市区|郊区|老区|库区|海区|主产区|城市|都市区)$")
_ANAPHOR = re.compile(
    r"(?P<sign>全|该|我|本|这个|此|上述|整个|)(?P<what>省|市|自治区|辖区|区|县|旗|自治州|州|盟|园区|新区|开发区|高新区|经开区|示范区|试验区|自贸港|自贸区|自贸试验区|合作区|保税区)"
    r"(?P<inside>境?内)?域?"
)
_HERE = ("当地", "本地", "该地", "该地区", "本地区")
_EVERYWHERE = ("全球", "海外")
_ZONE_NOUNS = frozenset(
    ["园区", "新区", "开发区", "高新区", "经开区", "示范区", "试验区", "自贸港", "自贸区", "自贸试验区", "合作区", "保税区"]
)


def _tidy(name: str) -> str:
    """One spelling: NFKC without white space and quotes."""
    return re.sub(r"[\s“”\"'‘’「」]", "", unicodedata.normalize("NFKC", name[: 2 * _LONGEST]))


def _find(name: str, known: Sequence[_Area]) -> _Area | None:
    """The area of a tidied name, ``known`` being those named before it, nearest first."""
    if not name or len(name) > _LONGEST:
        return None
    if areas := _names().get(name):
        return _choose(areas, known)
    if name in _HERE:
        return next((area for area in known if area.code != _NATION and area.name not in _EVERYWHERE), None)
    if found := _ANAPHOR.fullmatch(name):
        alone = found["what"] in _ZONE_NOUNS or found["what"] == "自治区" or found["inside"]  # 园区, 省内; 市 alone is no region
        return _refer(found["what"], known) if found["sign"] or alone else None
    if same := _SAME_AREA.search(name):
        return _find(name[: same.start()], known)
    return _find_compound(name, known)


def _choose(areas: Sequence[_Area], known: Sequence[_Area]) -> _Area | None:
    """The one that is meant of all that bear a name, or None."""
    large = [area for area in areas if area.level <= _PROVINCE and not area.weak]
    if len(large) == 1:
        return large[0]
    if len(areas) == 1 and not areas[0].weak:
        return areas[0]
    for other in known:
        near = [area for area in areas if _related(area, other)]
        nearest = [area for area in near if area.level == min(area.level for area in near)]
        if len(nearest) == 1:  # of 朝阳市 and the 朝阳县 in it, the city
            return nearest[0]
    strong = [area for area in areas if not area.weak]
    if not strong:
        return None
    level = min(area.level for area in strong)
    top = [area for area in strong if area.level == level]
    # 朝阳 may be the city in 辽宁 or the district of 北京.
    rival = level == _PREFECTURE and any(area.level == _COUNTY and area.division.startswith(_MUNICIPALITIES) for area in strong)
    return top[0] if len(top) == 1 and not rival else None


def _related(area: _Area, other: _Area) -> bool:
    """Whether one of the two lies in the other."""
    if area.code is not None and area.code == other.code:
        return True
    a, b = area.division, other.division
    return bool(a and b) and (a.startswith(b) or b.startswith(a))


def _find_compound(name: str, known: Sequence[_Area]) -> _Area | None:
    """Names told with the division they lie in (广东佛山), and development zones named after one (成都高新区)."""
    for cut in range(len(name) - 1, 1, -1):
        heads = _names().get(name[:cut])
        if heads is None:
            continue
        rest = name[cut:]
        inside = {area.code: area for head in heads for area in [_find_inside(rest, head, name)] if area is not None}
        if len(inside) == 1:
            return next(iter(inside.values()))
        head = _choose(heads, known)
        if head is None or inside or not head.division or not _is_zone(rest):
            return None
        return _Area(name, head.code, _STATE, zone=True)
    return None


def _is_zone(rest: str) -> bool:
    return bool(_ZONE.fullmatch(rest)) and not _NOT_A_ZONE.fullmatch(rest)


def _find_inside(rest: str, head: _Area, whole: str) -> _Area | None:
    """The area that the rest of a compound names, if it lies in the head."""
    if head.code == _NATION:
        found = _find(rest, ())
        return found if found and (found.division or found.code is None) else None
    if not head.division:
        return None
    areas = {area.code: area for area in _names().get(rest, ()) if area.division.startswith(head.division)}
    if len(areas) == 1:
        return next(iter(areas.values()))
    if areas:
        # 吉林吉林市: the division nearest below the head.
        return _choose(tuple(areas.values()), ())
    for cut in range(len(rest) - 1, 1, -1):
        for middle in _names().get(rest[:cut], ()):
            if middle.division.startswith(head.division) and middle.division != head.division:
                deeper = _find_inside(rest[cut:], middle, whole)
                if deeper is not None:
                    return deeper
                if _SAME_AREA.fullmatch(rest[cut:]):
                    return middle
                if _is_zone(rest[cut:]):
                    return _Area(whole, middle.code, _STATE, zone=True)
    return None


def _refer(what: str, known: Sequence[_Area]) -> _Area | None:
    """The nearest area before that a word such as 全市 or 该区 can stand for, or the division around it."""
    for area in known:
        if (found := _widen(what, area)) is not None:
            return found
    return None


def _widen(what: str, area: _Area) -> _Area | None:
    """The division of a kind that an area is or lies in."""
    if what in _ZONE_NOUNS:
        return area if area.zone else None
    if not area.division:
        return None
    code = area.code or ""
    divisions = _divisions()
    around = [divisions.get(part) for part in (code, code[:4] + "00", code[:2] + "0000")]
    if what in ("区", "辖区") and area.zone:
        return area
    ends = {"辖区": "区", "自治区": "自治区", "自治州": "自治州"}.get(what, what)
    return next((division for division in around if division and _ends_so(division.name, ends)), None)


def _ends_so(name: str, ending: str) -> bool:
    return name.endswith(ending) and not (ending == "区" and name.endswith(("地区", "特别行政区")))
