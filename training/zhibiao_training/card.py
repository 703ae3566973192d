"""The model card: what a model is, what it scores and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from zhibiao.calibration import Calibration
from zhibiao.extraction import Extraction
from zhibiao.extractor import Extractor
from zhibiao.folder import open_model
from zhibiao_training.calibration import outcomes_of, reliability
from zhibiao_training.checkpoint import GOLD, Checkpoint
from zhibiao_training.evaluate import Scores, extract_all, extractor_of, score
from zhibiao_training.export import compare
from zhibiao_training.passage import Passage

__all__ = ["write_card"]

_SURE = 0.9

_CARD = """\
# {name}

Tags ORG, REGION, PERIOD, METRIC, SUBJECT and VALUE in Chinese economic text and links them into indicator facts. It is what
`zhibiao.Extractor.load()` loads{default}.

| | |
| --- | --- |
| encoder | {layers} layers, {hidden} wide, one token a character, vocabulary {vocabulary:,} |
| parameters | {parameters:.1f} million |
| window | {window} characters, {before} before and {after} after its own part read for context |
| format | ONNX; the encoder int8 (static quantisation after SmoothQuant, weights per channel; the products of attention in float32), the linker float32 |
| files | {files} |

## Scores

On {passages} passages of real text held out from training ({characters:,} characters, {values:,} VALUEs), all strict: label, start and end right.
A core fact is right when VALUE, METRIC with its subject, region and period all are.

| | float32, PyTorch | int8, ONNX Runtime |
| --- | --- | --- |
{rows}

Export checked on {compared:,} characters of the same text: largest difference of a tag logit {largest:.3f}, mean {mean:.4f}; the most probable
tag is the same for {decisions:.2%} of the characters.

{calibrated}

## Training

{story}
## Limits

Trained on simplified Chinese news, government reports, company news and broker reports. Traditional characters, tables and text read by OCR
were hardly seen. Links much longer than 350 characters were hardly seen. Check what matters against the text: every fact carries its sentence.
"""


def write_card(checkpoint: Checkpoint, folder: Path, passages: Sequence[Passage], story: str) -> None:
    """Score a checkpoint and the model folder made of it, and write the folder's ``README.md``."""
    run = checkpoint.notes["run"]
    config = checkpoint.model.encoder.config
    before = score(passages, extract_all(extractor_of(checkpoint.model, checkpoint.table, run), passages))
    extractions = extract_all(Extractor.load(folder, backend="onnx"), passages)
    after = score(passages, extractions)
    gap = compare(checkpoint, folder, [p.text for p in passages])
    files = ", ".join(f"`{p.name}` {p.stat().st_size / 2**20:.1f} MiB" for p in sorted(folder.glob("*.onnx")))
    # The tagging heads of other habits stay behind.
    behind = tuple(f"taggers.{habit}." for habit in checkpoint.model.taggers if habit != GOLD)
    shipped = [p for name, p in checkpoint.model.named_parameters() if not name.startswith(behind)]
    card = _CARD.format(
        name=folder.name,
        default=" by default" if folder.name == "default" else " when it is named",
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        vocabulary=len(checkpoint.table.vocabulary),
        parameters=sum(p.numel() for p in shipped) / 1e6,
        window=run["window"],
        before=run["before"],
        after=run["after"],
        files=files,
        passages=len(passages),
        characters=sum(len(p.text) for p in passages),
        values=sum(m.label == "VALUE" for p in passages for m in p.mentions),
        rows="\n".join(_rows(before, after)),
        compared=gap.characters,
        largest=gap.tags,
        mean=gap.tags_mean,
        decisions=gap.decisions,
        calibrated=_calibration(passages, extractions, calibrated=open_model(folder).calibration != Calibration()),
        story=story or "See training/README.md.\n",
    )
    (folder / "README.md").write_text(card, encoding="utf-8", newline="\n")


def _calibration(passages: Sequence[Passage], extractions: Sequence[Extraction], *, calibrated: bool) -> str:
    outcomes = list(map(outcomes_of, passages, extractions))
    told = {
        kind: reliability(chain.from_iterable(getattr(each, kind) for each in outcomes))
        for kind in ("mentions", "links", "facts")
    }
    how = "were calibrated on passages held back (logistic curves)" if calibrated else "are the model's own, not calibrated"
    errors = ", ".join(f"{kind} {measured.ece:.3f}" for kind, measured in told.items())
    sure = [right for each in outcomes for number, right in each.facts if number >= _SURE]
    share = f"{sum(sure) / len(sure):.2f} of the {len(sure)} facts" if sure else "no facts are"
    return (
        f"The scores of mentions, links and facts {how}. Expected calibration error on the same passages: {errors}. "
        f"Scored {_SURE} or more: {share}{' right' if sure else ''}."
    )


def _rows(before: Scores, after: Scores) -> list[str]:
    names = {"facts": "core facts F1", "entities": "entities F1", "attributes": "attributes of the VALUEs found, accuracy"}
    figures = after.figures()
    return [f"| {names.get(key, key + ' F1')} | {value:.4f} | {figures[key]:.4f} |" for key, value in before.figures().items()]
