"""What a CRM adapter that can be written to promises. Subclass a contract and supply its fixtures `crm` and `desk`."""

import html
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

import pytest

from leadcore.ports.crm import (
    Appointments,
    CrmBooking,
    CrmNote,
    CrmNotKeptError,
    CrmOutcomeUnknownError,
    CrmRefusedError,
    CrmSaid,
    CrmUnavailableError,
    CrmWriteRefusedError,
    MessageLog,
    WorkOrders,
    WorkOrderWrites,
)
from leadcore.testing.contracts.contract import Contract

_CREATED = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)


class WritableCrm(WorkOrders, WorkOrderWrites, MessageLog, Appointments, Protocol):
    """What a CRM is told."""


class CrmDesk(Protocol):
    """The vendor's side of writes. It has the columns "Website Leads" and "Appointments"; orders are in the first."""

    async def order(self) -> str:
        """Make an order with a customer and return its id."""
        ...

    async def kept(self, external_id: str) -> list[str]:
        """Return the texts of all notes and messages kept beside the order."""
        ...

    async def lose_next_answer(self) -> None:
        """Let the next write happen and its answer be lost."""
        ...

    async def swallow(self, what: Literal["column", "start"]) -> None:
        """Answer writes with success and drop the column, or an appointment's start."""
        ...

    async def go_down(self) -> None:
        """Answer everything with an overload."""
        ...

    async def revoke_key(self) -> None:
        """Stop knowing the key."""
        ...


class CrmDeskFixtures(Contract):
    """What every contract about writes asks of who subclasses it."""

    @pytest.fixture
    def crm(self) -> Any:
        """Your adapter, opened on a vendor that holds nothing yet."""
        raise NotImplementedError("supply the fixture `crm`: your adapter, on a vendor that holds nothing yet")

    @pytest.fixture
    def desk(self) -> CrmDesk:
        """The same vendor's side of writes."""
        raise NotImplementedError("supply the fixture `desk`: a `CrmDesk` over the vendor that `crm` writes to")


class WorkOrderWritesContract(CrmDeskFixtures, port="WorkOrderWrites"):
    """Written once, read back, found again by our reference; a lost answer is said to be one."""

    async def test_an_order_moves_to_a_column_by_its_name_in_any_case(self, crm: WritableCrm, desk: CrmDesk) -> None:
        external_id = await desk.order()

        await crm.move_to_column(external_id, "appointments")
        await crm.move_to_column(external_id, "Appointments")

        found = await crm.order(external_id)
        assert found is not None
        assert found.column_name == "Appointments"

    async def test_an_unknown_column_and_a_missing_order_are_refused_for_good(
        self, crm: WritableCrm, desk: CrmDesk
    ) -> None:
        external_id = await desk.order()

        with pytest.raises(CrmWriteRefusedError, match="Nowhere") as refusal:
            await crm.move_to_column(external_id, "Nowhere")
        with pytest.raises(CrmWriteRefusedError):
            await crm.add_note("990000000001", _NOTE)

        assert refusal.value.field == "column"
        assert "Appointments" in str(refusal.value.fix)

    async def test_a_dropped_field_is_named(self, crm: WritableCrm, desk: CrmDesk) -> None:
        external_id = await desk.order()
        made = await crm.book_appointment(_booking(external_id))
        await desk.swallow("column")
        with pytest.raises(CrmNotKeptError) as of_order:
            await crm.move_to_column(external_id, "Appointments")
        await desk.swallow("start")
        later = made.starts_at + timedelta(hours=3)
        with pytest.raises(CrmNotKeptError) as of_appointment:
            await crm.move_appointment(made.external_id, starts_at=later, ends_at=later + timedelta(hours=1))

        assert of_order.value.field
        assert of_appointment.value.field

    async def test_notes_are_kept_and_found_by_their_reference(self, crm: WritableCrm, desk: CrmDesk) -> None:
        external_id = await desk.order()

        before = await crm.has_note(external_id, _NOTE.reference)
        await crm.add_note(external_id, _NOTE)

        assert before is False
        assert await crm.has_note(external_id, _NOTE.reference)
        assert not await crm.has_note(external_id, "note-9")
        assert "First response" in "\n".join(await desk.kept(external_id))

    async def test_a_note_keeps_the_link_behind_it(self, crm: WritableCrm, desk: CrmDesk) -> None:
        external_id = await desk.order()
        link = "https://hooks.example.com/p/abc_-123?a=1&b=2"

        await crm.add_note(external_id, CrmNote(reference="note-2", text="A picture:", at=_CREATED, link=link))

        kept = "\n".join(await desk.kept(external_id))
        assert link in html.unescape(kept)
        assert await crm.has_note(external_id, "note-2")

    async def test_a_lost_answer_is_unknown_and_what_happened_is_found(self, crm: WritableCrm, desk: CrmDesk) -> None:
        external_id = await desk.order()

        await desk.lose_next_answer()
        with pytest.raises(CrmOutcomeUnknownError):
            await crm.add_note(external_id, _NOTE)
        await desk.lose_next_answer()
        with pytest.raises(CrmOutcomeUnknownError):
            await crm.book_appointment(_booking(external_id))

        found = await crm.find_appointment("booking-1", near=_STARTS + timedelta(hours=2))
        assert await crm.has_note(external_id, _NOTE.reference)
        assert found is not None
        assert found.starts_at == _STARTS

    async def test_what_was_certainly_not_written_is_told_apart(self, crm: WritableCrm, desk: CrmDesk) -> None:
        external_id = await desk.order()

        await desk.go_down()
        with pytest.raises(CrmUnavailableError):
            await crm.add_note(external_id, _NOTE)
        await desk.revoke_key()
        with pytest.raises(CrmRefusedError):
            await crm.book_appointment(_booking(external_id))


class MessageLogContract(CrmDeskFixtures, port="MessageLog"):
    """What was said is kept beside its order, whichever way it came, and is found again by our reference."""

    async def test_messages_of_every_channel_are_kept_in_their_words(self, crm: WritableCrm, desk: CrmDesk) -> None:
        external_id = await desk.order()

        before = await crm.has_message(external_id, "said-sms")
        for channel in _CHANNELS:
            await crm.log_message(external_id, _said(channel))
            await crm.log_message(external_id, _said(channel, author="shop"))

        kept = "\n".join(await desk.kept(external_id))
        assert before is False
        for channel in _CHANNELS:
            assert await crm.has_message(external_id, f"said-{channel}")
            assert await crm.has_message(external_id, f"said-{channel}-shop")
            assert f"Asked by {channel}" in kept
        assert not await crm.has_message(external_id, "said-pigeon")

    async def test_a_message_whose_answer_was_lost_is_found(self, crm: WritableCrm, desk: CrmDesk) -> None:
        external_id = await desk.order()

        for channel in _CHANNELS:
            await desk.lose_next_answer()
            with pytest.raises(CrmOutcomeUnknownError):
                await crm.log_message(external_id, _said(channel))

        assert [await crm.has_message(external_id, f"said-{channel}") for channel in _CHANNELS] == [True] * 3

    async def test_why_a_message_is_not_kept_is_told_apart(self, crm: WritableCrm, desk: CrmDesk) -> None:
        external_id = await desk.order()

        with pytest.raises(CrmWriteRefusedError):
            await crm.log_message("990000000001", _said("sms"))
        await desk.go_down()
        with pytest.raises(CrmUnavailableError):
            await crm.log_message(external_id, _said("sms"))
        await desk.revoke_key()
        with pytest.raises(CrmRefusedError):
            await crm.log_message(external_id, _said("sms"))


class AppointmentsContract(CrmDeskFixtures, port="Appointments"):
    """What is booked stands in the shop's calendar under our reference, once, and moves and goes as told."""

    async def test_an_appointment_is_made_moved_and_cancelled(self, crm: WritableCrm, desk: CrmDesk) -> None:
        external_id = await desk.order()
        day = _STARTS - timedelta(hours=8), _STARTS + timedelta(hours=16)

        made = await crm.book_appointment(_booking(external_id))
        listed = await crm.appointments(*day)
        later = _STARTS + timedelta(hours=2)
        moved = await crm.move_appointment(made.external_id, starts_at=later, ends_at=later + timedelta(hours=4))
        after_move = await crm.appointments(later, later + timedelta(minutes=1))
        await crm.cancel_appointment(made.external_id, reason="the customer called")
        await crm.cancel_appointment(made.external_id, reason="the customer called")

        assert (made.reference, made.title, made.order_id) == ("booking-1", "Ceramic tint, Model Y", external_id)
        assert listed == (made,)
        assert (moved.starts_at, moved.ends_at) == (later, later + timedelta(hours=4))
        assert after_move == (moved,)
        assert await crm.appointments(*day) == ()
        assert await crm.find_appointment("booking-1", near=_STARTS) is None
        with pytest.raises(CrmWriteRefusedError):
            await crm.move_appointment("990000000001", starts_at=later, ends_at=later)


class CrmWritesContract(WorkOrderWritesContract, MessageLogContract, AppointmentsContract):
    """Everything that writes to a CRM, at once."""


_STARTS = datetime(2026, 6, 3, 15, 0, tzinfo=UTC)
_CHANNELS: tuple[Literal["sms", "email", "web"], ...] = ("sms", "email", "web")
_NOTE = CrmNote(reference="note-1", text="First response after 41 seconds <by text>", at=_CREATED)


def _said(channel: Literal["sms", "email", "web"], *, author: Literal["customer", "shop"] = "customer") -> CrmSaid:
    return CrmSaid(
        reference=f"said-{channel}" if author == "customer" else f"said-{channel}-shop",
        author=author,
        channel=channel,
        text=f"Asked by {channel}" if author == "customer" else f"Answered by {channel}",
        at=_CREATED,
    )


def _booking(order_id: str) -> CrmBooking:
    return CrmBooking(
        reference="booking-1",
        title="Ceramic tint, Model Y",
        starts_at=_STARTS,
        ends_at=_STARTS + timedelta(hours=4),
        order_id=order_id,
        note="Wants to wait in the shop",
    )
