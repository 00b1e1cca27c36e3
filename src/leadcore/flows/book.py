"""What the shop's people book: the appointment of a lead, kept here, told to the CRM's calendar, follow-up over."""

from datetime import UTC, datetime, timedelta

import msgspec

from leadcore.flows.lead_changes import arm_write_back, save_lead
from leadcore.flows.lead_moves import locked_thread
from leadcore.flows.seams import Seams
from leadcore.flows.stop import stop_follow_up
from leadcore.flows.work import Work
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import LeadId, TenantId
from leadcore.leads.events import LeadBooked
from leadcore.leads.model import Appointment, Lead
from leadcore.leads.values import LeadStatus

DEFAULT_MINUTES = 60
MAX_MINUTES = 14 * 24 * 60
_MAX_SERVICE = 80
_FURTHEST = timedelta(days=730)


class Booked(msgspec.Struct, frozen=True, kw_only=True):
    """The booked lead with its appointment."""

    lead: Lead
    appointment: Appointment


async def book(
    seams: Seams,
    lead_id: LeadId,
    *,
    tenant_id: TenantId,
    starts_at: datetime,
    minutes: int = DEFAULT_MINUTES,
    service: str = "",
    by: str = "",
) -> Booked:
    """Note when the customer comes in, or that they come at another time. *starts_at* is aware; seconds are cut off.

    The same start and length again change nothing, so a repeated call books once. Raises `InvalidInputError`,
    `UnreachableStatusError` when the lead is closed, `NotFoundError`.
    """
    starts_at = _checked(starts_at, minutes, service)
    async with seams.store.begin(tenant_id) as uow:
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        await locked_thread(uow, lead)
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        now = await uow.now()
        _must_be_ahead(starts_at, now=now)
        wanted = Appointment(
            tenant_id=tenant_id,
            lead_id=lead.id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes),
            service=service.strip(),
            booked_at=now,
            booked_by=by,
        )
        known = await uow.life.appointment(lead.id, tenant_id=tenant_id)
        if known is not None and known.span == wanted.span and lead.status is LeadStatus.BOOKED:
            return Booked(lead=lead, appointment=known)
        lead = await _booked(uow, lead, wanted)
        await uow.commit()
    return Booked(lead=lead, appointment=wanted)


async def _booked(uow: Work, lead: Lead, appointment: Appointment) -> Lead:
    if lead.status is not LeadStatus.BOOKED:
        lead, moved = lead.move_to(LeadStatus.BOOKED, at=appointment.booked_at, by=appointment.booked_by)
        await save_lead(uow, lead, moved)
    await uow.life.put_appointment(appointment)
    await stop_follow_up(uow, lead, reason="booked")
    uow.publish(
        LeadBooked(
            tenant_id=lead.tenant_id, at=appointment.booked_at, lead_id=lead.id, starts_at=appointment.starts_at,
            ends_at=appointment.ends_at, service=appointment.service, by=appointment.booked_by,
        )
    )  # fmt: skip
    if (await uow.tenants.get(lead.tenant_id)).write_back.appointments:
        await arm_write_back(uow, lead.id, tenant_id=lead.tenant_id)
    return lead


def _checked(starts_at: datetime, minutes: int, service: str) -> datetime:
    if starts_at.tzinfo is None:
        raise InvalidInputError(
            "the time has no zone", field="at", fix="write it with its offset, such as 2026-12-01T09:00-06:00"
        )
    if not 1 <= minutes <= MAX_MINUTES:
        raise InvalidInputError(f"{minutes} minutes is no appointment", field="minutes", fix=f"1 to {MAX_MINUTES}")
    if len(service.strip()) > _MAX_SERVICE:
        raise InvalidInputError("the service is too long", field="service", fix=f"at most {_MAX_SERVICE} characters")
    return starts_at.astimezone(UTC).replace(second=0, microsecond=0)


def _must_be_ahead(starts_at: datetime, *, now: datetime) -> None:
    if not now < starts_at <= now + _FURTHEST:
        raise InvalidInputError(
            f"{starts_at.isoformat()} is not in the next two years", field="at", fix="give a time that is still ahead"
        )
