"""Everything found in one document, and its JSON form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from zhibiao.columns import Cell, fact_cells
from zhibiao.document import Article, Document, Join
from zhibiao.errors import InputError
from zhibiao.facts import Fact
from zhibiao.links import Link
from zhibiao.mentions import Mention
from zhibiao.period import Period
from zhibiao.quantity import Quantity
from zhibiao.region import Region

__all__ = ["Extraction"]


@dataclass(frozen=True, slots=True)
class Extraction:
    """What a document says.

    Attributes:
        document: The document itself.
        mentions: In text order.
        links: Between the mentions, by their ids.
        facts: One for each VALUE that has a METRIC, in text order.
        more: Whether this is a piece of a long document, and further pieces follow.
    """

    document: Document
    mentions: tuple[Mention, ...] = ()
    links: tuple[Link, ...] = ()
    facts: tuple[Fact, ...] = ()
    more: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the extraction as the JSON object of the output contract."""
        document = self.document
        return {
            "id": document.id,
            "text": document.text,
            "published": _iso(document.published),
            "published_from": document.published_from,
            "articles": [
                {"start_offset": a.start, "end_offset": a.end, "title": a.title} | ({"parts": _lists(a.parts)} if a.parts else {})
                for a in document.articles
            ],
            "entities": [
                {"id": m.id, "label": m.label, "start_offset": m.start, "end_offset": m.end, "score": m.score}
                | ({"attributes": list(m.attributes)} if m.label == "VALUE" else {})
                | ({"parts": _lists(m.parts)} if m.parts else {})
                for m in self.mentions
            ],
            "relations": [
                {"id": link.id, "type": link.type, "from_id": link.head, "to_id": link.tail, "score": link.score}
                for link in self.links
            ],
            "facts": [_fact_to_json(document, fact) for fact in self.facts],
        } | _origin(document)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Extraction:
        """Read what :meth:`to_json` wrote, or what another program wrote by the same contract.

        Raises:
            InputError: If a field the contract demands is missing, offsets lie outside the text, or a relation names an unknown
                entity.
        """
        try:
            return cls._read(row)
        except KeyError as error:
            raise InputError(f"{row.get('id', 'a row')}: the field {error} is missing; see the output contract") from error

    @classmethod
    def _read(cls, row: Mapping[str, Any]) -> Extraction:
        text = row["text"]
        articles = tuple(
            Article(a["start_offset"], a["end_offset"], a.get("title"), _pairs(a.get("parts", ())))
            for a in row.get("articles", ())
        )
        document = Document(str(row["id"]), text, _date(row.get("published")), articles, row.get("published_from"))
        document = replace(
            document,
            joins=tuple(Join(j["end_offset"], j["start_offset"], j["moved"]) for j in row.get("joins", ())),
            breaks=tuple(row.get("breaks", ())),
            path=row.get("path"),
            row=row.get("row"),
            pages=tuple(row.get("pages", ())),
        )
        mentions = tuple(
            Mention(
                e["id"],
                e["label"],
                e["start_offset"],
                e["end_offset"],
                e.get("score", 1.0),
                tuple(e.get("attributes", ())),
                _pairs(e.get("parts", ())),
            )
            for e in row["entities"]
        )
        for m in mentions:
            if not 0 <= m.start < m.end <= len(text):
                raise InputError(
                    f"{document.id}: entity {m.id} at {m.start}:{m.end} lies outside the text of {len(text)} characters"
                )
        known = {m.id for m in mentions}
        links = []
        for number, r in enumerate(row.get("relations", ())):
            if r["from_id"] not in known or r["to_id"] not in known:
                raise InputError(f"{document.id}: relation {r.get('id', number)} names an entity that is not there")
            links.append(Link(r.get("id", number), r["type"], r["from_id"], r["to_id"], r.get("score", 1.0)))
        facts = tuple(_fact_from_json(f) for f in row.get("facts", ()))
        return cls(document, mentions, tuple(links), facts)


def _origin(document: Document) -> dict[str, Any]:
    """Where a document came from and what was repaired in it, as far as there is anything to tell."""
    known = {
        "joins": [{"end_offset": j.before, "start_offset": j.after, "moved": j.moved} for j in document.joins],
        "breaks": list(document.breaks),
        "path": document.path,
        "row": document.row,
        "pages": list(document.pages),
    }
    return {name: value for name, value in known.items() if value}


def _lists(parts: Iterable[tuple[int, int]]) -> list[list[int]]:
    return [list(part) for part in parts]


def _pairs(parts: Iterable[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in parts)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(value: Decimal) -> int | float:
    """A decimal as the JSON number with the same digits."""
    return int(value) if value == value.to_integral_value() else float(value)


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _fact_to_json(document: Document, fact: Fact) -> dict[str, Any]:
    return {name: _to_json(cell) for name, cell in fact_cells(document, fact).items()}


def _to_json(cell: Cell) -> Any:
    if isinstance(cell, Decimal):
        return _number(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, tuple):
        return [[each.name, each.code, each.kind] for each in cell]
    return cell


def _region_from_json(row: Mapping[str, Any]) -> Region | None:
    kind, name = row.get("region_kind"), row["region_name"]
    if kind == "ambiguous":
        name = row["region"]
    candidates = tuple(Region(*each) for each in row.get("region_candidates", ()))
    return Region(name, row["region_code"], kind or "", candidates) if name else None


def _fact_from_json(row: Mapping[str, Any]) -> Fact:
    time = Period(
        _date(row["period_start"]),
        _date(row["period_end"]),
        row["time_period"],
        row.get("frequency"),
        row.get("period_kind") or "",
        row.get("period_open") or "",
        row.get("period_reason") or "",
    )
    return Fact(
        metric=row["metric"],
        subject=row["subject"],
        value=row["value"],
        region=row["region"],
        period=row["period"],
        org=row["org"],
        name=row["name"],
        indicator=row["indicator"],
        kind=row["kind"],
        quantity=Quantity(_decimal(row["amount"]), _decimal(row["lower"]), _decimal(row["upper"]), row["unit"], row["bound"]),
        basis=row["basis"],
        status=row["status"],
        time=time if time != Period() else None,
        area=_region_from_json(row),
        sentence=row["sentence"],
        start=row["start_offset"],
        end=row["end_offset"],
        score=row["score"],
    )
