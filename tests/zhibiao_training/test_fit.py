"""Training end to end on a tiny base: it learns, it is repeatable, and what it leaves behind can be used."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch

from zhibiao.calibration import Calibration
from zhibiao.extractor import Extractor
from zhibiao.folder import open_model
from zhibiao_training.brackets import read_brackets
from zhibiao_training.card import write_card
from zhibiao_training.checkpoint import load_checkpoint, start_model
from zhibiao_training.cli import main
from zhibiao_training.config import CorpusConfig, RunConfig, read_config
from zhibiao_training.evaluate import extract_all, extractor_of, measure_on, score
from zhibiao_training.examples import collate, make_examples
from zhibiao_training.export import compare, export
from zhibiao_training.fit import fit
from zhibiao_training.objective import losses, mask_tokens

PASSAGES = [
    "⟦P1:今年⟧⟦R1:该区⟧⟦M1 R1 P1:产值⟧达到⟦V1 M1:{}亿元⟧，同比增长⟦V2 M1 yoy+:{}%⟧。",
    "⟦R1:全市⟧⟦P1:上半年⟧实现⟦M1 R1 P1:总额⟧⟦V1 M1:近{}万元⟧，下降⟦V2 M1 yoy-:{}%⟧。",
]


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gold")
    for number in range(12):
        marked = PASSAGES[number % 2].format(number + 3, number * 0.7 + 1.1)
        (folder / f"p{number:02}.ann.txt").write_text(marked, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(tiny_base: Path, gold: Path, tmp_path_factory: pytest.TempPathFactory) -> RunConfig:
    return RunConfig(
        base=str(tiny_base), out=tmp_path_factory.mktemp("run"), corpora=(CorpusConfig(gold, "brackets", 1.0, "gold", 0.2),),
        dev=gold, characters=60_000, batch_characters=400, learning_rate=5e-3, head_learning_rate=5e-3, dropout=0.0,
        average=0.9, window=62, before=12, after=8, evaluations=2,
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained(run: RunConfig, gold: Path) -> Path:
    from zhibiao_training.corpus import read_folder

    fit(run, measure_on(read_folder(gold), dataclasses.asdict(run)))
    return run.out / "best"


def test_it_learns_what_it_is_shown(trained: Path, gold: Path) -> None:
    from zhibiao_training.corpus import read_folder

    checkpoint = load_checkpoint(trained)
    passages = read_folder(gold)
    scores = score(passages, extract_all(extractor_of(checkpoint.model, checkpoint.table, checkpoint.notes["run"]), passages))
    assert scores.entities > 0.9
    assert scores.facts > 0.7
    assert checkpoint.notes["figures"]["entities"] > 0.9
    rows = [json.loads(line) for line in (trained.parent / "log.jsonl").read_text().splitlines()]
    losses = [row["gold/tags"] for row in rows if "gold/tags" in row]
    assert losses[-1] < losses[0] / 2


def test_exported_int8_stays_close_and_the_card_says_how_close(trained: Path, gold: Path, tmp_path: Path) -> None:
    from zhibiao_training.corpus import read_folder

    checkpoint = load_checkpoint(trained)
    passages = read_folder(gold)
    texts = [p.text for p in passages]
    for folder, sample, nearest in ((tmp_path / "plain", None, 1.0), (tmp_path / "int8", texts, 0.95)):
        export(checkpoint, folder, folder.name, sample)
        gap = compare(checkpoint, folder, texts)
        assert gap.characters == sum(len(p.text) for p in passages)
        assert gap.decisions >= nearest
        if sample is None:
            assert gap.tags < 1e-3
    write_card(checkpoint, tmp_path / "int8", passages, "Trained by a test.\n")
    card = (tmp_path / "int8" / "README.md").read_text(encoding="utf-8")
    exported = score(passages, extract_all(Extractor.load(open_model(tmp_path / "int8").path), passages))
    assert f"| {exported.facts:.4f} |" in card
    assert "Trained by a test." in card
    assert "not calibrated" in card


def test_scores_are_calibrated_on_passages_held_back(trained: Path, gold: Path, tmp_path: Path) -> None:
    """What the export writes into the model is what the card says of it and what the extractor then gives."""
    folder = tmp_path / "model"
    args = [
        "export",
        "--checkpoint",
        str(trained),
        "--output",
        str(folder),
        "--name",
        "held",
        "--held",
        str(gold),
        "--dev",
        str(gold),
    ]
    assert main(args) == 0
    assert "calibrated on passages held back" in (folder / "README.md").read_text(encoding="utf-8")
    curves = open_model(folder).calibration
    assert curves != Calibration()
    assert main(["calibrate", "--model", str(folder), "--gold", str(gold), "--write"]) == 0
    assert open_model(folder).calibration == curves  # of the same scores as they come, not of calibrated ones


def test_the_linker_alone_can_be_trained_further(trained: Path, gold: Path, tmp_path: Path) -> None:
    from zhibiao_training.corpus import read_folder
    from zhibiao_training.fit_linker import LinkerRun, fit_linker

    passages = read_folder(gold)
    checkpoint = load_checkpoint(trained)
    torch.nn.init.normal_(checkpoint.model.linker.none.weight, std=5.0)  # spoil it first
    extractor = extractor_of(checkpoint.model, checkpoint.table, checkpoint.notes["run"])
    spoilt = score(passages, extract_all(extractor, passages))
    fit_linker(checkpoint, passages, LinkerRun(epochs=12, learning_rate=3e-3), tmp_path / "better")
    better = load_checkpoint(tmp_path / "better")
    scores = score(passages, extract_all(extractor_of(better.model, better.table, better.notes["run"]), passages))
    assert scores.facts > max(0.7, spoilt.facts + 0.1)
    original = load_checkpoint(trained).model
    torch.testing.assert_close(better.model.taggers["gold"].weight, original.taggers["gold"].weight)


def test_the_same_seed_gives_the_same_weights(run: RunConfig, tmp_path: Path) -> None:
    models = []
    for name in ("a", "b"):
        models.append(fit(dataclasses.replace(run, out=tmp_path / name, characters=3000, dev=None)).state_dict())
    for name, value in models[0].items():
        torch.testing.assert_close(value, models[1][name], rtol=1e-4, atol=1e-6, msg=name)


def test_a_checkpoint_can_be_gone_on_from_with_other_heads(trained: Path) -> None:
    model, table = start_model(str(trained), ("gold", "other"), 0.1, masked_lm=True)
    before = load_checkpoint(trained)
    torch.testing.assert_close(model.taggers["gold"].weight, before.model.taggers["gold"].weight)
    assert model.encoder.config.hidden_dropout_prob == 0.1
    assert table.vocabulary == before.table.vocabulary


def test_unmarked_labels_and_masked_characters(tiny_base: Path) -> None:
    """Plain text teaches the masked-language-model head only."""
    model, table = start_model(str(tiny_base), ("gold",), 0.0, masked_lm=True)
    passage = dataclasses.replace(
        read_brackets("该区产值增长8%，全市产值下降7%", "a"), labels=(), link_types=(), attributes=False
    )
    batch = collate(make_examples(passage, table, 60, 10, 10, ""), table.pad)
    generator = torch.Generator().manual_seed(0)
    maskable = ~torch.isin(batch.ids, torch.tensor([table.start, table.end]))
    hidden = mask_tokens(batch.ids, maskable, table.mask, 0.3, generator)
    assert (hidden[~maskable] == batch.ids[~maskable]).all()
    assert set(losses(model, batch, hidden)) == {"masked"}


def test_mask_share_is_kept() -> None:
    ids = torch.full((40, 250), 9)
    hidden = mask_tokens(ids, torch.ones_like(ids, dtype=torch.bool), 1, 0.15, torch.Generator().manual_seed(3))
    assert 0.12 < float((hidden == 1).float().mean()) < 0.17


CORPUS = '[[corpora]]\npath = "p"\nkind = "brackets"\nshare = 1\nhabit = "gold"\n'


def test_config_reads(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('base = "b"\nout = "o"\ndev = "d"\n' + CORPUS + 'only = ["VALUE"]\n')
    config = read_config(path)
    assert config.corpora[0].path == Path("p")
    assert config.dev == Path("d")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('base = "b"\nout = "o"\nlearning_rte = 1\n' + CORPUS, "learning_rte"),
        ('out = "o"\n' + CORPUS, "base"),
        ('base = "b"\nout = "o"\n', "no corpora"),
        ('base = "b"\nout = "o"\ncharacters = "many"\n' + CORPUS, "characters = 'many'"),
        ('base = "b"\nout = "o"\nevaluations = 0\n' + CORPUS, "evaluations must be above 0"),
        ('base = "b"\nout = "o"\n' + CORPUS.replace("gold", ""), "nothing to learn"),
        ('base = "b"\nout = "o"\ndev = "d"\n' + CORPUS.replace("gold", "others"), "habit 'gold'"),
    ],
)
def test_what_is_wrong_with_a_config_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_config(path)
