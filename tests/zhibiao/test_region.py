"""A code joins tables: a wrong one joins what does not belong together, so doubt has to end in None."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhibiao import region
from zhibiao.region import Region, resolve_region


@pytest.mark.parametrize(
    ("name", "expected", "code"),
    [
        ("广东", "广东省", "440000"),
        ("粤", "广东省", "440000"),
        ("重庆", "重庆市", "500000"),
        ("新疆", "新疆维吾尔自治区", "650000"),
        ("内蒙古", "内蒙古自治区", "150000"),
        ("香港", "香港特别行政区", "810000"),
        ("台湾", "台湾省", "710000"),
        ("吉林", "吉林省", "220000"),
        ("吉林市", "吉林市", "220200"),
        ("佛山", "佛山市", "440600"),
        ("广东佛山", "佛山市", "440600"),
        ("四川绵阳平武县", "平武县", "510727"),
        ("北京朝阳区", "朝阳区", "110105"),
        ("中国苏州", "苏州市", "320500"),
        ("甘孜州", "甘孜藏族自治州", "513300"),
        ("义乌", "义乌市", "330782"),
        ("海淀", "海淀区", "110108"),
        ("北京地区", "北京市", "110000"),
        ("江苏全省", "江苏省", "320000"),
        ("济源", "济源市", "419001"),
        ("重 庆\n市", "重庆市", "500000"),
        ("两江新区", "重庆两江新区", "500000"),
        ("重庆两江新区", "重庆两江新区", "500000"),
        ("两江新区直管区", "重庆两江新区", "500000"),
        ("雄安新区", "河北雄安新区", "130000"),
        ("成都高新区", "成都高新区", "510100"),
        ("江苏自贸试验区", "江苏自贸试验区", "320000"),
        ("酒泉经开区", "酒泉经开区", "620900"),
        ("长三角", "长三角", None),
        ("京津冀地区", "京津冀", None),
        ("“一带一路”沿线国家", "共建“一带一路”国家", None),
        ("全国", "中国", "CN"),
        ("我国", "中国", "CN"),
        ("国内", "中国", "CN"),
        ("美", "美国", "US"),
        ("德国", "德国", "DE"),
        ("俄罗斯", "俄罗斯", "RU"),
        ("全球", "全球", None),
    ],
)
def test_names_lead_to_their_area(name: str, expected: str, code: str | None) -> None:
    assert resolve_region(name) == Region(expected, code)


_AMBIGUOUS = "朝阳区 朝阳 鼓楼 和平区 澳 吉 中非"
_WITHOUT_CONTEXT = "全市 该区 当地 园区 市 区"
_UNKNOWN = "某地 东京湾 广东东莞某镇村 四川革命老区"


@pytest.mark.parametrize("name", ["", *_AMBIGUOUS.split(), *_WITHOUT_CONTEXT.split(), *_UNKNOWN.split()])
def test_doubt_ends_in_none(name: str) -> None:
    assert resolve_region(name) is None


@pytest.mark.parametrize(
    ("name", "context", "expected"),
    [
        ("全市", ["海淀区"], Region("北京市", "110000")),
        ("全市", ["绵阳", "四川"], Region("绵阳市", "510700")),
        ("我省", ["绵阳"], Region("四川省", "510000")),
        ("全省", ["重庆", "成都"], Region("四川省", "510000")),
        ("该区", ["成都高新区", "海淀区"], Region("成都高新区", "510100")),
        ("该区", ["全国", "两江新区"], Region("重庆两江新区", "500000")),
        ("全区", ["南宁"], Region("广西壮族自治区", "450000")),
        ("园区", ["海淀区", "苏州工业园区"], Region("苏州工业园区", "320500")),
        ("全县", ["平武县"], Region("平武县", "510727")),
        ("当地", ["全国", "敦煌"], Region("敦煌市", "620982")),
        ("省内", ["浙江"], Region("浙江省", "330000")),
        ("全市", ["该区", "海淀区"], Region("北京市", "110000")),
        ("朝阳区", ["北京"], Region("朝阳区", "110105")),
        ("朝阳区", ["长春"], Region("朝阳区", "220104")),
        ("朝阳", ["辽宁"], Region("朝阳市", "211300")),
        ("澳", ["澳门"], Region("澳门特别行政区", "820000")),
        ("河北", ["天津"], Region("河北省", "130000")),
        ("海南", ["乌海"], Region("海南省", "460000")),
        ("全省", ["全国", "德国"], None),
    ],
)
def test_the_context_settles_what_the_name_leaves_open(name: str, context: list[str], expected: Region | None) -> None:
    assert resolve_region(name, context) == expected


def test_every_new_area_and_division_resolves_to_itself() -> None:
    by_hand = region._read("areas.json")
    assert len(by_hand["new_areas"]) == 19
    for name, code, _ in by_hand["new_areas"]:
        assert resolve_region(name) == Region(name, code)
    for code, name in region._read("divisions.json")["divisions"]:
        if code.endswith("00"):
            assert resolve_region(name) == Region(name, code)
    for code, name in region._read("countries.json")["countries"]:
        assert re.fullmatch("[A-Z]{2}", code)
        assert resolve_region(name) == Region(name, code)


def test_the_data_names_its_source() -> None:
    for name in ("divisions.json", "countries.json"):
        source = region._read(name)["source"]
        assert source["package"]
        assert source["version"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", source["published"])
    assert len([code for code, _ in region._read("divisions.json")["divisions"] if code.endswith("0000")]) == 34


@pytest.mark.parametrize("code", ["US", "JP", "IN", "BR", "ZA", "VN", "MM", "LA", "MN", "KP", "KG", "TJ", "HU", "MT", "BN", "TL"])
def test_large_economies_neighbours_and_union_members_are_known(code: str) -> None:
    assert code in {known for known, _ in region._read("countries.json")["countries"]}


@given(st.text(max_size=50), st.lists(st.text(max_size=20), max_size=5))
def test_no_name_raises(name: str, context: list[str]) -> None:
    resolve_region(name, context)


@given(st.text("北京海南江苏省市区县州全该我高新区开发园中国", max_size=12), st.sampled_from(["北京", "成都高新区", "平武县"]))
def test_what_is_found_has_a_name_and_a_code_of_its_kind(name: str, before: str) -> None:
    found = resolve_region(name, [before])
    assert found is None or (found.name and (found.code is None or re.fullmatch(r"\d{6}|[A-Z]{2}", found.code)))


def test_hostile_input_is_left_at_once() -> None:
    resolve_region("北京")
    begin = time.perf_counter()
    assert resolve_region("北京" * 500_000, ["全市" * 500_000] * 1000) is None
    assert time.perf_counter() - begin < 0.5
