"""Bracket notation, ``⟦ID ARGS:text⟧``: annotation that people can write and read (see ``annotations/guidelines.md``)."""

from __future__ import annotations

import re

from zhibiao.labels import LINK_TAILS, LINK_TYPES
from zhibiao_training.passage import ATTRIBUTES, GoldLink, GoldMention, Passage

__all__ = ["BracketError", "read_brackets", "write_brackets"]

_LETTERS = {"O": "ORG", "R": "REGION", "P": "PERIOD", "M": "METRIC", "S": "SUBJECT", "V": "VALUE"}
_MARK = re.compile(r"⟦([ORPMSV]\d+)((?: [^:⟦⟧]*)?):([^⟦⟧]+)⟧")
_IDENTIFIER = re.compile(r"[ORPMSV]\d+")


class BracketError(ValueError):
    """The notation is broken; the message says where."""


def _link_type(head: str, tail: str) -> str:
    if head == "VALUE" and tail == "METRIC":
        return "value_of"
    # A METRIC may stand for a subject; value_of was settled above.
    return next(kind for kind in reversed(LINK_TYPES) if tail in LINK_TAILS[kind])


def read_brackets(marked: str, name: str, source: str = "") -> Passage:
    """Read one annotated passage.

    Args:
        marked: The text with its brackets.
        name: The passage's id, for error messages too.
        source: Where it comes from.

    Raises:
        BracketError: For an unclosed bracket, an identifier used twice, a link to nothing or an unknown argument.
    """
    pieces: list[str] = []
    mentions: list[GoldMention] = []
    index: dict[str, int] = {}
    arguments: list[tuple[int, str]] = []
    length = cursor = 0
    for match in _MARK.finditer(marked):
        identifier, args, words = match.groups()
        if identifier in index:
            raise BracketError(f"{name}: {identifier} ({words}) is used twice")
        pieces += [marked[cursor : match.start()], words]
        length += match.start() - cursor
        index[identifier] = len(mentions)
        label = _LETTERS[identifier[0]]
        attributes = []
        for argument in args.split():
            if _IDENTIFIER.fullmatch(argument):
                arguments.append((len(mentions), argument))
            elif label == "VALUE" and argument in ATTRIBUTES:
                attributes.append(argument)
            else:
                raise BracketError(f"{name}: {identifier} ({words}) has the unknown argument {argument!r}")
        mentions.append(GoldMention(length, length + len(words), label, tuple(attributes)))
        length += len(words)
        cursor = match.end()
    pieces.append(marked[cursor:])
    text = "".join(pieces)
    if "⟦" in text or "⟧" in text:
        at = min(i for i in (text.find("⟦"), text.find("⟧")) if i >= 0)
        raise BracketError(f"{name}: broken bracket near {text[max(0, at - 15) : at + 15]!r}")
    links = []
    for head, argument in arguments:
        if argument not in index:
            raise BracketError(f"{name}: a link leads to {argument}, which is not there")
        if mentions[head].label not in ("VALUE", "METRIC") or argument[0] == "V":
            raise BracketError(f"{name}: {mentions[head].label} may not link to {argument}")
        tail = index[argument]
        links.append(GoldLink(_link_type(mentions[head].label, mentions[tail].label), head, tail))
    return Passage(name, text, tuple(mentions), tuple(links), source)


def write_brackets(passage: Passage) -> str:
    """Write a passage in bracket notation; :func:`read_brackets` reads the same passage back.

    The notation tells link types by the labels they tie, as the guidelines do.

    Raises:
        BracketError: If mentions overlap or stand out of order, or if the text holds the notation's own brackets.
    """
    if "⟦" in passage.text or "⟧" in passage.text:
        raise BracketError(f"{passage.name}: the text holds ⟦ or ⟧, which the notation uses itself")
    letters = {label: letter for letter, label in _LETTERS.items()}
    counts: dict[str, int] = {}
    names = []
    for mention in passage.mentions:
        letter = letters[mention.label]
        counts[letter] = counts.get(letter, 0) + 1
        names.append(f"{letter}{counts[letter]}")
    pieces = []
    cursor = 0
    for number, mention in enumerate(passage.mentions):
        if mention.start < cursor:
            raise BracketError(f"{passage.name}: mentions overlap or stand out of order at {mention.start}")
        tails = [names[link.tail] for link in passage.links if link.head == number]
        args = "".join(f" {argument}" for argument in (*tails, *mention.attributes))
        pieces += [passage.text[cursor : mention.start], f"⟦{names[number]}{args}:{passage.text[mention.start : mention.end]}⟧"]
        cursor = mention.end
    pieces.append(passage.text[cursor:])
    return "".join(pieces)
