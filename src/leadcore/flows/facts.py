"""Gathering what the gate decides on, while the contact point is locked."""

from datetime import timedelta
from typing import Literal

from leadcore.compliance.model import Consent, ContactPoint
from leadcore.compliance.policies.gate import GateFacts
from leadcore.compliance.values import ADVERTISING, AUTOMATED
from leadcore.flows.work import Work
from leadcore.kernel.ids import ConsentId
from leadcore.messaging.model import Message
from leadcore.tenants.model import Tenant

_DAY = timedelta(hours=24)
_CONFIRMED_WITHIN = timedelta(days=1)


async def gather(uow: Work, message: Message, tenant: Tenant, point: ContactPoint) -> GateFacts:
    """Return the facts for *message* as they are now. *point* must be locked by this unit of work."""
    now = await uow.now()
    suppressions = await uow.compliance.suppressions(point.id, tenant_id=tenant.id)
    consents = await uow.compliance.consents(point.id, tenant_id=tenant.id)
    return GateFacts(
        now=now,
        tenant_id=tenant.id,
        contact_point_id=point.id,
        channel=message.channel,
        purpose=message.purpose,
        decided_at=message.decided_at,
        not_after=message.not_after,
        zones=_zones(point, tenant),
        consent=_level(consents, message),
        suppressed_by=tuple(each.reason for each in suppressions if each.channel == message.channel),
        last_inbound_at=point.last_inbound_at,
        requested_at=message.requested_at,
        answered_at=message.answers,
        still_wanted=await _still_wanted(uow, message),
        tenant_paused=tenant.paused,
        deployment_held=await uow.sending_held(),
        sender_ready=_sender_ready(message, tenant),
        first_response_any_hour=tenant.first_response == "any_hour",
        quiet_profile=tenant.quiet_profile,
        sends_24h=await uow.compliance.sent_since(
            point.id, tenant_id=tenant.id, channel=message.channel, purpose="marketing", since=now - _DAY
        )
        if message.purpose == "marketing"
        else 0,
        already_confirmed=message.purpose == "optout_confirm"
        and await uow.compliance.sent_since(
            point.id,
            tenant_id=tenant.id,
            channel=message.channel,
            purpose="optout_confirm",
            since=now - _CONFIRMED_WITHIN,
        )
        > 0,
    )


async def resting_on(uow: Work, message: Message) -> ConsentId | None:
    """Return the newest line of the ledger that allows *message*; None when it needs none, or no line allows it."""
    if message.purpose not in AUTOMATED:
        return None
    lines = await uow.compliance.consents(message.contact_point_id, tenant_id=message.tenant_id)
    known = [each for each in lines if each.channel == message.channel]
    fitting = [each for each in known if each.scope == "marketing"]
    if not fitting and message.purpose != "marketing":
        fitting = known
    return fitting[-1].id if fitting else None


def _sender_ready(message: Message, tenant: Tenant) -> bool:
    """Whether the tenant can send it: an advertising e-mail needs the postal address, too."""
    if message.channel == "sms":
        return bool(tenant.senders.sms)
    return bool(tenant.senders.email) and bool(tenant.postal_address or message.purpose not in ADVERTISING)


def _zones(point: ContactPoint, tenant: Tenant) -> tuple[str, ...]:
    """Every zone the recipient may be in: the area code's and the shop's. E-mail knows only the shop's."""
    if point.kind == "phone" and not point.zones:
        return ()
    return tuple(sorted({*point.zones, tenant.zone}))


def _level(consents: list[Consent], message: Message) -> Literal["none", "conversational", "marketing"]:
    scopes = {each.scope for each in consents if each.channel == message.channel}
    if "marketing" in scopes:
        return "marketing"
    return "conversational" if scopes else "none"


async def _still_wanted(uow: Work, message: Message) -> bool:
    if message.touch_id is None:
        return True
    touch = await uow.cadences.touch(message.touch_id, tenant_id=message.tenant_id)
    enrollment = await uow.cadences.peek_enrollment(touch.enrollment_id, tenant_id=message.tenant_id)
    return enrollment.state == "active" or (enrollment.state == "finished" and touch.state == "decided")
