"""What a cadence may ask of a lead, and the shop's calendar, as they stand now."""

from datetime import date

from leadcore.cadences.model import Enrollment
from leadcore.cadences.policies.calendars import Calendar
from leadcore.cadences.policies.conditions import Facts
from leadcore.flows.work import Work
from leadcore.leads.model import Lead, Person
from leadcore.leads.values import LeadStatus
from leadcore.tenants.model import Tenant

_QUOTED = {LeadStatus.QUOTED, LeadStatus.BOOKED, LeadStatus.WON}


def calendar_of(tenant: Tenant) -> Calendar:
    """Return the shop's business days: its opening hours, its region's holidays, its closures."""
    return Calendar(
        open_days=frozenset(day for day, spans in tenant.hours.items() if spans),
        closed=frozenset(date.fromisoformat(day) for day in tenant.closures),
        holidays=tenant.holidays,
    )


async def facts_of(uow: Work, lead: Lead, person: Person, enrollment: Enrollment) -> Facts:
    """Return what conditions may ask. Somebody replied who wrote after they were enrolled, on any channel."""
    available = {"phone": False, "email": False}
    replied = False
    for point_id in (person.phone_id, person.email_id):
        if point_id is None:
            continue
        point = await uow.compliance.get_point(point_id, tenant_id=lead.tenant_id)
        available[point.kind] = point.is_reachable and not await uow.compliance.suppressions(
            point.id, tenant_id=lead.tenant_id
        )
        replied |= point.last_inbound_at is not None and point.last_inbound_at > enrollment.enrolled_at
    return Facts(
        status=lead.status.value,
        service=lead.interest,
        source=lead.source,
        vehicle_known=bool(lead.vehicle.label),
        quoted=lead.status in _QUOTED,
        replied=replied,
        booked=lead.status is LeadStatus.BOOKED,
        sms_available=available["phone"],
        email_available=available["email"],
        rotation=enrollment.rotation,
    )
