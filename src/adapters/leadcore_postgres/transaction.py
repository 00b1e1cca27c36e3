"""One transaction of one tenant: runs statements and says in the core's words what went wrong."""

import re
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, Literal

import asyncpg
import msgspec
from sqlalchemy import TextClause, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import TenantId
from leadcore_postgres.doorbell import CHANNEL

_BUSY = {"40001": "serialization", "40P01": "deadlock", "55P03": "lock not granted in time"}
_UNIQUE, _FOREIGN_KEY, _DENIED = "23505", "23503", "42501"


_DIALECT = make_url("postgresql+asyncpg://").get_dialect()()


Ask = Literal["rows", "only", "count", "run"]
"""What is wanted of a statement: its rows, the one row it always has, how many it touched, nothing."""
_WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b(?<!FOR UPDATE)(?<!KEY UPDATE)")
_LOCKS = re.compile(r"\bFOR (NO KEY )?UPDATE\b")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as the driver takes it: `$1`, `$2`… and the names that go there.

    `numbered` and `counted` are for asking many at once: each row with the number of its question behind it, and one
    row with the count; empty when the statement cannot be put so.
    """

    sql: str
    names: tuple[str, ...]
    writes: bool
    locks: bool
    numbered: str
    counted: str


@cache  # statements are constants of this package
def plan_of(statement: TextClause) -> Plan:
    """Return the statement's plan."""
    compiled = statement.compile(dialect=_DIALECT)
    sql, names = str(compiled).strip(), tuple(compiled.positiontup or ())
    writes, locks = bool(_WRITES.search(sql)), bool(_LOCKS.search(sql))
    # what changes rows inside a WITH must stand on the outermost level
    nests = not (writes and sql.startswith("WITH"))
    returns = not writes or "RETURNING" in sql
    return Plan(
        sql=sql, names=names, writes=writes, locks=locks,
        numbered=(
            f"WITH told_ AS ({sql}) SELECT told_.*, CAST(${len(names) + 1} AS int4) FROM told_"
            if nests and returns
            else ""
        ),
        counted=(
            f"WITH told_ AS ({sql} RETURNING 1) SELECT count(*) FROM told_" if nests and writes and not returns else ""
        ),
    )  # fmt: skip


def rows_touched(status: str) -> int:
    """Return the number at the end of the driver's answer to a statement."""
    number = status.rpartition(" ")[2]
    return int(number) if number.isdigit() else 0


# NOTIFY takes a lock that all commits share, so it rings once per transaction and only for work that is near.
RING = text(f"SELECT pg_notify('{CHANNEL}', '') WHERE :soonest <= leadcore_now() + interval '60 seconds'")


class Transaction:
    """Statements of one unit of work. It begins with the first one."""

    def __init__(self, session: AsyncSession | None, *, tenant_id: TenantId) -> None:
        self.tenant_id = tenant_id
        self.locks = 0  # contact points locked so far: what is legal now is decided after the wait
        self._session = session
        self._driver: Any = None
        self._is_over = False

    async def run(self, statement: TextClause, **params: Any) -> None:
        """Execute."""
        await self._asked(statement, "run", params)

    async def rows(self, statement: TextClause, **params: Any) -> Sequence[Any]:
        """Execute and return every row; columns are read by position."""
        found: Sequence[Any] = await self._asked(statement, "rows", params)
        return found

    async def row(self, statement: TextClause, **params: Any) -> Any:
        """Execute and return the first row, None when there is none."""
        found = await self._asked(statement, "rows", params)
        return found[0] if found else None

    async def only(self, statement: TextClause, **params: Any) -> Any:
        """Execute a statement that always has one row, and return that."""
        return (await self._asked(statement, "only", params))[0]

    async def count(self, statement: TextClause, **params: Any) -> int:
        """Execute and return how many rows were touched."""
        touched: int = await self._asked(statement, "count", params)
        return touched

    async def ring(self, soonest: datetime) -> None:
        """Let the doorbell ring with the commit if work was armed for an instant that is near."""
        await self.run(RING, soonest=soonest)

    async def hold(self, kind: str, key: Hashable) -> None:
        """Say what the next statement locks, or what will be changed only if nobody else did."""

    async def hold_each(self, kind: str, keys: TextClause, **params: Any) -> None:
        """Say the same of the rows whose keys the query *keys* returns."""

    async def _asked(self, statement: TextClause, ask: Ask, params: dict[str, Any]) -> Any:
        plan = plan_of(statement)
        driver = await self._begun()
        args = [params[name] for name in plan.names]
        with translated():
            if ask in {"rows", "only"}:
                return await driver.fetch(plan.sql, *args)
            return rows_touched(await driver.execute(plan.sql, *args))

    async def _begun(self) -> Any:
        """Return the driver's connection, inside a transaction that has named its tenant.

        SQLAlchemy pools connections, begins, names the tenant and ends; the statements between go to the driver itself,
        which costs a quarter of the CPU.
        """
        if self._is_over:
            raise RuntimeError("this unit of work is over")
        if self._driver is None:
            assert self._session is not None
            with translated():
                connection = await self._session.connection()
                self._driver = (await connection.get_raw_connection()).driver_connection
        return self._driver

    async def commit(self) -> None:
        """Commit. References that are checked late may raise `NotFoundError` here."""
        if self._is_over:
            raise RuntimeError("this unit of work is over")
        self._is_over = True
        assert self._session is not None
        with translated():
            await self._session.commit()

    def close(self) -> None:
        """Refuse further statements."""
        self._is_over = True


@contextmanager
def translated() -> Iterator[None]:
    """Turn what PostgreSQL refuses for a reason of the domain into the core's errors; let the rest pass."""
    try:
        yield
    except (DBAPIError, asyncpg.PostgresError) as cause:
        refusal = cause.orig if isinstance(cause, DBAPIError) else cause
        state = str(getattr(refusal, "sqlstate", ""))
        if state == _UNIQUE:
            raise ConflictError("something with this key exists already") from cause
        if state == _FOREIGN_KEY:
            raise NotFoundError("what this refers to does not exist for this tenant") from cause
        if state == _DENIED and "row-level security" in str(refusal):
            raise NotFoundError("the unit of work is bound to another tenant") from cause
        if state in _BUSY:
            raise ConflictError(f"somebody else is changing it: {_BUSY[state]}") from cause
        raise
