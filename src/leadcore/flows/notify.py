"""Handing the conversation to people, and telling them."""

from datetime import timedelta

from leadcore.conversations.model import Conversation
from leadcore.flows.revoke import ensure_contact
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.flows.write_message import Draft, write_message
from leadcore.kernel.contact import parse_email, parse_phone
from leadcore.kernel.errors import InvalidInputError
from leadcore.ports.messaging import SendChannel

_NOTICE_USEFUL = timedelta(hours=12)


async def hand_to_staff(uow: Work, seams: Seams, conversation: Conversation, *, by: str, reason: str) -> Conversation:
    """Give the word to the shop's people and notify them by text or e-mail; return the saved conversation."""
    now = await uow.now()
    handed, event = conversation.handed_to("staff", by=by, at=now, reason=reason)
    await uow.conversations.save(handed)
    uow.publish(event)
    await notify_staff(uow, seams, handed, reason=reason)
    return handed


async def notify_staff(uow: Work, seams: Seams, conversation: Conversation, *, reason: str) -> None:
    """Tell the shop's people by text and e-mail that a customer needs them; who speaks stays as it is."""
    tenant = await uow.tenants.get(conversation.tenant_id)
    person = await uow.leads.person(conversation.person_id, tenant_id=conversation.tenant_id)
    who = person.first_name or "A customer"
    text = f"{tenant.brand}: {who} needs a person ({reason}). Take over: leadcore conversations take {conversation.id}"
    now = await uow.now()
    channels: tuple[tuple[SendChannel, str], ...] = (("sms", tenant.staff_phone), ("email", tenant.staff_email))
    for channel, address in channels:
        if not address:
            continue
        try:
            value = parse_phone(address).e164 if channel == "sms" else parse_email(address).address
        except InvalidInputError:
            continue  # `doctor` names the bad address; a customer's transaction must not fail for it
        point = await ensure_contact(
            uow, "phone" if channel == "sms" else "email", value, tenant_id=tenant.id, ids=seams.ids
        )
        draft = Draft(
            tenant_id=tenant.id,
            channel=channel,
            purpose="staff_notice",
            contact_point_id=point.id,
            recipient=value,
            subject=f"{who} is waiting for a person",
            body=text,
            not_after=now + _NOTICE_USEFUL,
            lead_id=conversation.lead_id,
        )
        await write_message(uow, seams, draft, at=now)
