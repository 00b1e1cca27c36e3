"""The durable record of what a model simulator was asked and what it said, token by token with the instant of each.

The request is committed before the first byte of the answer; tokens follow in small batches, so a killed simulator
forgets at most the last batch interval.
"""

import asyncio
import sqlite3
from pathlib import Path

import msgspec
from msgspec import Struct

_BATCH_S = 0.05
_SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, facts BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (request_id INTEGER NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL,
  text TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (request_id, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (id TEXT PRIMARY KEY, body BLOB NOT NULL);
"""


class CalledTool(Struct, frozen=True, kw_only=True):
    name: str
    arguments: dict[str, object]


class Facts(Struct, kw_only=True):
    """One request. Instants are `time.time()` seconds; `outcome` is the HTTP status or how the stream ended."""

    path: str
    model: str
    stream: bool
    api_version: str = ""
    auth: str = ""
    status: int = 0
    outcome: str = "open"
    fault: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    tools_offered: list[str] = []
    tools_called: list[CalledTool] = []
    text: str = ""
    stop_reason: str | None = None
    ended_at: float | None = None
    request: msgspec.Raw = msgspec.Raw(b"null")


class Token(Struct, frozen=True, kw_only=True):
    """`kind` is thinking, text or tool; `at` is `time.time()` just before the piece was sent."""

    kind: str
    text: str
    at: float


class Entry(Struct, frozen=True, kw_only=True):
    id: int
    at: float
    facts: Facts
    tokens: list[Token]


class Journal:
    """Written from one event loop. Opening an existing file continues it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, check_same_thread=False)
        # WAL with NORMAL survives the death of the process, which is what simulators are asked to survive.
        self._database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)
        self._waiting: list[tuple[int, int, str, str, float]] = []
        self._flush_due: asyncio.TimerHandle | None = None

    def open(self, facts: Facts, *, at: float) -> int:
        with self._database:
            row = self._database.execute(
                "INSERT INTO requests (at, facts) VALUES (?, ?)", (at, msgspec.json.encode(facts))
            )
        return int(row.lastrowid or 0)

    def token(self, request_id: int, seq: int, token: Token) -> None:
        self._waiting.append((request_id, seq, token.kind, token.text, token.at))
        if self._flush_due is None:
            self._flush_due = asyncio.get_running_loop().call_later(_BATCH_S, self.flush)

    def close_entry(self, request_id: int, facts: Facts) -> None:
        self.flush()
        with self._database:
            self._database.execute(
                "UPDATE requests SET facts = ? WHERE id = ?", (msgspec.json.encode(facts), request_id)
            )

    def keep(self, key: str, body: bytes) -> None:
        with self._database:
            self._database.execute("INSERT OR REPLACE INTO kept (id, body) VALUES (?, ?)", (key, body))

    def kept(self, key: str) -> bytes | None:
        row = self._database.execute("SELECT body FROM kept WHERE id = ?", (key,)).fetchone()
        return row[0] if row else None

    def entries(self, *, after: int = 0, limit: int = 1000) -> list[Entry]:
        self.flush()
        rows = self._database.execute(
            "SELECT id, at, facts FROM requests WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
        ).fetchall()
        return [
            Entry(id=row[0], at=row[1], facts=msgspec.json.decode(row[2], type=Facts), tokens=self._tokens(row[0]))
            for row in rows
        ]

    def clear(self) -> None:
        self.flush()
        with self._database:
            for table in ("requests", "tokens", "kept"):
                self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - the names are the three above

    def flush(self) -> None:
        if self._flush_due is not None:
            self._flush_due.cancel()
            self._flush_due = None
        waiting, self._waiting = self._waiting, []
        if waiting:
            with self._database:
                self._database.executemany("INSERT INTO tokens VALUES (?, ?, ?, ?, ?)", waiting)

    def close(self) -> None:
        self.flush()
        self._database.close()

    def _tokens(self, request_id: int) -> list[Token]:
        rows = self._database.execute(
            "SELECT kind, text, at FROM tokens WHERE request_id = ? ORDER BY seq", (request_id,)
        )
        return [Token(kind=kind, text=text, at=at) for kind, text, at in rows]
