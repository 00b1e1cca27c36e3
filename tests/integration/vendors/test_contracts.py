"""The adapters keep the same promises as the in-memory fakes, against the vendors' simulators."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from leadcore.ports.crm import CrmCustomer, CrmOrder, CrmService, CrmVehicle
from leadcore.ports.messaging import AcceptedMessage, OutboundMessage, Receipt
from leadcore.ports.vault import Vault
from leadcore.testing.contracts.carrier import CarrierContract, Mishap
from leadcore.testing.contracts.crm import CrmContract
from leadcore.testing.contracts.vault import VaultContract
from leadcore_filevault.settings import FileVaultSettings
from leadcore_filevault.vault import FileVault
from leadcore_shopmonkey.connection import ShopmonkeyConnection
from leadcore_shopmonkey.settings import ShopmonkeySettings
from leadcore_simulators.twilio import app as twilio_app
from leadcore_simulators.wire.faults import FaultRule, FaultSettings
from leadcore_simulators.wire.simulator import Simulator
from leadcore_twilio.connection import TwilioConnection
from leadcore_twilio.settings import TwilioSettings
from tests.apps.simulators.vendor_server import served
from tests.integration.vendors.conftest import Vendor

_MAGIC = {"refuse": "+15005550009", "opted_out": "+15005550004"}


class Detour:
    """The Twilio adapter, with the next recipient swapped for one of the vendor's magic numbers."""

    def __init__(self, twilio: TwilioConnection) -> None:
        self.recipient = ""
        self._twilio = twilio

    async def send(self, message: OutboundMessage) -> Receipt:
        recipient, self.recipient = self.recipient or message.recipient, ""
        return await self._twilio.send(msgspec.structs.replace(message, recipient=recipient))

    async def accepted_for(self, recipient: str, *, since: datetime) -> tuple[AcceptedMessage, ...]:
        return await self._twilio.accepted_for(recipient, since=since)

    async def accepted_from(
        self, sender: str, *, since: datetime, limit: int | None = None
    ) -> tuple[AcceptedMessage, ...]:
        return await self._twilio.accepted_from(sender, since=since, limit=limit)

    async def aclose(self) -> None:
        await self._twilio.aclose()


class SimulatedMishaps:
    def __init__(self, simulator: Simulator, detour: Detour) -> None:
        self._world = simulator.world
        self._detour = detour

    def next(self, mishap: Mishap) -> None:
        self._detour.recipient = _MAGIC.get(mishap, "")
        if mishap == "lose_answer":
            self._fail(FaultRule(op="create_message", kind="lost_answer", times=1))
        elif mishap == "unavailable":
            self._fail(FaultRule(op="create_message", kind="status", status=429, times=1))

    def silence_lists(self) -> None:
        self._fail(FaultRule(op="list_messages", kind="status", status=503))

    def accepted(self) -> list[str]:
        rows: list[dict[str, Any]] = self._world.ledger.read({"op": "create_message"})["entries"]
        return [str(msgspec.json.decode(bytes(row["fields"]))["To"]) for row in rows]

    def _fail(self, rule: FaultRule) -> None:
        self._world.faults.replace(FaultSettings(rules=(rule,)))


class TestTwilioCarrier(CarrierContract):
    @pytest.fixture
    def simulator(self, tmp_path: Path) -> Simulator:
        return twilio_app.create_app(tmp_path)

    @pytest.fixture
    async def carrier(self, simulator: Simulator) -> AsyncIterator[Detour]:
        async with served(simulator) as url:
            sid, token = "AC00000000000000000000000000000001", "sim-twilio-token"
            settings = TwilioSettings(account_sid=sid, auth_token=token, sender="+15125550100", base_url=url)
            twilio = TwilioConnection(settings)
            yield Detour(twilio)
            await twilio.aclose()

    @pytest.fixture
    def mishaps(self, simulator: Simulator, carrier: Detour) -> SimulatedMishaps:
        return SimulatedMishaps(simulator, carrier)


class SimulatedRecords:
    """The shop's staff, typing into Shopmonkey through its own API."""

    def __init__(self, vendor: Vendor, api_key: str) -> None:
        self._vendor = vendor
        self._api_key = api_key

    async def add(self, record: CrmOrder | CrmCustomer | CrmVehicle | CrmService) -> str:
        path, body = _typed(record)
        found = await self._api("POST", path, json=body)
        return str(found.json()["data"]["id"])

    async def remove(self, external_id: str) -> None:
        # The vendor offers no way to delete customers; to a caller a merged one is gone just the same.
        await self._vendor.misbehave({"op": "get_customer", "kind": "status", "status": 404})

    async def go_down(self) -> None:
        await self._vendor.misbehave({"op": "*", "kind": "status", "status": 503})

    async def revoke_key(self) -> None:
        await self._vendor.misbehave({"op": "*", "kind": "status", "status": 401})

    async def _api(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self._api_key}"}
        return (await self._vendor.api(method, f"/v3/{path}", headers=headers, **options)).raise_for_status()


def _typed(record: CrmOrder | CrmCustomer | CrmVehicle | CrmService) -> tuple[str, dict[str, Any]]:
    match record:
        case CrmOrder():
            return "order", {"name": record.name, "customerId": record.customer_id}
        case CrmCustomer():
            phones = [{"number": one.number, "primary": one.primary, "optIn": one.opt_in} for one in record.phones]
            emails = [{"email": address} for address in record.emails]
            names = {"firstName": record.first_name, "lastName": record.last_name}
            return "customer", {**names, "phoneNumbers": phones, "emails": emails}
        case CrmVehicle():
            named = {"year": record.year, "make": record.make, "model": record.model}
            return "vehicle", {**named, "size": "LightDuty"}
        case _:
            price = {"pricing": "FixedPrice", "fixedPriceCents": record.price.minor, "totalCents": record.price.minor}
            return "canned_service", {"name": record.name, **price}


class TestShopmonkey(CrmContract):
    @pytest.fixture
    async def api_key(self, shopmonkey_vendor: Vendor) -> str:
        await shopmonkey_vendor.control(
            "accounts", api_key="empty", location_name="Austin", timezone="America/Chicago", catalog=[]
        )
        return "empty"

    @pytest.fixture
    async def crm(self, shopmonkey_vendor: Vendor, api_key: str) -> AsyncIterator[ShopmonkeyConnection]:
        settings = ShopmonkeySettings(api_key=api_key, base_url=f"{shopmonkey_vendor.url}/v3")
        connection = ShopmonkeyConnection(settings)
        yield connection
        await connection.aclose()

    @pytest.fixture
    def records(self, shopmonkey_vendor: Vendor, api_key: str) -> SimulatedRecords:
        return SimulatedRecords(shopmonkey_vendor, api_key)


class TestFileVault(VaultContract):
    @pytest.fixture
    def vault(self, tmp_path: Path) -> Vault:
        return FileVault(FileVaultSettings(key_file=str(tmp_path / "vault.key")))
