"""One token a code point: what keeps every offset the caller's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhibiao.characters import LINE, SPACE, CharacterTable

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"0123456789,%aI亿元年"]
TABLE = CharacterTable.extended(VOCABULARY)


def tokens(text: str) -> list[str]:
    return [TABLE.vocabulary[number] for number in TABLE.encode(text)]


@given(st.text(alphabet=st.characters()))
def test_one_id_for_each_code_point(text: str) -> None:
    assert TABLE.encode(text).shape == (len(text),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("１５，％", ["1", "5", ",", "%"]),  # full width counts as half width
        ("Ⅲ", ["I"]),  # several characters after NFKC: the first that is known
        ("A", ["a"]),  # a vocabulary without capitals
        ("😀元", ["[UNK]", "元"]),  # an emoji is one code point
        ("\r\n", [LINE, LINE]),  # both kept, so CRLF shifts nothing
        (" \u3000\t", [SPACE, SPACE, SPACE]),
        ("\ud800", ["[UNK]"]),  # half a surrogate pair, as broken files hold
    ],
)
def test_look_up(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


def test_special_tokens_are_never_read_from_text() -> None:
    assert tokens("[CLS]")[0] == "[UNK]"


def test_written_vocabulary_reads_back(tmp_path: Path) -> None:
    TABLE.write(tmp_path / "vocab.txt")
    assert CharacterTable.read(tmp_path / "vocab.txt").vocabulary == TABLE.vocabulary


def test_a_vocabulary_without_special_tokens_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[CLS\], .*lacks|lacks .*\[CLS\]"):
        CharacterTable(["[PAD]", "[UNK]", "元"])
