"""The operator API for roll-outs."""

import httpx

from leadcore.cadences.policies.shipped import SHIPPED
from tests.apps.orchestrator.house import House

OWN = SHIPPED["win-back"].replace("win-back", "own")
EDITED = f"{OWN}\n# edited\n"
_ROLLOUTS = "/api/v1/cadences/rollouts"
_OWN = "/api/v1/cadences/own/rollout"


async def test_a_version_is_planned_started_promoted_halted_and_taken_back(
    site: httpx.AsyncClient, house: House
) -> None:
    key = await house.key()
    old = (await site.post("/api/v1/cadences", json={"source": OWN}, headers=key)).json()["version"]

    planned = await site.post(f"{_ROLLOUTS}/plan", json={"source": EDITED, "percent": 20}, headers=key)
    started = await site.post(_ROLLOUTS, json={"source": EDITED, "percent": 20}, headers=key)
    again = await site.post(_ROLLOUTS, json={"source": EDITED}, headers=key)
    publish = await site.post("/api/v1/cadences", json={"source": OWN + "\n"}, headers=key)
    promoted = await site.post(f"{_OWN}/promote", headers=key)
    present = await site.get("/api/v1/cadences/own", headers=key)
    halted = await site.post(f"{_OWN}/halt", json={"reason": "a wrong price"}, headers=key)
    back = await site.post(f"{_OWN}/rollback", json={}, headers=key)
    over = await site.post(f"{_OWN}/promote", headers=key)
    listed = await site.get(_ROLLOUTS, params={"cadence": "own"}, headers=key)
    after = await site.get("/api/v1/cadences/own", headers=key)

    assert (planned.json()["plan"]["old_version"], planned.json()["summary"][:11]) == (old, "0 in flight")
    assert (started.json()["state"], started.json()["percent"]) == ("canary", 20)
    assert again.json() == started.json()
    assert (publish.status_code, publish.json()["code"]) == (409, "rollout_runs")
    assert promoted.json()["state"] == "promoted"
    assert present.json()["version"] == started.json()["new_version"]
    assert (halted.json()["state"], halted.json()["reason"]) == ("halted", "a wrong price")
    assert back.json()["state"] == "rolled_back"
    assert (over.status_code, over.json()["code"]) == (409, "no_rollout")
    assert [each["rollout"]["state"] for each in listed.json()] == ["rolled_back"]
    assert after.json()["version"] == old


async def test_a_key_reaches_its_own_location_only(site: httpx.AsyncClient, house: House) -> None:
    key, others = await house.key(), await house.key(house.other)
    await site.post("/api/v1/cadences", json={"source": OWN}, headers=key)
    await site.post(_ROLLOUTS, json={"source": EDITED}, headers=key)

    listed = await site.get(_ROLLOUTS, headers=others)
    halted = await site.post(f"{_OWN}/halt", json={}, headers=others)
    wrong = await site.post(_ROLLOUTS, json={"source": EDITED, "moves": {"kept": []}}, headers=key)
    unknown = await site.post(f"{_ROLLOUTS}/plan", json={"wanted": "own@nothing"}, headers=key)
    keyless = await site.get(_ROLLOUTS)

    assert (listed.json(), halted.status_code) == ([], 409)
    assert wrong.status_code in {400, 422}
    assert unknown.json()["field"] == "wanted"
    assert keyless.status_code == 401
