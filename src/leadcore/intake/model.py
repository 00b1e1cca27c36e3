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
