"""What a CRM says, in neutral words."""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from leadcore.kernel.money import Money


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


class CrmNote(msgspec.Struct, frozen=True, kw_only=True):
    """Something the shop shall read beside an order. `reference` is ours, unique, and stays with it in the CRM.

    `link` is an address that belongs behind the text; it must read back, and be one to click on where the CRM has such.
    """

    reference: str
    text: str
    at: datetime
    link: str = ""


class CrmSaid(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the talk with the customer, to be kept in the CRM; the CRM must not send it to anybody."""

    reference: str
    author: Literal["customer", "shop"]
    channel: Literal["sms", "email", "web"]
    text: str
    at: datetime


class CrmBooking(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment to be made. `reference` is our booking's; instants are aware, the CRM may keep whole seconds."""

    reference: str
    title: str
    starts_at: datetime
    ends_at: datetime
    order_id: str | None = None
    customer_id: str | None = None
    vehicle_id: str | None = None
    note: str = ""


LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for the start of an appointment that has none."""


class CrmAppointment(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment in the CRM's calendar, ours or the shop's; `reference` is empty on what we did not make.

    `cancelled` when the customer is not coming any more, where the CRM keeps such appointments.
    """

    external_id: str
    title: str
    starts_at: datetime
    ends_at: datetime
    reference: str = ""
    order_id: str | None = None
    customer_id: str | None = None
    note: str = ""
    cancelled: bool = False
    updated_at: datetime | None = None
