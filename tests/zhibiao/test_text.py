"""Reading input: encodings, errors, dates."""

import codecs
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zhibiao.errors import InputError
from zhibiao.text import decode_text, parse_date, read_text

SENTENCE = "前三季度，青屿高新区实现地区生产总值486.3亿元，同比增长7.2%；出口71.2亿元。"
TRADITIONAL = "臺北市第三季經濟成長率為百分之三點二，較上年同期增加零點五個百分點，出口金額達一千億元。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "gbk", "gb2312"])
def test_encodings_give_the_same_text(encoding: str) -> None:
    assert decode_text(SENTENCE.encode(encoding), "a.txt") == SENTENCE


@pytest.mark.parametrize(("mark", "encoding"), [(codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF32_BE, "utf-32-be")])
def test_big_endian(mark: bytes, encoding: str) -> None:
    assert decode_text(mark + SENTENCE.encode(encoding), "a.txt") == SENTENCE


def test_gb18030_of_traditional_characters_and_rare_ones() -> None:
    assert decode_text(TRADITIONAL.encode("gb18030"), "a.txt") == TRADITIONAL
    rare = SENTENCE + "㐂𬭎"
    assert decode_text(rare.encode("gb18030"), "a.txt") == rare


def test_only_the_first_byte_order_mark_is_dropped() -> None:
    assert decode_text("\ufeff\ufeff产值".encode(), "a.txt") == "\ufeff产值"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_line_endings_are_kept(tmp_path: Path, encoding: str) -> None:
    text = f"{SENTENCE}\r\n{SENTENCE}\n{SENTENCE}\r{SENTENCE}\x0c\u2028"
    path = tmp_path / "crlf.txt"
    path.write_bytes(text.encode(encoding))
    assert read_text(path) == text


# No surrogates (not encodable), no leading BOM (dropped by design) and not mostly control characters.
_PRINTABLE = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))


@given(st.text(_PRINTABLE, min_size=1))
def test_any_utf8_text_comes_back(text: str) -> None:
    assume(text.strip() and not text.startswith("\ufeff"))
    assert decode_text(text.encode(), "a.txt") == text


# GB2312 has a code for every combination of a lead and a trail byte in these ranges.
_HANZI = st.builds(lambda lead, trail: bytes((lead, trail)).decode("gb2312"), st.integers(0xB0, 0xD6), st.integers(0xA1, 0xFE))
_CHINESE = st.lists(st.one_of(_HANZI, st.sampled_from("，。、；：“”（）《》％０１0123456789.% \r\nGDP")), min_size=1).map("".join)


@given(_CHINESE)
def test_any_chinese_gb18030_text_comes_back(text: str) -> None:
    data = text.encode("gb18030")
    assume(text.strip())
    with suppress(UnicodeDecodeError):  # a few short texts are good UTF-8 by chance, and UTF-8 comes first
        assume(data.decode("utf-8") == text)
    assert decode_text(data, "a.txt") == text


@given(st.binary())
def test_any_bytes_give_text_or_an_input_error(data: bytes) -> None:
    with suppress(InputError):
        assert decode_text(data, "a.txt").strip()


@pytest.mark.parametrize("data", [b"", b" \r\n\t", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, "\u3000\n".encode()])
def test_empty_files(data: bytes) -> None:
    with pytest.raises(InputError, match=r"^a\.txt: is empty"):
        decode_text(data, "a.txt")


def test_other_encodings_are_refused_with_the_offset() -> None:
    with pytest.raises(InputError, match=r"a\.txt: is neither UTF-8 nor GB18030: byte 0x\w\w at offset \d+ .*save it as UTF-8"):
        decode_text(TRADITIONAL.encode("big5"), "a.txt")
    with pytest.raises(InputError, match=r"byte 0xdc at offset 0 "):
        decode_text("Über die Größe".encode("latin-1"), "a.txt")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_damaged_file_is_told_where(encoding: str) -> None:
    data = SENTENCE.encode(encoding)
    with pytest.raises(InputError, match=f"byte 0xff at offset {len(data)} "):
        decode_text(data + b"\xff" + data, "a.txt")


def test_a_byte_order_mark_that_lies() -> None:
    data = codecs.BOM_UTF8 + "产值".encode() + b"\xff"
    with pytest.raises(InputError, match=r"begins as UTF-8 but is not: byte 0xff at offset 9 "):
        decode_text(data, "a.txt")
    with pytest.raises(InputError, match="begins as UTF-16 but is not"):
        decode_text(codecs.BOM_UTF16_LE + b"\x00\xd8a", "a.txt")


@pytest.mark.parametrize("data", ["GDP 1254".encode("utf-16-le"), bytes(range(32)) * 4, b"\x7fELF\x02\x01\x01" + b"\x00" * 9])
def test_binary_files_are_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="is not text"):
        decode_text(data, "a.bin")


def test_a_few_control_characters_in_utf8_are_kept() -> None:
    assert decode_text(f"{SENTENCE}\x00\x07".encode(), "a.txt") == f"{SENTENCE}\x00\x07"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.txt: no such file"):
        read_text(tmp_path / "gone.txt")
    with pytest.raises(InputError, match="is a directory"):
        read_text(tmp_path)
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(InputError, match="cannot be read"):
        read_text(tmp_path / "file" / "below.txt")


def test_published() -> None:
    day = date(2020, 11, 13)
    assert parse_date("2020-11-13") == day
    assert parse_date(day) == day
    assert type(parse_date(datetime(2020, 11, 13, 8, 30))) is date


@pytest.mark.parametrize(
    "text", ["", "20201113", "2020-W46-5", "2020-11-31", "2020/11/13", "13.11.2020", "2020-11-13 ", "２０２０-11-13"]
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(InputError, match="is not a date; write it as YYYY-MM-DD"):
        parse_date(text)
