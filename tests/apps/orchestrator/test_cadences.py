"""The operator API for cadences."""

import httpx

from leadcore.cadences.policies.shipped import SHIPPED
from leadcore.testing.builders import new_id
from tests.apps.orchestrator.house import House

OWN = SHIPPED["win-back"].replace("win-back", "own")


async def test_a_file_is_checked_and_published_for_the_keys_tenant(site: httpx.AsyncClient, house: House) -> None:
    key = await house.key()

    wrong = await site.post("/api/v1/cadences/check", json={"source": OWN.replace("STOP", "bye")}, headers=key)
    refused = await site.post("/api/v1/cadences", json={"source": OWN.replace("STOP", "bye")}, headers=key)
    done = await site.post("/api/v1/cadences", json={"source": OWN}, headers=key)
    shown = await site.get("/api/v1/cadences/own", headers=key)
    waits = await site.get("/api/v1/cadences/waiting", headers=key)
    unknown = await site.post(f"/api/v1/leads/{new_id()}/cadence/pause", headers=key)
    keyless = await site.post("/api/v1/cadences", json={"source": OWN})

    assert [each["rule"] for each in wrong.json()] == ["opt-out"]
    assert (refused.status_code, refused.json()["code"]) == (422, "cadence_check")
    assert done.json()["is_new"]
    assert shown.json()["version"] == done.json()["version"]
    assert waits.json() == []
    assert unknown.status_code == 404
    assert keyless.status_code == 401
