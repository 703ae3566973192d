"""Time and memory by the length of a text: does a character take as long in 50 MB as in 1 KB?

    python inference/benchmarks/scaling.py [--sizes 1e3 1e4 1e5 1e6 5e6] [--model] [--threads N] [--json OUT]

The text is zhibiao's sample again and again, with other figures each time, as one file; it goes from that file to a
``.jsonl``, as ``zhibiao extract`` does it. The encoder reads windows of one size, whatever the text, so by default a simple rule
stands in for the networks: figures and a few characters are mentions, and each is linked to the nearest. What is measured is all
the rest, in a fraction of the time. ``--model`` takes the real model.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from zhibiao import Extractor, InputError, read_documents
from zhibiao.encoder import LinkScores, OnnxBackend
from zhibiao.folder import open_model
from zhibiao.labels import DIRECTIONS, KINDS, LABELS, LINK_HEADS, LINK_TAILS, LINK_TYPES, STATUSES, TAGS
from zhibiao.launch import peak_memory
from zhibiao.sink import open_sink
from zhibiao.stages import watch
from zhibiao.stored import read_stored

_SIZES = ("1e3", "1e4", "1e5", "1e6", "5e6")
# Characters whose runs are mentions of a label.
_RUNS = {"VALUE": "0123456789.%亿万元", "PERIOD": "年月季度", "METRIC": "产值收入总额利润", "REGION": "省市区县", "ORG": "公司"}


class _Rule:
    """A backend that knows characters only."""

    def __init__(self, real: OnnxBackend) -> None:
        self.table, self.threads = real.table, 1
        self._runs = {label: np.unique(self.table.encode(characters)) for label, characters in _RUNS.items()}
        self._legal = np.array(
            [[[h in LINK_HEADS[kind] and t in LINK_TAILS[kind] for t in LABELS] for h in LABELS] for kind in LINK_TYPES]
        )

    def encode(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        logits = np.zeros((*ids.shape, len(TAGS)), dtype=np.float32)
        logits[..., 0] = 4
        for label, known in self._runs.items():
            run = np.isin(ids, known)
            before = np.pad(run, ((0, 0), (1, 0)))[:, :-1]
            after = np.pad(run, ((0, 0), (0, 1)))[:, 1:]
            places = {
                "B": run & ~before & after,
                "I": run & before & after,
                "E": run & before & ~after,
                "S": run & ~before & ~after,
            }
            for position, here in places.items():
                logits[here, TAGS.index(f"{position}-{label}")] = 8
        return np.zeros((*ids.shape, 384), dtype=np.float32), logits

    def link(self, spans: NDArray[np.float32], labels: NDArray[np.int64], features: NDArray[np.int64]) -> LinkScores:
        places = np.arange(len(labels))
        near = -np.abs(places[:, None] - places).astype(np.float32)
        legal = self._legal[:, labels][:, :, labels] & (places[:, None] != places)
        links = np.where(legal, near, np.float32(-1e4))
        none = np.full((len(LINK_TYPES), len(labels), 1), -6, dtype=np.float32)
        kinds, directions, statuses = (
            np.zeros((len(labels), len(choices)), dtype=np.float32) for choices in (KINDS, DIRECTIONS, STATUSES)
        )
        return LinkScores(np.concatenate([links, none], axis=-1), kinds, directions, statuses)


def _text(size: int) -> str:
    """So many bytes of UTF-8, cut at a character."""
    articles = [article["text"] for article in read_stored("bench.json")["articles"]]
    dice = random.Random(7)
    pieces: list[str] = []
    length = 0
    while length < size:
        for article in articles:
            piece = "".join(dice.choice("123456789") if c in "23456789" else c for c in article) + "\n\n"
            pieces.append(piece)
            length += len(piece.encode())
    return "".join(pieces).encode()[:size].decode(errors="ignore")


def _one(size: int, real: bool, threads: int | None) -> None:
    """Measure one size in this process; print it as JSON."""
    folder = open_model()
    backend = OnnxBackend(folder, threads)
    extractor = Extractor(backend if real else _Rule(backend), folder.window, folder.before, folder.after, folder.calibration)
    text = _text(size)
    characters, facts = len(text), 0
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "text.txt"
        path.write_text(text, encoding="utf-8")
        del text
        extractor.extract("2024年上半年，全省生产总值486.3亿元。")
        begin = time.perf_counter()
        cpu = time.process_time()
        with watch(extractor) as stopwatch, open_sink(Path(scratch) / "facts.jsonl") as sink:
            for found in read_documents(path):
                if isinstance(found, InputError):
                    raise found
                for part in extractor.extract_parts(found, published="2024-10-26"):
                    facts += len(part.facts)
                    with stopwatch.stage("write"):
                        sink.write(part)
            stopwatch.stop()
        seconds, processor = time.perf_counter() - begin, time.process_time() - cpu
    stages = {name: spent / characters * 1e6 for name, spent in stopwatch.seconds.items()}
    answer = {"bytes": size, "characters": characters, "facts": facts, "seconds": seconds}
    answer |= {"processor": processor, "memory": peak_memory(), "stages": stages}
    print(json.dumps(answer))


def main() -> None:
    """Measure each size in a process of its own, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=float, nargs="+", default=[float(size) for size in _SIZES], help="bytes of UTF-8")
    parser.add_argument("--model", action="store_true", help="with the real model in place of the rule")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        _one(int(args.sizes[0]), args.model, args.threads)
        return
    options = ["--model"] * args.model + (["--threads", str(args.threads)] if args.threads else [])
    rows = []
    shown = ("page", "decode", "link", "normalise", "write")
    print(
        f"{'bytes':>12}{'characters':>12}{'facts':>10}{'µs a character':>16}{'processor':>11}{'MB':>8}"
        + "".join(f"{s:>11}" for s in shown)
    )
    for size in args.sizes:
        command = [sys.executable, __file__, "--one", "--sizes", str(size), *options]
        row = json.loads(subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout)
        rows.append(row)
        each = (row["seconds"] / row["characters"] * 1e6, row["processor"] / row["characters"] * 1e6)
        print(
            f"{row['bytes']:12,}{row['characters']:12,}{row['facts']:10,}{each[0]:16.1f}{each[1]:11.1f}"
            + f"{row['memory'] / 1e6:8,.0f}"
            + "".join(f"{row['stages'][name]:11.1f}" for name in shown),
            flush=True,
        )
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
