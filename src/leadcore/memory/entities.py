"""What is known of the records that a source hinted at, in memory."""

from operator import attrgetter

from leadcore.intake.model import EntityVersion, RecordKind
from leadcore.intake.repository import RefKind
from leadcore.kernel.ids import TenantId
from leadcore.memory.database import Changes, seen


class MemoryEntities:
    """The part of `InboxRepository` that joins versions, in one unit of work."""

    _entities = seen(lambda tables: tables.entities)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def advance(self, seen: EntityVersion) -> bool:
        """Join *seen* into what is known of the record; return whether that told anything new."""
        key = (seen.tenant_id, seen.source, seen.kind, seen.external_id)
        known = self._entities.get(*key)
        joined = seen if known is None else known.joined_with(seen)
        if joined == known:
            return False
        self._entities.put(joined, *key)
        return True

    async def entity(
        self, source: str, kind: RecordKind, external_id: str, *, tenant_id: TenantId
    ) -> EntityVersion | None:
        """Return what is known of a record, None when it was never seen."""
        return self._entities.get(tenant_id, source, kind, external_id)

    async def entities_of(
        self, source: str, kind: RecordKind, *, ref: RefKind, value: str, tenant_id: TenantId
    ) -> list[EntityVersion]:
        """Return the records of a kind whose newest version refers to this order, customer or vehicle, by id."""
        found = self._entities.where(ref, tenant_id, source, kind, value)
        return sorted(found, key=attrgetter("external_id"))
