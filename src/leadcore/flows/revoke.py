"""A customer's words before their acknowledgement: revocation is classified and written under the contact's lock."""

from datetime import datetime

from msgspec.structs import replace

from leadcore.compliance.events import ContactSuppressed
from leadcore.compliance.model import ContactPoint, Suppression, SuppressionReason
from leadcore.compliance.policies.revocation import Revocation, classify
from leadcore.compliance.values import Channel
from leadcore.flows.prints import contact_prints, vault_of
from leadcore.flows.reconsent import hear_start
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.contact import ContactKind, parse_phone, zones_of
from leadcore.kernel.ids import ContactPointId, TenantId

_REASONS: dict[str, SuppressionReason] = {
    "stop": "free_text",
    "wrong_number": "wrong_number",
    "ambiguous": "ambiguous",
}


async def heed(uow: Work, point: ContactPoint, text: str, *, provider_opt_out: str | None = None) -> Revocation:
    """Lock the contact point, note that the customer wrote, and suppress whatever their words revoke.

    START reaches only the point it came from, and opens it once a consent in writing has been given since.

    A revocation reaches every contact point of the person (47 CFR 64.1200(a)(10): by any reasonable means). Locks are
    taken in id order, so that two messages of one person cannot deadlock.
    """
    tenant_id = point.tenant_id
    revocation = classify(text, provider_opt_out=provider_opt_out)
    person = await uow.leads.person_of([point.id], tenant_id=tenant_id)
    theirs = await uow.leads.points_of(person.id, tenant_id=tenant_id) if person else []
    reached: list[ContactPointId] = sorted({point.id, *theirs})
    points = [await uow.compliance.lock_point(each, tenant_id=tenant_id) for each in reached]
    now = await uow.now()
    for each in points:
        await uow.compliance.mark_inbound(each.id, tenant_id=tenant_id, at=now)
    if revocation.kind in _REASONS:
        reason = "stop_word" if revocation.provider_handles else _REASONS[revocation.kind]
        reason = "provider_stop" if provider_opt_out == "STOP" else reason
        for each in points:
            await suppress(uow, each, reason, words=text, now=now)
    elif revocation.kind == "start":
        await hear_start(uow, next(each for each in points if each.id == point.id))
    return revocation


async def suppress(
    uow: Work, point: ContactPoint, reason: SuppressionReason, *, now: datetime, words: str = ""
) -> None:
    """Suppress the locked *point* on its own channel, and say so the first time.

    What began to open it since the last revocation, START or a consent, is over: a new suppression takes its place.
    """
    channel: Channel = "sms" if point.kind == "phone" else "email"
    await _close_what_opens(uow, point, channel, now=now)
    is_new = await uow.compliance.suppress(
        Suppression(
            contact_point_id=point.id,
            tenant_id=point.tenant_id,
            channel=channel,
            reason=reason,
            since=now,
            words=words[:500],
        )
    )
    if is_new:
        uow.publish(
            ContactSuppressed(
                tenant_id=point.tenant_id,
                at=now,
                contact_point_id=point.id,
                channel=channel,
                reason=reason,
                words=words[:500],
            )
        )


async def _close_what_opens(uow: Work, point: ContactPoint, channel: Channel, *, now: datetime) -> None:
    stands = await uow.compliance.suppressions(point.id, tenant_id=point.tenant_id)
    known = next((each for each in stands if each.channel == channel), None)
    if known is None:
        return
    lines = await uow.compliance.consents(point.id, tenant_id=point.tenant_id)
    if known.restarted_at is not None or any(each.obtained_at > known.since for each in lines):
        await uow.compliance.lift(point.id, tenant_id=point.tenant_id, channel=channel, at=now)


async def ensure_contact(
    uow: Work, kind: ContactKind, value: str, *, tenant_id: TenantId, seams: Seams
) -> ContactPoint:
    """Return the tenant's contact point for *value*, made on first sight with the zones its area code allows.

    One that was erased is new, and as suppressed as it was then. Raises `NoVaultError` when that cannot be told.
    """
    known = await uow.compliance.point(kind, value, tenant_id=tenant_id)
    if known is not None:
        return known
    zones = zones_of(parse_phone(value)) if kind == "phone" else ()
    point = await uow.compliance.ensure_point(
        ContactPoint(id=ContactPointId(seams.ids.new()), tenant_id=tenant_id, kind=kind, value=value, zones=zones)
    )
    if await uow.privacy.has_erased(tenant_id):
        digests = contact_prints(vault_of(seams), kind, value, tenant_id=tenant_id)
        for each in await uow.privacy.suppressions_of_erased(digests, tenant_id=tenant_id):
            await uow.compliance.suppress(replace(each, contact_point_id=point.id))
    return point
