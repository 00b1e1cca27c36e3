"""A shop's CRM in neutral words, split by what a caller asks of it."""

from datetime import datetime
from typing import Literal, Protocol

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


class CrmIncompleteError(CrmAnswerError):
    """A list that kept changing while it was read. `seen` is on sale; what is missing may be too."""

    code = "crm_incomplete"

    def __init__(self, message: str, *, seen: "tuple[CrmService, ...]", fix: str | None = None) -> None:
        super().__init__(message, fix=fix)
        self.seen = seen


class CrmPhone(msgspec.Struct, frozen=True, kw_only=True):
    """A phone of a customer, with the opt-in the CRM recorded for texts."""

    number: str
    primary: bool = False
    opt_in: bool = False
    opt_in_at: datetime | None = None
    kind: Literal["mobile", "landline", "voip", "other"] = "mobile"


class CrmCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as the CRM knows them."""

    external_id: str
    first_name: str = ""
    last_name: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[CrmPhone, ...] = ()
    state: str = ""
    postal_code: str = ""


class CrmVehicle(msgspec.Struct, frozen=True, kw_only=True):
    """A vehicle as the CRM knows it; `body` is the CRM's own word (SUV, Sedan, Truck…)."""

    external_id: str
    year: int | None = None
    make: str = ""
    model: str = ""
    body: str = ""
    size: str = ""


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


class CatalogSource(Protocol):
    """Reads what the shop sells."""

    async def services(self) -> tuple[CrmService, ...]:
        """Return everything on sale, complete: a list the vendor truncates or shuffles is read until it settles.

        Raises `CrmIncompleteError` with what was seen when it does not settle.
        """
        ...
