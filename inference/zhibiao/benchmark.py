"""The benchmark: how fast zhibiao is on this machine, beside how fast the machine is."""

from __future__ import annotations

import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from zhibiao.backends import choose_backend
from zhibiao.encoder import usable_cores
from zhibiao.errors import InputError
from zhibiao.extractor import Extractor
from zhibiao.folder import open_model
from zhibiao.formats import read_documents
from zhibiao.labels import TAGS
from zhibiao.launch import launch, stream_memory
from zhibiao.probe import CALM, Probe, Speed, is_contended
from zhibiao.sink import open_sink
from zhibiao.stages import STAGES, Stopwatch, watch
from zhibiao.stored import read_stored

__all__ = ["Latency", "Report", "Spread", "operations", "render", "run_benchmark"]

# Enough calls for a 95th percentile, within these seconds.
_LATENCY_CALLS, _LATENCY_SECONDS = 40, 4.0
_LAUNCHES = 5
_MEMORY_TIMES = 2


@dataclass(frozen=True, slots=True)
class Spread:
    """What several rounds gave."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of values, at least one."""
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Latency:
    """How long one text takes, in seconds.

    Attributes:
        characters: Its length.
        calls: How often it was extracted.
        median, p95: Half of the calls took no longer, and 95 of 100.
    """

    characters: int
    calls: int
    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured.

    Attributes:
        machine: Processor, cores that may be used, threads, Python, numpy and ONNX Runtime.
        model: The model's name.
        backend: What ran the encoder.
        text: What was read: ``sample`` or the files.
        documents, characters: How much that is.
        rounds: How often all of it was read.
        characters_per_second, documents_per_second: From files to a ``.jsonl``, as a stream: documents side by side in threads.
        processor_time: Processor seconds of all threads for a thousand characters; a busy machine changes them least.
        sentence, article: Latencies of two texts that come with zhibiao, always the same ones.
        python_start, import_time, first_facts: Seconds, see :class:`zhibiao.launch.Launch`.
        peak_memory: Bytes that a process held at most that read the texts twice as a stream.
        tokens_per_character: Tokens that the encoder read for each character: windows overlap, so they are more than one.
        padding_share: Tokens of padding beside each that was read.
        encoder_rate: Operations of the encoder's matrix products, padding left out, by the seconds of the best round; all of its
            seconds, also those of everything else.
        int8_rate, float32_rate: Best rates of the machine's own matrix products between the rounds.
        encoder_share: ``encoder_rate`` by ``int8_rate``.
        stages: Seconds for a thousand characters of each stage, read again by one thread.
        contended: Whether somebody else was computing meanwhile: the machine's own rate changed by more than a tenth.
        int8_spread: That rate's medians, before and after each round.
    """

    machine: dict[str, str | int]
    model: str
    backend: str
    text: str
    documents: int
    characters: int
    rounds: int
    characters_per_second: Spread
    documents_per_second: Spread
    processor_time: Spread
    sentence: Latency
    article: Latency
    python_start: Spread
    import_time: Spread
    first_facts: Spread
    peak_memory: int
    tokens_per_character: float
    padding_share: float
    encoder_rate: float
    int8_rate: float
    float32_rate: float
    encoder_share: float
    stages: dict[str, float]
    contended: bool
    int8_spread: Spread

    def to_json(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return asdict(self)


def operations(config: dict[str, Any], tokens: int, squares: int) -> int:
    """Operations of the encoder's matrix products; a multiplication and an addition are two.

    Args:
        config: The model's ``config.json``. The inner layers of a BERT are four times as wide as the others.
        tokens: Tokens read.
        squares: Sum of the squares of the windows' lengths in tokens.
    """
    hidden, layers = int(config["hidden"]), int(config["layers"])
    each = layers * 12 * hidden * hidden + hidden * len(TAGS)
    return 2 * each * tokens + 4 * layers * hidden * squares


def run_benchmark(
    files: Sequence[Path] = (),
    model: str | Path | None = None,
    threads: int | None = None,
    rounds: int = 5,
    backend: str = "auto",
) -> Report:
    """Measure; with the sample it takes less than a minute on two cores.

    Args:
        files: What to read; by default ten articles that come with zhibiao.
        model, threads, backend: See :meth:`zhibiao.Extractor.load`.
        rounds: How often everything is read.

    Raises:
        InputError: If a file cannot be read.
        MissingExtraError: If the back-end is not installed.
        ModelError: If the model cannot be loaded.
    """
    sample = read_stored("bench.json")
    folder = open_model(model)
    backend = choose_backend(backend)
    extractor = Extractor.load(model, threads=threads, backend=backend)
    probe = Probe(threads or usable_cores())
    place = folder.reference
    with TemporaryDirectory() as scratch:
        paths = list(files) or _write_sample(Path(scratch), sample["articles"])
        texts = _texts(paths)
        characters = sum(map(len, texts))
        extractor.extract(texts[0])  # what is loaded when first needed
        times: list[float] = []
        processor: list[float] = []
        watches: list[Stopwatch] = []
        # Stages can be told apart only where one follows the other.
        alone = Extractor.load(model, threads=1, backend=backend)
        looks = [probe.look()]
        for _ in range(rounds):
            begin = time.perf_counter()
            cpu = time.process_time()
            _read(extractor, paths, sample["published"], Path(scratch) / "facts.jsonl")
            times.append(time.perf_counter() - begin)
            processor.append(time.process_time() - cpu)
            watches.append(_watch(alone, paths, sample["published"], Path(scratch) / "facts.jsonl"))
            looks.append(probe.look())
    sentence = _latency(extractor, sample["sentence"])
    article = _latency(extractor, sample["articles"][1]["text"])
    launches = [launch(place, threads, sample["sentence"], backend) for _ in range(_LAUNCHES)]
    memory = stream_memory(place, threads, texts, _MEMORY_TIMES, backend)
    looks.append(probe.look())

    tokens = sum(each.tokens for each in watches)
    config = json.loads((folder.path / "config.json").read_text(encoding="utf-8"))
    # The best round against the best look: what each is capable of.
    rate = operations(config, watches[0].tokens, watches[0].squares) / min(times)
    int8 = max(look.int8 for look in looks)
    return Report(
        machine=_machine(threads or usable_cores()),
        model=folder.name,
        backend=backend,
        text=", ".join(map(str, files)) or "sample",
        documents=len(texts),
        characters=characters,
        rounds=rounds,
        characters_per_second=Spread.of([characters / seconds for seconds in times]),
        documents_per_second=Spread.of([len(texts) / seconds for seconds in times]),
        processor_time=Spread.of([seconds / characters * 1000 for seconds in processor]),
        sentence=sentence,
        article=article,
        python_start=Spread.of([each.python for each in launches]),
        import_time=Spread.of([each.imported for each in launches]),
        first_facts=Spread.of([each.facts for each in launches]),
        peak_memory=memory,
        tokens_per_character=tokens / rounds / characters,
        padding_share=sum(each.padding for each in watches) / max(tokens, 1),
        encoder_rate=rate,
        int8_rate=int8,
        float32_rate=max(look.float32 for look in looks),
        encoder_share=rate / int8,
        stages={name: statistics.median(each.seconds[name] for each in watches) / characters * 1000 for name in STAGES},
        contended=is_contended(looks),
        int8_spread=_medians(looks),
    )


def _write_sample(folder: Path, articles: Sequence[dict[str, str]]) -> list[Path]:
    paths = [folder / f"{article['id']}.txt" for article in articles]
    for path, article in zip(paths, articles, strict=True):
        path.write_text(article["text"], encoding="utf-8")
    return paths


def _texts(paths: Sequence[Path]) -> list[str]:
    texts = []
    for path in paths:
        for found in read_documents(path):
            if isinstance(found, InputError):
                raise found
            texts.append(found.text)
    return texts


def _read(extractor: Extractor, paths: Sequence[Path], published: str, output: Path) -> None:
    """From files to a file."""
    documents = chain.from_iterable(map(read_documents, paths))
    with open_sink(output) as sink:
        for extraction in extractor.stream(documents, published=published):
            sink.write(extraction)


def _watch(extractor: Extractor, paths: Sequence[Path], published: str, output: Path) -> Stopwatch:
    """The same under a stopwatch, one stage after the other."""
    with watch(extractor) as stopwatch:
        with open_sink(output) as sink:
            for path in paths:
                for found in read_documents(path):
                    if not isinstance(found, InputError):
                        for part in extractor.extract_parts(found, published=published):
                            with stopwatch.stage("write"):
                                sink.write(part)
        stopwatch.stop()
    return stopwatch


def _latency(extractor: Extractor, text: str) -> Latency:
    extractor.extract(text)
    times: list[float] = []
    end = time.perf_counter() + _LATENCY_SECONDS
    while len(times) < _LATENCY_CALLS and (time.perf_counter() < end or not times):
        begin = time.perf_counter()
        extractor.extract(text)
        times.append(time.perf_counter() - begin)
    times.sort()
    return Latency(len(text), len(times), statistics.median(times), times[min(int(0.95 * len(times)), len(times) - 1)])


def _medians(looks: Sequence[Speed]) -> Spread:
    return Spread.of([look.int8_median for look in looks])


def _machine(threads: int) -> dict[str, str | int]:
    return {
        "processor": _processor(),
        "system": platform.system(),
        "cores": usable_cores(),
        "threads": threads,
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "onnxruntime": version("onnxruntime"),
        "zhibiao": version("zhibiao"),
    }


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or sys.platform


# ------------------------------------------------------------------------------------------------------------------ on screen


def render(report: Report) -> list[str]:
    """The report as lines to read."""
    machine = report.machine
    encoder, int8, float32 = (rate / 1e9 for rate in (report.encoder_rate, report.int8_rate, report.float32_rate))
    lines = [
        f"zhibiao {machine['zhibiao']}, model {report.model}, back-end {report.backend}, ONNX Runtime {machine['onnxruntime']}, "
        f"numpy {machine['numpy']}, Python {machine['python']}",
        f"{machine['processor']}, {machine['system']}, cores {machine['cores']}, threads {machine['threads']}",
        f"text: {report.text}; documents {report.documents:,}, characters {report.characters:,}, rounds {report.rounds}",
        "",
        "                              median       lowest      highest",
        _row("characters a second", report.characters_per_second, "{:,.0f}".format),
        _row("documents a second", report.documents_per_second, "{:,.2f}".format),
        _row("processor s, 1,000 chars", report.processor_time, "{:.3f}".format),
        _row("import zhibiao, s", report.import_time, "{:.3f}".format),
        _row("start to first facts, s", report.first_facts, "{:.2f}".format),
        _row("start of Python alone, s", report.python_start, "{:.3f}".format),
        "",
        "                              median          p95",
        _calls("one sentence, ms", report.sentence),
        _calls("one article, ms", report.article),
        "",
        f"peak memory of a stream       {report.peak_memory / 1e6:,.0f} MB",
        f"tokens read                   {report.tokens_per_character:.2f} a character, and padding {report.padding_share:.1%}",
        f"encoder, of all the time      {encoder:,.0f} Gop/s, {report.encoder_share:.0%} of the machine's int8 rate",
        f"machine's matrix products     int8 {int8:,.0f} Gop/s, float32 {float32:,.0f} Gop/s",
        "",
        "stage, one thread  ms for 1,000 chars    share",
    ]
    total = sum(report.stages.values())
    for name, seconds in report.stages.items():
        lines.append(f"{name:12} {seconds * 1000:23,.2f} {seconds / total:9.1%}  {STAGES[name]}")
    spread = report.int8_spread
    low, high = spread.low / 1e9, spread.high / 1e9
    lines.append("")
    if report.contended:
        lines.append(
            f"The machine was NOT quiet: its own int8 rate went from {low:,.0f} to {high:,.0f} Gop/s (medians), more than "
            f"{CALM:.0%} apart. The figures may be wrong by as much; measure again."
        )
    else:
        lines.append(f"The machine was quiet: its own int8 rate stayed within {low:,.0f} and {high:,.0f} Gop/s (medians).")
    return lines


def _row(name: str, spread: Spread, written: Callable[[float], str]) -> str:
    return f"{name:24}" + "".join(f"{written(value):>13}" for value in (spread.median, spread.low, spread.high))


def _calls(name: str, latency: Latency) -> str:
    times = "".join(f"{seconds * 1000:13,.1f}" for seconds in (latency.median, latency.p95))
    return f"{name:24}{times}  characters {latency.characters}, calls {latency.calls}"
