"""A shop's CRM in neutral words, split by what a caller asks of it."""

from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

import msgspec

from leadcore.kernel.errors import LeadcoreError
from leadcore.kernel.money import Money


class CrmError(LeadcoreError):
    """Base of the closed set every CRM port raises."""

    code = "crm"


class CrmUnavailableError(CrmError):
    """Not reachable, overloaded or rate limited. Try again after `retry_after_s`."""

    code = "crm_unavailable"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class CrmRefusedError(CrmError):
    """The key is wrong or may not do this. A person has to change something."""

    code = "crm_refused"


class CrmAnswerError(CrmError):
    """The CRM answered something we cannot read."""

    code = "crm_answer"


class CrmPhone(msgspec.Struct, frozen=True, kw_only=True):
    """A phone of a customer, with the opt-in the CRM recorded for texts.

    `opt_out` is a no that the CRM says in so many words; a missing yes is none.
    """

    number: str
    primary: bool = False
    opt_in: bool = False
    opt_out: bool = False
    opt_in_at: datetime | None = None
    kind: Literal["mobile", "landline", "voip", "other"] = "mobile"


class CrmCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as the CRM knows them. `updated_at` is None when the CRM does not say.

    `subscribed` and `unsubscribed` are those of `emails` of which the CRM says so; `marketing_opt_in` is None when it
    says neither yes nor no.
    """

    external_id: str
    first_name: str = ""
    last_name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[CrmPhone, ...] = ()
    state: str = ""
    postal_code: str = ""
    subscribed: tuple[str, ...] = ()
    unsubscribed: tuple[str, ...] = ()
    marketing_opt_in: bool | None = None
    updated_at: datetime | None = None


class CrmVehicle(msgspec.Struct, frozen=True, kw_only=True):
    """A vehicle as the CRM knows it; `body` is the CRM's own word (SUV, Sedan, Truck…)."""

    external_id: str
    year: int | None = None
    make: str = ""
    model: str = ""
    body: str = ""
    size: str = ""
    updated_at: datetime | None = None


class CrmAppointment(msgspec.Struct, frozen=True, kw_only=True):
    """A visit in the shop's calendar. `cancelled` when the customer is not coming any more."""

    external_id: str
    order_id: str = ""
    customer_id: str = ""
    starts_at: datetime | None = None
    cancelled: bool = False
    updated_at: datetime | None = None


class CrmMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was written through the CRM: by the customer, by a person of the shop, or by the CRM itself."""

    external_id: str
    author: Literal["customer", "staff", "system"]
    text: str
    order_id: str = ""
    customer_id: str = ""
    at: datetime


class CrmOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A work order or estimate; the CRM has no "lead", a rule of the tenant decides."""

    external_id: str
    name: str
    status: str
    column_id: str = ""
    column_name: str = ""
    customer_id: str | None = None
    vehicle_id: str | None = None
    service_text: str = ""
    note: str = ""
    source: str = ""
    authorized: bool = False
    invoiced: bool = False
    paid: bool = False
    archived: bool = False
    deleted: bool = False
    message_count: int = 0
    appointment_dates: tuple[datetime, ...] = ()
    created_at: datetime
    updated_at: datetime


class CrmService(msgspec.Struct, frozen=True, kw_only=True):
    """Something the shop sells at a price, as the CRM lists it (often one entry per vehicle class)."""

    external_id: str
    name: str
    price: Money
    note: str = ""
    labor_hours: float = 0.0
    bookable: bool = False


class WorkOrders(Protocol):
    """Reads orders."""

    async def order(self, external_id: str) -> CrmOrder | None:
        """Return the order as it is now, None when it is gone."""
        ...

    async def orders_changed_since(self, since: datetime) -> tuple[CrmOrder, ...]:
        """Return a *subset* of the orders changed since *since*; lists are not trusted, call again to see more."""
        ...


class CustomerBook(Protocol):
    """Reads customers and their vehicles."""

    async def customer(self, external_id: str) -> CrmCustomer | None:
        """Return the customer as they are now, None when gone."""
        ...

    async def vehicle(self, external_id: str) -> CrmVehicle | None:
        """Return the vehicle as it is now, None when gone."""
        ...


@runtime_checkable
class AppointmentBook(Protocol):
    """Reads the shop's calendar. CRMs that keep none are not asked."""

    async def appointment(self, external_id: str) -> CrmAppointment | None:
        """Return the appointment as it is now, None when gone."""
        ...


@runtime_checkable
class MessageLog(Protocol):
    """Reads what was written through the CRM. CRMs that carry no messages are not asked."""

    async def message(self, external_id: str) -> CrmMessage | None:
        """Return the message, None when gone or when it is none between shop and customer."""
        ...


class CatalogSource(Protocol):
    """Reads what the shop sells."""

    async def services(self) -> tuple[CrmService, ...]:
        """Return everything on sale, complete: a list the vendor truncates or shuffles is read until it settles."""
        ...
