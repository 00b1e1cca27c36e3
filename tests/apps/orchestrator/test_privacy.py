"""Handing out and erasing a person over HTTP."""

import httpx
import pytest

from leadcore.testing.builders import a_lead, a_person, a_point
from tests.apps.orchestrator.house import House

PHONE = "+15125550142"


@pytest.fixture
async def key(house: House) -> dict[str, str]:
    return await house.key()


async def test_a_person_is_handed_out_previewed_and_erased(
    house: House, site: httpx.AsyncClient, key: dict[str, str]
) -> None:
    point = a_point(house.shop, value=PHONE)
    person = a_person(point)
    async with house.store.begin(house.shop.id) as uow:
        await uow.compliance.ensure_point(point)
        await uow.leads.put_person(person)
        await uow.leads.add(a_lead(person))
        await uow.commit()

    document = (await site.post("/api/v1/privacy/export", json={"person": PHONE}, headers=key)).json()
    preview = (await site.post("/api/v1/privacy/erase", json={"person": str(person.id)}, headers=key)).json()
    body = {"person": PHONE, "confirm": True}
    erased = (await site.post("/api/v1/privacy/erase", json=body, headers=key)).json()
    again = await site.post("/api/v1/privacy/erase", json=body, headers=key)
    nonsense = await site.post("/api/v1/privacy/erase", json={"person": "x"}, headers=key)

    assert document["people"] == [str(person.id)]
    assert [each["first_name"] for each in document["rows"]["person"]] == ["Ana"]
    assert (preview["done"], erased["done"], erased["contacts"]) == (False, True, ["+1…42"])
    assert (again.status_code, nonsense.status_code) == (404, 422)


async def test_nobody_is_handed_out_without_a_key(site: httpx.AsyncClient) -> None:
    answer = await site.post("/api/v1/privacy/export", json={"person": PHONE})

    assert answer.status_code == 401
