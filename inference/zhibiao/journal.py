"""What a run has done so far, kept on disk so that another can go on with it.

The journal is an SQLite database beside the output. It holds the list of the files to read, and what was found in every document
that is done, in whatever order they were; at the end, the output is written from it in the order of the files. A process that is
killed loses what it did after the last commit, a second at most, and nothing else.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from zhibiao.errors import InputError
from zhibiao.extraction import Extraction
from zhibiao.inputs import Listed
from zhibiao.jobs import Answer, Done, Dropped, Failed, Piece, decode_pieces

__all__ = ["Entry", "Journal", "Totals", "journal_files"]

# Raised by one whenever a journal of before cannot be gone on with.
_FORMAT = "1"
_INTERVAL = 1.0  # seconds between two commits
_PAGE = 1000  # files that are read from the list at one go

_TABLES = (
    "CREATE TABLE run (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # place: the file's number among all that the present run reads; NULL for a file that is no longer among them.
    # items: how many documents it gives; NULL where that is not known yet.
    """CREATE TABLE files (
        id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, path BLOB NOT NULL, size INTEGER NOT NULL, stamp TEXT NOT NULL,
        rows INTEGER NOT NULL, place INTEGER, items INTEGER, error BLOB
    )""",
    "CREATE INDEX places ON files (place)",
    # A document is here when it is done or has failed (error is JSON then); pieces of others are of no use.
    """CREATE TABLE documents (
        file INTEGER, item INTEGER, pieces INTEGER NOT NULL, characters INTEGER NOT NULL, facts INTEGER NOT NULL, error TEXT,
        PRIMARY KEY (file, item)
    ) WITHOUT ROWID""",
    "CREATE TABLE pieces (file INTEGER, item INTEGER, number INTEGER, content BLOB NOT NULL, PRIMARY KEY (file, item, number))",
)


def journal_files(output: Path) -> tuple[Path, Path]:
    """Where the journal of a run lies that writes ``output``, and where SQLite keeps what a commit is about to change."""
    name = f"{output.name}.partial"
    return output.with_name(name), output.with_name(f"{name}-journal")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the list.

    Attributes:
        id: Its number in the journal.
        listed: The file.
        finished: Whether all its documents are done.
    """

    id: int
    listed: Listed
    finished: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """What a journal holds of the files that the present run reads.

    Attributes:
        bytes: The size of all of them.
        documents: How many documents are done.
        facts: How many facts are in these.
        failed: How many documents and files failed.
    """

    bytes: int
    documents: int
    facts: int
    failed: int


class Journal:
    """The journal of a run; as a context manager it closes at the end of the block.

    Attributes:
        path: Where it lies.

    Args:
        output: The output it belongs to.
        options: What the results depend on besides the files: the model and so on, as text.
        resume: Whether to go on with what is there.

    Raises:
        InputError: If the file cannot be written, is in use or no journal; if there are results in it and ``resume`` is not set;
            or if it is set and the options are others now.
    """

    def __init__(self, output: Path, options: Mapping[str, str], *, resume: bool = False) -> None:
        self._output, self._files = output, journal_files(output)
        self.path = self._files[0]
        self._place = 0
        self._committed = time.monotonic()
        try:
            self._database = sqlite3.connect(self.path, timeout=0)
        except sqlite3.Error as error:
            raise InputError(f"{self.path}: cannot be written ({error}); check its folder's permissions") from error
        try:
            with self._failing():
                # The lock is kept until the journal is closed or the process ends, however it ends.
                self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
                self._database.execute("BEGIN EXCLUSIVE")
                self._open(dict(options), resume)
                self._database.commit()
        except BaseException:
            self._database.close()
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def _open(self, options: dict[str, str], resume: bool) -> None:
        options["journal"] = _FORMAT
        tables = {name for (name,) in self._database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            self._begin(options)
            return
        if "run" not in tables:
            raise InputError(f"{self.path}: is no journal of zhibiao; move it away, or choose another output")
        before = dict(self._database.execute("SELECT name, value FROM run"))
        if resume and before == options:
            # What failed is tried again. Pieces of documents that were not done are left over where a commit fell between them.
            self._database.execute("DELETE FROM documents WHERE error IS NOT NULL")
            self._database.execute(
                "DELETE FROM pieces WHERE rowid IN (SELECT p.rowid FROM pieces p LEFT JOIN documents d"
                " ON d.file = p.file AND d.item = p.item WHERE d.file IS NULL)"
            )
            return
        done = 0
        if before.get("journal") == _FORMAT:
            (done,) = self._database.execute("SELECT count(*) FROM documents WHERE error IS NULL").fetchone()
        if resume:
            others = sorted(name for name in {*before, *options} if before.get(name) != options.get(name))
            raise InputError(
                f"{self.path}: was begun with other options ({', '.join(others)}); "
                "give the same to go on, or delete it to begin anew"
            )
        if done:
            raise InputError(
                f"{self.path}: holds what a run has done that did not come to its end (documents: {done:,}); "
                "go on with --resume, or delete it to begin anew"
            )
        for name in tables:
            self._database.execute(f'DROP TABLE "{name}"')
        self._begin(options)

    def _begin(self, options: Mapping[str, str]) -> None:
        for statement in _TABLES:
            self._database.execute(statement)
        self._database.executemany("INSERT INTO run VALUES (?, ?)", options.items())

    # ------------------------------------------------------------------------------------------------------ the list of files

    def begin_list(self) -> None:
        """Begin to list the files of the present run: those of an earlier one that are not listed again count no more."""
        self._place = 0
        with self._failing():
            self._database.execute("UPDATE files SET place = NULL WHERE place IS NOT NULL")

    def add_file(self, listed: Listed) -> None:
        """Put a file on the list, unless it is there. What was found in it is forgotten where it has changed since."""
        key = os.fsencode(listed.key)
        error = listed.error.encode("utf-8", "surrogatepass") if listed.error is not None else None
        with self._failing():
            found = self._database.execute("SELECT id, stamp, place FROM files WHERE key = ?", (key,)).fetchone()
            if found is not None:
                number, stamp, place = found
                if place is not None:
                    return
                if stamp == listed.stamp and listed.error is None:
                    self._database.execute("UPDATE files SET place = ?, error = NULL WHERE id = ?", (self._place, number))
                    self._place += 1
                    return
                for table in ("pieces", "documents"):
                    self._database.execute(f"DELETE FROM {table} WHERE file = ?", (number,))
                self._database.execute("DELETE FROM files WHERE id = ?", (number,))
            values = (key, os.fsencode(listed.path), listed.size, listed.stamp, listed.rows, self._place)
            items = None if listed.rows and listed.error is None else 1
            self._database.execute(
                "INSERT INTO files (key, path, size, stamp, rows, place, items, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, items, error),
            )
            self._place += 1
            self._tick()

    def entries(self) -> Iterator[Entry]:
        """The files on the list, in its order. Results may be added meanwhile."""
        last = -1
        while True:
            with self._failing():
                rows = self._database.execute(
                    "SELECT place, id, path, key, size, stamp, rows, error, items IS NOT NULL AND items ="
                    " (SELECT count(*) FROM documents WHERE file = id AND documents.error IS NULL)"
                    " FROM files WHERE place > ? ORDER BY place LIMIT ?",
                    (last, _PAGE),
                ).fetchall()
            if not rows:
                return
            for place, number, path, key, size, stamp, table, error, finished in rows:
                last = place
                words = error.decode("utf-8", "surrogatepass") if error is not None else None
                listed = Listed(os.fsdecode(path), os.fsdecode(key), size, stamp, bool(table), words)
                yield Entry(number, listed, bool(finished))

    def set_items(self, file: int, items: int) -> None:
        """Say how many documents a file gives."""
        with self._failing():
            self._database.execute("UPDATE files SET items = ? WHERE id = ?", (items, file))

    def is_done(self, file: int, item: int) -> bool:
        """Whether a document is done."""
        with self._failing():
            found = self._database.execute(
                "SELECT 1 FROM documents WHERE file = ? AND item = ? AND error IS NULL", (file, item)
            ).fetchone()
        return found is not None

    # ------------------------------------------------------------------------------------------------------------ the results

    def add(self, answer: Answer) -> None:
        """Keep an answer. It is on disk a second later, or after :meth:`commit`."""
        key = (answer.file, answer.item)
        with self._failing():
            if isinstance(answer, Piece):
                self._database.execute("INSERT INTO pieces VALUES (?, ?, ?, ?)", (*key, answer.number, answer.content))
            elif isinstance(answer, Done):
                self._database.execute(
                    "INSERT INTO documents VALUES (?, ?, ?, ?, ?, NULL)", (*key, answer.pieces, answer.characters, answer.facts)
                )
            elif isinstance(answer, Failed):
                self._drop(*key)
                self._database.execute("INSERT INTO documents VALUES (?, ?, 0, 0, 0, ?)", (*key, json.dumps(answer.to_json())))
            else:
                assert isinstance(answer, Dropped)
                self._drop(*key)
            self._tick()

    def _drop(self, file: int, item: int) -> None:
        self._database.execute("DELETE FROM pieces WHERE file = ? AND item = ?", (file, item))

    def totals(self) -> Totals:
        """Count what there is."""
        with self._failing():
            (size,) = self._database.execute("SELECT coalesce(sum(size), 0) FROM files WHERE place IS NOT NULL").fetchone()
            documents, facts, failed = self._database.execute(
                "SELECT coalesce(sum(d.error IS NULL), 0), coalesce(sum(d.facts), 0), coalesce(sum(d.error IS NOT NULL), 0)"
                " FROM documents d JOIN files f ON f.id = d.file WHERE f.place IS NOT NULL"
            ).fetchone()
        return Totals(size, documents, facts, failed)

    def is_empty(self) -> bool:
        """Whether no document is done, not even of files that are not on the list any more."""
        with self._failing():
            return self._database.execute("SELECT 1 FROM documents WHERE error IS NULL LIMIT 1").fetchone() is None

    def extractions(self) -> Iterator[Extraction]:
        """What was found, piece by piece, in the order of the files and of the documents within each."""
        return decode_pieces(self._contents())

    def _contents(self) -> Iterator[tuple[bytes, bool]]:
        # File by file: the indexes give the rows of each sorted, which all together would have to be.
        query = (
            "SELECT p.content, p.number + 1 < d.pieces FROM documents d"
            " CROSS JOIN pieces p ON p.file = d.file AND p.item = d.item"
            " WHERE d.file = ? AND d.error IS NULL ORDER BY d.item, p.number"
        )
        for content, more in self._of_each_file(query):
            yield content, bool(more)

    def errors(self) -> Iterator[dict[str, Any]]:
        """What failed, in the order of the files and of the documents within each."""
        query = "SELECT error FROM documents WHERE file = ? AND error IS NOT NULL ORDER BY item"
        for (error,) in self._of_each_file(query):
            yield json.loads(error)

    def _of_each_file(self, query: str) -> Iterator[tuple[Any, ...]]:
        last = -1
        while True:
            with self._failing():
                files = self._database.execute(
                    "SELECT place, id FROM files WHERE place > ? ORDER BY place LIMIT ?", (last, _PAGE)
                ).fetchall()
                for last, number in files:  # noqa: B007
                    yield from self._database.execute(query, (number,))
            if not files:
                return

    # --------------------------------------------------------------------------------------------------------------- the file

    def commit(self) -> None:
        """Put everything on disk."""
        with self._failing():
            self._database.commit()
        self._committed = time.monotonic()

    def _tick(self) -> None:
        if time.monotonic() - self._committed >= _INTERVAL:
            self.commit()

    def close(self) -> None:
        """Close the file; what was not committed is lost."""
        self._database.close()

    def remove(self) -> None:
        """Close the file and delete it."""
        self.close()
        for path in self._files:
            path.unlink(missing_ok=True)

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Say what is wrong with the disk or the file."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                raise InputError(
                    f"{self._output}: another run is writing it; wait for its end, or choose another name"
                ) from error
            if "not a database" in str(error):
                raise InputError(f"{self.path}: is no journal of zhibiao; move it away, or choose another output") from error
            raise InputError(f"{self.path}: cannot be read or written ({error}); check the disk") from error
