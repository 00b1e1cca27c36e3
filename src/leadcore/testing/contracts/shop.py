"""A shop with one customer, stored and committed: where the promises of storage begin."""

import msgspec

from leadcore.cadences.model import CadenceVersion, Enrollment, Touch
from leadcore.compliance.model import ContactPoint
from leadcore.conversations.model import Conversation
from leadcore.flows.work import Store
from leadcore.kernel.ids import TenantId
from leadcore.leads.model import Lead, Person
from leadcore.tenants.model import Connection, Tenant
from leadcore.testing.builders import (
    a_cadence,
    a_connection,
    a_conversation,
    a_lead,
    a_person,
    a_point,
    a_tenant,
    a_touch,
    an_enrollment,
)


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that refers to each other, once."""

    tenant: Tenant
    connection: Connection
    point: ContactPoint
    person: Person
    lead: Lead
    conversation: Conversation
    cadence: CadenceVersion
    enrollment: Enrollment
    touch: Touch

    @property
    def id(self) -> TenantId:
        """The tenant's id."""
        return self.tenant.id


async def open_shop(store: Store) -> Shop:
    """Store a shop with a connection, a customer, a lead, a thread and a due touch."""
    tenant = a_tenant()
    point = a_point(tenant)
    person = a_person(point)
    lead = a_lead(person)
    cadence = a_cadence(tenant)
    enrollment = an_enrollment(lead, cadence)
    shop = Shop(
        tenant=tenant,
        connection=a_connection(tenant),
        point=point,
        person=person,
        lead=lead,
        conversation=a_conversation(lead),
        cadence=cadence,
        enrollment=enrollment,
        touch=a_touch(enrollment),
    )
    async with store.begin(tenant.id) as uow:
        await uow.tenants.add(tenant)
        await uow.tenants.put_connection(shop.connection)
        await uow.compliance.ensure_point(point)
        await uow.leads.put_person(person)
        await uow.leads.add(lead)
        await uow.conversations.ensure(shop.conversation)
        await uow.cadences.put_version(cadence)
        await uow.cadences.enroll(enrollment)
        await uow.cadences.add_touch(shop.touch)
        await uow.commit()
    return shop
