"""Negative controls: stores whose inbox forgets one of the rules. Told the same history, they must go wrong."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from msgspec.structs import replace

from leadcore.intake.model import EntityVersion
from leadcore.kernel.ids import TenantId
from leadcore.memory.storage import MemoryStore

Rule = Callable[[EntityVersion | None, EntityVersion], EntityVersion]


def last_told_wins(known: EntityVersion | None, seen: EntityVersion) -> EntityVersion:
    """No guard: whatever comes last is believed."""
    if known is None or not (seen.body or seen.gone_at):
        return seen if known is None else known.joined_with(seen)
    return replace(seen, marks=known.joined_with(seen).marks)


def ends_are_forgotten(known: EntityVersion | None, seen: EntityVersion) -> EntityVersion:
    """No tombstones: any change brings a record back."""
    joined = seen if known is None else known.joined_with(seen)
    return replace(joined, gone_at=None) if seen.body else joined


def late_versions_are_ignored(known: EntityVersion | None, seen: EntityVersion) -> EntityVersion:
    """A guard alone: a version that comes late leaves no trace, so what it had to stop goes on."""
    is_late = known is not None and bool(known.body) and seen.version < known.version and not seen.gone_at
    return known if known is not None and is_late and seen.body else seen if known is None else known.joined_with(seen)


class UnguardedStore:
    """A store in memory that keeps what is known of records by another rule."""

    def __init__(self, store: MemoryStore, rule: Rule) -> None:
        self._store = store
        self._rule = rule

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def begin(self, tenant_id: TenantId) -> AbstractAsyncContextManager[Any]:
        return self._begin(tenant_id)

    @asynccontextmanager
    async def _begin(self, tenant_id: TenantId) -> AsyncIterator[Any]:
        async with self._store.begin(tenant_id) as uow:
            yield _Work(uow, self._rule)


class _Work:
    def __init__(self, uow: Any, rule: Rule) -> None:
        self._uow = uow
        self.inbox = _Inbox(uow.inbox, rule)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._uow, name)


class _Inbox:
    def __init__(self, inbox: Any, rule: Rule) -> None:
        self._inbox = inbox
        self._rule = rule

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inbox, name)

    async def advance(self, seen: EntityVersion) -> bool:
        known = await self._inbox.entity(seen.source, seen.kind, seen.external_id, tenant_id=seen.tenant_id)
        kept = self._rule(known, seen)
        if kept == known:
            return False
        self._inbox._entities.put(kept, seen.tenant_id, seen.source, seen.kind, seen.external_id)
        return True
