"""The hold over HTTP: seen in readiness, shown, set and released with a key that may act on all shops."""

from pathlib import Path

import httpx
import pytest

from leadcore.memory.carriers import MemoryCarrier
from tests.apps.orchestrator.house import House, served, text_message

HOLD = "/api/v1/hold"


@pytest.fixture
async def key(house: House) -> dict[str, str]:
    return await house.key(scopes=("deployment",))


async def test_a_key_of_a_shop_may_not_touch_what_all_shops_share(house: House, site: httpx.AsyncClient) -> None:
    usual = await house.key()

    answers = [
        await site.get(HOLD, headers=usual),
        await site.get(f"{HOLD}/survey", headers=usual),
        await site.post(f"{HOLD}/set", json={"because": "x"}, headers=usual),
        await site.post(f"{HOLD}/release", json={"because": "x"}, headers=usual),
        await site.get(HOLD),
    ]

    assert [each.status_code for each in answers] == [403, 403, 403, 403, 401]
    assert not (await house.store.deployment.state()).held


async def test_sending_is_held_and_released_with_a_reason(site: httpx.AsyncClient, key: dict[str, str]) -> None:
    empty = await site.post(f"{HOLD}/set", json={"because": " "}, headers=key)
    held = await site.post(f"{HOLD}/set", json={"because": "the price list is wrong"}, headers=key)
    ready = await site.get("/readyz")
    released = await site.post(f"{HOLD}/release", json={"because": "it is right"}, headers=key)
    again = await site.post(f"{HOLD}/release", json={"because": "it is right"}, headers=key)
    shown = (await site.get(HOLD, headers=key)).json()
    afterwards = await site.get("/health")

    assert (empty.status_code, empty.json()["field"]) == (422, "because")
    assert (held.status_code, held.json()["held_by"]) == (200, "operator")
    assert (ready.status_code, ready.json()["notes"]) == (
        200, {"sending": "held by operator: the price list is wrong"},
    )  # fmt: skip
    assert (released.status_code, again.status_code) == (200, 409)
    assert [each["what"] for each in shown["history"]] == ["released", "held"]
    assert all(each["by"] and each["by"] in key["Authorization"] for each in shown["history"])
    assert afterwards.json()["notes"] == {"sending": "ok"}


async def test_a_witnesss_hold_is_surveyed_and_released_and_what_comes_in_is_taken_meanwhile(
    house: House, key: dict[str, str], tmp_path: Path
) -> None:
    house.adapters.in_memory = MemoryCarrier(house.clock)
    await house.change(senders=house.shop.senders.__class__(sms="+15125550100"))
    await house.store.deployment.hold("it is an older one", by="witness")
    async with served(house, data_dir=str(tmp_path), deployment_id="shop-1") as site:
        came_in = await site.post(**text_message(house.twilio.id, "STOP"))
        surveyed = (await site.get(f"{HOLD}/survey", headers=key)).json()
        released = await site.post(f"{HOLD}/release", json={"because": "reconciled"}, headers=key)

    state = await house.store.deployment.state()
    assert came_in.status_code == 200
    assert await house.suppressed("+15125550142") == ["stop_word"]
    assert [(each["sender"], each["unknown"], each["lists"]) for each in surveyed] == [("+15125550100", 0, True)]
    assert (released.status_code, released.json()["epoch"]) == (200, 2)
    assert (state.held, state.deployment_id, state.epoch) == (False, "shop-1", 2)
    assert (tmp_path / "witness.json").exists()


async def test_a_hold_is_not_released_past_a_carrier_whose_list_does_not_answer(
    house: House, site: httpx.AsyncClient, key: dict[str, str]
) -> None:
    house.adapters.in_memory = MemoryCarrier(house.clock)
    await house.change(senders=house.shop.senders.__class__(sms="+15125550100"))
    await house.store.deployment.hold("it is an older one", by="witness")
    house.adapters.in_memory.lists_answer = False

    refused = await site.post(f"{HOLD}/release", json={"because": "reconciled"}, headers=key)
    still_held = (await house.store.deployment.state()).held
    house.adapters.in_memory.lists_answer = True
    released = await site.post(f"{HOLD}/release", json={"because": "reconciled"}, headers=key)

    assert (refused.status_code, still_held) == (409, True)
    assert "cannot be read" in refused.text
    assert released.status_code == 200
