"""The inbox: exact bytes, kept before they are understood."""

from datetime import datetime
from typing import Literal

import msgspec

from leadcore.kernel.ids import ConnectionId, InboxId, TenantId

InboxState = Literal["new", "done", "ignored", "dead"]


class InboxItem(msgspec.Struct, frozen=True, kw_only=True):
    """One authentic thing that arrived. `body` are the exact bytes; `error` says why it is dead or ignored."""

    id: InboxId
    tenant_id: TenantId
    connection_id: ConnectionId
    source: str
    dedupe_key: str
    entity_key: str | None
    occurred_at: datetime | None
    received_at: datetime
    body: bytes
    state: InboxState = "new"
    tries: int = 0
    error: str = ""


class InboxArrival(msgspec.Struct, frozen=True, kw_only=True):
    """One authentic thing on its way into the inbox. It is applied `wait_s` seconds after it was stored, or later."""

    id: InboxId
    tenant_id: TenantId
    connection_id: ConnectionId
    source: str
    dedupe_key: str
    entity_key: str | None
    occurred_at: datetime | None
    body: bytes
    wait_s: float = 0.0

    def stored(self, *, at: datetime) -> InboxItem:
        """Return the row it becomes when it is stored at *at*."""
        return InboxItem(
            id=self.id,
            tenant_id=self.tenant_id,
            connection_id=self.connection_id,
            source=self.source,
            dedupe_key=self.dedupe_key,
            entity_key=self.entity_key,
            occurred_at=self.occurred_at,
            received_at=at,
            body=self.body,
        )
