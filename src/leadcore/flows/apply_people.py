"""A customer of the CRM as they are now: how they are called and reached, and what they no longer agree to."""

import msgspec

from leadcore.compliance.model import ContactPoint
from leadcore.flows.apply_versions import OPTED_IN, OPTED_OUT, CustomerState
from leadcore.flows.revoke import ensure_contact, suppress
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.intake.model import EntityVersion
from leadcore.kernel.contact import ContactKind
from leadcore.kernel.ids import ContactPointId
from leadcore.leads.model import Lead

_STATE = msgspec.json.Decoder(CustomerState)


async def follow_customer(uow: Work, seams: Seams, lead: Lead, customer: EntityVersion) -> None:
    """Bring the person behind *lead* to the customer's newest version, and heed every no that came after a yes."""
    person = await uow.leads.person(lead.person_id, tenant_id=lead.tenant_id)
    points = {each for each in (person.phone_id, person.email_id) if each is not None}
    if customer.body:
        state = _STATE.decode(customer.body)
        phone = await _point(uow, seams, lead, "phone", state.phones)
        email = await _point(uow, seams, lead, "email", state.emails)
        newest = msgspec.structs.replace(
            person,
            first_name=state.first_name or person.first_name,
            last_name=state.last_name or person.last_name,
            phone_id=phone.id if phone else person.phone_id,
            email_id=email.id if email else person.email_id,
        )
        if newest != person:
            stored = await uow.leads.put_person(newest)
            if stored.id == person.id:  # else the new number is somebody else's already: two people stay two
                points |= {each for each in (newest.phone_id, newest.email_id) if each is not None}
    withdrawn = {await _withdrawn(uow, seams, lead, value) for value in _taken_back(customer)}
    if None in withdrawn:  # a no to everything
        withdrawn |= points
    for point_id in sorted(each for each in withdrawn if each is not None):
        locked = await uow.compliance.lock_point(point_id, tenant_id=lead.tenant_id)
        await suppress(uow, locked, "withdrawn_in_crm", now=await uow.now())


def _taken_back(customer: EntityVersion) -> list[str]:
    """Return what the customer agreed to in one version and not in a later one; a no that was never a yes is none."""
    values = [name.removeprefix(OPTED_OUT) for name in customer.marks if name.startswith(OPTED_OUT)]
    return [
        value
        for value in sorted(values)
        if OPTED_IN + value in customer.marks
        and customer.marks[OPTED_IN + value].first < customer.marks[OPTED_OUT + value].last
    ]


async def _withdrawn(uow: Work, seams: Seams, lead: Lead, value: str) -> ContactPointId | None:
    if value == "*":
        return None
    kind: ContactKind = "email" if "@" in value else "phone"
    return (await ensure_contact(uow, kind, value, tenant_id=lead.tenant_id, seams=seams)).id


async def _point(
    uow: Work, seams: Seams, lead: Lead, kind: ContactKind, values: tuple[str, ...]
) -> ContactPoint | None:
    for value in values:
        return await ensure_contact(uow, kind, value, tenant_id=lead.tenant_id, seams=seams)
    return None
