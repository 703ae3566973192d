"""One token a character: the table that turns text into token ids.

The same table serves training and run time, so token ``i`` is always code point ``i`` of the caller's text and no offset is ever
mapped. A code point is looked up after Unicode NFKC (UAX #15), applied to it alone: full-width ``１`` counts as ``1``, ``，`` as
``,``. Where NFKC gives several characters (``Ⅲ`` → ``III``), the first one the vocabulary knows stands for all. White space gets
two tokens of its own, one for what breaks a line and one for the rest.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["LINE", "SPACE", "CharacterTable"]

SPACE = "[SPACE]"
LINE = "[LINE]"
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_PLANES = 0x110000


class CharacterTable:
    """Maps every code point to one token id of a BERT vocabulary.

    Args:
        vocabulary: The tokens in the order of their ids. It must hold ``[PAD] [UNK] [CLS] [SEP] [MASK]``, ``[SPACE]`` and
            ``[LINE]``; see :meth:`extended` for a vocabulary that lacks the last two.

    Raises:
        ValueError: If a special token is missing.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        ids = {token: number for number, token in enumerate(vocabulary)}
        missing = [token for token in (*_SPECIAL, SPACE, LINE) if token not in ids]
        if missing:
            raise ValueError(f"the vocabulary lacks {', '.join(missing)}")
        self.vocabulary = tuple(vocabulary)
        self.pad, self.unknown, self.start, self.end, self.mask = (ids[token] for token in _SPECIAL)
        self.space, self.line = ids[SPACE], ids[LINE]
        self._ids = ids
        # Filled as characters are met: a code point's id, -1 where it was not asked for yet.
        self._known = np.full(_PLANES, -1, dtype=np.int32)

    @classmethod
    def read(cls, path: Path) -> CharacterTable:
        """Read a ``vocab.txt``: one token a line, ids counted from 0."""
        return cls(path.read_text(encoding="utf-8").removesuffix("\n").split("\n"))

    @classmethod
    def extended(cls, vocabulary: Sequence[str]) -> CharacterTable:
        """Make a table from any BERT vocabulary, adding the two white-space tokens at its end where they are missing."""
        return cls([*vocabulary, *(token for token in (SPACE, LINE) if token not in vocabulary)])

    def write(self, path: Path) -> None:
        """Write the vocabulary as ``vocab.txt``."""
        path.write_text("\n".join(self.vocabulary) + "\n", encoding="utf-8")

    def encode(self, text: str) -> NDArray[np.int64]:
        """Return one id a code point of ``text``: shape ``(len(text),)``, int64. Lone surrogates are unknown characters."""
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        ids = self._known[points]
        if (ids < 0).any():
            for point in np.unique(points[ids < 0]):
                self._known[point] = self._look_up(chr(int(point)))
            ids = self._known[points]
        return ids.astype(np.int64)

    def _look_up(self, character: str) -> int:
        if character in _BREAKS:
            return self.line
        if character.isspace():
            return self.space
        for form in (unicodedata.normalize("NFKC", character), unicodedata.normalize("NFKC", character).lower()):
            for part in form:
                if part in self._ids:
                    return self._ids[part]
        return self.unknown
