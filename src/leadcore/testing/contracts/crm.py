"""What every CRM adapter promises, port by port. Subclass a contract and supply its fixtures `crm` and `records`."""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest

from leadcore.intake.policies import is_closed
from leadcore.kernel.money import Money
from leadcore.ports.crm import (
    CatalogSource,
    CrmCustomer,
    CrmOrder,
    CrmPhone,
    CrmRefusedError,
    CrmService,
    CrmUnavailableError,
    CrmVehicle,
    CustomerBook,
    WorkOrders,
)
from leadcore.testing.contracts.contract import Contract

_CREATED = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
_NEVER = datetime(2200, 1, 1, tzinfo=UTC)


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


class CrmFixtures(Contract):
    """What every contract of a CRM port asks of who subclasses it: two fixtures, fresh for each promise."""

    @pytest.fixture
    def crm(self) -> Any:
        """Your adapter, opened on a vendor (a simulator, a sandbox, a file) that holds nothing yet."""
        raise NotImplementedError("supply the fixture `crm`: your adapter, on a vendor that holds nothing yet")

    @pytest.fixture
    def records(self) -> CrmRecords:
        """The same vendor's side, where records appear as if the shop had typed them."""
        raise NotImplementedError("supply the fixture `records`: a `CrmRecords` over the vendor that `crm` reads")


class WorkOrdersContract(CrmFixtures, port="WorkOrders"):
    """Orders come out as they were typed in, and every change is seen by asking again."""

    async def test_an_order_comes_out_as_it_is(self, crm: WorkOrders, records: CrmRecords) -> None:
        external_id = await records.add(_order(name="New Quote: tint"))

        found = await crm.order(external_id)

        assert found is not None
        assert (found.external_id, found.name, found.deleted) == (external_id, "New Quote: tint", False)
        assert found.created_at.utcoffset() is not None
        assert found.updated_at.utcoffset() is not None

    async def test_an_unknown_order_is_none(self, crm: WorkOrders, records: CrmRecords) -> None:
        assert await crm.order("0" * 24) is None

    async def test_every_changed_order_is_seen_by_asking_again(self, crm: WorkOrders, records: CrmRecords) -> None:
        wanted = {await records.add(_order(name=f"New Quote {number}")) for number in range(7)}

        seen: set[str] = set()
        for _ in range(12):
            changed = await crm.orders_changed_since(_CREATED - timedelta(days=3650))
            seen |= {order.external_id for order in changed}

        assert wanted <= seen

    async def test_what_did_not_change_since_is_not_shown(self, crm: WorkOrders, records: CrmRecords) -> None:
        await records.add(_order(name="New Quote"))

        assert await crm.orders_changed_since(_NEVER) == ()

    async def test_orders_of_an_overloaded_crm_are_unavailable(self, crm: WorkOrders, records: CrmRecords) -> None:
        await records.go_down()

        with pytest.raises(CrmUnavailableError):
            await crm.order("1")
        with pytest.raises(CrmUnavailableError):
            await crm.orders_changed_since(_CREATED)

    async def test_orders_behind_a_wrong_key_are_for_a_person_to_mend(
        self, crm: WorkOrders, records: CrmRecords
    ) -> None:
        await records.revoke_key()

        with pytest.raises(CrmRefusedError):
            await crm.order("1")

    async def test_orders_are_read_by_their_ids_as_they_are_and_what_is_gone_is_none(
        self, crm: WorkOrders, records: CrmRecords
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

    async def test_a_customers_second_request_is_among_their_orders(self, crm: WorkOrders, records: CrmRecords) -> None:
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
        self, crm: WorkOrders, records: CrmRecords
    ) -> None:
        await records.go_down()

        with pytest.raises(CrmUnavailableError):
            await crm.orders_by_id(["1", "2"])
        with pytest.raises(CrmUnavailableError):
            await crm.orders_changed_since(_CREATED)
        with pytest.raises(CrmUnavailableError):
            await crm.orders_of_customer("1", since=_CREATED)


class CustomerBookContract(CrmFixtures, port="CustomerBook"):
    """Customers and vehicles come out as they were typed in; nobody is opted in who did not say so."""

    async def test_an_unknown_or_deleted_record_is_none(self, crm: CustomerBook, records: CrmRecords) -> None:
        external_id = await records.add(CrmCustomer(external_id="", first_name="Ana"))
        await records.remove(external_id)

        assert await crm.customer(external_id) is None
        assert await crm.vehicle("0" * 24) is None

    async def test_a_customer_has_phones_with_their_opt_in(self, crm: CustomerBook, records: CrmRecords) -> None:
        external_id = await records.add(_customer(opt_in=True))

        found = await crm.customer(external_id)

        assert found is not None
        assert (found.first_name, found.last_name, found.emails) == ("Ana", "Ruiz", ("ana@example.com",))
        assert [each.opt_in for each in found.phones] == [True]

    async def test_who_did_not_opt_in_is_not_opted_in(self, crm: CustomerBook, records: CrmRecords) -> None:
        external_id = await records.add(_customer(opt_in=False))

        found = await crm.customer(external_id)

        assert found is not None
        assert [each.opt_in for each in found.phones] == [False]

    async def test_a_vehicle_comes_out_as_it_is(self, crm: CustomerBook, records: CrmRecords) -> None:
        external_id = await records.add(CrmVehicle(external_id="", year=2022, make="Tesla", model="Model Y"))

        found = await crm.vehicle(external_id)

        assert found is not None
        assert (found.year, found.make, found.model) == (2022, "Tesla", "Model Y")

    async def test_customers_of_an_overloaded_crm_are_unavailable(self, crm: CustomerBook, records: CrmRecords) -> None:
        await records.go_down()

        with pytest.raises(CrmUnavailableError):
            await crm.customer("1")

    async def test_customers_behind_a_wrong_key_are_for_a_person_to_mend(
        self, crm: CustomerBook, records: CrmRecords
    ) -> None:
        await records.revoke_key()

        with pytest.raises(CrmRefusedError):
            await crm.customer("1")


class CatalogSourceContract(CrmFixtures, port="CatalogSource"):
    """The price list is complete and its prices are exact to the cent."""

    async def test_the_catalog_is_complete(self, crm: CatalogSource, records: CrmRecords) -> None:
        wanted = {
            await records.add(CrmService(external_id="", name=f"Tint {number}", price=Money(minor=10000 + number)))
            for number in range(5)
        }

        services = await crm.services()

        assert {service.external_id for service in services} == wanted
        assert sorted(service.price.minor for service in services) == [10000, 10001, 10002, 10003, 10004]

    async def test_the_catalog_is_the_same_when_asked_again(self, crm: CatalogSource, records: CrmRecords) -> None:
        await records.add(CrmService(external_id="", name="Tint - SUV", price=Money(minor=59995)))
        await records.add(CrmService(external_id="", name="Tint - Sedan", price=Money(minor=49995)))

        first = await crm.services()
        again = await crm.services()

        assert sorted(first, key=lambda one: one.external_id) == sorted(again, key=lambda one: one.external_id)
        assert {one.name for one in first} == {"Tint - SUV", "Tint - Sedan"}

    async def test_the_catalog_of_an_overloaded_crm_is_unavailable_not_empty(
        self, crm: CatalogSource, records: CrmRecords
    ) -> None:
        await records.go_down()

        with pytest.raises(CrmUnavailableError):
            await crm.services()

    async def test_the_catalog_behind_a_wrong_key_is_for_a_person_to_mend(
        self, crm: CatalogSource, records: CrmRecords
    ) -> None:
        await records.revoke_key()

        with pytest.raises(CrmRefusedError):
            await crm.services()


class CrmContract(WorkOrdersContract, CustomerBookContract, CatalogSourceContract):
    """Everything a CRM adapter promises: what was typed in is what comes out, and who is at fault is a type."""


def _customer(*, opt_in: bool) -> CrmCustomer:
    phone = CrmPhone(number="+15125550142", primary=True, opt_in=opt_in)
    return CrmCustomer(external_id="", first_name="Ana", last_name="Ruiz", emails=("ana@example.com",), phones=(phone,))


def _order(name: str, *, customer_id: str | None = None) -> CrmOrder:
    return CrmOrder(
        external_id="",
        name=name,
        status="Estimate",
        customer_id=customer_id,
        created_at=_CREATED,
        updated_at=_CREATED,
    )
