"""Pictures over HTTP: a page's upload in, and out again only for the shop's own people, as a file."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from leadcore.flows.apply import apply_inbox
from leadcore.flows.picture_links import link_to_picture
from leadcore.kernel.ids import LeadId
from leadcore.tenants.model import Connection
from leadcore.testing.builders import new_id
from tests.apps.orchestrator.house import House, served
from tests.unit.adapters.uploads import KIND, form
from tests.unit.pictures.specimens import SECRET, jpeg, png

SITE = "https://www.example.com"
PAGE = {"Origin": SITE, "X-Form-Key": "form_k"}


@pytest.fixture
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with served(house, max_body_bytes=4096, max_upload_bytes=200_000) as client:
        yield client


@pytest.fixture
async def webform(house: House) -> Connection:
    return await house.connect("intake", "webform", {"origins": SITE, "form_key": "form_k"})


async def _apply(house: House) -> None:
    for item in await house.store.due.claim(("inbox",), limit=50, lease_s=30, worker="test"):
        await apply_inbox(house.seams, item)


async def _lead(house: House, http: httpx.AsyncClient, webform: Connection) -> str:
    photo = ("photo", 'c"ar\r\nX-Evil: 1.jpg', "image/jpeg", jpeg())
    body = form({"phone": "512 555 0142"}, photo, ("photo", "car.pdf", "application/pdf", b"%PDF"))
    answer = await http.post(f"/hooks/{webform.id}", content=body, headers={**PAGE, "content-type": KIND})
    assert answer.status_code == 200
    await _apply(house)
    async with house.store.begin(house.shop.id) as uow:
        (lead,) = await uow.leads.listing(house.shop.id, status=None, before=None, limit=9)
    return f"/api/v1/leads/{lead.id}/pictures"


async def test_a_link_from_the_crm_opens_the_picture_without_a_key_and_a_wrong_one_opens_nothing(
    house: House, http: httpx.AsyncClient, webform: Connection
) -> None:
    where = await _lead(house, http, webform)
    async with house.store.begin(house.shop.id) as uow:
        lead_id = LeadId(UUID(where.split("/")[-2]))
        picture = (await uow.pictures.of_lead(lead_id, tenant_id=house.shop.id))[0]
        link, _ = await link_to_picture(uow, house.seams, picture, at=await uow.now())
        await uow.commit()
    path = link.removeprefix(house.seams.urls.hooks)

    answer = await http.get(path)
    wrong = await http.get(f"{path}x")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["content-disposition"].startswith("inline; filename*=")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert SECRET not in answer.content
    assert wrong.status_code == 404
    assert "leadcore leads pictures" in wrong.text


async def test_an_upload_is_listed_and_handed_out_as_a_file_that_runs_nothing(
    house: House, http: httpx.AsyncClient, webform: Connection
) -> None:
    where = await _lead(house, http, webform)
    key = await house.key()

    kept, refused = (await http.get(where, headers=key)).json()
    answer = await http.get(f"{where}/{kept['id']}", headers=key)

    assert (kept["state"], kept["media_type"], kept["file_name"]) == ("kept", "image/jpeg", "picture-1.jpg")
    assert (refused["state"], refused["reason"]) == ("refused", "it is not a JPEG, PNG, WebP, HEIC or GIF picture")
    assert "url" not in kept
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''picture-1.jpg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"] == "private, no-store"
    assert len(answer.content) == kept["size"]
    assert SECRET not in answer.content


async def test_nobody_elses_key_sees_a_picture_and_what_is_not_kept_is_not_found(
    house: House, http: httpx.AsyncClient, webform: Connection
) -> None:
    where = await _lead(house, http, webform)
    key, foreign = await house.key(), await house.key(house.other)
    kept, refused = (await http.get(where, headers=key)).json()

    answers = [
        await http.get(where),
        await http.get(where, headers=await house.key(scopes=("chat",))),
        await http.get(where, headers=foreign),
        await http.get(f"{where}/{kept['id']}", headers=foreign),
        await http.get(f"{where}/{refused['id']}", headers=key),
        await http.get(f"{where}/{new_id()}", headers=key),
    ]

    assert [each.status_code for each in answers] == [401, 403, 404, 404, 404, 404]
    assert "not a JPEG" in answers[4].json()["title"]


async def test_only_forms_with_files_may_be_larger_than_the_usual_limit(
    house: House, http: httpx.AsyncClient, webform: Connection
) -> None:
    large = png()[:-12] + b"\0" * 10_000
    upload = form({"phone": "512 555 0142"}, ("photo", "a.png", "image/png", large))
    huge = form({"phone": "512 555 0142"}, ("photo", "a.png", "image/png", b"x" * 300_000))
    path = f"/hooks/{webform.id}"

    answers = [
        await http.post(path, content=upload, headers={**PAGE, "content-type": KIND}),
        await http.post(path, content=huge, headers={**PAGE, "content-type": KIND}),
        await http.post(path, json={"phone": "512 555 0142", "message": "x" * 5000}, headers=PAGE),
        await http.post(f"/hooks/{house.twilio.id}", content=upload, headers={"content-type": KIND}),
    ]

    assert [each.status_code for each in answers] == [200, 413, 413, 413]


async def test_the_honeypot_answers_like_a_success_stores_nothing_and_is_counted(
    house: House, http: httpx.AsyncClient, webform: Connection
) -> None:
    person = {"phone": "512 555 0142", "message": "How soon?"}

    trapped = await http.post(f"/hooks/{webform.id}", json={**person, "fax_number": "1"}, headers=PAGE)
    taken = await http.post(f"/hooks/{webform.id}", json=person, headers=PAGE)

    assert (trapped.status_code, trapped.content) == (taken.status_code, taken.content) == (200, b"{}")
    assert trapped.headers.keys() == taken.headers.keys()
    assert len(await house.inbox()) == 1
    assert house.counted("webform", "trapped") == 1


async def test_googles_test_lead_is_marked_in_the_inbox_and_followed_up_by_nobody(
    house: House, http: httpx.AsyncClient
) -> None:
    google = await house.connect("intake", "googleads", {"google_key": "g"})
    columns = [{"column_id": "EMAIL", "string_value": "kim@example.com"}]
    lead = {"lead_id": "T1", "google_key": "g", "is_test": True, "user_column_data": columns}

    answer = await http.post(f"/hooks/{google.id}", json=lead)
    await _apply(house)

    (row,) = await house.inbox()
    assert answer.status_code == 200
    assert (row.state, row.error) == (
        "ignored", "a test lead of Google Ads: the webhook works, nobody is followed up",
    )  # fmt: skip
    async with house.store.begin(house.shop.id) as uow:
        assert await uow.leads.listing(house.shop.id, status=None, before=None, limit=9) == []
