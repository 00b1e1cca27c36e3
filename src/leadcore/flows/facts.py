"""Gathering what the gate decides on, while the contact point is locked."""

from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from leadcore.compliance.model import Consent, ContactPoint
from leadcore.compliance.policies.gate import GateFacts
from leadcore.compliance.policies.reach import reasons_against
from leadcore.compliance.policies.share import LONGEST, SPACING
from leadcore.compliance.policies.whereabouts import whereabouts
from leadcore.compliance.values import ADVERTISING, AUTOMATED, Purpose
from leadcore.flows.reconsent import standing_consents
from leadcore.flows.restored import may_have_gone
from leadcore.flows.work import Work
from leadcore.kernel.ids import ConsentId
from leadcore.messaging.model import Message
from leadcore.messaging.policies.sameness import text_key
from leadcore.messaging.values import TextKey
from leadcore.tenants.model import Tenant

_CONFIRMED_WITHIN = timedelta(days=1)
_COUNTED: frozenset[Purpose] = frozenset({"marketing", "first_response"})
"""What caps bind (a late first response is marketing) and what counts against them."""


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """The facts, and the line of the consent ledger that they rest on."""

    facts: GateFacts
    consent_id: ConsentId | None


async def gather(
    uow: Work, message: Message, tenant: Tenant, point: ContactPoint, *, epoch: int, lists: bool
) -> Gathered:
    """Return the facts for *message* as they are now. *point* must be locked by this unit of work.

    *epoch* is the one this process was told to send in; *lists* says that the carrier can list what a sender sent.
    """
    left, renews_at = await _budget(uow, message, tenant)
    now = await uow.now()  # after whatever was waited for
    suppressions = await uow.compliance.suppressions_around(point.id, tenant_id=tenant.id)
    consents = await standing_consents(uow, point.id, tenant_id=tenant.id)
    sending = await uow.sending()
    place = whereabouts(point, shop_zone=tenant.zone, shop_state=tenant.state, now=now)
    facts = GateFacts(
        now=now,
        tenant_id=tenant.id,
        contact_point_id=point.id,
        channel=message.channel,
        purpose=message.purpose,
        decided_at=message.decided_at,
        not_after=message.not_after,
        zones=place.zones,
        states=place.states,
        clues=place.clues,
        country=place.country,
        consent=_level(consents, message),
        suppressed_by=reasons_against(point.id, message.channel, suppressions),
        last_inbound_at=point.last_inbound_at,
        requested_at=message.requested_at,
        answered_at=message.answers,
        still_wanted=await _still_wanted(uow, message),
        tenant_paused=tenant.paused,
        deployment_held=sending.held or sending.epoch != epoch,
        sender_ready=_sender_ready(message, tenant),
        registration=tenant.senders.sms_registration,
        registration_binds=True,
        first_response_any_hour=tenant.first_response == "any_hour",
        quiet_profile=tenant.quiet_profile,
        sent_at=await _sent_at(uow, message, now),
        budget_left=left,
        budget_renews_at=renews_at,
        same_text=await _is_said(uow, message, tenant, now),
        already_confirmed=await _is_confirmed(uow, message, now),
        sent_before_restore=await may_have_gone(uow, message, gap_until=sending.gap_until, lists=lists),
    )
    return Gathered(facts=facts, consent_id=resting_on(message, consents))


def resting_on(message: Message, lines: list[Consent]) -> ConsentId | None:
    """Return the newest of the standing *lines* that allows *message*; None when it needs none, or no line does."""
    if message.purpose not in AUTOMATED:
        return None
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


async def _is_confirmed(uow: Work, message: Message, now: datetime) -> bool:
    if message.purpose != "optout_confirm":
        return False
    confirmations = await uow.compliance.sent_since(
        message.contact_point_id,
        tenant_id=message.tenant_id,
        channel=message.channel,
        purpose="optout_confirm",
        since=now - _CONFIRMED_WITHIN,
    )
    return confirmations > 0


async def _sent_at(uow: Work, message: Message, now: datetime) -> tuple[datetime, ...]:
    if message.purpose not in _COUNTED:
        return ()
    found = await uow.compliance.sent_at(
        message.contact_point_id,
        tenant_id=message.tenant_id,
        channel=message.channel,
        purposes=_COUNTED,
        since=now - (SPACING if message.channel == "email" else LONGEST),
    )
    return tuple(found)


async def _is_said(uow: Work, message: Message, tenant: Tenant, now: datetime) -> bool:
    key = key_of(message, tenant, at=now)
    return key is not None and await uow.messages.has_text(key, but=message.id, tenant_id=tenant.id)


def key_of(message: Message, tenant: Tenant, *, at: datetime) -> TextKey | None:
    """Return the key under which the text of *message* may be accepted once; only marketing has one."""
    if message.purpose != "marketing":
        return None
    return text_key(recipient=message.recipient, body=message.body, at=at, zone=tenant.zone)


async def _budget(uow: Work, message: Message, tenant: Tenant) -> tuple[int, datetime] | tuple[None, None]:
    """Return what is left of the month's messages and when the next month begins, where the tenant set a budget."""
    if tenant.monthly_messages is None or message.purpose not in AUTOMATED:
        return None, None
    now = await uow.now()
    month = now.astimezone(ZoneInfo(tenant.zone)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (month + timedelta(days=32)).replace(day=1)
    spent = await uow.compliance.spent_since(tenant.id, since=month)
    return tenant.monthly_messages - spent, following.astimezone(now.tzinfo)


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
