"""`leadcore people`: who somebody is, who may be the same, and making two people one (or two again)."""

import getpass
from typing import Annotated
from uuid import UUID

from cyclopts import App, Parameter

from leadcore.flows.merge import MergeReport, merge_people
from leadcore.flows.merge_plan import Choices, Whose
from leadcore.flows.person_card import PersonCard, duplicates, person_card
from leadcore.flows.unmerge import UnmergeReport, unmerge_people
from leadcore.kernel.ids import MergeId, PersonId
from leadcore_cli.options import HERE, Json, Limit, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_fields, print_json, print_table

app = App(name="people", help="See who is who; merge two people, and take a merge back.")
By = Annotated[str, Parameter(name="--by", help="Who decides this (default: the user of this machine).")]


@app.command
def show(person_id: UUID, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Show a person: contact points, leads with every request behind them, and merges.

    Example: `leadcore people show 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        card = await person_card(session.seams, PersonId(person_id), tenant_id=shop.id)
        if json:
            print_json(card)
        else:
            _print_card(card)

    return within(place, work)


@app.command(name="duplicates")
def list_duplicates(*, limit: Limit = 50, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """List people who may be one, with what speaks for it. Nothing is merged.

    Example: `leadcore people duplicates`

    Parameters
    ----------
    limit
        At most this many groups (default: 50).
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        found = await duplicates(session.seams, tenant_id=shop.id, limit=limit)
        if json:
            print_json(found)
            return
        rows = [(each.name, ", ".join(map(str, each.people)), "; ".join(each.reasons)) for each in found]
        print_table(("name", "people", "because"), rows, empty="nobody looks like somebody else")

    return within(place, work)


@app.command
def merge(
    keep: UUID,
    other: UUID,
    /,
    *,
    name: Whose = "keep",
    phone: Whose = "keep",
    email: Whose = "keep",
    lead: Whose = "keep",
    dry_run: bool = False,
    by: By = "",
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Make OTHER part of KEEP: leads, thread, links and follow-up. `leadcore people unmerge` takes it back.

    Example: `leadcore people merge 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b12 --dry-run`

    Parameters
    ----------
    name
        Whose name counts where both have one: keep or other (default: keep).
    phone
        Whose phone is the one we text: keep or other (default: keep).
    email
        Whose address is the one we write to: keep or other (default: keep).
    lead
        Whose lead goes on when both asked for the same vehicle: keep or other (default: keep).
    dry_run
        Say what would happen and change nothing.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        report = await merge_people(
            session.seams,
            PersonId(keep),
            PersonId(other),
            tenant_id=shop.id,
            by=by or getpass.getuser(),
            choices=Choices(name=name, phone=phone, email=email, lead=lead),
            dry_run=dry_run,
        )
        if json:
            print_json(report)
        else:
            _print_report(report)

    return within(place, work)


@app.command
def unmerge(
    merge_id: UUID,
    /,
    *,
    dry_run: bool = False,
    by: By = "",
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Take a merge back: everything it changed is as it was; what came since stays with the kept person.

    Example: `leadcore people unmerge 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b13`

    Parameters
    ----------
    dry_run
        Say whether it can be taken back, and change nothing.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        report = await unmerge_people(
            session.seams, MergeId(merge_id), tenant_id=shop.id, by=by or getpass.getuser(), dry_run=dry_run
        )
        if json:
            print_json(report)
        else:
            _print_unmerge(report, dry_run=dry_run)

    return within(place, work)


def _print_card(card: PersonCard) -> None:
    print_fields(
        [
            ("person", card.person.id),
            ("name", f"{card.person.first_name} {card.person.last_name}".strip() or "-"),
            ("merged into", card.person.merged_into or "-"),
            ("merged people", ", ".join(map(str, card.merged)) or "-"),
        ]
    )
    print("\ncontacts")
    contacts = [
        (each.kind, each.value, "primary" if each.primary else "also", ", ".join(each.suppressed_by) or "-")
        for each in card.contacts
    ]
    print_table(("kind", "value", "use", "suppressed by"), contacts, empty="no contact points")
    print("\nleads")
    leads = [(each.id, each.status, each.vehicle or "-", ", ".join(each.references)) for each in card.leads]
    print_table(("lead", "status", "vehicle", "requests"), leads, empty="no leads")
    print("\nmerges")
    merges = [
        (each.id, each.keep_id, each.other_id, each.merged_at, each.merged_by, each.undone_at or "-")
        for each in card.merges
    ]
    print_table(("merge", "kept", "other", "at", "by", "taken back"), merges, empty="never merged")


def _print_report(report: MergeReport) -> None:
    print_fields(
        [
            ("merge", report.merge_id or "none: this is a preview"),
            ("kept", report.keep_id),
            ("other", report.other_id),
            ("name", report.name or "-"),
            ("phone", report.phone or "-"),
            ("e-mail", report.email or "-"),
            ("also reached at", ", ".join(report.also_reached_at) or "-"),
            ("leads moved", len(report.leads_moved)),
            ("leads closed as duplicates", ", ".join(str(each.leaves) for each in report.duplicates) or "-"),
            ("follow-up ended for", ", ".join(map(str, report.follow_up_ended)) or "-"),
            ("suppressed by", ", ".join(report.suppressed_by) or "-"),
            ("conversation", report.conversation_id),
            ("entries in it", report.entries),
        ]
    )
    for each in report.conflicts:
        print(f"both have a {each}")


def _print_unmerge(report: UnmergeReport, *, dry_run: bool) -> None:
    print_fields(
        [
            ("merge", report.merge_id),
            ("people", f"{report.keep_id}, {report.other_id}"),
            ("rows to restore" if dry_run else "rows restored", report.rows_restored),
        ]
    )
    for each in report.left:
        print(f"left as it is: {each}")
