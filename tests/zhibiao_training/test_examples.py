"""From passages to arrays: nothing may teach what the annotation does not say."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zhibiao.characters import CharacterTable
from zhibiao.labels import LABELS, LINK_TYPES, TAGS
from zhibiao_training.brackets import read_brackets
from zhibiao_training.examples import IGNORED, collate, crop, disturb, make_examples, rewrap
from zhibiao_training.passage import GoldMention, Passage

TABLE = CharacterTable.extended(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"产值9亿元该区今年增长8%"])
MARKED = "⟦R1:该区⟧⟦P1:今年⟧⟦M1 R1 P1:产值⟧⟦V1 M1:9亿元⟧，增长⟦V2 M1 yoy+:8%⟧，⟦R2:市⟧⟦V3 M1 R2:7%⟧。"
REGION, PERIOD, METRIC, LEVEL, CHANGE, REGION_2, OTHER = range(7)


def only() -> tuple[Passage, object]:
    passage = read_brackets(MARKED, "a")
    (example,) = make_examples(passage, TABLE, 60, 10, 10, "gold")
    return passage, example


def test_tags_stand_on_their_characters() -> None:
    passage, example = only()
    assert example.tags[0] == example.tags[-1] == IGNORED
    names = [TAGS[tag] for tag in example.tags[1:-1]]
    assert names[passage.text.index("产")] == "B-METRIC"
    assert names[passage.text.index("亿")] == "I-VALUE"
    assert names[passage.text.index("市")] == "S-REGION"
    assert names[passage.text.index("长")] == "O"


def test_a_value_is_taught_its_metrics_links_unless_it_has_its_own() -> None:
    _, example = only()
    regions = example.targets[LINK_TYPES.index("in_region")]
    assert regions[METRIC].argmax() == REGION
    assert regions[LEVEL].argmax() == REGION
    assert regions[OTHER].argmax() == REGION_2
    organisations = example.targets[LINK_TYPES.index("of_org")]
    assert organisations[LEVEL].argmax() == 7  # none
    assert example.targets[:, REGION].sum() == 0  # a REGION chooses nothing
    assert example.attributes[:, LEVEL].tolist() == [0, 0, 0]
    assert (example.attributes[:, METRIC] == IGNORED).all()


def test_what_a_corpus_does_not_mark_is_not_taught() -> None:
    passage = Passage("a", "该区产值9元", (GoldMention(4, 6, "VALUE"),), (), "x", ("VALUE",), (), attributes=False)
    (example,) = make_examples(passage, TABLE, 60, 10, 10, "x")
    assert example.targets.sum() == 0
    assert (example.attributes == IGNORED).all()
    plain = Passage("a", "该区产值9元", (), (), "", (), (), attributes=False)
    (example,) = make_examples(plain, TABLE, 60, 10, 10, "")
    assert (example.tags == IGNORED).all()
    assert example.habit == ""


def test_a_mention_cut_by_a_window_teaches_nothing_there() -> None:
    text = "字" * 24 + "产值产值产值" + "字" * 24
    passage = Passage("a", text, (GoldMention(24, 30, "METRIC"),))
    examples = make_examples(passage, TABLE, 30, 2, 2, "gold")
    cut = [e for e in examples if not len(e.labels)]
    assert len(examples) > 1
    for example in cut:
        assert not any(tag > 0 for tag in example.tags)


@given(st.integers(0, 10_000))
def test_broken_lines_leave_every_mention_its_words(seed: int) -> None:
    passage = read_brackets(MARKED, "a")
    broken = rewrap(passage, random.Random(seed))
    squash = lambda words: "".join(words.split())  # noqa: E731
    for before, after in zip(passage.mentions, broken.mentions, strict=True):
        words = broken.text[after.start : after.end]
        assert squash(words) == passage.text[before.start : before.end]
        assert words == words.strip()
    assert squash(broken.text) == passage.text


@given(st.text(alphabet="字。\n", max_size=30), st.integers(0, 99))
def test_a_crop_begins_and_ends_between_sentences(text: str, seed: int) -> None:
    start, end = crop(text, random.Random(seed))
    assert 0 <= start <= end <= len(text)
    assert start == 0 or text[start - 1] in "。\n"
    assert end == len(text) or text[end - 1] in "。\n"


def test_links_out_of_a_crop_teach_nothing() -> None:
    passage = read_brackets("⟦R1:该区⟧不大。⟦M1 R1:产值⟧为⟦V1 M1:9元⟧。", "a")
    (example,) = make_examples(passage, TABLE, 60, 10, 10, "gold", stretch=(5, len(passage.text)))
    assert len(example.labels) == 2
    assert example.targets[LINK_TYPES.index("in_region")].sum() == 0
    assert example.targets[LINK_TYPES.index("value_of"), 1].argmax() == 0


@given(st.integers(0, 10_000))
def test_disturbed_mentions_stay_apart_and_links_follow_their_mentions(seed: int) -> None:
    passage = read_brackets(MARKED, "a")
    spoilt, lost, invented = disturb(passage, random.Random(seed), 0.3)
    ends = [0]
    for mention in spoilt.mentions:
        assert ends[-1] <= mention.start < mention.end <= len(passage.text)
        ends.append(mention.end)
    kept = [number for number in range(len(spoilt.mentions)) if number not in invented]
    assert [spoilt.mentions[n].label for n in kept] == [m.label for m in passage.mentions]
    assert [(link.type, kept.index(link.head), kept.index(link.tail)) for link in spoilt.links] == [
        (link.type, link.head, link.tail) for link in passage.links
    ]
    assert not lost & invented


def test_a_lost_mention_is_no_candidate_and_links_to_it_teach_nothing() -> None:
    passage = read_brackets(MARKED, "a")
    (example,) = make_examples(passage, TABLE, 60, 10, 10, "", frozenset({REGION}), frozenset({OTHER}))
    assert len(example.labels) == 6
    regions = example.targets[LINK_TYPES.index("in_region")]
    assert regions[METRIC - 1].sum() == 0  # its region was lost
    assert example.targets[:, OTHER - 1].sum() == 0  # silent
    assert example.targets[LINK_TYPES.index("in_period"), METRIC - 1].argmax() == PERIOD - 1


def test_padding_is_marked_as_such() -> None:
    _, long = only()
    (short,) = make_examples(read_brackets("⟦M1:产值⟧⟦V1 M1:9元⟧", "b"), TABLE, 60, 10, 10, "gold")
    batch = collate([long, short], TABLE.pad)
    assert batch.mask.sum(1).tolist() == [len(long.ids), len(short.ids)]
    assert batch.present.sum(1).tolist() == [7, 2]
    assert batch.labels[1, :2].tolist() == [LABELS.index("METRIC"), LABELS.index("VALUE")]
    # "none" is the last column, however many candidates the row itself has.
    none = batch.targets[1, LINK_TYPES.index("in_region"), :2, -1].numpy()
    assert np.array_equal(none, [1.0, 1.0])
