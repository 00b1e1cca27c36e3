"""What every CRM adapter promises. Subclass them and supply the fixtures `crm`, and `records` or `desk`."""

from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

import pytest

from leadcore.intake.policies import is_closed
from leadcore.kernel.money import Money
from leadcore.ports.crm import (
    Appointments,
    CatalogSource,
    CrmBooking,
    CrmCustomer,
    CrmNote,
    CrmNotKeptError,
    CrmOrder,
    CrmOutcomeUnknownError,
    CrmPhone,
    CrmRefusedError,
    CrmSaid,
    CrmService,
    CrmUnavailableError,
    CrmVehicle,
    CrmWriteRefusedError,
    CustomerBook,
    MessageLog,
    WorkOrders,
)
from leadcore.testing.contracts.contract import Contract

_CREATED = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)


class Crm(WorkOrders, CustomerBook, CatalogSource, Protocol):
    """Everything a CRM is asked."""


class CrmRecords(Protocol):
    """The vendor's side: records appear there as if the shop had typed them. External ids are the vendor's choice."""

    async def add(self, record: CrmOrder | CrmCustomer | CrmVehicle | CrmService) -> str:
        """Create the record and return the id the vendor gave it."""
        ...

    async def remove(self, external_id: str) -> None:
        """Delete the record."""
        ...

    async def go_down(self) -> None:
        """Answer everything with an overload."""
        ...

    async def revoke_key(self) -> None:
        """Stop knowing the key."""
        ...


class WritableCrm(WorkOrders, MessageLog, Appointments, Protocol):
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


class CrmContract(Contract):
    """What was typed in is what comes out; what is gone is None; who is at fault is a type."""

    async def test_an_order_comes_out_as_it_is(self, crm: Crm, records: CrmRecords) -> None:
        external_id = await records.add(_order(name="New Quote: tint"))

        found = await crm.order(external_id)

        assert found is not None
        assert (found.external_id, found.name, found.deleted) == (external_id, "New Quote: tint", False)

    async def test_what_is_unknown_or_gone_is_none(self, crm: Crm, records: CrmRecords) -> None:
        external_id = await records.add(CrmCustomer(external_id="", first_name="Ana"))
        await records.remove(external_id)

        assert await crm.customer(external_id) is None
        assert await crm.order("0" * 24) is None
        assert await crm.vehicle("0" * 24) is None

    async def test_a_customer_has_phones_with_their_opt_in(self, crm: Crm, records: CrmRecords) -> None:
        phone = CrmPhone(number="+15125550142", primary=True, opt_in=True)
        external_id = await records.add(
            CrmCustomer(
                external_id="", first_name="Ana", last_name="Ruiz", emails=("ana@example.com",), phones=(phone,)
            )
        )

        found = await crm.customer(external_id)

        assert found is not None
        assert (found.first_name, found.last_name, found.emails) == ("Ana", "Ruiz", ("ana@example.com",))
        assert [each.opt_in for each in found.phones] == [True]

    async def test_a_vehicle_comes_out_as_it_is(self, crm: Crm, records: CrmRecords) -> None:
        external_id = await records.add(CrmVehicle(external_id="", year=2022, make="Tesla", model="Model Y"))

        found = await crm.vehicle(external_id)

        assert found is not None
        assert (found.year, found.make, found.model) == (2022, "Tesla", "Model Y")

    async def test_every_changed_order_is_seen_by_asking_again(self, crm: Crm, records: CrmRecords) -> None:
        wanted = {await records.add(_order(name=f"New Quote {number}")) for number in range(7)}

        seen: set[str] = set()
        for _ in range(12):
            changed = await crm.orders_changed_since(_CREATED - timedelta(days=3650))
            seen |= {order.external_id for order in changed}

        assert wanted <= seen

    async def test_orders_are_read_by_their_ids_as_they_are_and_what_is_gone_is_none(
        self, crm: Crm, records: CrmRecords
    ) -> None:
        here = [await records.add(_order(name=f"New Quote {number}")) for number in range(3)]
        gone = "0" * 24

        found = await crm.orders_by_id([*here, gone])
        alone = [await crm.order(external_id) for external_id in here]

        assert found.pop(gone) is None
        assert [order and (order.external_id, order.name, is_closed(order)) for order in found.values()] == [
            order and (order.external_id, order.name, is_closed(order)) for order in alone
        ]
        assert list(found) == here
        assert await crm.orders_by_id([]) == {}

    async def test_a_customers_second_request_is_among_their_orders(self, crm: Crm, records: CrmRecords) -> None:
        ana, bob = [await records.add(CrmCustomer(external_id="", first_name=name)) for name in ("Ana", "Bob")]
        wanted = {await records.add(_order(name=f"New Quote {number}", customer_id=ana)) for number in range(2)}
        await records.add(_order(name="New Quote of Bob", customer_id=bob))

        seen: set[str] = set()
        for _ in range(12):
            orders = await crm.orders_of_customer(ana, since=_CREATED - timedelta(days=3650))
            assert {order.customer_id for order in orders} <= {ana}
            seen |= {order.external_id for order in orders}

        assert seen == wanted
        assert await crm.orders_of_customer(ana, since=datetime.now(UTC) + timedelta(days=3650)) == ()
        assert await crm.orders_of_customer("0" * 24, since=_CREATED) == ()

    async def test_an_overloaded_crm_is_unavailable_for_every_way_to_read_orders(
        self, crm: Crm, records: CrmRecords
    ) -> None:
        await records.go_down()

        with pytest.raises(CrmUnavailableError):
            await crm.orders_by_id(["1", "2"])
        with pytest.raises(CrmUnavailableError):
            await crm.orders_changed_since(_CREATED)
        with pytest.raises(CrmUnavailableError):
            await crm.orders_of_customer("1", since=_CREATED)

    async def test_the_catalog_is_complete(self, crm: Crm, records: CrmRecords) -> None:
        wanted = {
            await records.add(CrmService(external_id="", name=f"Tint {number}", price=Money(minor=10000 + number)))
            for number in range(5)
        }

        services = await crm.services()

        assert {service.external_id for service in services} == wanted
        assert sorted(service.price.minor for service in services) == [10000, 10001, 10002, 10003, 10004]

    async def test_an_overloaded_crm_is_unavailable(self, crm: Crm, records: CrmRecords) -> None:
        await records.go_down()

        with pytest.raises(CrmUnavailableError):
            await crm.order("1")

    async def test_a_wrong_key_is_for_a_person_to_change(self, crm: Crm, records: CrmRecords) -> None:
        await records.revoke_key()

        with pytest.raises(CrmRefusedError):
            await crm.customer("1")


class CrmWritesContract(Contract):
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

    async def test_notes_and_messages_are_kept_and_found_by_their_reference(
        self, crm: WritableCrm, desk: CrmDesk
    ) -> None:
        external_id = await desk.order()

        before = await crm.has_note(external_id, _NOTE.reference), await crm.has_message(external_id, "said-sms")
        await crm.add_note(external_id, _NOTE)
        for channel in ("sms", "email", "web"):
            await crm.log_message(external_id, _said(channel))

        kept = "\n".join(await desk.kept(external_id))
        assert before == (False, False)
        assert await crm.has_note(external_id, _NOTE.reference)
        assert [await crm.has_message(external_id, f"said-{each}") for each in ("sms", "email", "web", "pigeon")] == [
            True, True, True, False,
        ]  # fmt: skip
        assert all(words in kept for words in ("First response", "Asked by sms", "Asked by email", "Asked by web"))

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

    async def test_what_was_certainly_not_written_is_told_apart(self, crm: WritableCrm, desk: CrmDesk) -> None:
        external_id = await desk.order()

        await desk.go_down()
        with pytest.raises(CrmUnavailableError):
            await crm.add_note(external_id, _NOTE)
        await desk.revoke_key()
        with pytest.raises(CrmRefusedError):
            await crm.book_appointment(_booking(external_id))


_STARTS = datetime(2026, 6, 3, 15, 0, tzinfo=UTC)
_NOTE = CrmNote(reference="note-1", text="First response after 41 seconds <by text>", at=_CREATED)


def _said(channel: Literal["sms", "email", "web"]) -> CrmSaid:
    return CrmSaid(
        reference=f"said-{channel}",
        author="customer",
        channel=channel,
        text=f"Asked by {channel}",
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


def _order(name: str, *, customer_id: str | None = None) -> CrmOrder:
    return CrmOrder(
        external_id="",
        name=name,
        status="Estimate",
        customer_id=customer_id,
        created_at=_CREATED,
        updated_at=_CREATED,
    )
