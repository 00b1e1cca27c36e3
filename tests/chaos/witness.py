"""What really happened: the carrier's durable log on one side, our database on the other."""

import asyncio
import re
import threading
from collections import Counter
from typing import Any

import asyncpg
import httpx
import msgspec

MARK = re.compile(r"N\d{5}x")
_ENDED_LAWFULLY = ("suppressed", "expired", "cancelled")
_LOST_CONNECTION = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_PATIENCE_S = 60.0
_tick = threading.Event()


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Marks of messages by what is wrong with them, and figures about how the rest went."""

    twice: tuple[str, ...]
    lost: tuple[str, ...]
    differing: tuple[str, ...]
    open_attempts: int
    accepted: int
    attempts: dict[str, int]
    log_answers: dict[str, int]

    @property
    def is_clean(self) -> bool:
        return not (self.twice or self.lost or self.differing or self.open_attempts)


class Witness:
    """Looks at the database as its superuser, patiently while it is down, and at the simulated carrier's log."""

    def __init__(self, *, admin_url: str, twilio: str, http: httpx.AsyncClient) -> None:
        self._url = admin_url
        self._twilio = twilio
        self._http = http
        self._connection: Any = None
        self._log: list[dict[str, Any]] = []

    async def rows(self, statement: str, *values: object) -> list[Any]:
        """Ask until an answer comes: the server may be dead at the moment, somebody will start it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE_S
        while True:
            try:
                if self._connection is None or self._connection.is_closed():
                    self._connection = await asyncpg.connect(
                        self._url, timeout=2, server_settings={"search_path": "leadcore"}
                    )
                found: list[Any] = await self._connection.fetch(statement, *values, timeout=10)
                return found
            except (*_LOST_CONNECTION, TimeoutError):
                await self.aclose()
                if loop.time() > deadline:
                    raise
                await asyncio.to_thread(_tick.wait, 0.1)

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def accepted(self) -> list[dict[str, Any]]:
        """Everything the carrier has taken so far, oldest first."""
        since = self._log[-1]["seq"] if self._log else 0
        answer = await self._http.get(f"{self._twilio}/_sim/log", params={"op": "create_message", "since": since})
        self._log += answer.json()["entries"]
        return self._log

    async def steps_done(self) -> int:
        """Touches decided plus messages that came to an end: two per customer when all is done."""
        found = await self.rows(
            "SELECT (SELECT count(*) FROM touch WHERE state = 'decided') + (SELECT count(*) FROM message"
            " WHERE state NOT IN ('pending', 'held', 'dispatching', 'unknown')) AS many"
        )
        return int(found[0]["many"])

    async def open_attempts(self) -> int:
        found = await self.rows("SELECT count(*) AS many FROM attempt WHERE state IN ('started', 'unknown')")
        return int(found[0]["many"])

    async def verdict(self, marks: set[str]) -> Verdict:
        """Hold the log against the database. A message is known by the mark in its text."""
        log = await self.accepted()
        taken = Counter(found[0] for entry in log if (found := MARK.search(entry["fields"]["Body"])))
        messages = await self.rows("SELECT id, body, state, reason, provider_id FROM message")
        ours = {found[0]: row for row in messages if (found := MARK.search(row["body"]))}
        ids = {found[0]: entry["id"] for entry in log if (found := MARK.search(entry["fields"]["Body"]))}
        excused = {mark for mark, row in ours.items() if row["state"] in _ENDED_LAWFULLY and row["reason"]}
        counted = await self.rows("SELECT state || ' by ' || how AS name, count(*) AS many FROM attempt GROUP BY 1")
        return Verdict(
            twice=tuple(sorted(mark for mark, times in taken.items() if times > 1)),
            lost=tuple(sorted(mark for mark in marks if not taken[mark] and mark not in excused)),
            differing=tuple(
                sorted(
                    mark
                    for mark in marks
                    if (mark in ids) != (mark in ours and ours[mark]["state"] == "accepted")
                    or (mark in ids and taken[mark] == 1 and ours[mark]["provider_id"] != ids[mark])
                )
            ),
            open_attempts=await self.open_attempts(),
            accepted=len(taken),
            attempts={row["name"]: row["many"] for row in counted},
            log_answers=dict(Counter(entry["answer"] for entry in log)),
        )
