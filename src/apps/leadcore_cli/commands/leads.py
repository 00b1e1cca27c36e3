"""`leadcore leads`: who asked, and everything that happened since."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from cyclopts import App

from leadcore.cadences.model import Touch
from leadcore.compliance.model import ContactPoint
from leadcore.flows.explain_rule import explain_rule as judged
from leadcore.flows.lead_views import LeadDetail, lead_detail, listed_leads
from leadcore.flows.seams import Seams
from leadcore.kernel.ids import LeadId, TenantId
from leadcore.leads.model import Appointment, Lead, Person
from leadcore.leads.policies.response_times import Wait
from leadcore.leads.values import LeadStatus
from leadcore.messaging.model import Message
from leadcore_cli.commands.lead_moves import assign, book, lose, reopen, speed, win
from leadcore_cli.commands.lead_pictures import pictures
from leadcore_cli.options import HERE, Json, Limit, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import duration, print_fields, print_json, print_table, say

app = App(
    name="leads", help="Read leads and their story; book, lose, win, re-open, assign them; bring in many at once."
)
for command in (pictures, speed, book, lose, win, reopen, assign):
    app.command(command)
_LONGEST = 100
# Imported when they are called: they load what draws progress bars.
app.command("leadcore_cli.commands.backfill:backfill", name="backfill", help="Read the CRM's past, silently.")
app.command("leadcore_cli.commands.import_leads:import_file", name="import", help="Bring in leads from a CSV file.")


@app.command(name="list")
def list_leads(
    *,
    status: LeadStatus | None = None,
    sort: Literal["newest", "score"] = "newest",
    limit: Limit = 50,
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """List leads, newest first, or the most promising first.

    Example: `leadcore leads list --sort score --limit 10`

    Parameters
    ----------
    status
        Only leads that have come this far.
    sort
        `newest` (default), or `score`: open leads, unless a status is given.
    limit
        At most this many (default: 50).
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        async with session.seams.store.begin(shop.id) as uow:
            listing = uow.life.by_score if sort == "score" else uow.leads.listing
            found = await listing(shop.id, status=status, limit=limit, before=None)
            leads = await listed_leads(uow, found, tenant_id=shop.id)
        if json:
            print_json(leads)
            return
        rows = [
            (
                lead.id,
                lead.status,
                lead.score,
                lead.created_at,
                lead.name or "-",
                lead.assigned_to or "-",
                lead.vehicle.label or "-",
                lead.interest or "-",
            )
            for lead in leads
        ]
        headers = ("lead", "status", "score", "arrived", "name", "advisor", "vehicle", "interest")
        print_table(headers, rows, empty="no leads yet")

    return within(place, work)


@app.command
def show(lead_id: UUID, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Show one lead with its person, messages and follow-up.

    Example: `leadcore leads show 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        await _show(session.seams, LeadId(lead_id), tenant_id=shop.id, json=json)

    return within(place, work)


@app.command
def timeline(
    lead_id: UUID,
    /,
    *,
    limit: Limit = 200,
    after: int = 0,
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Tell the lead's story, oldest first: what was said and sent, every event, every decision and its reasons.

    Example: `leadcore leads timeline 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 --json`

    Parameters
    ----------
    limit
        At most this many lines (default: 200).
    after
        Go on behind the line with this number; a page that is cut off says which.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        async with session.seams.store.begin(shop.id) as uow:
            await uow.leads.get(LeadId(lead_id), tenant_id=shop.id)
            found = await uow.leads.timeline(LeadId(lead_id), tenant_id=shop.id, after=after, limit=limit + 1)
        events = found[:limit]
        if len(found) > limit and events:
            say(f"there is more: --after {events[-1].id}")
        if json:
            print_json(events)
            return
        rows = [(event.at, event.type, _detail(event.detail)) for event in events]
        print_table(("at", "what", "detail"), rows, empty="nothing has happened yet")

    return within(place, work)


@app.command(name="explain-rule")
def explain_rule(order_id: str, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Read an order from the CRM and say, clause by clause, whether it is a lead and which clause decided.

    Webhook and poll decide with the same rule; the last line says what the poll would make of the order now.

    Example: `leadcore leads explain-rule 6f0c1a52-11d4-4d0e-8b0a-5f6f0c1a5211 --json`

    Parameters
    ----------
    order_id
        The CRM's id of the order.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        found = await judged(session.seams, shop.id, order_id)
        if json:
            print_json(found)
            return
        print_table(("clause", "holds", "detail"), [(each.name, each.holds, each.detail) for each in found.clauses])
        decided = "every clause holds" if found.is_lead else f"decided by: {', '.join(found.decided_by)}"
        print(f"{found.crm} order {order_id} is {'a lead' if found.is_lead else 'no lead'}; {decided}")
        print(f"here: {f'lead {found.lead_id}' if found.lead_id else 'not known'}")
        print(f"poll: {'would note it' if found.poll_notes else 'passes it over'}, {found.poll_why}")

    return within(place, work)


async def _show(seams: Seams, lead_id: LeadId, *, tenant_id: TenantId, json: bool) -> None:
    async with seams.store.begin(tenant_id) as uow:
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        detail = await lead_detail(uow, await uow.tenants.get(tenant_id), lead)
        person = await uow.leads.person(lead.person_id, tenant_id=tenant_id)
        ids = [each for each in (person.phone_id, person.email_id) if each]
        points = [await uow.compliance.get_point(each, tenant_id=tenant_id) for each in ids]
        messages = await uow.messages.of_lead(lead_id, tenant_id=tenant_id)
        touches = await uow.cadences.touches_of_lead(lead_id, tenant_id=tenant_id)
        conversation = await uow.conversations.of_lead(lead_id, tenant_id=tenant_id)
        references = await uow.leads.references(lead_id, tenant_id=tenant_id)
    if json:
        print_json(
            {
                "lead": lead,
                "score": detail.score,
                "assignment": detail.assignment,
                "appointment": detail.appointment,
                "answered": detail.answered,
                "person": person,
                "contacts": points,
                "conversation": conversation,
                "references": references,
                "messages": messages,
                "touches": touches,
            }
        )
        return
    print_fields(_fields(lead, person, points))
    print_fields(_standing(detail))
    joined = [f"{each.source} {each.external_ref}" for each in references if each.id != lead.id]
    print_fields(
        [("conversation", conversation.id if conversation else None), ("asked again by", ", ".join(joined) or "-")]
    )
    _tables(messages, touches)


def _tables(messages: list[Message], touches: list[Touch]) -> None:
    print("\nmessages")
    rows = [(each.decided_at, each.channel, each.purpose, each.state, each.delivery, each.body) for each in messages]
    print_table(("written", "channel", "purpose", "state", "delivery", "text"), rows, empty="no messages yet")
    print("\nfollow-up")
    steps = [(each.step, each.due_at, each.state, each.reason or "-") for each in touches]
    print_table(("step", "due", "state", "reason"), steps, empty="no follow-up")


def _fields(lead: Lead, person: Person, points: list[ContactPoint]) -> list[tuple[str, object]]:
    return [
        ("lead", lead.id),
        ("status", f"{lead.status}{f' ({lead.lost_reason})' if lead.lost_reason else ''}"),
        ("name", _name(person)),
        ("contacts", ", ".join(point.value for point in points)),
        ("vehicle", lead.vehicle.label or "-"),
        ("interest", lead.interest or "-"),
        ("source", f"{lead.source} order {lead.external_ref}"),
        ("requested", lead.requested_at),
    ]


def _standing(detail: LeadDetail) -> list[tuple[str, object]]:
    score, assignment, answered = detail.score, detail.assignment, detail.answered
    why = "; ".join(f"{each.reason} {each.points:+}" for each in score.reasons) if score else ""
    whose = f"{assignment.staff} ({assignment.how.replace('_', ' ')})" if assignment else None
    return [
        ("score", f"{score.total} ({why})" if score else None),
        ("advisor", whose),
        ("comes in", _comes(detail.appointment)),
        ("answered by us", _waited(detail.first_automated_at, answered.automation)),
        ("by a person", _waited(detail.first_human_at, answered.staff)),
    ]


def _comes(appointment: Appointment | None) -> str | None:
    if appointment is None:
        return None
    what = f" for {appointment.service}" if appointment.service else ""
    return f"{appointment.starts_at:%Y-%m-%d %H:%M}Z to {appointment.ends_at:%Y-%m-%d %H:%M}Z{what}"


def _waited(at: datetime | None, wait: Wait | None) -> str | None:
    if at is None or wait is None:
        return None
    return f"after {duration(wait.plain_s)} ({duration(wait.open_s)} of it open), at {at:%Y-%m-%d %H:%M:%S}Z"


def _name(person: Person) -> str:
    return f"{person.first_name} {person.last_name}".strip() or "-"


def _detail(detail: dict[str, object]) -> str:
    left_out = {"type", "at", "tenant_id", "lead_id"}
    return ", ".join(
        f"{key}={_short(value)}" for key, value in detail.items() if key not in left_out and value not in (None, "")
    )


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
