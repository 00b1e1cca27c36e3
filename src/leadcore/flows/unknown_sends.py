"""What a carrier says we sent and the database does not know: the sign, and the cure, of a restore."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import msgspec

from leadcore.flows.seams import Seams
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import TenantId
from leadcore.messaging.policies.matching import unknown_among
from leadcore.ports.messaging import AcceptedMessage, Carrier, LookupUnsupportedError, SendChannel, SenderHistory
from leadcore.tenants.model import Tenant

_CHANNELS: tuple[SendChannel, ...] = ("sms", "email")
_SLACK = timedelta(minutes=10)


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """One sender of one shop and what carries its messages."""

    tenant: Tenant
    channel: SendChannel
    name: str
    carrier: Carrier

    @property
    def key(self) -> str:
        """Return how a witness note names it."""
        return f"{self.tenant.id}/{self.channel}/{self.name}"


async def senders(seams: Seams) -> AsyncIterator[Sender]:
    """Yield every sender that can send."""
    for tenant_id in await seams.store.directory.tenant_ids():
        async with seams.store.begin(tenant_id) as uow:
            tenant = await uow.tenants.get(tenant_id)
        for channel in _CHANNELS:
            name = tenant.senders.sms if channel == "sms" else tenant.senders.email
            if not name:
                continue
            try:
                carrier, _ = await seams.adapters.carrier(tenant_id, channel)
            except NotFoundError:
                continue
            yield Sender(tenant=tenant, channel=channel, name=name, carrier=carrier)


async def unknown_sends(
    seams: Seams, sender: Sender, *, since: datetime, limit: int | None = None
) -> tuple[AcceptedMessage, ...]:
    """Return what *sender* sent since *since* (real time) that no attempt explains, oldest first.

    *limit* looks at the newest only. Raises `CarrierUnavailableError` or `SenderRefusedError` when the list cannot be
    read, `LookupUnsupportedError` when there is none.
    """
    if not isinstance(sender.carrier, SenderHistory):
        raise LookupUnsupportedError(f"the carrier of {sender.channel} cannot list what was sent")
    listed = await sender.carrier.accepted_from(sender.name, since=since, limit=limit)
    if not listed:
        return ()
    # the list was read first: whatever stands in it was written ahead, and so is seen here
    offset = timedelta(seconds=min(0.0, (await seams.store.deployment.state()).clock_offset_s))
    oldest = min(each.created_at for each in listed) + offset - _SLACK
    async with seams.store.begin(sender.tenant.id) as uow:
        attempts = await uow.messages.attempts_since(oldest, tenant_id=sender.tenant.id)
    return unknown_among(listed, attempts)


async def known_from(seams: Seams, tenant_id: TenantId, name: str) -> datetime:
    """Return from when on what *name* sent must be known, in real time: from its newest settled attempt, else now."""
    offset = timedelta(seconds=(await seams.store.deployment.state()).clock_offset_s)
    async with seams.store.begin(tenant_id) as uow:
        return (await uow.messages.last_settled(name, tenant_id=tenant_id) or await uow.now()) - offset
