"""One SQLite file per vendor: what was accepted is on it before the answer leaves."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

Fields = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS docs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, collection TEXT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL,
  tag_a TEXT, tag_b TEXT, created REAL NOT NULL, body BLOB NOT NULL, UNIQUE (collection, account, id));
CREATE INDEX IF NOT EXISTS docs_a ON docs (collection, account, tag_a);
CREATE INDEX IF NOT EXISTS docs_b ON docs (collection, account, tag_b);
CREATE TABLE IF NOT EXISTS log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, op TEXT NOT NULL, account TEXT NOT NULL,
  ref TEXT NOT NULL, answer TEXT NOT NULL, print TEXT NOT NULL, fields BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS log_print ON log (print);
CREATE INDEX IF NOT EXISTS log_op ON log (op, account);
CREATE TABLE IF NOT EXISTS agenda (
  id INTEGER PRIMARY KEY AUTOINCREMENT, due REAL NOT NULL, kind TEXT NOT NULL, payload BLOB NOT NULL,
  claimed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS agenda_due ON agenda (claimed, due);
CREATE TABLE IF NOT EXISTS deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at REAL NOT NULL, op TEXT NOT NULL,
  account TEXT NOT NULL, ref TEXT NOT NULL, url TEXT NOT NULL, content_type TEXT NOT NULL, body BLOB NOT NULL,
  meta BLOB NOT NULL, state TEXT NOT NULL, status INTEGER, attempts INTEGER NOT NULL DEFAULT 0,
  latency_ms REAL, error TEXT, answer BLOB, tries BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value BLOB NOT NULL);
"""
_TABLES = ("docs", "log", "agenda", "deliveries")


class Store:
    """Documents, the accept log and small settings of one vendor.

    WAL with synchronous=NORMAL: a commit survives kill -9 of the process (not a power cut).
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self._depth = 0

    def close(self) -> None:
        """Close the file; a second call is harmless."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all or nothing. Nested use joins the outer one. Never await inside."""
        if self._depth == 0:
            self._db.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            if self._depth == 0:
                self._db.execute("ROLLBACK")
            raise
        self._depth -= 1
        if self._depth == 0:
            self._db.execute("COMMIT")

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Run one statement and give its rows."""
        return self._db.execute(statement, values).fetchall()

    def insert(self, statement: str, values: Sequence[object]) -> int:
        """Run one INSERT and give the row's number."""
        return self._db.execute(statement, values).lastrowid or 0

    def clear(self) -> None:
        """Forget everything but the settings."""
        with self.transaction():
            for table in _TABLES:
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - constant names
                self._db.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))

    def put(
        self,
        collection: str,
        account: str,
        ref: str,
        body: object,
        *,
        tag_a: str | None = None,
        tag_b: str | None = None,
    ) -> None:
        """Insert or replace a document; its place in the order stays."""
        self._db.execute(
            "INSERT INTO docs (collection, account, id, tag_a, tag_b, created, body) VALUES (?,?,?,?,?,?,?)"
            " ON CONFLICT (collection, account, id) DO UPDATE"
            " SET tag_a = excluded.tag_a, tag_b = excluded.tag_b, body = excluded.body",
            (collection, account, ref, tag_a, tag_b, time.time(), msgspec.json.encode(body)),
        )

    def get(self, collection: str, account: str, ref: str) -> Fields | None:
        """Give one document."""
        found = self.rows(
            "SELECT body FROM docs WHERE collection = ? AND account = ? AND id = ?", (collection, account, ref)
        )
        return _decode(found[0]["body"]) if found else None

    def find(
        self,
        collection: str,
        account: str | None = None,
        *,
        tag_a: str | None = None,
        tag_b: str | None = None,
        created_before: float | None = None,
    ) -> list[Fields]:
        """Give documents in the order of their creation; `None` does not filter."""
        clauses, values = ["collection = ?"], [collection]
        wanted: tuple[tuple[str, object | None], ...] = (
            ("account = ?", account),
            ("tag_a = ?", tag_a),
            ("tag_b = ?", tag_b),
            ("created <= ?", created_before),
        )
        for clause, value in wanted:
            if value is not None:
                clauses.append(clause)
                values.append(value)  # type: ignore[arg-type]
        where = " AND ".join(clauses)
        found = self.rows(f"SELECT body FROM docs WHERE {where} ORDER BY seq", values)  # noqa: S608 - constant clauses
        return [_decode(row["body"]) for row in found]

    def count(self, collection: str, account: str) -> int:
        """Count documents."""
        statement = "SELECT count(*) AS many FROM docs WHERE collection = ? AND account = ?"
        return int(self.rows(statement, (collection, account))[0]["many"])

    def delete(self, collection: str, account: str, ref: str) -> bool:
        """Remove one document and say whether there was one."""
        statement = "DELETE FROM docs WHERE collection = ? AND account = ? AND id = ?"
        return self._db.execute(statement, (collection, account, ref)).rowcount > 0

    def setting(self, key: str) -> bytes | None:
        """Give a small durable value."""
        found = self.rows("SELECT value FROM settings WHERE key = ?", (key,))
        return found[0]["value"] if found else None

    def set_setting(self, key: str, value: bytes) -> None:
        """Keep a small durable value."""
        self._db.execute(
            "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
        )


def _decode(body: bytes) -> Fields:
    decoded: Fields = msgspec.json.decode(body)
    return decoded
