"""A stand-in for the model that worker processes can import: what stands in a text tells what becomes of it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

from zhibiao import cli, jobs, journal
from zhibiao.document import Document
from zhibiao.errors import InputError, ModelError
from zhibiao.extraction import Extraction
from zhibiao.facts import Fact
from zhibiao.links import Link
from zhibiao.mentions import Mention
from zhibiao.quantity import Quantity

PIECES = 3


@dataclass(frozen=True, slots=True)
class FakeExtractor:
    """Finds the last two characters of a text to be a VALUE of 1.

    Attributes:
        folder: Where it keeps ``log``, a line with its process and the document for each one begun.
        delay: Seconds that a document takes.
        threads: As :attr:`zhibiao.Extractor.threads`.
    """

    folder: Path
    delay: float = 0.0
    threads: int = 1

    def extract_parts(self, document: Document) -> Iterator[Extraction]:
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            log.write(f"{os.getpid()} {document.id}\n")
        time.sleep(self.delay)
        text = document.text
        if "坏" in text:
            raise InputError(f"{document.id}: cannot be understood")
        if "错" in text:
            raise RuntimeError("a mistake")
        pieces = PIECES if "长" in text else 1
        for number in range(pieces):
            end = len(text)
            mentions = (Mention(2 * number, "METRIC", 0, 2), Mention(2 * number + 1, "VALUE", end - 2, end))
            link = Link(number, "value_of", 2 * number + 1, 2 * number)
            score = 0.3 if "疑" in text else 0.9
            amount = Quantity(Decimal("1.50"))
            fact = Fact(
                text[:2], None, text[-2:], None, None, None, f"{text[:2]}{number}", None, "level", amount,
                None, "actual", None, None, text, end - 2, end, score,
            )  # fmt: skip
            yield Extraction(document, mentions, (link,), (fact,), number + 1 < pieces)
            # After a piece, so that what was found must be taken back.
            if "死" in text or ("伤" in text and self._first(document)):
                os.kill(os.getpid(), signal.SIGKILL)

    def _first(self, document: Document) -> bool:
        """Whether the document is seen for the first time."""
        try:
            (self.folder / f"seen {document.id}").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class FakeLoad:
    """Makes one."""

    folder: Path
    delay: float = 0.0
    fault: str = ""
    threads: int = 1

    def __call__(self) -> FakeExtractor:
        if self.fault == "damaged":
            raise ModelError("the model is damaged")
        if self.fault == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        return FakeExtractor(self.folder, self.delay, self.threads)

    def identity(self) -> str:
        return "fake"


def run(folder: str, delay: str, *arguments: str) -> NoReturn:
    """Be the command line, with the stand-in for the model; the journal is committed twenty times a second."""
    load = FakeLoad(Path(folder), float(delay))
    jobs.LoadModel = lambda *_: load  # type: ignore[misc,assignment]
    journal._INTERVAL = 0.05
    sys.exit(cli.main(arguments))
