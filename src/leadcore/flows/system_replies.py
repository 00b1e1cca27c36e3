"""Answers the law or the carriers prescribe: one opt-out confirmation, and HELP. No model takes part."""

from datetime import datetime, timedelta

from leadcore.compliance.model import ContactPoint
from leadcore.compliance.policies.revocation import Revocation
from leadcore.compliance.policies.wording import confirmation_text, help_text
from leadcore.conversations.model import Conversation
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.flows.write_message import Draft, write_message

_CONFIRM_WITHIN = timedelta(minutes=5)
_HELP_WITHIN = timedelta(minutes=15)


async def answer_keyword(
    uow: Work, seams: Seams, revocation: Revocation, *, point: ContactPoint, conversation: Conversation, at: datetime
) -> None:
    """Confirm an opt-out once, or answer HELP, unless the provider does it for us (then we must not)."""
    if point.kind != "phone":
        return
    tenant = await uow.tenants.get(point.tenant_id)
    if revocation.kind == "stop":
        if revocation.provider_handles and tenant.stop_confirmation == "provider":
            return
        text, purpose, useful = confirmation_text(tenant.brand), "optout_confirm", _CONFIRM_WITHIN
    elif revocation.kind == "help":
        if tenant.help_reply == "provider":
            return
        text, purpose, useful = help_text(tenant.brand, tenant.phone), "help", _HELP_WITHIN
    else:
        return
    draft = Draft(
        tenant_id=tenant.id,
        channel="sms",
        purpose="optout_confirm" if purpose == "optout_confirm" else "help",
        contact_point_id=point.id,
        recipient=point.value,
        body=text,
        not_after=at + useful,
        lead_id=conversation.lead_id,
        conversation_id=conversation.id,
        answers=at,
    )
    await write_message(uow, seams, draft, at=at)
