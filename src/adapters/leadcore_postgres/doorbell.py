"""LISTEN on a connection of its own. A lost ring costs one safety tick, so failures are waited out in silence."""

import asyncio
from typing import Any

import asyncpg
from sqlalchemy.engine import URL

from leadcore_postgres.engine import plain

CHANNEL = "leadcore_due"


class PostgresDoorbell:
    """`Doorbell`. Connects at the first `wait`, and again whenever the connection is lost."""

    def __init__(self, url: URL, *, application: str) -> None:
        self._url = plain(url)
        self._application = application
        self._connection: Any = None
        self._rung = asyncio.Event()

    async def wait(self, timeout_s: float) -> bool:
        """Return True when new due work may have been committed since the last call, False after *timeout_s*."""
        try:
            async with asyncio.timeout(timeout_s):
                if self._connection is None or self._connection.is_closed():
                    await self._listen()
                    return True  # whatever rang while nobody listened
                await self._rung.wait()
        except TimeoutError:
            return False
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await asyncio.sleep(timeout_s)
            return False
        self._rung.clear()
        return True

    async def aclose(self) -> None:
        """Stop listening. Idempotent."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            connection.terminate()

    async def _listen(self) -> None:
        connection = await asyncpg.connect(
            self._url, timeout=5, server_settings={"application_name": self._application, "idle_session_timeout": "0"}
        )
        try:
            connection.add_termination_listener(lambda _connection: self._rung.set())
            await connection.add_listener(CHANNEL, lambda *_: self._rung.set())
        except BaseException:
            connection.terminate()
            raise
        self._rung.clear()
        self._connection = connection
