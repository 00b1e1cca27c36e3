"""The catalog over HTTP: what is sold, and a sync that shows before it changes."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from leadcore.flows.seams import Seams
from leadcore.kernel.money import Money
from leadcore.memory.crm import MemoryCrm
from leadcore.ports.crm import CrmRefusedError, CrmService, CrmUnavailableError
from tests.apps.orchestrator.house import House, served


class OneCrm:
    """The adapters of a house whose CRM is in memory."""

    def __init__(self, house: House, crm: MemoryCrm) -> None:
        self._house = house
        self._crm = crm

    async def crm(self, tenant_id: Any) -> MemoryCrm:
        return self._crm

    def __getattr__(self, name: str) -> Any:
        return getattr(self._house.adapters, name)


@pytest.fixture
def crm() -> MemoryCrm:
    crm = MemoryCrm()
    crm.put(CrmService(external_id="a", name="Wash - SUV", price=Money(minor=5000)))
    return crm


@pytest.fixture
async def site(house: House, crm: MemoryCrm) -> AsyncIterator[httpx.AsyncClient]:
    seams = house.seams
    house.seams = Seams(
        store=seams.store, adapters=OneCrm(house, crm), ids=seams.ids, chance=seams.chance, urls=seams.urls
    )
    async with served(house) as client:
        yield client


async def test_a_sync_shows_the_first_import_and_does_it_when_accepted(
    house: House, site: httpx.AsyncClient, crm: MemoryCrm
) -> None:
    key = await house.key()

    shown = (await site.post("/api/v1/catalog/sync", json={}, headers=key)).json()
    empty = (await site.get("/api/v1/catalog", headers=key)).json()
    done = (await site.post("/api/v1/catalog/sync", json={"accept": True}, headers=key)).json()
    crm.put(CrmService(external_id="a", name="Wash - SUV", price=Money(minor=5500)))
    later = (await site.post("/api/v1/catalog/sync", json={}, headers=key)).json()
    listed = (await site.get("/api/v1/catalog", headers=key)).json()
    others = (await site.get("/api/v1/catalog", headers=await house.key(house.other))).json()

    assert (shown["first"], shown["applied"], empty["services"]) == (True, False, [])
    assert (done["applied"], done["added"]) == (True, ["Wash: suv $50"])
    assert later["repriced"] == ["Wash (suv): $50 -> $55"]
    assert [each["prices"]["suv"]["minor"] for each in listed["services"]] == [5500]
    assert others["services"] == []


async def test_refusals_of_the_catalog_are_problem_documents(
    house: House, site: httpx.AsyncClient, crm: MemoryCrm
) -> None:
    key = await house.key()
    sync = "/api/v1/catalog/sync"

    none = await site.get("/api/v1/catalog")
    chat = await site.post(sync, json={}, headers=await house.key(scopes=("chat",)))
    shape = await site.post(sync, json={"accpet": True}, headers=key)
    crm.failure = CrmUnavailableError("down")
    down = await site.post(sync, json={}, headers=key)
    crm.failure = CrmRefusedError("wrong key")
    refused = await site.post(sync, json={}, headers=key)

    answers = (none, chat, shape, down, refused)
    assert [each.status_code for each in answers] == [401, 403, 422, 503, 409]
    assert [each.json()["code"] for each in answers[2:]] == ["invalid_input", "crm_unavailable", "crm_refused"]
