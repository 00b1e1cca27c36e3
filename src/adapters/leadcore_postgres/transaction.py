"""One transaction of one tenant: runs statements and says in the core's words what went wrong."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import CursorResult, TextClause
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import TenantId

_BUSY = {"40001": "serialization", "40P01": "deadlock", "55P03": "lock not granted in time"}
_UNIQUE, _FOREIGN_KEY, _DENIED = "23505", "23503", "42501"


class Transaction:
    """Statements of one unit of work. It begins with the first one."""

    def __init__(self, session: AsyncSession, *, tenant_id: TenantId) -> None:
        self.tenant_id = tenant_id
        self.locks = 0  # contact points locked so far: what is legal now is decided after the wait
        self._session = session
        self._connection: AsyncConnection | None = None
        self._is_over = False

    async def run(self, statement: TextClause, **params: Any) -> CursorResult[Any]:
        """Execute and return the buffered result."""
        if self._is_over:
            raise RuntimeError("this unit of work is over")
        with translated():
            if self._connection is None:
                self._connection = await self._session.connection()
            return await self._connection.execute(statement, params)

    async def rows(self, statement: TextClause, **params: Any) -> Sequence[Any]:
        """Execute and return every row."""
        return (await self.run(statement, **params)).all()

    async def row(self, statement: TextClause, **params: Any) -> Any:
        """Execute and return the first row, None when there is none."""
        return (await self.run(statement, **params)).first()

    async def count(self, statement: TextClause, **params: Any) -> int:
        """Execute and return how many rows were touched."""
        return (await self.run(statement, **params)).rowcount

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
    except DBAPIError as cause:
        state = str(getattr(cause.orig, "sqlstate", ""))
        if state == _UNIQUE:
            raise ConflictError("something with this key exists already") from cause
        if state == _FOREIGN_KEY:
            raise NotFoundError("what this refers to does not exist for this tenant") from cause
        if state == _DENIED and "row-level security" in str(cause.orig):
            raise NotFoundError("the unit of work is bound to another tenant") from cause
        if state in _BUSY:
            raise ConflictError(f"somebody else is changing it: {_BUSY[state]}") from cause
        raise
