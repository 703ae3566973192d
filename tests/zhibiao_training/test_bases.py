"""Any Chinese BERT-like encoder will do: each kind is started from as its hub folder looks, trained, stored, exported and run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import (
    BertConfig,
    BertForMaskedLM,
    ElectraConfig,
    ElectraForPreTraining,
    ErnieConfig,
    ErnieModel,
    GPT2Config,
    GPT2Model,
    PreTrainedModel,
    RobertaConfig,
    RobertaModel,
)

from zhibiao.extractor import Extractor
from zhibiao_training.checkpoint import load_checkpoint, start_model
from zhibiao_training.config import RunConfig
from zhibiao_training.corpus import read_folder
from zhibiao_training.evaluate import extractor_of, marks_of
from zhibiao_training.export import compare, export
from zhibiao_training.fit import fit

SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}


def save_base(model: PreTrainedModel, vocabulary: str, folder: Path) -> str:
    model.save_pretrained(folder)
    (folder / "vocab.txt").write_text(vocabulary, encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}', encoding="utf-8")
    return str(folder)


@pytest.fixture
def vocabulary(tiny_base: Path) -> str:
    return (tiny_base / "vocab.txt").read_text(encoding="utf-8")


def build(kind: str, size: int) -> PreTrainedModel:
    """A tiny model of a kind, from a seed."""
    torch.manual_seed(5)
    common = {**SIZES, "vocab_size": size, "pad_token_id": 0}
    if kind == "bert":  # MacBERT and RoBERTa-wwm too, whose folders hold the head of their task
        return BertForMaskedLM(BertConfig(**common))
    if kind == "minilm":  # deep and narrow
        return BertForMaskedLM(BertConfig(**{**common, "num_hidden_layers": 6, "hidden_size": 24}))
    if kind == "electra":  # embeddings narrower than the rest
        return ElectraForPreTraining(ElectraConfig(**common, embedding_size=8))
    if kind == "ernie":  # with an embedding of the task
        return ErnieModel(ErnieConfig(**common, use_task_id=True))
    return RobertaModel(RobertaConfig(**common, max_position_embeddings=80))  # positions counted from behind the padding's


@pytest.mark.parametrize("kind", ["bert", "minilm", "electra", "ernie", "roberta"])
def test_from_the_base_to_the_runtime(kind: str, vocabulary: str, short_run: RunConfig, tmp_path: Path) -> None:
    encoder = build(kind, vocabulary.count("\n"))
    base = save_base(encoder, vocabulary, tmp_path / "base")
    model, _ = start_model(base, ("gold",), 0.0, masked_lm=False)
    started = model.encoder.state_dict()
    for name, value in encoder.base_model.state_dict().items():
        if "pooler" not in name and "word_embeddings" not in name:
            torch.testing.assert_close(started[name], value, msg=name)

    run = replace(short_run, base=base, out=tmp_path / "run", characters=800, evaluations=1, average=0.0)
    trained = fit(run, lambda model, table: {"facts": 0.5})
    checkpoint = load_checkpoint(run.out / "best")
    for name, value in checkpoint.model.state_dict().items():
        assert torch.equal(value, trained.state_dict()[name].cpu()), name
    assert not torch.equal(checkpoint.model.taggers["gold"].weight, model.taggers["gold"].weight)

    # A few steps teach it nothing: its tagger is scaled up, so that there are mentions to compare.
    with torch.no_grad():
        checkpoint.model.taggers["gold"].weight.normal_(std=3.0)
    export(checkpoint, tmp_path / "model", kind, None)
    texts = [passage.text for passage in read_folder(run.corpora[0].path)]
    assert compare(checkpoint, tmp_path / "model", texts).tags < 1e-3
    exported = Extractor.load(tmp_path / "model")
    source = extractor_of(checkpoint.model, checkpoint.table, checkpoint.notes["run"])
    marks = [(marks_of(exported.extract(text)), marks_of(source.extract(text))) for text in texts]
    assert all(one == other for one, other in marks)
    assert any(one.spans for one, _ in marks)


def test_what_is_no_such_base_is_said(vocabulary: str, tiny_base: Path, tmp_path: Path) -> None:
    other = save_base(GPT2Model(GPT2Config(n_embd=8, n_layer=1, n_head=1, vocab_size=60)), vocabulary, tmp_path / "gpt2")
    with pytest.raises(ValueError, match="a model of type 'gpt2' is no BERT-like encoder"):
        start_model(other, ("gold",), 0.0, masked_lm=False)
    lacking = save_base(build("bert", 40), vocabulary.replace("[MASK]", "无"), tmp_path / "lacking")
    (tmp_path / "lacking" / "tokenizer_config.json").write_text(
        '{"tokenizer_class": "BertTokenizer", "mask_token": "无"}', encoding="utf-8"
    )
    with pytest.raises(ValueError, match=r"lacking: the vocabulary lacks \[MASK\]"):
        start_model(lacking, ("gold",), 0.0, masked_lm=False)
    with pytest.raises(ValueError, match="has positions for 510 characters and the two edges; window = 511 is too long"):
        start_model(str(tiny_base), ("gold",), 0.0, masked_lm=False, window=511)
    with pytest.raises(OSError, match="nowhere: no such folder, and no hub id either"):
        start_model(str(tmp_path / "nowhere"), ("gold",), 0.0, masked_lm=False)
