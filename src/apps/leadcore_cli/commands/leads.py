"""`leadcore leads`: who asked, and everything that happened since."""

from asyncio import to_thread
from pathlib import Path
from uuid import UUID

import msgspec
from cyclopts import App
from rich.console import Console
from rich.progress import track

from leadcore.compliance.model import ContactPoint
from leadcore.flows.seams import Seams
from leadcore.flows.show_pictures import Shown, picture_content, pictures_of_lead
from leadcore.intake.policies import judge
from leadcore.kernel.errors import InvalidInputError, NotFoundError
from leadcore.kernel.ids import LeadId, PictureId, TenantId
from leadcore.leads.model import Lead, Person
from leadcore.leads.values import LeadStatus
from leadcore_cli.options import HERE, Json, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_fields, print_json, print_table

app = App(name="leads", help="Read leads and their story.")


@app.command(name="list")
def list_leads(
    *, status: LeadStatus | None = None, limit: int = 50, tenant: Shop = "", json: Json = False, place: Place = HERE
) -> int:
    """List leads, newest first.

    Example: `leadcore leads list --status engaged --limit 10`

    Parameters
    ----------
    status
        Only leads that have come this far.
    limit
        At most this many (default: 50).
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        async with session.seams.store.begin(shop.id) as uow:
            leads = await uow.leads.listing(shop.id, status=status, limit=limit, before=None)
            people = [await uow.leads.person(lead.person_id, tenant_id=shop.id) for lead in leads]
        if json:
            print_json(leads)
            return
        rows = [
            (lead.id, lead.status, lead.created_at, _name(person), lead.vehicle.label or "-", lead.interest or "-")
            for lead, person in zip(leads, people, strict=True)
        ]
        print_table(("lead", "status", "arrived", "name", "vehicle", "interest"), rows, empty="no leads yet")

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
def timeline(lead_id: UUID, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Tell the lead's story, oldest first: every event, every decision and its reasons.

    Example: `leadcore leads timeline 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 --json`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        async with session.seams.store.begin(shop.id) as uow:
            await uow.leads.get(LeadId(lead_id), tenant_id=shop.id)
            events = await uow.leads.timeline(LeadId(lead_id), tenant_id=shop.id)
        if json:
            print_json(events)
            return
        rows = [(event.at, event.type, _detail(event.detail)) for event in events]
        print_table(("at", "what", "detail"), rows, empty="nothing has happened yet")

    return within(place, work)


@app.command
def pictures(
    lead_id: UUID, /, *, save: Path | None = None, tenant: Shop = "", json: Json = False, place: Place = HERE
) -> int:
    """List the pictures a customer sent, also those that are not kept and why; save them where you like.

    Example: `leadcore leads pictures 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 --save ./pictures`

    Parameters
    ----------
    save
        Write the pictures into this folder, which is made if it is missing. Metadata such as places are not in them.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        shown = await pictures_of_lead(session.seams, LeadId(lead_id), tenant_id=shop.id)
        saved = await _save(session.seams, LeadId(lead_id), shown, save, tenant_id=shop.id) if save else {}
        if json:
            print_json([{**msgspec.to_builtins(each), "saved_as": saved.get(each.id)} for each in shown])
            return
        rows = [
            (each.id, each.received_at, each.channel, each.state, each.media_type or "-", each.size, each.reason or "-")
            for each in shown
        ]
        headers = ("picture", "arrived", "channel", "state", "type", "bytes", "reason")
        print_table(headers, rows, empty="no pictures yet")
        for path in saved.values():
            print(path)

    return within(place, work)


@app.command(name="explain-rule")
def explain_rule(order_id: str, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Read an order from the CRM and say, clause by clause, whether it is a lead.

    Example: `leadcore leads explain-rule 6f0c1a52-11d4-4d0e-8b0a-5f6f0c1a5211`

    Parameters
    ----------
    order_id
        The CRM's id of the order.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        crm = await session.adapters.crm(shop.id)
        order = await crm.order(order_id)
        if order is None:
            raise NotFoundError(f"{shop.providers.crm} has no order {order_id}", field="order_id", fix="copy its id")
        async with session.seams.store.begin(shop.id) as uow:
            now = await uow.now()
        verdict = judge(order, shop.lead_rule, now=now)
        if json:
            print_json({"order": order, "is_lead": verdict.is_lead, "clauses": verdict.clauses})
            return
        print_table(("clause", "holds", "detail"), [(each.name, each.holds, each.detail) for each in verdict.clauses])
        print("it is a lead" if verdict.is_lead else "it is no lead")

    return within(place, work)


async def _save(
    seams: Seams, lead_id: LeadId, shown: list[Shown], folder: Path, *, tenant_id: TenantId
) -> dict[PictureId, str]:
    """Write what is kept; a file of the same name is replaced. Raises `InvalidInputError` for a folder that is none."""
    kept = [each for each in shown if each.state == "kept"]
    saved: dict[PictureId, str] = {}
    try:
        await to_thread(folder.mkdir, parents=True, exist_ok=True)
        for each in track(kept, description="saving", console=Console(stderr=True), transient=True):
            _, content = await picture_content(seams, lead_id, each.id, tenant_id=tenant_id)
            await to_thread((folder / each.file_name).write_bytes, content)
            saved[each.id] = str(folder / each.file_name)
    except OSError as cause:
        fix = "name a folder that you may write to"
        raise InvalidInputError(f"{folder}: {cause.strerror}", field="--save", fix=fix) from cause
    return saved


async def _show(seams: Seams, lead_id: LeadId, *, tenant_id: TenantId, json: bool) -> None:
    async with seams.store.begin(tenant_id) as uow:
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        person = await uow.leads.person(lead.person_id, tenant_id=tenant_id)
        ids = [each for each in (person.phone_id, person.email_id) if each]
        points = [await uow.compliance.get_point(each, tenant_id=tenant_id) for each in ids]
        messages = await uow.messages.of_lead(lead_id, tenant_id=tenant_id)
        touches = await uow.cadences.touches_of_lead(lead_id, tenant_id=tenant_id)
        conversation = await uow.conversations.of_lead(lead_id, tenant_id=tenant_id)
    if json:
        print_json(
            {
                "lead": lead,
                "person": person,
                "contacts": points,
                "conversation": conversation,
                "messages": messages,
                "touches": touches,
            }
        )
        return
    print_fields(_fields(lead, person, points))
    print_fields([("conversation", conversation.id if conversation else None)])
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
        ("first answer", lead.first_response_at),
    ]


def _name(person: Person) -> str:
    return f"{person.first_name} {person.last_name}".strip() or "-"


def _detail(detail: dict[str, object]) -> str:
    left_out = {"type", "at", "tenant_id", "lead_id"}
    return ", ".join(
        f"{key}={value}" for key, value in detail.items() if key not in left_out and value not in (None, "")
    )
