"""One transaction of one tenant: runs statements and says in the core's words what went wrong."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import asyncpg
import msgspec
from sqlalchemy import TextClause, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import TenantId

_BUSY = {"40001": "serialization", "40P01": "deadlock", "55P03": "lock not granted in time"}
_UNIQUE, _FOREIGN_KEY, _DENIED = "23505", "23503", "42501"


_DIALECT = make_url("postgresql+asyncpg://").get_dialect()()


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as the driver takes it: `$1`, `$2`… and the names that go there."""

    sql: str
    names: tuple[str, ...]


@cache  # statements are constants of this package
def _plan(statement: TextClause) -> _Plan:
    compiled = statement.compile(dialect=_DIALECT)
    return _Plan(sql=str(compiled), names=tuple(compiled.positiontup or ()))


class Transaction:
    """Statements of one unit of work. It begins with the first one."""

    def __init__(self, session: AsyncSession, *, tenant_id: TenantId) -> None:
        self.tenant_id = tenant_id
        self.locks = 0  # contact points locked so far: what is legal now is decided after the wait
        self._session = session
        self._driver: Any = None
        self._is_over = False

    async def run(self, statement: TextClause, **params: Any) -> None:
        """Execute."""
        await self.rows(statement, **params)

    async def rows(self, statement: TextClause, **params: Any) -> Sequence[Any]:
        """Execute and return every row; columns are read by position."""
        plan = _plan(statement)
        driver = await self._begun()
        with translated():
            found: Sequence[Any] = await driver.fetch(plan.sql, *(params[name] for name in plan.names))
        return found

    async def row(self, statement: TextClause, **params: Any) -> Any:
        """Execute and return the first row, None when there is none."""
        found = await self.rows(statement, **params)
        return found[0] if found else None

    async def count(self, statement: TextClause, **params: Any) -> int:
        """Execute and return how many rows were touched."""
        plan = _plan(statement)
        driver = await self._begun()
        with translated():
            status: str = await driver.execute(plan.sql, *(params[name] for name in plan.names))
        return int(status.rpartition(" ")[2])

    async def _begun(self) -> Any:
        """Return the driver's connection, inside a transaction that has named its tenant.

        SQLAlchemy pools connections, begins, names the tenant and ends; the statements between go to the driver itself,
        which costs a quarter of the CPU.
        """
        if self._is_over:
            raise RuntimeError("this unit of work is over")
        if self._driver is None:
            with translated():
                connection = await self._session.connection()
                self._driver = (await connection.get_raw_connection()).driver_connection
        return self._driver

    async def commit(self) -> None:
        """Commit. References that are checked late may raise `NotFoundError` here."""
        if self._is_over:
            raise RuntimeError("this unit of work is over")
        self._is_over = True
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
