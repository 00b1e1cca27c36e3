"""Writing to the three CRMs over real HTTP: the shared contract, and what is peculiar to each vendor."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest

from leadcore.ports.crm import (
    CrmBooking,
    CrmError,
    CrmNote,
    CrmNotKeptError,
    CrmOutcomeUnknownError,
    CrmUnavailableError,
    CrmWriteRefusedError,
)
from leadcore.testing.contracts.crm_writes import CrmWritesContract
from leadcore_hubspot.connection import HubSpotConnection
from leadcore_hubspot.settings import HubSpotSettings
from leadcore_shopmonkey.connection import ShopmonkeyConnection
from leadcore_shopmonkey.settings import ShopmonkeySettings
from leadcore_shopware.connection import ShopWareConnection
from leadcore_shopware.settings import ShopWareSettings
from leadcore_simulators.hubspot import app as hubspot_app
from leadcore_simulators.shopware import app as shopware_app
from tests.apps.simulators.vendor_server import served
from tests.integration.vendors.conftest import Vendor
from tests.integration.vendors.rude_server import closed_port, rude

NOON = datetime(2026, 6, 1, 17, 0, tzinfo=UTC)
NOTE = CrmNote(reference="note-1", text="First response", at=NOON)
AUTH = {
    "shopmonkey": {"authorization": "Bearer sim-shopmonkey-key"},
    "hubspot": {"authorization": "Bearer pat-sim-hubspot"},
    "shopware": {"x-api-partner-id": "71", "x-api-secret": "sim-shopware-secret"},
}
WRITES = {
    "shopmonkey": ("update_order", "update_customer", "create_appointment"),
    "hubspot": ("update_deal", "create_note", "create_communication", "create_meeting"),
    "shopware": ("update_repair_order", "create_note", "create_appointment"),
}
FIELDS = {
    "shopmonkey": {"column": "workflowStatusId", "start": "startDate"},
    "hubspot": {"column": "dealstage", "start": "hs_meeting_start_time"},
    "shopware": {"column": "status_id", "start": "start_at"},
}


class Desk:
    """The shop's side of one vendor."""

    def __init__(self, name: str, vendor: Vendor) -> None:
        self._name = name
        self._vendor = vendor
        self.customer = ""

    async def order(self) -> str:
        made = await self._vendor.control("leads", fire_webhooks=False)
        self.customer = str(made["customer_id"])
        return str(made["order_id"])

    async def kept(self, external_id: str) -> list[str]:
        if self._name == "shopmonkey":
            return [str((await self.read(f"/v3/customer/{self.customer}"))["data"]["note"])]
        if self._name == "shopware":
            listed = await self.read(f"/api/v1/tenants/1/notes?repair_order_id={external_id}")
            return [row["description"] for row in listed["results"]]
        notes = await self.read("/crm/v3/objects/notes?properties=hs_note_body")
        texts = await self.read("/crm/v3/objects/communications?properties=hs_communication_body")
        rows = [*notes["results"], *texts["results"]]
        return [value for row in rows for name, value in row["properties"].items() if name.endswith("_body")]

    async def lose_next_answer(self) -> None:
        rules = [{"op": op, "kind": "lost_answer", "times": 1} for op in WRITES[self._name]]
        await self._vendor.misbehave(*rules)

    async def swallow(self, what: Literal["column", "start"]) -> None:
        await self._vendor.misbehave({"op": "*", "kind": "swallow", "names": [FIELDS[self._name][what]]})

    async def go_down(self) -> None:
        await self._vendor.misbehave({"op": "*", "kind": "status", "status": 503})

    async def revoke_key(self) -> None:
        await self._vendor.misbehave({"op": "*", "kind": "status", "status": 401})

    async def read(self, path: str) -> Any:
        return (await self._vendor.api("GET", path, headers=AUTH[self._name])).raise_for_status().json()


@pytest.fixture
async def hubspot_vendor(tmp_path: Path, http: httpx.AsyncClient) -> AsyncIterator[Vendor]:
    async with served(hubspot_app.create_app(tmp_path)) as url:
        yield Vendor(url, http)


@pytest.fixture
async def shopware_vendor(tmp_path: Path, http: httpx.AsyncClient) -> AsyncIterator[Vendor]:
    async with served(shopware_app.create_app(tmp_path)) as url:
        yield Vendor(url, http)


def shopmonkey_at(url: str) -> ShopmonkeyConnection:
    return ShopmonkeyConnection(ShopmonkeySettings(api_key="sim-shopmonkey-key", base_url=f"{url}/v3"))


def hubspot_at(url: str) -> HubSpotConnection:
    return HubSpotConnection(HubSpotSettings(access_token="pat-sim-hubspot", base_url=url))


def shopware_at(url: str, **more: str) -> ShopWareConnection:
    return ShopWareConnection(
        ShopWareSettings(partner_id="71", api_secret="sim-shopware-secret", tenant_id="1", base_url=url, **more)
    )


class TestShopmonkeyWrites(CrmWritesContract):
    @pytest.fixture
    async def crm(self, shopmonkey_vendor: Vendor) -> AsyncIterator[ShopmonkeyConnection]:
        connection = shopmonkey_at(shopmonkey_vendor.url)
        yield connection
        await connection.aclose()

    @pytest.fixture
    def desk(self, shopmonkey_vendor: Vendor) -> Desk:
        return Desk("shopmonkey", shopmonkey_vendor)

    async def test_a_field_the_vendor_swallows_is_found_by_reading_back(
        self, crm: ShopmonkeyConnection, desk: Desk, shopmonkey_vendor: Vendor
    ) -> None:
        order = await desk.order()
        await shopmonkey_vendor.misbehave({"op": "update_customer", "kind": "swallow", "names": ["note"]})

        with pytest.raises(CrmNotKeptError) as refusal:
            await crm.add_note(order, NOTE)

        assert refusal.value.field == "note"

    async def test_what_staff_wrote_stays_and_no_message_is_made(
        self, crm: ShopmonkeyConnection, desk: Desk, shopmonkey_vendor: Vendor
    ) -> None:
        order = await desk.order()
        headers = AUTH["shopmonkey"]
        path = f"/v3/customer/{desk.customer}"
        await shopmonkey_vendor.api("PUT", path, headers=headers, json={"note": "Prefers mornings"})

        await crm.add_note(order, NOTE)

        [note] = await desk.kept(order)
        assert note.startswith("Prefers mornings\nFirst response")
        assert await shopmonkey_vendor.log("create_message") == []

    async def test_a_shuffled_list_still_shows_every_column_and_appointment(
        self, crm: ShopmonkeyConnection, desk: Desk, shopmonkey_vendor: Vendor
    ) -> None:
        order = await desk.order()
        booked = [await crm.book_appointment(_booking(f"b{hour}", NOON + timedelta(hours=hour))) for hour in range(4)]
        await shopmonkey_vendor.misbehave(
            {"op": "search_appointments", "kind": "shuffle", "keep": 0.6},
            {"op": "list_workflow_statuss", "kind": "shuffle", "keep": 0.6},
        )

        await crm.move_to_column(order, "In Progress")
        seen = await crm.appointments(NOON, NOON + timedelta(days=1))

        assert {each.external_id for each in seen} == {each.external_id for each in booked}

    async def test_an_appointment_shows_on_its_order_and_the_vendor_sends_nothing(
        self, crm: ShopmonkeyConnection, desk: Desk, shopmonkey_vendor: Vendor
    ) -> None:
        order = await desk.order()

        await crm.book_appointment(_booking("b1", NOON, order=order))

        found = await crm.order(order)
        [logged] = await shopmonkey_vendor.log("create_appointment")
        assert found is not None
        assert found.appointment_dates == (NOON,)
        assert logged["fields"]["sendConfirmation"] is False
        assert logged["fields"]["sendReminder"] is False


class TestHubSpotWrites(CrmWritesContract):
    @pytest.fixture
    async def crm(self, hubspot_vendor: Vendor) -> AsyncIterator[HubSpotConnection]:
        connection = hubspot_at(hubspot_vendor.url)
        yield connection
        await connection.aclose()

    @pytest.fixture
    def desk(self, hubspot_vendor: Vendor) -> Desk:
        return Desk("hubspot", hubspot_vendor)

    async def test_words_are_shown_as_words_and_a_note_is_found_while_the_index_lags(
        self, crm: HubSpotConnection, desk: Desk, hubspot_vendor: Vendor
    ) -> None:
        deal = await desk.order()
        await hubspot_vendor.misbehave({"op": "*", "kind": "list_lag_s", "s": 60})

        await crm.add_note(deal, CrmNote(reference="n1", text="<b>5 % & more</b>\nsecond line", at=NOON))

        [body] = await desk.kept(deal)
        assert body == "&lt;b&gt;5 % &amp; more&lt;/b&gt;<br>second line [leadcore n1]"
        assert await crm.has_note(deal, "n1")

    async def test_a_note_that_was_deleted_meanwhile_hides_no_other(
        self, crm: HubSpotConnection, desk: Desk, hubspot_vendor: Vendor
    ) -> None:
        deal = await desk.order()
        await crm.add_note(deal, CrmNote(reference="first", text="a", at=NOON))
        await crm.add_note(deal, CrmNote(reference="second", text="b", at=NOON))
        gone = (await hubspot_vendor.log("create_note"))[0]["id"]
        await hubspot_vendor.api("DELETE", f"/crm/v3/objects/notes/{gone}", headers=AUTH["hubspot"])

        assert not await crm.has_note(deal, "first")
        assert await crm.has_note(deal, "second")


class TestShopWareWrites(CrmWritesContract):
    @pytest.fixture
    async def crm(self, shopware_vendor: Vendor) -> AsyncIterator[ShopWareConnection]:
        connection = shopware_at(shopware_vendor.url)
        yield connection
        await connection.aclose()

    @pytest.fixture
    def desk(self, shopware_vendor: Vendor) -> Desk:
        return Desk("shopware", shopware_vendor)

    async def test_an_appointment_without_an_order_needs_the_connections_shop(
        self, crm: ShopWareConnection, shopware_vendor: Vendor
    ) -> None:
        with pytest.raises(CrmWriteRefusedError) as refusal:
            await crm.book_appointment(_booking("b1", NOON))
        with_shop = shopware_at(shopware_vendor.url, shop_id="110")
        made = await with_shop.book_appointment(_booking("b1", NOON))
        await with_shop.aclose()

        assert refusal.value.field == "shop_id"
        assert made.reference == "b1"


@pytest.mark.parametrize("vendor", ["shopmonkey", "hubspot", "shopware"])
async def test_a_write_that_never_left_is_not_one_that_may_have_happened(vendor: str) -> None:
    make: Any = {"shopmonkey": shopmonkey_at, "hubspot": hubspot_at, "shopware": shopware_at}[vendor]

    refused = make(closed_port())
    with pytest.raises(CrmUnavailableError):
        await _write(refused)
    await refused.aclose()
    async with rude("closes") as server:
        cut = make(server.url)
        with pytest.raises(CrmOutcomeUnknownError):
            await _write(cut)
        await cut.aclose()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, CrmUnavailableError),
        (500, CrmOutcomeUnknownError),
        (504, CrmOutcomeUnknownError),
        (400, CrmWriteRefusedError),
    ],
)
async def test_what_an_answer_to_a_write_means(shopmonkey_vendor: Vendor, status: int, error: type[CrmError]) -> None:
    desk = Desk("shopmonkey", shopmonkey_vendor)
    order = await desk.order()
    crm = shopmonkey_at(shopmonkey_vendor.url)
    await shopmonkey_vendor.misbehave({"op": "update_order", "kind": "status", "status": status})

    with pytest.raises(error):
        await crm.move_to_column(order, "Appointments")

    await crm.aclose()


async def _write(crm: Any) -> None:
    """One bare write, without the reads before it."""
    await crm._api.write("POST", "any", {"a": 1})


def _booking(reference: str, at: datetime, *, order: str | None = None) -> CrmBooking:
    return CrmBooking(reference=reference, title="Tint", starts_at=at, ends_at=at + timedelta(hours=1), order_id=order)
