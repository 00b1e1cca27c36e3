"""Whatever fails on our side before a webhook is durable is answered 503 with Retry-After: never 2xx, 4xx or 500.

Shopmonkey sends again after 408, 429, 502, 503 and 504 only (providers.md 1.7): a plain 500 would lose the event.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from structlog.testing import capture_logs

from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.memory.inbox_writer import MemoryInboxWriter
from leadcore.memory.storage import MemoryStore
from tests.apps.orchestrator.house import House, order_changed, served

_VERBS = ("begin", "now", "add", "arm", "commit")
_FAILURES = [
    OSError("connection refused"),
    TimeoutError(),
    RuntimeError("pool exhausted"),
    ConflictError("somebody else is changing it: deadlock"),
    NotFoundError("what this refers to does not exist"),
    MemoryError(),
    ZeroDivisionError("a bug"),
]


class FailingWork:
    """A unit of work of which one verb fails."""

    def __init__(self, work: Any, *, at: str, failure: Exception) -> None:
        self._work = work
        self._at = at
        self._failure = failure

    def __getattr__(self, name: str) -> Any:
        if name == self._at:
            return self._fail
        found = getattr(self._work, name)
        return FailingWork(found, at=self._at, failure=self._failure) if name in {"inbox", "due"} else found

    async def _fail(self, *_: Any, **__: Any) -> None:
        raise self._failure


def failing_at(verb: str, failure: Exception) -> Callable[[MemoryStore], Any]:
    def wrap(store: MemoryStore) -> Any:
        whole = store.begin

        @asynccontextmanager
        async def begin(tenant_id: Any) -> AsyncIterator[Any]:
            async with whole(tenant_id) as work:
                if verb == "begin":
                    raise failure
                yield FailingWork(work, at=verb, failure=failure)

        return begin

    return wrap


async def test_what_could_not_be_stored_is_asked_for_again_whatever_failed() -> None:
    house = await House().furnish()
    failures = {f"{verb}-{type(each).__name__}": (verb, each) for verb in _VERBS for each in _FAILURES}
    whole = house.store.inbox_writer
    answers: dict[str, httpx.Response] = {}
    with capture_logs() as told:
        async with served(house) as site:
            await site.post(**order_changed(house.shopmonkey.id, webhook_id="before"))  # the configuration is known
            for key, (verb, failure) in failures.items():
                house.store.inbox_writer = MemoryInboxWriter(failing_at(verb, failure)(house.store))
                answers[key] = await site.post(**order_changed(house.shopmonkey.id, webhook_id=key))
            house.store.inbox_writer = whole
            kept = [row.dedupe_key for row in await house.inbox()]
            again = [await site.post(**order_changed(house.shopmonkey.id, webhook_id=key)) for key in failures]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers.values()} == {(503, "not_durable")}
    assert all(0 < int(answer.headers["retry-after"]) <= 60 for answer in answers.values())
    assert kept == ["before"]
    assert {answer.status_code for answer in again} == {200}
    assert sorted(row.dedupe_key for row in await house.inbox()) == sorted(["before", *failures])
    assert [line["event"] for line in told].count("webhook.not_durable") == len(failures)
