"""Refused webhooks are counted for the operator, cheaply, and nothing of them is kept."""

import time
from typing import Any

import httpx
import pytest

from leadcore.flows.refusals import RefusedConnection, refusals
from leadcore.kernel.errors import LeadcoreError
from leadcore.memory.storage import MemoryStore
from leadcore.ports.inbound import ForgedRequestError
from leadcore_orchestrator.refusal_tally import RefusalTally
from tests.apps.orchestrator.house import House, order_changed, served, text_message


async def told(house: House) -> dict[tuple[str, str], RefusedConnection]:
    found = await refusals(house.store, house.shop.id)
    return {(each.vendor, each.reason): each for each in found}


async def test_forged_and_stale_webhooks_are_counted_with_what_to_do_and_without_a_byte_of_them() -> None:
    house = await House().furnish()
    async with served(house) as site:
        for _ in range(3):
            await site.post(**text_message(house.twilio.id, "secret words", token="wrong"))
        await site.post(**order_changed(house.shopmonkey.id, at=time.time() - 3600))
        await site.post(**order_changed(house.shopmonkey.id))

    found = await told(house)

    forged, stale = found["twilio", "forged_request"], found["shopmonkey", "stale_request"]
    assert (forged.count, stale.count) == (3, 1)
    assert (forged.accepted_since, stale.last_accepted_at is not None) == (False, True)
    assert forged.fix
    assert "secret words" not in str(house.store.database.refusals.rows)
    assert house.store.database.inbox.rows.keys() != set()  # the good one


async def test_what_no_connection_has_and_our_own_probe_count_for_nobody() -> None:
    house = await House().furnish()
    async with served(house) as site:
        await site.post("/hooks/01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11", content=b"{}")
        answer = await site.post(f"/hooks/{house.shopmonkey.id}", content=b"{}", headers={"leadcore-probe": "connect"})

    assert answer.status_code == 401
    assert await told(house) == {}


class CountingStore:
    """A memory store that counts units of work, and fails while it is away."""

    def __init__(self, store: MemoryStore) -> None:
        self._store, self.begun, self.is_away = store, 0, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def begin(self, tenant_id: Any) -> Any:
        self.begun += 1
        if self.is_away:
            raise OSError("the database is away")
        return self._store.begin(tenant_id)


class WritingTally(RefusalTally):
    """Deliberately wrong: stores every refusal at once."""

    async def store_now(self, connection: Any, refusal: LeadcoreError) -> None:
        self.add(connection, refusal)
        await self.flush()


async def test_a_flood_of_forgeries_costs_one_write_and_is_counted_to_the_last() -> None:
    house = await House().furnish()
    store = CountingStore(house.store)
    tally = RefusalTally(store)

    for _ in range(10_000):
        tally.add(house.twilio, ForgedRequestError("the signature is wrong"))
    await tally.flush()
    await tally.flush()

    assert store.begun == 1
    assert (await told(house))["twilio", "forged_request"].count == 10_000


async def test_negative_control_a_tally_that_stores_at_once_writes_per_forgery() -> None:
    house = await House().furnish()
    store = CountingStore(house.store)
    tally = WritingTally(store)

    for _ in range(50):
        await tally.store_now(house.twilio, ForgedRequestError("the signature is wrong"))

    assert store.begun == 50


async def test_counts_that_could_not_be_stored_are_stored_later() -> None:
    house = await House().furnish()
    store = CountingStore(house.store)
    tally = RefusalTally(store)
    tally.add(house.twilio, ForgedRequestError("the signature is wrong"))

    store.is_away = True
    await tally.flush()
    tally.add(house.twilio, ForgedRequestError("the signature is wrong"))
    store.is_away = False
    await tally.flush()

    assert (await told(house))["twilio", "forged_request"].count == 2


@pytest.mark.parametrize("path", ["misses", "refused"])
async def test_the_desk_answers_the_keys_own_shop_and_nobody_else(
    house: House, site: httpx.AsyncClient, path: str
) -> None:
    ours = await site.get(f"/api/v1/inbox/{path}?days=3", headers=await house.key())
    nobody = await site.get(f"/api/v1/inbox/{path}")
    chat_only = await site.get(f"/api/v1/inbox/{path}", headers=await house.key(scopes=("chat",)))
    wrong = await site.get(f"/api/v1/inbox/{path}?days=0", headers=await house.key())

    assert ours.status_code == 200
    assert [nobody.status_code, chat_only.status_code, wrong.status_code] == [401, 403, 422]
    if path == "misses":
        assert ours.json() == {"tenant": house.shop.slug, "days": 3, "missed": 0, "late": 0, "by_day": []}
