"""`leadcore leads book|lose|win|reopen|assign|speed`: what becomes of leads. `leads.py` puts them under their group."""

import getpass
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from cyclopts import Parameter

from leadcore.cadences.policies.calendars import instant_at
from leadcore.flows import lead_moves
from leadcore.flows.assign import reassign
from leadcore.flows.book import DEFAULT_MINUTES
from leadcore.flows.book import book as book_lead
from leadcore.flows.lead_views import response_speed
from leadcore.kernel.ids import LeadId
from leadcore.leads.model import Lead
from leadcore.leads.policies.response_times import Wait
from leadcore.leads.values import LostReason
from leadcore_cli.options import HERE, Json, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import duration, print_json, print_table

By = Annotated[str, Parameter(name="--by", help="Who says so (default: the user of this machine).")]


def speed(*, days: int = 30, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Say how fast leads were first answered, by us and by a person: median and 90th percentile.

    Example: `leadcore leads speed --days 7`

    Every wait is from when the customer asked until the carrier accepted the message; "open" counts only the hours the
    shop was open.

    Parameters
    ----------
    days
        Leads that asked in the last so many days (default: 30).
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        found = await response_speed(session.seams, tenant_id=shop.id, days=days)
        if json:
            print_json(found)
            return
        headers = ("answered by", "leads", "answered", "median", "p90", "median, open", "p90, open")
        rows = [(each.responded_by, each.leads, each.answered, *_both(each.median, each.p90)) for each in found]
        print_table(headers, rows)

    return within(place, work)


def book(
    lead_id: UUID,
    /,
    *,
    at: datetime,
    minutes: int = DEFAULT_MINUTES,
    service: str = "",
    by: By = "",
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Note when a lead's customer comes in, stop its follow-up, and tell the CRM's calendar. Again: move it.

    Example: `leadcore leads book 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 --at 2026-12-01T09:00 --minutes 240`

    Parameters
    ----------
    at
        When it starts; a time without a zone is the shop's.
    minutes
        How long it takes (default: 60).
    service
        What for (default: what the customer asked for).
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        zone = ZoneInfo(shop.zone)
        starts_at = at if at.tzinfo else instant_at(at.date(), at.time(), zone)
        booked = await book_lead(
            session.seams, LeadId(lead_id), tenant_id=shop.id, starts_at=starts_at, minutes=minutes, service=service,
            by=by or getpass.getuser(),
        )  # fmt: skip
        if json:
            print_json(booked)
            return
        here = booked.appointment.starts_at.astimezone(zone), booked.appointment.ends_at.astimezone(zone)
        print(f"{lead_id} is booked from {here[0]:%Y-%m-%d %H:%M} to {here[1]:%Y-%m-%d %H:%M} ({shop.zone})")

    return within(place, work)


def lose(
    lead_id: UUID,
    /,
    *,
    reason: LostReason,
    by: By = "",
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Close a lead as lost and stop its follow-up.

    Example: `leadcore leads lose 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 --reason price`

    Parameters
    ----------
    reason
        Why. `opted_out` and `wrong_number` also silence us for good.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        lost = await lead_moves.lose(
            session.seams, LeadId(lead_id), reason, tenant_id=shop.id, by=by or getpass.getuser()
        )
        _answer(lost, json=json)

    return within(place, work)


def win(lead_id: UUID, /, *, by: By = "", tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Close a lead as won and stop its follow-up.

    Example: `leadcore leads win 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        won = await lead_moves.win(session.seams, LeadId(lead_id), tenant_id=shop.id, by=by or getpass.getuser())
        _answer(won, json=json)

    return within(place, work)


def reopen(
    lead_id: UUID,
    /,
    *,
    follow_up: bool = False,
    by: By = "",
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Open a lost lead again.

    Example: `leadcore leads reopen 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 --follow-up`

    Parameters
    ----------
    follow_up
        Start follow-up again, too; refused when the customer may not be written to.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        opened = await lead_moves.reopen(
            session.seams, LeadId(lead_id), tenant_id=shop.id, by=by or getpass.getuser(), follow_up=follow_up
        )
        _answer(opened, json=json)

    return within(place, work)


def assign(
    lead_id: UUID, staff: str, /, *, by: By = "", tenant: Shop = "", json: Json = False, place: Place = HERE
) -> int:
    """Give a lead to one of the staff, whoever had it.

    Example: `leadcore leads assign 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 dana`

    Parameters
    ----------
    staff
        The key of an active member of staff; see `leadcore staff list`.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        given = await reassign(session.seams, LeadId(lead_id), staff, tenant_id=shop.id, by=by or getpass.getuser())
        if json:
            print_json(given)
        else:
            print(f"{given.lead_id} is {given.staff}'s")

    return within(place, work)


def _answer(lead: Lead, *, json: bool) -> None:
    if json:
        print_json(lead)
    else:
        print(f"{lead.id} is {lead.status}{f' ({lead.lost_reason})' if lead.lost_reason else ''}")


def _both(*waits: Wait | None) -> tuple[str, ...]:
    plain = [duration(each.plain_s) if each else "-" for each in waits]
    opened = [duration(each.open_s) if each else "-" for each in waits]
    return (*plain, *opened)
