"""One-click unsubscribe from e-mail, and what else may be sent, by an unguessable token."""

from datetime import datetime, timedelta

import msgspec

from leadcore.compliance.model import ContactPoint
from leadcore.compliance.policies.reach import reasons_against
from leadcore.compliance.values import Channel
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


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """What one person may still be sent by one shop. A channel nobody knows an address for is absent.

    Addresses are masked: mails are forwarded, and the page needs no login.
    """

    brand: str
    open_channels: dict[Channel, bool]
    masked: dict[Channel, str]


async def unsubscribe(seams: Seams, token: str) -> None:
    """Suppress e-mail for the contact point behind *token*. Idempotent. Raises `NotFoundError`."""
    await stop_channels(seams, token, channels=frozenset({"email"}))


async def stop_channels(seams: Seams, token: str, *, channels: frozenset[Channel]) -> Preferences:
    """Suppress *channels* of the person behind *token* and return what is left on. Idempotent.

    Locks are taken in id order, as `flows.revoke.heed` takes them. Raises `NotFoundError`.
    """
    owner = await _owner(seams, token)
    async with seams.store.begin(owner.tenant_id) as uow:
        for point in await _points(uow, owner):
            if _channel(point) in channels:
                locked = await uow.compliance.lock_point(point.id, tenant_id=owner.tenant_id)
                await suppress(uow, locked, "unsubscribe", now=await uow.now())
        found = await _preferences(uow, owner)
        await uow.commit()
    return found


async def preferences(seams: Seams, token: str) -> Preferences:
    """Return what the person behind *token* may still be sent; changes nothing. Raises `NotFoundError`."""
    owner = await _owner(seams, token)
    async with seams.store.begin(owner.tenant_id) as uow:
        return await _preferences(uow, owner)


async def _owner(seams: Seams, token: str) -> LinkOwner:
    owner = await seams.store.directory.chat_token(token_digest(token))
    if owner is None:
        raise NotFoundError("this link is not known", field="token", fix="use the link of a newer e-mail")
    return owner


async def _points(uow: Work, owner: LinkOwner) -> list[ContactPoint]:
    """The contact points of the person the link was sent to, in id order."""
    first = await uow.compliance.get_point(ContactPointId(owner.target_id), tenant_id=owner.tenant_id)
    person = await uow.leads.person_of([first.id], tenant_id=owner.tenant_id)
    theirs = await uow.leads.points_of(person.id, tenant_id=owner.tenant_id) if person else []
    ids = sorted({first.id, *theirs})
    return [await uow.compliance.get_point(each, tenant_id=owner.tenant_id) for each in ids]


async def _preferences(uow: Work, owner: LinkOwner) -> Preferences:
    tenant = await uow.tenants.get(owner.tenant_id)
    is_open: dict[Channel, bool] = {}
    masked: dict[Channel, str] = {}
    for point in await _points(uow, owner):
        channel = _channel(point)
        around = await uow.compliance.suppressions_around(point.id, tenant_id=owner.tenant_id)
        is_open[channel] = is_open.get(channel, False) or not reasons_against(point.id, channel, around)
        masked[channel] = f"{masked[channel]}, {_masked(point)}" if channel in masked else _masked(point)
    return Preferences(brand=tenant.brand, open_channels=is_open, masked=masked)


def _channel(point: ContactPoint) -> Channel:
    return "sms" if point.kind == "phone" else "email"


def _masked(point: ContactPoint) -> str:
    if point.kind == "phone":
        return f"the number ending in {point.value[-4:]}"
    name, _, domain = point.value.partition("@")
    return f"{name[:1]}\u2026@{domain}"
