"""A tiny model, made offline from a seed: it knows nothing, but it has every part of a real one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel

from zhibiao_training.checkpoint import load_checkpoint, save_checkpoint, start_model
from zhibiao_training.export import export

ALPHABET = "0123456789.%,:()年月日季度前三上下半今去同比增长降亿万元家个产值总额工业区市省全国该实现达到近超约"


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT folder as ``transformers`` writes it, two layers, sixteen wide."""
    folder = tmp_path_factory.mktemp("base")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(set(ALPHABET))]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}', encoding="utf-8")
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_checkpoint(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained checkpoint on that base. Its tagger is scaled up, so that it finds mentions in any text."""
    torch.manual_seed(11)
    model, table = start_model(str(tiny_base), ("gold",), 0.0, masked_lm=False)
    with torch.no_grad():
        model.taggers["gold"].weight.normal_(std=3.0)
    folder = tmp_path_factory.mktemp("checkpoint")
    save_checkpoint(folder, model, table, {"run": {"window": 62, "before": 12, "after": 8}})
    return folder


@pytest.fixture(scope="session")
def tiny_model(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a model folder, int8, as users have it."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    sample = [f"{n}年全市工业产值{n}.{n}亿元，同比增长{n}%。" for n in range(1, 9)]
    export(load_checkpoint(tiny_checkpoint), folder, "tiny", sample)
    return folder
