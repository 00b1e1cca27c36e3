"""One click, no login (RFC 8058): looking changes nothing, posting does, twice is once."""

import re

import httpx
import pytest

from leadcore.compliance.model import ContactPoint
from leadcore.flows.unsubscribe import unsubscribe_url
from leadcore.kernel.ids import ContactPointId
from leadcore.testing.builders import a_person, a_point, new_id
from tests.apps.orchestrator.house import ORIGIN, House


@pytest.fixture
async def point(house: House) -> ContactPoint:
    made = ContactPoint(
        id=ContactPointId(new_id()), tenant_id=house.shop.id, kind="email", value="pat@example.com", zones=()
    )
    async with house.store.begin(house.shop.id) as uow:
        await uow.compliance.ensure_point(made)
        await uow.commit()
    return made


async def test_looking_changes_nothing_and_posting_unsubscribes_once(
    house: House, site: httpx.AsyncClient, point: ContactPoint
) -> None:
    path = await _path(house, point)

    asked = await site.get(path)
    await site.head(path)
    assert await _suppressed(house, point) == []
    first = await site.post(path, data={"List-Unsubscribe": "One-Click"})
    second = await site.post(path)

    assert (asked.status_code, asked.headers["referrer-policy"]) == (200, "no-referrer")
    assert f'<form method="post" action="{path}/emails">' in asked.text
    assert (first.status_code, second.status_code) == (200, 200)
    assert "unsubscribed" in second.text
    assert await _suppressed(house, point) == ["unsubscribe"]
    assert [event.name for event in house.store.events].count("contact.suppressed") == 1


async def test_an_unknown_link_suppresses_nobody(house: House, site: httpx.AsyncClient, point: ContactPoint) -> None:
    looked = await site.get("/u/unknown")
    answer = await site.post("/u/unknown")

    assert looked.status_code == 200  # who only looks learns nothing about what exists
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await _suppressed(house, point) == []


async def _path(house: House, point: ContactPoint) -> str:
    async with house.store.begin(house.shop.id) as uow:
        url = await unsubscribe_url(uow, house.seams, point.id, tenant_id=house.shop.id, at=await uow.now())
        await uow.commit()
    return url.removeprefix(ORIGIN)


async def _suppressed(house: House, point: ContactPoint) -> list[str]:
    async with house.store.begin(house.shop.id) as uow:
        return [each.reason for each in await uow.compliance.suppressions(point.id, tenant_id=house.shop.id)]


@pytest.fixture
async def phone(house: House, point: ContactPoint) -> ContactPoint:
    made = a_point(house.shop)
    async with house.store.begin(house.shop.id) as uow:
        await uow.compliance.ensure_point(made)
        await uow.leads.put_person(a_person(made, email_id=point.id))
        await uow.commit()
    return made


async def test_the_page_names_the_shop_and_what_is_on_but_not_the_whole_address(
    house: House, site: httpx.AsyncClient, point: ContactPoint, phone: ContactPoint
) -> None:
    page = await site.get(await _path(house, point))

    assert "Hill Country Tint" in page.text
    assert "Text messages: on" in page.text
    assert "E-mails: on" in page.text
    assert point.value not in page.text
    assert phone.value not in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "set-cookie" not in page.headers


@pytest.mark.parametrize(
    ("button", "emails", "texts"),
    [("texts", [], ["unsubscribe"]), ("emails", ["unsubscribe"], []), ("all", ["unsubscribe"], ["unsubscribe"])],
)
async def test_each_button_ends_what_it_says_and_nothing_else(
    house: House, site: httpx.AsyncClient, point: ContactPoint, phone: ContactPoint, *, button: str,
    emails: list[str], texts: list[str],
) -> None:  # fmt: skip
    path = await _path(house, point)

    looked = await site.get(f"{path}/{button}")
    assert (await _suppressed(house, point), await _suppressed(house, phone)) == ([], [])
    first = await site.post(f"{path}/{button}")
    second = await site.post(f"{path}/{button}")

    assert looked.status_code == 405
    assert (first.status_code, first.text) == (200, second.text)
    assert 'role="status"' in first.text
    assert (await _suppressed(house, point), await _suppressed(house, phone)) == (emails, texts)
    assert [event.name for event in house.store.events].count("contact.suppressed") == len(emails + texts)


async def test_one_click_ends_e_mail_only(
    house: House, site: httpx.AsyncClient, point: ContactPoint, phone: ContactPoint
) -> None:
    answer = await site.post(
        await _path(house, point),
        content="List-Unsubscribe=One-Click",
        headers={"content-type": "application/x-www-form-urlencoded", "origin": "https://mail.example.com"},
    )

    assert (answer.status_code, answer.history) == (200, [])
    assert (await _suppressed(house, point), await _suppressed(house, phone)) == (["unsubscribe"], [])


async def test_one_button_after_the_other_works_from_the_page_that_answered(
    house: House, site: httpx.AsyncClient, point: ContactPoint, phone: ContactPoint
) -> None:
    answered = await site.post(f"{await _path(house, point)}/texts")
    [action] = re.findall(r'action="([^"]+)"', answered.text)

    last = await site.post(action)

    assert action.endswith("/emails")
    assert "E-mails: off" in last.text
    assert (await _suppressed(house, point), await _suppressed(house, phone)) == (["unsubscribe"], ["unsubscribe"])
