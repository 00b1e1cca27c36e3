"""A picture that came with a customer's words."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from leadcore.compliance.values import Channel
from leadcore.kernel.errors import RefusedError
from leadcore.kernel.ids import ConnectionId, ConversationId, EntryId, LeadId, PictureId, TenantId
from leadcore.pictures.events import PictureReceived, PictureRefused
from leadcore.pictures.values import PictureState


class PictureSettledError(RefusedError):
    """The picture is kept or refused already."""

    code = "picture_settled"


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """One picture. `source_ref` and `number` (from 1) make receiving it twice a no-op.

    `url` is where its vendor has it while it waits. `digest` (hex SHA-256) and `size` are those of the bytes we keep,
    which hold no metadata.
    """

    id: PictureId
    tenant_id: TenantId
    lead_id: LeadId
    conversation_id: ConversationId
    connection_id: ConnectionId
    channel: Channel
    source_ref: str
    number: int
    received_at: datetime
    entry_id: EntryId | None = None
    url: str = ""
    name: str = ""
    state: PictureState = "waiting"
    reason: str = ""
    digest: str = ""
    media_type: str = ""
    size: int = 0

    def keep(self, *, digest: str, media_type: str, size: int, at: datetime) -> tuple["Picture", PictureReceived]:
        """Say that its bytes are on the shelf. Raises `PictureSettledError`."""
        self._check_waits()
        event = PictureReceived(
            tenant_id=self.tenant_id,
            at=at,
            picture_id=self.id,
            lead_id=self.lead_id,
            conversation_id=self.conversation_id,
            number=self.number,
            channel=self.channel,
            media_type=media_type,
            size=size,
            entry_id=self.entry_id,
        )
        return replace(self, state="kept", digest=digest, media_type=media_type, size=size, reason="", url=""), event

    def refuse(self, reason: str, *, at: datetime) -> tuple["Picture", PictureRefused]:
        """Say why it is not kept. Raises `PictureSettledError`."""
        self._check_waits()
        event = PictureRefused(
            tenant_id=self.tenant_id,
            at=at,
            picture_id=self.id,
            lead_id=self.lead_id,
            conversation_id=self.conversation_id,
            number=self.number,
            channel=self.channel,
            reason=reason,
            entry_id=self.entry_id,
        )
        return replace(self, state="refused", reason=reason), event

    def troubled(self, why: str) -> "Picture":
        """Note why it could not be fetched so far: whoever looks sees it, and it goes on waiting."""
        self._check_waits()
        return replace(self, reason=why)

    def _check_waits(self) -> None:
        if self.state != "waiting":
            raise PictureSettledError(f"the picture is {self.state}")
