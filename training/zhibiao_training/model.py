"""The joint model: one encoder that tags mentions, a linker that ties them together.

The encoder reads one token a character. A linear head per annotation habit scores BIOES tags. The linker sees only mentions:
each is the pair of its outer characters' vectors, put in context by a small transformer over the mentions of the window; then
every head chooses, for each link type, among the mentions of the right label or none. That is a softmax over candidates, as in
head selection (Zhang et al., EACL 2017); the content score is the biaffine one of Dozat and Manning (ICLR 2017), to which a small
network on what stands between the two mentions is added. VALUE attributes are three softmaxes on the same mention vectors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from zhibiao.labels import DIRECTIONS, KINDS, LABELS, LINK_HEADS, LINK_TAILS, LINK_TYPES, STATUSES, TAGS
from zhibiao.pairs import FEATURE_SIZES

__all__ = ["JointModel", "Linker", "LinkerScores", "legal_pairs"]


def legal_pairs() -> Tensor:
    """Which labels may be linked: bool, shape ``(link types, head labels, tail labels)``."""
    return torch.tensor(
        [[[h in LINK_HEADS[kind] and t in LINK_TAILS[kind] for t in LABELS] for h in LABELS] for kind in LINK_TYPES]
    )


@dataclass(frozen=True)
class LinkerScores:
    """What the linker says of ``n`` mentions in each of ``b`` windows.

    Attributes:
        links: Float, ``(b, link types, n, n + 1)``: logits of each head over the candidates; the last column is "none".
            Illegal candidates hold a large negative number.
        kinds, directions, statuses: Float, ``(b, n, choices)``: attribute logits; they mean something for VALUEs only.
    """

    links: Tensor
    kinds: Tensor
    directions: Tensor
    statuses: Tensor


class _MentionLayer(nn.Module):
    """A pre-norm transformer layer over mentions whose attention also sees the pair features."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """``x``: (b, n, width); ``bias``: (b, heads, n, n), added to the attention logits."""
        b, n, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, n, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        attention = (q @ k.transpose(-1, -2) / math.sqrt(width // self.heads) + bias).softmax(-1)
        mixed = (attention @ v).transpose(1, 2).reshape(b, n, width)
        x = x + self.dropout(self.out(mixed))
        return x + self.dropout(self.narrow(nn.functional.gelu(self.wide(self.norm2(x)))))


class Linker(nn.Module):
    """Scores links and attributes of the mentions of a window.

    Args:
        hidden: Width of the encoder.
        width: Width of the mention vectors.
        layers: Number of transformer layers over mentions.
        dropout: Dropout inside the linker.
    """

    def __init__(self, hidden: int, width: int = 256, layers: int = 2, dropout: float = 0.1) -> None:
        super().__init__()
        self.heads = 8
        self.width = width
        self.span = nn.Linear(2 * hidden, width)
        self.label = nn.Embedding(len(LABELS), width)
        self.between = nn.ModuleList(nn.Embedding(size, 64) for size in FEATURE_SIZES)
        self.attention_bias = nn.Linear(64, self.heads * layers)
        self.layers = nn.ModuleList(_MentionLayer(width, self.heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.query, self.key = nn.Linear(width, len(LINK_TYPES) * 64), nn.Linear(width, len(LINK_TYPES) * 64)
        self.head, self.tail = nn.Linear(width, 128), nn.Linear(width, 128, bias=False)
        self.pair = nn.Linear(64, 128, bias=False)
        self.interaction = nn.Linear(128, len(LINK_TYPES))
        self.none = nn.Linear(width, len(LINK_TYPES))
        self.kind, self.direction, self.status = (nn.Linear(width, len(c)) for c in (KINDS, DIRECTIONS, STATUSES))
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("legal", legal_pairs(), persistent=False)

    def forward(self, spans: Tensor, labels: Tensor, features: Tensor, present: Tensor) -> LinkerScores:
        """Score all pairs.

        Args:
            spans: Float, ``(b, n, 2 * hidden)``: vectors of the first and the last character of each mention.
            labels: Int64, ``(b, n)``.
            features: Int64, ``(b, n, n, 4)`` from :func:`zhibiao.pairs.pair_features`.
            present: Bool, ``(b, n)``: False for padding.
        """
        b, n, _ = spans.shape
        low = -1e4
        between = sum(table(features[..., place]) for place, table in enumerate(self.between))
        bias = self.attention_bias(nn.functional.gelu(between)).permute(0, 3, 1, 2)  # (b, heads * layers, n, n)
        bias = bias + (~present)[:, None, None, :] * low
        x = self.dropout(self.span(spans)) + self.label(labels)
        for place, layer in enumerate(self.layers):
            x = layer(x, bias[:, place * self.heads : (place + 1) * self.heads])
        x = self.dropout(self.norm(x))

        query, key = (m(x).view(b, n, len(LINK_TYPES), 64).transpose(1, 2) for m in (self.query, self.key))
        content = query @ key.transpose(-1, -2) / 8.0  # (b, types, n, n)
        joined = nn.functional.gelu(self.head(x)[:, :, None] + self.tail(x)[:, None] + self.pair(between))
        scores = content + self.interaction(joined).permute(0, 3, 1, 2)

        legal = self.legal[:, labels]  # (types, b, n, tail labels)
        legal = torch.gather(legal, 3, labels[None, :, None, :].expand(len(LINK_TYPES), b, n, n)).transpose(0, 1)
        places = torch.arange(n, device=spans.device)
        same = places[:, None] == places
        legal = legal & present[:, None, None, :] & ~same
        scores = torch.where(legal, scores, torch.full_like(scores, low))
        none = self.none(x).transpose(1, 2)[..., None]
        return LinkerScores(torch.cat([scores, none], -1), self.kind(x), self.direction(x), self.status(x))


class JointModel(nn.Module):
    """Encoder, tagging heads and linker.

    Args:
        encoder: A BERT-like encoder of ``transformers``, its embeddings already sized to the character table.
        habits: Names of the tagging heads: one for each annotation habit trained on.
        masked_lm: Whether to carry a masked-language-model head, tied to the input embeddings.
    """

    def __init__(self, encoder: nn.Module, habits: tuple[str, ...], *, masked_lm: bool = False) -> None:
        super().__init__()
        hidden = encoder.config.hidden_size
        self.encoder = encoder
        self.taggers = nn.ModuleDict({habit: nn.Linear(hidden, len(TAGS)) for habit in habits})
        self.linker = Linker(hidden)
        self.dropout = nn.Dropout(encoder.config.hidden_dropout_prob)
        self.masked_lm = None
        if masked_lm:
            # As wide as the embeddings, which ELECTRA's smaller models keep narrower than the rest.
            width = encoder.get_input_embeddings().weight.shape[1]
            self.masked_lm = nn.Sequential(nn.Linear(hidden, width), nn.GELU(), nn.LayerNorm(width))
            self.masked_lm_bias = nn.Parameter(torch.zeros(encoder.config.vocab_size))

    def encode(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Vectors of the characters: ``ids`` and ``mask`` are int64 ``(b, t)``, the result float ``(b, t, hidden)``."""
        return self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state

    def tag(self, vectors: Tensor, habit: str) -> Tensor:
        """Tag logits ``(b, t, tags)`` by the annotation habit named."""
        return self.taggers[habit](self.dropout(vectors))

    def fill(self, vectors: Tensor) -> Tensor:
        """Vocabulary logits of the vectors at masked places: ``(m, hidden)`` → ``(m, vocabulary)``."""
        table = self.encoder.get_input_embeddings().weight
        return nn.functional.linear(self.masked_lm(vectors), table, self.masked_lm_bias)

    @staticmethod
    def spans(vectors: Tensor, firsts: Tensor, lasts: Tensor) -> Tensor:
        """Gather the outer characters of mentions: positions int64 ``(b, n)`` → float ``(b, n, 2 * hidden)``."""
        rows = torch.arange(vectors.shape[0], device=vectors.device)[:, None]
        return torch.cat([vectors[rows, firsts], vectors[rows, lasts]], -1)
