"""The writing half of the CRM in memory: columns, notes, the message log and a calendar, with mishaps on demand."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from msgspec.structs import replace

from leadcore.ports.crm import (
    CrmAppointment,
    CrmBooking,
    CrmError,
    CrmNote,
    CrmNotKeptError,
    CrmOrder,
    CrmOutcomeUnknownError,
    CrmSaid,
    CrmWriteRefusedError,
)

_NEAR = timedelta(days=1)


class MemoryCrmWrites:
    """`WorkOrderWrites`, `MessageLog` and `Appointments`.

    `columns` are the names an order may be moved to; empty allows any. `lost_answers` is how many of the next writes
    happen and lose their answer; `swallowed` names what the next writes drop although they answer success: "column",
    "note", "message" or "start". `written` lists every write that happened. `write_failure` is raised by every write
    while it is set, and reads go on.
    """

    def __init__(self) -> None:
        self.columns: tuple[str, ...] = ()
        self.failure: CrmError | None = None
        self.write_failure: CrmError | None = None
        self.lost_answers = 0
        self.swallowed: set[str] = set()
        self.notes: dict[str, list[CrmNote]] = {}
        self.said: dict[str, list[CrmSaid]] = {}
        self.calendar: dict[str, CrmAppointment] = {}
        self.written: list[tuple[str, str]] = []
        self.orders: dict[str, CrmOrder] = {}
        self._numbers = count(1)

    async def move_to_column(self, external_id: str, column: str) -> None:
        """Put the order into the column."""
        order = self._order(external_id)
        known = {name.casefold(): name for name in self.columns} or {column.casefold(): column}
        if column.casefold() not in known:
            raise CrmWriteRefusedError(
                f"no column {column!r}", field="column", fix=f"one of: {', '.join(self.columns)}"
            )
        name = known[column.casefold()]
        if order.column_name == name:
            return
        self._write("column", external_id, lambda: self._move(order, name))

    async def add_note(self, external_id: str, note: CrmNote) -> None:
        """Put *note* beside the order."""
        self._order(external_id)
        self._write("note", external_id, lambda: self.notes.setdefault(external_id, []).append(note))

    async def has_note(self, external_id: str, reference: str) -> bool:
        """Return whether a note with our *reference* is there."""
        self._order(external_id)
        return any(note.reference == reference for note in self.notes.get(external_id, ()))

    async def log_message(self, external_id: str, said: CrmSaid) -> None:
        """Keep one message beside the order."""
        self._order(external_id)
        self._write("message", external_id, lambda: self.said.setdefault(external_id, []).append(said))

    async def has_message(self, external_id: str, reference: str) -> bool:
        """Return whether a message with our *reference* is kept."""
        self._order(external_id)
        return any(said.reference == reference for said in self.said.get(external_id, ()))

    async def appointments(self, starts_from: datetime, until: datetime) -> tuple[CrmAppointment, ...]:
        """Return those that start in the range."""
        self._answer()
        inside = [each for each in self.calendar.values() if starts_from <= each.starts_at < until]
        return tuple(sorted(inside, key=lambda each: (each.starts_at, each.external_id)))

    async def find_appointment(self, reference: str, *, near: datetime) -> CrmAppointment | None:
        """Return the appointment with our booking's *reference*."""
        around = await self.appointments(near - _NEAR, near + _NEAR)
        return next((each for each in around if each.reference == reference), None)

    async def book_appointment(self, booking: CrmBooking) -> CrmAppointment:
        """Make the appointment."""
        self._answer()
        made = CrmAppointment(
            external_id=f"appointment-{next(self._numbers)}",
            title=booking.title,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            reference=booking.reference,
            order_id=booking.order_id,
            customer_id=booking.customer_id,
            note=booking.note,
        )
        self._write("start", made.external_id, lambda: self.calendar.update({made.external_id: made}))
        return made

    async def move_appointment(self, external_id: str, *, starts_at: datetime, ends_at: datetime) -> CrmAppointment:
        """Move it."""
        self._answer()
        known = self.calendar.get(external_id)
        if known is None:
            raise CrmWriteRefusedError(f"no appointment {external_id}", field="appointment")
        moved = replace(known, starts_at=starts_at, ends_at=ends_at)
        self._write("start", external_id, lambda: self.calendar.update({external_id: moved}))
        return moved

    async def cancel_appointment(self, external_id: str, *, reason: str) -> None:
        """Take it off the calendar."""
        self._answer()
        if external_id in self.calendar:
            self._write("cancel", external_id, lambda: self.calendar.pop(external_id))

    def _write(self, what: str, external_id: str, keep: Callable[[], object]) -> None:
        if self.write_failure is not None:
            raise self.write_failure
        if what in self.swallowed:
            raise CrmNotKeptError(f"memory answered success and did not keep {what}", field=what)
        keep()
        self.written.append((what, external_id))
        if self.lost_answers:
            self.lost_answers -= 1
            raise CrmOutcomeUnknownError("memory: the answer was lost")

    def _move(self, order: CrmOrder, column: str) -> None:
        self.orders[order.external_id] = replace(order, column_name=column, column_id=column)

    def _order(self, external_id: str) -> CrmOrder:
        self._answer()
        order = self.orders.get(external_id)
        if order is None:
            raise CrmWriteRefusedError(f"no order {external_id}", field="order")
        return order

    def _answer(self) -> None:
        if self.failure is not None:
            raise self.failure
