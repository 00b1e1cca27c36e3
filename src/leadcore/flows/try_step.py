"""A step as its customer would get it, sent to the shop's own people instead: marked, and counted apart."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec

from leadcore.cadences.events import TouchTested
from leadcore.flows.explain_touch import TouchPreview, preview_touch
from leadcore.flows.revoke import ensure_contact
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.flows.write_message import Draft, write_message
from leadcore.kernel.contact import ContactKind, parse_email, parse_phone
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import LeadId, MessageId, TenantId
from leadcore.ports.messaging import SendChannel
from leadcore.tenants.model import Tenant

MARK = "[TEST] "
_USEFUL = timedelta(hours=1)


class SentTrial(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a test; what became of it: `leadcore messages`, or the carrier's own log."""

    channel: SendChannel
    recipient: str
    message_id: MessageId


class TrialReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent, why a channel was left out, and how many tests went this month before."""

    sent: list[SentTrial]
    left_out: dict[str, str]
    tests_this_month: int


async def try_step(
    seams: Seams, lead_id: LeadId, step: str, *, to: str = "", tenant_id: TenantId, by: str
) -> TrialReport:
    """Send *step* as the lead would get it now to *to*, a phone or an address of the shop's own people.

    Empty: the shop's, else the first of its staff's, on each channel.
    The customer's chat link does not work in it. Raises `InvalidInputError` when *to* is nobody of the shop's,
    `NotFoundError` for an unknown lead or step.
    """
    preview = await preview_touch(seams, lead_id, step, tenant_id=tenant_id)
    async with seams.store.begin(tenant_id) as uow:
        tenant = await uow.tenants.get(tenant_id)
        whom = _whom(tenant, to)
        now = await uow.now()
        month = now.astimezone(ZoneInfo(tenant.zone)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        before = await uow.compliance.spent_since(tenant_id, since=month, tests=True)
        report = await _send(uow, seams, preview, whom, tenant=tenant)
        uow.publish(
            TouchTested(
                tenant_id=tenant_id, at=now, lead_id=lead_id, step=step, by=by,
                channels=[each.channel for each in report.sent],
            )
        )  # fmt: skip
        await uow.commit()
    return msgspec.structs.replace(report, tests_this_month=before)


async def _send(
    uow: Work, seams: Seams, preview: TouchPreview, whom: dict[SendChannel, str], *, tenant: Tenant
) -> TrialReport:
    sent: list[SentTrial] = []
    left_out: dict[str, str] = {}
    now = await uow.now()
    for each in preview.messages:
        address = whom.get(each.channel)
        if not each.body or address is None:
            left_out[each.channel] = each.reason if not each.body else f"nobody of the shop's gets {each.channel}"
            continue
        kind: ContactKind = "phone" if each.channel == "sms" else "email"
        point = await ensure_contact(uow, kind, address, tenant_id=tenant.id, seams=seams)
        draft = Draft(
            tenant_id=tenant.id,
            channel=each.channel,
            purpose="test",
            contact_point_id=point.id,
            recipient=point.value,
            subject=f"{MARK}{each.subject}" if each.subject else "",
            body=f"{MARK}{each.body}",
            html=_marked(each.html),
            not_after=now + _USEFUL,
        )
        message_id = await write_message(uow, seams, draft, at=now)
        if message_id is not None:
            sent.append(SentTrial(channel=each.channel, recipient=point.value, message_id=message_id))
    return TrialReport(sent=sent, left_out=left_out, tests_this_month=0)


def _marked(html: str) -> str:
    """Put the mark where a reader of the HTML part sees it first."""
    head, tag, rest = html.partition("<body>")
    return f"{head}{tag}<p>{MARK.strip()}</p>{rest}" if tag else f"<p>{MARK.strip()}</p>{html}" if html else ""


def _whom(tenant: Tenant, to: str) -> dict[SendChannel, str]:
    """Return whom to send to by channel: only the shop's own people."""
    own: dict[SendChannel, list[str]] = {
        "sms": [tenant.staff_phone, *(each.phone for each in tenant.staff if each.active)],
        "email": [tenant.staff_email, *(each.email for each in tenant.staff if each.active)],
    }
    known = {channel: [each for each in addresses if each] for channel, addresses in own.items()}
    if not to:
        return {channel: addresses[0] for channel, addresses in known.items() if addresses}
    channel: SendChannel = "email" if "@" in to else "sms"
    value = parse_email(to).address if channel == "email" else parse_phone(to, region=tenant.region).e164
    if value not in known[channel]:
        fix = ", ".join(each for addresses in known.values() for each in addresses) or "set staff_phone or staff_email"
        raise InvalidInputError("tests go to the shop's own people only", field="to", fix=fix)
    return {channel: value}
