"""Webhooks over real HTTP: what is believed, what is refused with which reason, what took effect before the 2xx."""

import time
from collections.abc import AsyncIterator

import httpx
import pytest
from msgspec.structs import replace

from leadcore.kernel.ids import ConnectionId
from leadcore.memory.vault import MemoryVault
from leadcore.testing.builders import new_id
from leadcore_runtime.adapters import environment_connections
from tests.apps.orchestrator.house import TOKEN, House, order_changed, served, signed_body, text_message

PHONE = "+15125550142"


async def test_what_is_acknowledged_is_stored_and_due(house: House, site: httpx.AsyncClient) -> None:
    answer = await site.post(**order_changed(house.shopmonkey.id))

    assert (answer.status_code, answer.json()) == (200, {})
    [row] = await house.inbox()
    assert (row.source, row.state) == ("shopmonkey", "new")
    assert await house.store.due.next_due(("inbox",)) == 0


async def test_a_replay_is_acknowledged_and_stored_once(house: House, site: httpx.AsyncClient) -> None:
    for _ in range(3):
        answer = await site.post(**order_changed(house.shopmonkey.id))
        assert answer.status_code == 200

    assert len(await house.inbox()) == 1
    assert house.counted("shopmonkey", "replay") == 2


async def test_an_opt_out_binds_before_it_is_acknowledged(house: House, site: httpx.AsyncClient) -> None:
    answer = await site.post(**text_message(house.twilio.id, "please stop texting me"))

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert "<Response>" in answer.text
    assert await house.suppressed(PHONE) == ["free_text"]


async def test_a_forged_request_learns_nothing_and_leaves_nothing(house: House, site: httpx.AsyncClient) -> None:
    answer = await site.post(**text_message(house.twilio.id, "STOP", token="wrong"))

    assert (answer.status_code, answer.json()["code"]) == (401, "forged_request")
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "signature" not in answer.text
    assert await house.inbox() == []
    assert await house.suppressed(PHONE) == []
    assert house.counted("twilio", "forged_request") == 1


async def test_a_stale_request_is_refused(house: House, site: httpx.AsyncClient) -> None:
    answer = await site.post(**order_changed(house.shopmonkey.id, at=time.time() - 3600))

    assert (answer.status_code, answer.json()["code"]) == (401, "stale_request")


async def test_an_authentic_body_that_is_no_json_is_refused(house: House, site: httpx.AsyncClient) -> None:
    answer = await site.post(**signed_body(house.shopmonkey.id, b"not json"))

    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable_body")


@pytest.mark.parametrize("announced", [True, False])
async def test_more_than_the_limit_is_not_read(house: House, site: httpx.AsyncClient, *, announced: bool) -> None:
    async def dribble() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 1024

    content = b"x" * 65_536 if announced else dribble()
    answer = await site.post(f"/hooks/{house.shopmonkey.id}", content=content)

    assert (answer.status_code, answer.json()["code"]) == (413, "oversize")
    assert house.counted("shopmonkey", "oversize") == 1


async def test_an_unknown_connection_is_a_404(house: House, site: httpx.AsyncClient) -> None:
    for path in (f"/hooks/{new_id()}", f"/hooks/{new_id()}/status", "/hooks/no-uuid"):
        assert (await site.post(path, content=b"{}")).status_code == 404


async def test_looking_at_a_hook_changes_nothing(house: House, site: httpx.AsyncClient) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        answer = await site.request(method, f"/hooks/{house.shopmonkey.id}")
        assert answer.status_code == 405

    assert await house.inbox() == []


async def test_what_we_cannot_unseal_is_our_fault_and_sent_again() -> None:
    house = await House().furnish()
    house.adapters = house.book(vault=MemoryVault(b"another key"))

    async with served(house) as site:
        answer = await site.post(**order_changed(house.shopmonkey.id))

    assert (answer.status_code, answer.json()["code"]) == (503, "not_durable")
    assert int(answer.headers["retry-after"]) > 0
    assert await house.inbox() == []


async def test_a_plugin_that_is_missing_on_our_side_is_no_404(house: House, site: httpx.AsyncClient) -> None:
    gone = replace(house.shopmonkey, id=ConnectionId(new_id()), plugin="uninstalled")
    async with house.store.begin(house.shop.id) as uow:
        await uow.tenants.put_connection(gone)
        await uow.commit()

    answer = await site.post(**order_changed(gone.id))

    assert (answer.status_code, answer.json()["code"]) == (503, "not_durable")


async def test_credentials_of_the_environment_take_webhooks_for_their_tenant_alone() -> None:
    house = await House().furnish()
    environ = {"TWILIO_ACCOUNT_SID": "AC2", "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_PHONE_NUMBER": "+15125550188"}
    house.adapters = house.book(env_tenant=house.other.slug, environ=environ)
    _, connection = await house.book(env_tenant=house.other.slug, environ=environ).carrier(house.other.id, "sms")

    async with served(house) as site:
        answer = await site.post(**text_message(connection.id, "STOP"))

    assert answer.status_code == 200
    [row] = await house.inbox(house.other.id)
    assert row.connection_id == connection.id
    assert await house.inbox() == []
    async with house.store.begin(house.other.id) as uow:
        [stored] = await uow.tenants.connections(house.other.id)
    assert (stored.sealed, stored.settings) == (b"", {})  # the way to it, never its credentials
    assert (await house.adapters.carrier(house.shop.id, "sms"))[1].id == house.twilio.id


async def test_a_webhook_finds_the_environments_tenant_after_a_restart() -> None:
    house = await House().furnish()
    environ = {"SHOPMONKEY_API_KEY": "k", "TWILIO_ACCOUNT_SID": "AC2", "TWILIO_AUTH_TOKEN": TOKEN,
               "TWILIO_PHONE_NUMBER": "+15125550188"}  # fmt: skip
    known = environment_connections(house.other, house.vault, environ)
    twilio = next(each for each in known if each.plugin == "twilio")
    house.adapters = house.book(env_tenant=str(house.other.id), environ=environ)

    async with served(house) as site:
        answer = await site.post(**text_message(twilio.id, "hello"))

    assert answer.status_code == 200
