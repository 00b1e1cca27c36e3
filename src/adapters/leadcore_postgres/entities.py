"""What is known of the records that a source hinted at."""

from typing import get_args

from sqlalchemy import TextClause, text

from leadcore.intake.model import EntityVersion, RecordKind
from leadcore.intake.repository import RefKind
from leadcore.kernel.errors import ConflictError
from leadcore.kernel.ids import TenantId
from leadcore_postgres.rows import Rows
from leadcore_postgres.transaction import Transaction

_ENTITY = Rows(EntityVersion, "entity_version", key=("tenant_id", "source", "kind", "external_id"))

_FIRST_SEEN = text(f"{_ENTITY.insert} ON CONFLICT (tenant_id, source, kind, external_id) DO NOTHING")
_ENTITY_SEEN = text(f"""
    {_ENTITY.select} WHERE tenant_id = :tenant_id AND source = :source AND kind = :kind AND external_id = :external_id
    FOR NO KEY UPDATE""")
_ADVANCE = text(_ENTITY.replace)
_REFERRING: dict[RefKind, TextClause] = {
    ref: text(f"""
        {_ENTITY.select} WHERE tenant_id = :tenant_id AND source = :source AND kind = :kind
        AND {ref}_ref = :value AND {ref}_ref <> '' ORDER BY external_id COLLATE "C" """)
    for ref in get_args(RefKind)
}


class PostgresEntities:
    """The part of `InboxRepository` that joins versions, in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    async def advance(self, seen: EntityVersion) -> bool:
        """Join *seen* into what is known of the record, which stays locked; return whether that told anything new."""
        if await self._db.count(_FIRST_SEEN, **_ENTITY.params(seen)):
            return True
        # The insert has waited for whoever was about to store the record, so this sees it.
        known = await self.entity(seen.source, seen.kind, seen.external_id, tenant_id=seen.tenant_id)
        if known is None:
            raise ConflictError(f"the {seen.kind} {seen.external_id} is being removed")
        joined = known.joined_with(seen)
        if joined == known:
            return False
        await self._db.run(_ADVANCE, **_ENTITY.params(joined))
        return True

    async def entity(
        self, source: str, kind: RecordKind, external_id: str, *, tenant_id: TenantId
    ) -> EntityVersion | None:
        """Return what is known of a record, locked; None when it was never seen."""
        row = await self._db.row(_ENTITY_SEEN, tenant_id=tenant_id, source=source, kind=kind, external_id=external_id)
        return None if row is None else _ENTITY.item(row)

    async def entities_of(
        self, source: str, kind: RecordKind, *, ref: RefKind, value: str, tenant_id: TenantId
    ) -> list[EntityVersion]:
        """Return the records of a kind whose newest version refers to this order, customer or vehicle, by id."""
        return _ENTITY.items(
            await self._db.rows(_REFERRING[ref], tenant_id=tenant_id, source=source, kind=kind, value=value)
        )
