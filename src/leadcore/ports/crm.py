"""A shop's CRM in neutral words, split by what a caller asks of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from leadcore.kernel.errors import LeadcoreError
from leadcore.ports.crm_records import (
    LONG_AGO,
    CrmAppointment,
    CrmBooking,
    CrmCustomer,
    CrmMessage,
    CrmNote,
    CrmOrder,
    CrmPhone,
    CrmSaid,
    CrmService,
    CrmVehicle,
)

__all__ = [
    "LONG_AGO",
    "AppointmentBook",
    "Appointments",
    "CatalogSource",
    "CrmAnswerError",
    "CrmAppointment",
    "CrmBooking",
    "CrmCustomer",
    "CrmError",
    "CrmIncompleteError",
    "CrmMessage",
    "CrmNotKeptError",
    "CrmNote",
    "CrmOrder",
    "CrmOutcomeUnknownError",
    "CrmPhone",
    "CrmRefusedError",
    "CrmSaid",
    "CrmService",
    "CrmUnavailableError",
    "CrmVehicle",
    "CrmWriteRefusedError",
    "CustomerBook",
    "MessageBook",
    "MessageLog",
    "WorkOrderWrites",
    "WorkOrders",
]


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


class CrmWriteRefusedError(CrmError):
    """The CRM will never take this write as it is: no such column, the order is gone, a field is wrong. Do not repeat.

    Certainly not written. `field` says what is wrong, `fix` what a person can do.
    """

    code = "crm_write_refused"


class CrmNotKeptError(CrmError):
    """The CRM answered with success and reads back something else: it dropped or changed `field`."""

    code = "crm_not_kept"

    def __init__(self, message: str, *, field: str, fix: str | None = None) -> None:
        super().__init__(message, field=field, fix=fix)


class CrmOutcomeUnknownError(CrmError):
    """The answer was lost: perhaps it happened. Look it up by our reference before repeating it."""

    code = "crm_outcome_unknown"


class CrmIncompleteError(CrmAnswerError):
    """A list that kept changing while it was read. `seen` is on sale; what is missing may be too."""

    code = "crm_incomplete"

    def __init__(self, message: str, *, seen: "tuple[CrmService, ...]", fix: str | None = None) -> None:
        super().__init__(message, fix=fix)
        self.seen = seen


class WorkOrders(Protocol):
    """Reads orders. Raises `CrmUnavailableError`, `CrmRefusedError` and `CrmAnswerError`."""

    async def order(self, external_id: str) -> CrmOrder | None:
        """Return the order as it is now, None when it is gone."""
        ...

    async def orders_changed_since(self, since: datetime) -> tuple[CrmOrder, ...]:
        """Return the orders changed since *since*, oldest change first, as far as the vendor's lists show them.

        A list that shows only parts is read until nothing new appears, within bounds; one that is cut off is read on
        behind the cut. Still it is a *subset*: what a lagging index or a shuffled list hid comes at the next call,
        so callers overlap.
        """
        ...

    async def orders_by_id(self, external_ids: Sequence[str]) -> dict[str, CrmOrder | None]:
        """Return each of these orders as it is now, None for one that is gone; never out of a list or an index.

        `service_text` may be missing. Raises when one of them cannot be read: then nothing is known of any.
        """
        ...

    async def orders_of_customer(self, customer_id: str, *, since: datetime) -> tuple[CrmOrder, ...]:
        """Return a *subset* of the customer's orders that changed since *since*; none when the customer is gone."""
        ...


@runtime_checkable
class WorkOrderWrites(Protocol):
    """Writes what the shop shall see on its orders. CRMs that are only read are told nothing.

    Every write is made once and read back: what reads back otherwise is `CrmNotKeptError`. Writes raise
    `CrmUnavailableError` and `CrmRefusedError` (certainly not written), `CrmWriteRefusedError` (never will be),
    `CrmNotKeptError` and `CrmOutcomeUnknownError`.
    """

    async def move_to_column(self, external_id: str, column: str) -> None:
        """Put the order into the column (status, stage) of this name, in any case; there already is no write."""
        ...

    async def add_note(self, external_id: str, note: CrmNote) -> None:
        """Put *note* where the shop reads it beside the order. Called twice it is there twice: ask `has_note`."""
        ...

    async def has_note(self, external_id: str, reference: str) -> bool:
        """Return whether a note with our *reference* is on the order, made how long ago ever."""
        ...


@runtime_checkable
class MessageLog(Protocol):
    """Keeps in the CRM what was said to and by the customer: as a message where it has those, else as a note.

    Raises what `WorkOrderWrites` raises. Nothing is sent to anybody. CRMs that keep no messages are told none.
    """

    async def log_message(self, external_id: str, said: CrmSaid) -> None:
        """Keep one message beside the order. Called twice it is there twice: ask `has_message`."""
        ...

    async def has_message(self, external_id: str, reference: str) -> bool:
        """Return whether a message with our *reference* is kept beside the order."""
        ...


@runtime_checkable
class Appointments(Protocol):
    """The shop's calendar as the CRM keeps it. Raises what `WorkOrderWrites` raises. CRMs without one are told nothing.

    A lost answer to a booking is cleared up with `find_appointment`; moving and cancelling may simply be repeated.
    """

    async def appointments(self, starts_from: datetime, until: datetime) -> tuple[CrmAppointment, ...]:
        """Return those that start in [starts_from, until), by start; cancelled ones are not among them."""
        ...

    async def find_appointment(self, reference: str, *, near: datetime) -> CrmAppointment | None:
        """Return the appointment with our booking's *reference* that starts within a day of *near*, else None."""
        ...

    async def book_appointment(self, booking: CrmBooking) -> CrmAppointment:
        """Make the appointment, once, and return it as it reads back."""
        ...

    async def move_appointment(self, external_id: str, *, starts_at: datetime, ends_at: datetime) -> CrmAppointment:
        """Move it and return it as it reads back. `CrmWriteRefusedError` when it is gone."""
        ...

    async def cancel_appointment(self, external_id: str, *, reason: str) -> None:
        """Take it off the calendar; gone already is no error. *reason* is kept where the CRM keeps cancelled ones."""
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
class MessageBook(Protocol):
    """Reads what was written through the CRM. CRMs that carry no messages are not asked."""

    async def message(self, external_id: str) -> CrmMessage | None:
        """Return the message, None when gone or when it is none between shop and customer."""
        ...


class CatalogSource(Protocol):
    """Reads what the shop sells."""

    async def services(self) -> tuple[CrmService, ...]:
        """Return everything on sale, complete: a list the vendor truncates or shuffles is read until it settles.

        Raises `CrmIncompleteError` with what was seen when it does not settle.
        """
        ...
