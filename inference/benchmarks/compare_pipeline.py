"""zhibiao beside ``transformers.pipeline`` on the same weights: characters a second, in one run, by turns.

    python inference/benchmarks/compare_pipeline.py [--checkpoint FOLDER] [--unit passage|sentence] [--rounds 5] [--json OUT]

Needs the extra ``train``. The pipeline is ``token-classification`` over a plain ``BertForTokenClassification``, one token a
character, in PyTorch float32 and bfloat16: it gives tags. zhibiao gives facts, with mentions, links and normalised values;
a second row of it stops at the mentions. Both read the same passages, each shorter than one window, with the same number of
threads.

First every batch size is tried once on a third of the text; then the default (1) and the best one of each precision take turns
with zhibiao, and each round gives a ratio. Before that, the tags of the pipeline are compared with zhibiao's own in PyTorch
float32, character by character. Without a checkpoint the weights are random, of the shape of zhibiao's model, and find nothing:
rates depend on the shape alone, but there is nothing to compare. On a busy machine the threads of PyTorch wait for one another,
and its figures say nothing; the last line tells.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split
from tokenizers.processors import TemplateProcessing
from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast, pipeline

from zhibiao import Extractor
from zhibiao.backends import BACKENDS, choose_backend, open_backend
from zhibiao.benchmark import Spread
from zhibiao.characters import CharacterTable
from zhibiao.encoder import Backend, usable_cores
from zhibiao.folder import open_model
from zhibiao.labels import TAGS
from zhibiao.lookahead import map_ahead
from zhibiao.mentions import FoundSpan, find_spans
from zhibiao.probe import Probe, is_contended
from zhibiao.stored import read_stored
from zhibiao.windows import split_windows
from zhibiao_training.checkpoint import GOLD, Checkpoint, load_checkpoint

_BATCHES = (1, 8, 32)
_PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
# Characters of a passage: with the two edges, it fits the encoder's 512 positions.
_LONGEST = {"passage": 480, "sentence": 120}
_ZHIBIAO, _TAGGING = "zhibiao, facts", "zhibiao, tagging only"

_Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """What one contestant did.

    Attributes:
        name: Which one.
        characters_per_second: Of the rounds.
        processor_time: Processor seconds for a thousand characters, of the rounds.
        ratio: How many times as fast zhibiao was, round by round.
        processor_ratio: How many times the processor time it took, compared with zhibiao, round by round.
    """

    name: str
    characters_per_second: Spread
    processor_time: Spread
    ratio: Spread
    processor_ratio: Spread


def _passages(articles: Sequence[str], longest: int) -> list[str]:
    """Cut articles at the ends of sentences into pieces of at most ``longest`` characters."""
    pieces: list[str] = []
    for article in articles:
        held = ""
        for sentence in re.findall(r"[^。！？\n]*[。！？\n]*", article):
            while len(sentence) > longest:
                pieces.append(sentence[:longest])
                sentence = sentence[longest:]
            if len(held) + len(sentence) > longest:
                pieces.append(held)
                held = ""
            held += sentence
            if longest == _LONGEST["sentence"] and held.strip():
                pieces.append(held)
                held = ""
        pieces.append(held)
    return [piece for piece in pieces if piece.strip()]


def _model(checkpoint: Checkpoint | None, config: dict[str, Any], table: CharacterTable) -> BertForTokenClassification:
    """A plain BERT with a tag head: the checkpoint's weights, or random ones of the model's shape that find nothing."""
    if checkpoint is not None:
        shape = BertConfig(**checkpoint.model.encoder.config.to_dict())
    else:
        hidden = config["hidden"]
        shape = BertConfig(
            vocab_size=len(table.vocabulary),
            hidden_size=hidden,
            num_hidden_layers=config["layers"],
            num_attention_heads=hidden // 32,
            intermediate_size=4 * hidden,
        )
    shape.num_labels = len(TAGS)
    shape.id2label = dict(enumerate(TAGS))
    shape.label2id = {tag: number for number, tag in shape.id2label.items()}
    model = BertForTokenClassification(shape)
    if checkpoint is None:
        with torch.no_grad():
            model.classifier.weight.zero_()
            model.classifier.bias.copy_(torch.eye(len(TAGS))[0])
        return model.eval()
    model.bert.load_state_dict(checkpoint.model.encoder.state_dict())
    model.classifier.load_state_dict(checkpoint.model.taggers[GOLD].state_dict())
    return model.eval()


def _tokenizer(table: CharacterTable, texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """A fast tokenizer that gives the table's ids, one a character: each character of the texts is a word of its own."""
    ids = {character: int(table.encode(character)[0]) for character in sorted(set("".join(texts)))}
    ids |= {"[PAD]": table.pad, "[UNK]": table.unknown, "[CLS]": table.start, "[SEP]": table.end, "[MASK]": table.mask}
    words = Tokenizer(WordLevel(ids, unk_token="[UNK]"))
    words.pre_tokenizer = Split(Regex(r"[\s\S]"), "isolated")
    words.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", table.start), ("[SEP]", table.end)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]"
    )


def _check(tagger: Any, checkpoint: Checkpoint, texts: Sequence[str]) -> None:
    """Compare the pipeline's tags with the most probable ones of zhibiao in PyTorch float32.

    Raises:
        SystemExit: If one differs.
    """
    for text in texts:
        tags = ["O"] * len(text)
        for found in tagger(text):
            tags[found["start"]] = found["entity"]
        ids = torch.tensor([[checkpoint.table.start, *checkpoint.table.encode(text), checkpoint.table.end]])
        with torch.inference_mode():
            logits = checkpoint.model.tag(checkpoint.model.encode(ids, torch.ones_like(ids)), GOLD)[0, 1:-1]
        own = [TAGS[number] for number in logits.argmax(-1).tolist()]
        for place, (mine, other) in enumerate(zip(own, tags, strict=True)):
            top = logits[place].topk(2).values
            if mine != other and float(top[0] - top[1]) > 1e-3:
                raise SystemExit(
                    f"the pipeline tags {text[place]!r} as {other}, zhibiao in PyTorch as {mine}: not the same model"
                )


def _measure(work: _Work, characters: int) -> tuple[float, float]:
    """Characters a second, and processor seconds for a thousand characters."""
    begin, cpu = time.perf_counter(), time.process_time()
    work()
    return characters / (time.perf_counter() - begin), (time.process_time() - cpu) / characters * 1000


def _contestants(
    models: dict[str, Any], extractor: Extractor, backend: Backend, window: tuple[int, int, int], texts: list[str]
) -> dict[str, _Work]:
    ordered = sorted(texts, key=len)

    def run(tagger: Any, batch: int, given: list[str]) -> _Work:
        return lambda: list(tagger(given, batch_size=batch))

    def tag(text: str) -> list[FoundSpan]:
        return list(find_spans(text, split_windows(text, *window), backend))

    works: dict[str, _Work] = {
        _ZHIBIAO: lambda: list(extractor.stream(texts, published="2024-10-26")),
        _TAGGING: lambda: list(map_ahead(tag, texts, backend.threads)),
    }
    for precision, tagger in models.items():
        for batch in _BATCHES:
            works[f"pipeline {precision}, batch {batch}"] = run(tagger, batch, texts)
            if batch > 1:
                works[f"pipeline {precision}, batch {batch}, by length"] = run(tagger, batch, ordered)
    return works


def _best(tried: dict[str, tuple[float, float]], precision: str) -> list[str]:
    """The default and the fastest way of a precision."""
    own = [name for name in tried if f" {precision}," in name]
    return list(dict.fromkeys([own[0], max(own, key=lambda name: tried[name][0])]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, help="what the model was exported from; without it, random weights")
    parser.add_argument("--model", type=Path, help="zhibiao's model folder; by default the one that it comes with")
    parser.add_argument("--backend", choices=BACKENDS, default="auto", help="what runs zhibiao's encoder")
    parser.add_argument("--text", type=Path, nargs="*", default=[], help="texts to read; by default zhibiao's sample")
    parser.add_argument("--unit", choices=list(_LONGEST), default="passage")
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    logging.getLogger("transformers").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")
    torch.set_num_threads(args.threads)

    folder = open_model(args.model)
    backend = open_backend(args.backend, folder, args.threads)
    extractor = Extractor.load(args.model, threads=args.threads, backend=args.backend)
    checkpoint = load_checkpoint(args.checkpoint) if args.checkpoint else None
    table = checkpoint.table if checkpoint else backend.table
    articles = [path.read_text(encoding="utf-8") for path in args.text]
    articles = articles or [article["text"] for article in read_stored("bench.json")["articles"]]
    texts = _passages(articles, _LONGEST[args.unit])
    characters = sum(map(len, texts))

    tokenizer = _tokenizer(table, texts)
    config = json.loads((folder.path / "config.json").read_text(encoding="utf-8"))
    models: dict[str, Any] = {}
    for precision, kind in _PRECISIONS.items():
        plain = _model(checkpoint, config, table).to(kind)
        models[precision] = pipeline("token-classification", model=plain, tokenizer=tokenizer, device="cpu")
    if checkpoint is not None:
        _check(models["float32"], checkpoint, texts)
        print(
            f"weights: {args.checkpoint}; the pipeline's tags are zhibiao's in PyTorch float32 for all {characters:,} characters"
        )
    else:
        print("weights of the pipeline: random, of the same shape, finding nothing; rates do not depend on them")
    print(f"zhibiao's back-end: {choose_backend(args.backend)}")
    print(f"text: {args.unit}s {len(texts)}, characters {characters:,}; threads {args.threads}; torch {torch.__version__}")

    window = folder.window, folder.before, folder.after
    works = _contestants(models, extractor, backend, window, texts)
    # Every third passage is enough to find the best batch.
    few = texts[::3]
    trials = _contestants(models, extractor, backend, window, few)
    probe = Probe(args.threads)
    for name in (_ZHIBIAO, *(f"pipeline {precision}, batch 1" for precision in _PRECISIONS)):
        trials[name]()  # what is made when first needed
    looks = [probe.look()]
    tried = {name: _measure(work, sum(map(len, few))) for name, work in trials.items() if name not in (_ZHIBIAO, _TAGGING)}
    print("tried once, characters a second: " + "; ".join(f"{name} {rate:,.0f}" for name, (rate, _) in tried.items()))
    chosen = [_ZHIBIAO, _TAGGING, *(name for precision in _PRECISIONS for name in _best(tried, precision))]
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in chosen}
    for number in range(args.rounds):
        # Every second round the other way, so that nobody always comes after the same one.
        for name in chosen if number % 2 == 0 else reversed(chosen):
            measured[name].append(_measure(works[name], characters))
        looks.append(probe.look())

    own = measured[_ZHIBIAO]
    rows = [
        Row(
            name,
            Spread.of([rate for rate, _ in rounds]),
            Spread.of([cpu for _, cpu in rounds]),
            Spread.of([mine / rate for (mine, _), (rate, _) in zip(own, rounds, strict=True)]),
            Spread.of([cpu / mine for (_, mine), (_, cpu) in zip(own, rounds, strict=True)]),
        )
        for name, rounds in measured.items()
    ]
    _show(rows)
    medians = [look.int8_median / 1e9 for look in looks]
    contended = is_contended(looks)
    quiet = "was NOT quiet: measure again" if contended else "was quiet"
    print(
        f"The machine {quiet}; its own int8 rate, medians: {min(medians):,.0f} to {max(medians):,.0f} Gop/s, "
        f"best {max(look.int8 for look in looks) / 1e9:,.0f}; float32 {max(look.float32 for look in looks) / 1e9:,.0f} Gop/s"
    )
    if args.json:
        result = {"unit": args.unit, "characters": characters, "threads": args.threads, "rounds": args.rounds}
        result |= {"contended": contended, "int8_medians": medians, "tried": {name: rate for name, (rate, _) in tried.items()}}
        result["rows"] = [asdict(row) for row in rows]
        args.json.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _show(rows: Sequence[Row]) -> None:
    print(f"{'':40}{'characters a second':>28}{'zhibiao is so much faster':>32}{'processor s, 1,000 chars':>26}{'×':>12}")
    for row in rows:
        rate, ratio, cpu = row.characters_per_second, row.ratio, row.processor_time
        print(
            f"{row.name:40}{f'{rate.median:,.0f} ({rate.low:,.0f}–{rate.high:,.0f})':>28}"
            f"{f'{ratio.median:.2f}× ({ratio.low:.2f}–{ratio.high:.2f})':>32}"
            f"{f'{cpu.median:.3f} ({cpu.low:.3f}–{cpu.high:.3f})':>26}{f'{row.processor_ratio.median:.2f}×':>12}"
        )


if __name__ == "__main__":
    main()
