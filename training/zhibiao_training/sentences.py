"""Sentences of a text, told by full stops and by the paragraphs that the page reader sees."""

from __future__ import annotations

import re

import numpy as np

from zhibiao.page import read_page

__all__ = ["Sentences"]

_END = re.compile(r"[。！？!?]+[”’」』）)】》\"']*")


class Sentences:
    """Which sentence each character of a text belongs to.

    A sentence ends at a full stop, a question mark or an exclamation mark, with the quotation marks and brackets that close after
    it, and at the end of its paragraph. A headline is a paragraph, and thus a sentence, of its own; a line break that the page
    set in the middle of a paragraph ends nothing.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._numbers = np.full(len(text), -1, dtype=np.int32)
        number = 0
        for article in read_page(text).articles:
            for paragraph in article.paragraphs:
                for line in paragraph:
                    begin = line.start
                    for end in _END.finditer(text, line.start, line.end):
                        self._numbers[begin : end.end()] = number
                        number, begin = number + 1, end.end()
                    self._numbers[begin : line.end] = number
                number += 1

    def same(self, first: int, second: int) -> bool:
        """Whether the characters at two offsets belong to one sentence."""
        return bool(self._numbers[first] == self._numbers[second])

    def around(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the sentence of ``text[start:end]`` that holds it, without white space at its edges."""
        own = (-1, self._numbers[start])
        while start and self._numbers[start - 1] in own:
            start -= 1
        while end < len(self._numbers) and self._numbers[end] in own:
            end += 1
        words = self._text[start:end]
        return start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
