"""A CRM whose records a test or a simulation puts there."""

from collections.abc import Sequence
from datetime import datetime

from leadcore.memory.crm_writes import MemoryCrmWrites
from leadcore.ports.crm import CrmAppointment, CrmCustomer, CrmMessage, CrmOrder, CrmService, CrmVehicle

CrmRecord = CrmOrder | CrmCustomer | CrmVehicle | CrmAppointment | CrmMessage | CrmService


class MemoryCrm(MemoryCrmWrites):
    """Every port of a CRM over dictionaries: what is read here, what it can be told in `MemoryCrmWrites`.

    `failure` is raised by every call while it is set. `page` bounds what a list shows, as vendors' lists do.
    """

    def __init__(self, *, page: int = 100) -> None:
        super().__init__()
        self.page = page
        self._customers: dict[str, CrmCustomer] = {}
        self._vehicles: dict[str, CrmVehicle] = {}
        self._messages: dict[str, CrmMessage] = {}
        self._services: dict[str, CrmService] = {}

    def put(self, *records: CrmRecord) -> None:
        """Create or replace records by their external id."""
        for record in records:
            match record:
                case CrmOrder():
                    self.orders[record.external_id] = record
                case CrmCustomer():
                    self._customers[record.external_id] = record
                case CrmVehicle():
                    self._vehicles[record.external_id] = record
                case CrmAppointment():
                    self.calendar[record.external_id] = record
                case CrmMessage():
                    self._messages[record.external_id] = record
                case CrmService():
                    self._services[record.external_id] = record

    def forget(self, external_id: str) -> None:
        """Remove whatever has this id."""
        self.orders.pop(external_id, None)
        self._customers.pop(external_id, None)
        self._vehicles.pop(external_id, None)
        self.calendar.pop(external_id, None)
        self._messages.pop(external_id, None)
        self._services.pop(external_id, None)

    async def order(self, external_id: str) -> CrmOrder | None:
        """Return the order as it is now, None when it is gone."""
        self._answer()
        return self.orders.get(external_id)

    async def orders_changed_since(self, since: datetime) -> tuple[CrmOrder, ...]:
        """Return the oldest `page` orders changed since *since*."""
        self._answer()
        changed = [order for order in self.orders.values() if order.updated_at >= since]
        return tuple(sorted(changed, key=lambda order: order.updated_at)[: self.page])

    async def orders_by_id(self, external_ids: Sequence[str]) -> dict[str, CrmOrder | None]:
        """Return each of these orders as it is now, None for one that is gone."""
        self._answer()
        return {external_id: self.orders.get(external_id) for external_id in external_ids}

    async def orders_of_customer(self, customer_id: str, *, since: datetime) -> tuple[CrmOrder, ...]:
        """Return the customer's orders that changed since *since*."""
        self._answer()
        return tuple(
            order for order in self.orders.values() if order.customer_id == customer_id and order.updated_at >= since
        )

    async def customer(self, external_id: str) -> CrmCustomer | None:
        """Return the customer as they are now, None when gone."""
        self._answer()
        return self._customers.get(external_id)

    async def vehicle(self, external_id: str) -> CrmVehicle | None:
        """Return the vehicle as it is now, None when gone."""
        self._answer()
        return self._vehicles.get(external_id)

    async def appointment(self, external_id: str) -> CrmAppointment | None:
        """Return the appointment as it is now, None when gone."""
        self._answer()
        return self.calendar.get(external_id)

    async def message(self, external_id: str) -> CrmMessage | None:
        """Return the message, None when gone."""
        self._answer()
        return self._messages.get(external_id)

    async def services(self) -> tuple[CrmService, ...]:
        """Return everything on sale."""
        self._answer()
        return tuple(self._services.values())

    async def aclose(self) -> None:
        """Nothing to give back."""


class MemoryReadOnlyCrm:
    """`WorkOrders`, `CustomerBook` and `CatalogSource` over a `MemoryCrm`, which cannot be told anything here."""

    def __init__(self, records: MemoryCrm) -> None:
        self.order = records.order
        self.orders_changed_since = records.orders_changed_since
        self.orders_by_id = records.orders_by_id
        self.orders_of_customer = records.orders_of_customer
        self.customer = records.customer
        self.vehicle = records.vehicle
        self.services = records.services
