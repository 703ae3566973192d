"""Names into areas.

:func:`resolve_region` finds the area that a REGION names (``广东佛山``, ``两江新区直管区``, ``全省``). What it knows lies as JSON
beside the code: ``divisions.json`` (GB/T 2260, down to counties), ``former_divisions.json`` (the codes that came and went since
1980, with the months), ``countries.json`` (ISO 3166-1), ``zones.json`` (development zones), and ``areas.json``, kept by hand,
with abbreviations and groups of regions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from zhibiao.stored import read_stored

__all__ = ["Region", "resolve_region"]


@dataclass(frozen=True, slots=True)
class Region:
    """A reference area.

    Attributes:
        name: Its canonical name (广东 is 广东省); for an unknown or ambiguous one the words as they stand.
        code: Its six-digit GB/T 2260 code, for a development zone that of the smallest division it is known to lie in, for a
            country its ISO 3166-1 alpha-2 code; None where there is none.
        kind: ``province``, ``prefecture``, ``county`` (the levels of GB/T 2260), ``zone``, ``country``, ``group`` (several of
            them, such as 长三角), ``world``, ``ambiguous``, or ``""`` for a name that is not known.
        candidates: For an ambiguous name all areas that it may mean, by their codes.
    """

    name: str
    code: str | None = None
    kind: str = ""
    candidates: tuple[Region, ...] = ()

    @property
    def resolved(self) -> bool:
        """Whether the name means one known area."""
        return self.kind not in ("", "ambiguous")


def resolve_region(name: str, within: str | Sequence[str | Region] | None = None, on: date | None = None) -> Region:
    """Find the area that a name means.

    Args:
        name: The REGION as it stands in the text.
        within: The regions that stand earlier in the article, nearest first, as words or as found before. They tell what 全市
            and 该区 mean, and which of several divisions of one name (朝阳区) is meant. The nearest 30 are read.
        on: A day: divisions are those of that day, as far as the revisions of GB/T 2260 since 1980 tell (江宁县 in 1999).
            Without it today's divisions come first, and an abolished one is found where its name is nobody else's.

    Returns:
        The area. A name that is not known has the kind ``""``; one that could mean several areas is ``ambiguous`` and has them
        as its candidates: nothing is guessed.
    """
    earlier = [within] if isinstance(within, str) else list(within or ())
    scene = _Scene((), on)
    for word in reversed(earlier[:_FURTHEST]):
        found = _find(_tidy(word), scene) if isinstance(word, str) else _areas_of(word)
        if len(found) == 1 and not found[0].weak:
            scene = replace(scene, known=(found[0], *scene.known))
    found = _find(_tidy(name), scene)
    if len(found) == 1 and not found[0].weak:
        return found[0].region
    regions = {area.region: None for area in sorted(found, key=lambda area: area.code or "")}
    return Region(name, None, "ambiguous" if found else "", tuple(regions))


_FURTHEST = 30
_LONGEST = 40
_NATION = "CN"
_NATION_WORDS = ("我国", "全国", "本国")
_LEVELS = {"province": 1, "prefecture": 2, "county": 3}
# The municipalities: their districts are known by the bare name (朝阳).
_MUNICIPALITIES = ("11", "12", "31", "50")


@dataclass(frozen=True, slots=True)
class _Area:
    """What a name may mean.

    Attributes:
        name, code, kind: As in :class:`Region`.
        weak: Whether the name it was found under needs an enclosing division to be understood.
        since, until: Months (2019-04) between which the standard holds the division, the latter exclusive; '' for open.
    """

    name: str
    code: str | None
    kind: str
    weak: bool = False
    since: str = ""
    until: str = ""

    @property
    def region(self) -> Region:
        return Region(self.name, self.code, self.kind)

    @property
    def level(self) -> int:
        """1 to 3 for the divisions, 0 for everything else."""
        return _LEVELS.get(self.kind, 0)

    @property
    def division(self) -> str:
        """The digits of the code that say where it lies: ``4406`` for 佛山市; ``""`` outside the divisions of China."""
        if self.code is None or not self.code.isdigit():
            return ""
        return self.code[:2] if self.code.endswith("0000") else self.code[:4] if self.code.endswith("00") else self.code

    def stood(self, on: date) -> bool:
        month = f"{on.year:04}-{on.month:02}"
        return self.since <= month and (not self.until or month < self.until)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What a name is read in: the areas known from the text before, nearest first, and the day."""

    known: tuple[_Area, ...]
    on: date | None


def _areas_of(region: Region) -> tuple[_Area, ...]:
    return (_Area(region.name, region.code, region.kind),) if region.resolved else ()


# --- What is known --------------------------------------------------------------------------------------------------------------

_PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|达斡尔|仫佬|羌|布朗"
    "|撒拉|毛南|仡佬|锡伯|塔吉克|普米|怒|鄂温克|保安|裕固|独龙|鄂伦春|门巴|各"
)
_AUTONOMOUS = re.compile(rf"(?P<name>.{{2,}}?)(?:(?:{_PEOPLES})族|蒙古|维吾尔|哈萨克|柯尔克孜)*自治(?P<kind>[区州县旗])")
_PLAIN = re.compile(r"(?P<name>.{2,}?)(?:特别行政区|省|市|地区|林区|特区|盟|区|县|旗)")


def _short_names(name: str) -> set[str]:
    """广西 for 广西壮族自治区; 甘孜 and 甘孜州 for 甘孜藏族自治州."""
    if found := _AUTONOMOUS.fullmatch(name):
        return {found["name"]} | ({found["name"] + found["kind"]} if found["kind"] != "区" else set())
    found = _PLAIN.fullmatch(name)
    return {found["name"]} if found else set()


def _kind_of(code: str) -> str:
    return "province" if code.endswith("0000") else "prefecture" if code.endswith("00") else "county"


@cache
def _divisions() -> dict[str, _Area]:
    """Today's divisions by their codes."""
    return {code: _Area(name, code, _kind_of(code)) for code, name in read_stored("divisions.json")["divisions"]}


@cache
def _former() -> tuple[dict[tuple[str, str], str], dict[str, tuple[_Area, ...]]]:
    """The months since which today's divisions stand, by code and name, and the abolished ones by their names."""
    since: dict[tuple[str, str], str] = {}
    gone: dict[str, list[_Area]] = {}
    for code, name, first, end in read_stored("former_divisions.json")["divisions"]:
        if not end:
            since[code, name] = first
            continue
        area = _Area(name, code, _kind_of(code), since=first, until=end)
        for word in {_tidy(name), *_short_names(name)}:
            gone.setdefault(word, []).append(area)
    return since, {word: tuple(areas) for word, areas in gone.items()}


def _named(name: str, scene: _Scene) -> tuple[_Area, ...]:
    """The areas that bear a name: of the day, or today's, or the one that was abolished last."""
    today = _names().get(name, ())
    if scene.on is None and today:
        return today
    since, gone = _former()
    areas = gone.get(name, ())
    if scene.on is not None:
        dated = [replace(area, since=since.get((area.code or "", area.name), "")) for area in today]
        standing = tuple(area for area in (*dated, *areas) if area.stood(scene.on))
        if standing or today:
            return standing or today
    # A division that changed its code has a row for each; the last one of each name and place is meant.
    latest = {(area.name, (area.code or "")[:2]): area for area in sorted(areas, key=lambda area: area.until)}
    return tuple(latest.values())


@cache
def _names() -> dict[str, tuple[_Area, ...]]:
    """All names of today with the areas they may mean."""
    names: dict[str, dict[_Area, None]] = {}

    def add(name: str, area: _Area) -> None:
        names.setdefault(_tidy(name), {})[area] = None

    by_hand, divisions = read_stored("areas.json"), _divisions()
    common = frozenset(by_hand["common_words"])
    for area in divisions.values():
        add(area.name, area)
        district = area.kind == "county" and area.name.endswith("区")
        for short in _short_names(area.name):
            add(short, replace(area, weak=district and short in common))
    nation = _Area(by_hand["nation"]["name"], by_hand["nation"]["code"], "country")
    for word in by_hand["nation"]["words"]:
        add(word, nation)
    countries = {code: _Area(name, code, "country") for code, name in read_stored("countries.json")["countries"]}
    countries |= {code: _Area(name, code, "country") for code, name in by_hand["extra_countries"].items()}
    for area in countries.values():
        add(area.name, area)
    for word, code in (by_hand["country_aliases"]).items():
        add(word, countries[code])
    for word, code in (by_hand["abbreviations"] | by_hand["aliases"]).items():
        add(word, divisions[code])
    for word, codes in by_hand["ambiguous_abbreviations"].items():
        for code in codes:
            add(word, replace(divisions.get(code) or countries[code], weak=True))
    for name, code, _type, _approved, words in read_stored("zones.json")["zones"]:
        # A zone outranks a county of its name: 浦东新区 is the new area.
        for word in (name, *words):
            names.pop(_tidy(word), None)
            add(word, _Area(name, code, "zone"))
    for name, words in by_hand["groups"]:
        for word in (name, *words):
            add(word, _Area(name, None, "world" if name == _WORLD else "group"))
    return {name: tuple(areas) for name, areas in names.items()}


# --- Finding --------------------------------------------------------------------------------------------------------------------

# What may follow a name without changing the area.
_SAME_AREA = re.compile(
    r"(?:全[省市区县州境域岛村]|地区|区域|省内|市内|区内|县内|境内|省份|国家|各国|各地|核心区|直管区|直管区域|本地|当地)$"
)
_ZONE = re.compile(r".*(?:[区园港城]|口岸|基地|产业带|科创走廊|示范带|高新|经开|自贸区)$")
_NOT_A_ZONE = re.compile(r".*(?:地区|山区|牧区|流域|灌区|城区|市区|郊区|老区|库区|海区|主产区|城市|都市区)$")
_EPITHET = re.compile("[花春星岛古江山泉冰鹏羊榕蓉椰龙钢煤瓷水车港][城都]|历史名城|省会(?:城市)?|首府|直辖市")
_ANAPHOR = re.compile(
    r"(?P<sign>全|该|我|本|这个|此|上述|整个|)(?P<what>省|市|国|地区|自治区|辖区|区|县|旗|自治州|州|盟|园区?|新区|开发区|高新区|经开区|示范区|试验区|自贸港|自贸区|自贸试验区|合作区|保税区)"
    r"(?P<inside>境?内)?域?"
)
_HERE = ("当地", "本地", "该地", "境内", "辖区内")
_WORLD = "全球"
_EVERYWHERE = (_WORLD, "海外")
_ZONE_NOUNS = frozenset(
    ["园", "园区", "新区", "开发区", "高新区", "经开区", "示范区", "试验区", "自贸港", "自贸区", "自贸试验区", "合作区", "保税区"]
)


def _tidy(name: str) -> str:
    """One spelling: NFKC without white space and quotes."""
    return re.sub(r"[\s“”\"'‘’「」]", "", unicodedata.normalize("NFKC", name[: 2 * _LONGEST]))


def _find(name: str, scene: _Scene) -> Sequence[_Area]:
    """The areas that a tidied name may mean: none, one, or several that nothing tells apart."""
    if not name or len(name) > _LONGEST:
        return ()
    if name in _HERE:
        return _first(area for area in scene.known if area.code != _NATION and area.name not in _EVERYWHERE)
    if found := _ANAPHOR.fullmatch(name):
        alone = (
            (found["what"] in _ZONE_NOUNS and found["what"] != "园") or found["what"] == "自治区" or found["inside"]
        )  # 园区, 省内; 市 alone is no region
        referent = _refer(found["what"], scene) if (found["sign"] or alone) and name not in _NATION_WORDS else ()
        if referent or name not in _names():  # 全州 is a county too
            return referent
    if bearers := _named(name, scene):
        return _choose(bearers, scene)
    if (epithet := _EPITHET.match(name)) and (bearers := _named(name[epithet.end() :], scene)):
        return _choose([area for area in bearers if area.level in (1, 2)], scene)
    if name.endswith("市区"):
        city = _find(name[:-1], scene)
        if city and all(area.kind == "prefecture" for area in city):
            return city  # 苏州市区
    if same := _SAME_AREA.search(name):
        return _find(name[: same.start()], scene)
    return _find_compound(name, scene)


def _first(areas: Iterable[_Area]) -> tuple[_Area, ...]:
    return next(((area,) for area in areas), ())


def _choose(areas: Sequence[_Area], scene: _Scene) -> Sequence[_Area]:
    """The one that is meant of all that bear a name, or those that it may be."""
    large = [area for area in areas if area.level <= _LEVELS["province"] and not area.weak]
    if len(large) == 1:
        return large
    if len(areas) == 1 and not areas[0].weak:
        return areas
    for other in scene.known:
        near = [area for area in areas if _related(area, other)]
        nearest = [area for area in near if area.level == min(area.level for area in near)]
        if len(nearest) == 1:  # of 朝阳市 and the 朝阳县 in it, the city
            return (replace(nearest[0], weak=False),)
    strong = [area for area in areas if not area.weak]
    level = min((area.level for area in strong), default=0)
    top = [area for area in strong if area.level == level]
    # 朝阳 may be the city in 辽宁 or the district of 北京.
    rival = level == _LEVELS["prefecture"] and any(
        area.kind == "county" and area.division.startswith(_MUNICIPALITIES) for area in strong
    )
    # 清河 is a county, and a district elsewhere.
    rival = rival or (level == _LEVELS["county"] and len(areas) > 1)
    return top if len(top) == 1 and not rival else areas


def _related(area: _Area, other: _Area) -> bool:
    """Whether one of the two lies in the other."""
    if area.code is not None and area.code == other.code:
        return True
    a, b = area.division, other.division
    return bool(a and b) and (a.startswith(b) or b.startswith(a))


def _find_compound(name: str, scene: _Scene) -> Sequence[_Area]:
    """Names told with the division they lie in (广东佛山), and development zones named after one (成都高新区)."""
    for cut in range(len(name) - 1, 1, -1):
        heads = _named(name[:cut], scene)
        if not heads:
            continue
        rest = name[cut:]
        inside = {area.code: area for head in heads for area in _find_inside(rest, head, name, scene)}
        if inside:
            return tuple(inside.values())
        chosen = _choose(heads, scene)
        if len(chosen) > 1 or not chosen[0].division or not _is_zone(rest):
            return ()
        for short in sorted(_short_names(chosen[0].name)):
            if zones := _names().get(short + rest):  # 西安市高新区 is the 西安高新区
                return zones
        return (_Area(name, chosen[0].code, "zone"),)
    return ()


def _is_zone(rest: str) -> bool:
    return bool(_ZONE.fullmatch(rest)) and not _NOT_A_ZONE.fullmatch(rest)


def _find_inside(rest: str, head: _Area, whole: str, scene: _Scene) -> Sequence[_Area]:
    """The areas that the rest of a compound names, if they lie in the head."""
    alone = replace(scene, known=())
    if head.code == _NATION:
        return [area for area in _find(rest, alone) if area.division or area.code is None]
    if not head.division:
        return ()
    areas = {area.code: area for area in _named(rest, scene) if area.division.startswith(head.division)}
    if len(areas) == 1:
        return tuple(replace(area, weak=False) for area in areas.values())
    if areas:
        # 吉林吉林市: the division nearest below the head.
        return _choose(tuple(areas.values()), alone)
    for cut in range(len(rest) - 1, 1, -1):
        for middle in _named(rest[:cut], scene):
            if middle.division.startswith(head.division) and middle.division != head.division:
                deeper = _find_inside(rest[cut:], middle, whole, scene)
                if deeper:
                    return deeper
                if _SAME_AREA.fullmatch(rest[cut:]):
                    return (middle,)
                if _is_zone(rest[cut:]):
                    return (_Area(whole, middle.code, "zone"),)
    return ()


def _refer(what: str, scene: _Scene) -> Sequence[_Area]:
    """The nearest area before that a word such as 全市 or 该区 can stand for, or the division around it."""
    return _first(found for area in scene.known if (found := _widen(what, area)) is not None)


def _widen(what: str, area: _Area) -> _Area | None:
    """The division of a kind that an area is or lies in."""
    if what in _ZONE_NOUNS:
        return area if area.kind == "zone" else None
    if what == "国":
        return area if area.kind == "country" else None
    if not area.division:
        return None
    code = area.code or ""
    divisions = _divisions()
    around = [area if area.level else divisions.get(code), divisions.get(code[:4] + "00"), divisions.get(code[:2] + "0000")]
    if what in ("区", "辖区") and area.kind == "zone":
        # A national innovation demonstration zone is several cities' zones together: nobody's 该区.
        return None if area.name.endswith("自主创新示范区") else area
    ends = {"辖区": "区", "自治区": "自治区", "自治州": "自治州"}.get(what, what)
    return next((division for division in around if division and _ends_so(division.name, ends)), None)


def _ends_so(name: str, ending: str) -> bool:
    return name.endswith(ending) and not (ending == "区" and name.endswith(("地区", "特别行政区")))
