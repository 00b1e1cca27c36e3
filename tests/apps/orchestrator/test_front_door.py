"""What stands in front of the framework answers exactly as the framework's own routes would."""

import time
from typing import Any
from uuid import uuid4

import httpx
import pytest

from leadcore.kernel.ids import ConnectionId
from leadcore_orchestrator.app import app_over
from leadcore_runtime.settings import Settings
from tests.apps.orchestrator.house import ORIGIN, House, order_changed, text_message

_FAR = ConnectionId(uuid4())


def _requests(house: House) -> dict[str, dict[str, Any]]:
    stale = order_changed(house.shopmonkey.id, webhook_id="old", at=time.time() - 3600)
    good = order_changed(house.shopmonkey.id)
    return {
        "good": good,
        "replayed": good,
        "stale": stale,
        "forged": order_changed(house.shopmonkey.id, webhook_id="w2") | {"content": b"{}"},
        "a customer's text": text_message(house.twilio.id, "hello"),
        "unknown": order_changed(_FAR),
        "no id": order_changed(house.shopmonkey.id) | {"url": "/hooks/nothing"},
        "huge": order_changed(house.shopmonkey.id) | {"content": b" " * 5000},
        "far too huge": order_changed(house.shopmonkey.id) | {"content": b" " * 50_000},
    }


@pytest.mark.parametrize("is_in_front", [True, False])
async def test_both_ways_in_give_the_same_answers(house: House, is_in_front: bool) -> None:
    app = app_over(house, Settings(environment="test", public_url=ORIGIN, max_body_bytes=2000))

    async with app.lifespan():
        served: Any = app.state.front_door if is_in_front else app
        async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url=ORIGIN) as http:
            answers = {name: await http.post(**request) for name, request in _requests(house).items()}

    assert {name: answer.status_code for name, answer in answers.items()} == {
        "good": 200, "replayed": 200, "stale": 401, "forged": 401, "a customer's text": 200, "unknown": 404,
        "no id": 404, "huge": 413, "far too huge": 413,
    }  # fmt: skip
    assert answers["a customer's text"].headers["content-type"].startswith("text/xml")
    assert answers["forged"].headers["content-type"].startswith("application/problem+json")
    assert answers["good"].headers["content-length"] == "2"
    assert [row.dedupe_key for row in await house.inbox() if row.source == "shopmonkey"] == ["w1"]


async def test_other_requests_reach_the_app_behind(house: House) -> None:
    app = app_over(house, Settings(environment="test", public_url=ORIGIN))

    async with app.lifespan():
        transport = httpx.ASGITransport(app.state.front_door)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
            health = await http.get("/health")
            challenge = await http.get(f"/hooks/{house.shopmonkey.id}")

    assert health.status_code == 200
    assert challenge.status_code == 405
