from typing import Literal
from uuid import uuid4

import pytest
from msgspec.structs import replace

from leadcore.memory.carriers import MemoryCarrier
from leadcore.memory.clock import VirtualClock
from leadcore.memory.crm import MemoryCrm, MemoryReadOnlyCrm
from leadcore.memory.vault import MemoryVault
from leadcore.ports.crm import CrmCustomer, CrmOrder, CrmRefusedError, CrmService, CrmUnavailableError, CrmVehicle
from leadcore.ports.vault import Vault
from leadcore.testing.builders import NOON
from leadcore.testing.contracts.carrier import CarrierContract, Mishap
from leadcore.testing.contracts.crm import CrmContract
from leadcore.testing.contracts.crm_writes import CrmWritesContract
from leadcore.testing.contracts.vault import VaultContract


class MemoryMishaps:
    def __init__(self, carrier: MemoryCarrier) -> None:
        self._carrier = carrier

    def next(self, mishap: Mishap) -> None:
        self._carrier.script(mishap)

    def silence_lists(self) -> None:
        self._carrier.lists_answer = False

    def accepted(self) -> list[str]:
        return [carried.message.recipient for carried in self._carrier.accepted]


class MemoryRecords:
    def __init__(self, crm: MemoryCrm) -> None:
        self._crm = crm

    async def add(self, record: CrmOrder | CrmCustomer | CrmVehicle | CrmService) -> str:
        external_id = uuid4().hex
        self._crm.put(replace(record, external_id=external_id))
        return external_id

    async def remove(self, external_id: str) -> None:
        self._crm.forget(external_id)

    async def go_down(self) -> None:
        self._crm.failure = CrmUnavailableError("memory: overloaded")

    async def revoke_key(self) -> None:
        self._crm.failure = CrmRefusedError("memory: unknown key")


class TestMemoryCarrier(CarrierContract):
    @pytest.fixture
    def carrier(self) -> MemoryCarrier:
        return MemoryCarrier(VirtualClock(NOON))

    @pytest.fixture
    def mishaps(self, carrier: MemoryCarrier) -> MemoryMishaps:
        return MemoryMishaps(carrier)


class TestMemoryCrm(CrmContract):
    @pytest.fixture
    def crm(self) -> MemoryCrm:
        return MemoryCrm()

    @pytest.fixture
    def records(self, crm: MemoryCrm) -> MemoryRecords:
        return MemoryRecords(crm)


class TestMemoryReadOnlyCrm(CrmContract):
    @pytest.fixture
    def known(self) -> MemoryCrm:
        return MemoryCrm()

    @pytest.fixture
    def crm(self, known: MemoryCrm) -> MemoryReadOnlyCrm:
        return MemoryReadOnlyCrm(known)

    @pytest.fixture
    def records(self, known: MemoryCrm) -> MemoryRecords:
        return MemoryRecords(known)


class MemoryDesk:
    def __init__(self, crm: MemoryCrm) -> None:
        self._crm = crm
        crm.columns = ("Website Leads", "Appointments")

    async def order(self) -> str:
        self._crm.put(
            CrmOrder(
                external_id="o1", name="New Quote", status="Estimate", column_name="Website Leads",
                customer_id="c1", created_at=NOON, updated_at=NOON,
            )
        )  # fmt: skip
        return "o1"

    async def kept(self, external_id: str) -> list[str]:
        notes = [f"{note.text} {note.link}" for note in self._crm.notes.get(external_id, ())]
        return notes + [said.text for said in self._crm.said.get(external_id, ())]

    async def lose_next_answer(self) -> None:
        self._crm.lost_answers = 1

    async def swallow(self, what: Literal["column", "start"]) -> None:
        self._crm.swallowed = {what}

    async def go_down(self) -> None:
        self._crm.failure = CrmUnavailableError("memory: overloaded")

    async def revoke_key(self) -> None:
        self._crm.failure = CrmRefusedError("memory: unknown key")


class TestMemoryCrmWrites(CrmWritesContract):
    @pytest.fixture
    def crm(self) -> MemoryCrm:
        return MemoryCrm()

    @pytest.fixture
    def desk(self, crm: MemoryCrm) -> MemoryDesk:
        return MemoryDesk(crm)


class TestMemoryVault(VaultContract):
    @pytest.fixture
    def vault(self) -> Vault:
        return MemoryVault()
