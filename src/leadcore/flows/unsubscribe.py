"""One-click unsubscribe from e-mail, by an unguessable token."""

from datetime import datetime, timedelta

from leadcore.flows.revoke import suppress
from leadcore.flows.seams import Seams, new_token, token_digest
from leadcore.flows.work import Work
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import ContactPointId, TenantId
from leadcore.ports.storage import LinkOwner

_LIVES = timedelta(days=90)
"""CAN-SPAM wants the mechanism to work for 30 days after the send (15 USC 7704(a)(3)(A)(ii)); CASL 60."""


async def unsubscribe_url(
    uow: Work, seams: Seams, point_id: ContactPointId, *, tenant_id: TenantId, at: datetime
) -> str:
    """Return a fresh unsubscribe address for a contact point."""
    token, digest = new_token(seams.chance)
    await uow.conversations.put_token(
        digest, LinkOwner(tenant_id=tenant_id, target_id=point_id, expires_at=at + _LIVES)
    )
    return f"{seams.urls.hooks}/u/{token}"


async def unsubscribe(seams: Seams, token: str) -> None:
    """Suppress e-mail for the contact point behind *token*. Idempotent. Raises `NotFoundError`."""
    owner = await seams.store.directory.chat_token(token_digest(token))
    if owner is None:
        raise NotFoundError("this link is not known", field="token", fix="use the link of a newer e-mail")
    async with seams.store.begin(owner.tenant_id) as uow:
        point = await uow.compliance.lock_point(ContactPointId(owner.target_id), tenant_id=owner.tenant_id)
        await suppress(uow, point, "unsubscribe", now=await uow.now())
        await uow.commit()
