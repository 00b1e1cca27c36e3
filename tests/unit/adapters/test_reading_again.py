"""Reads that are saved, reads that end together, and a search that is cut off."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadcore.ports.crm import CrmUnavailableError
from leadcore_httpkit.recent import Recent
from leadcore_httpkit.together import together
from leadcore_hubspot.records import HubSpotRecords
from leadcore_hubspot.settings import HubSpotSettings

MONDAY = datetime(2026, 11, 23, 15, tzinfo=UTC)


class Ticks:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_what_was_read_is_known_for_its_time_and_only_for_the_same_mark() -> None:
    ticks = Ticks()
    recent: Recent[str] = Recent(monotonic=ticks)

    recent.put("o1", "v1", "tint", lives_s=10)

    assert (recent.get("o1", "v1"), recent.get("o1", "v2"), recent.get("o2", "v1")) == ("tint", None, None)
    ticks.now_s = 10
    assert recent.get("o1", "v1") is None


def test_the_oldest_makes_room() -> None:
    recent: Recent[int] = Recent(limit=2)

    for number in (1, 2, 1, 3):
        recent.put(f"o{number}", "v", number, lives_s=60)

    assert [recent.get(f"o{number}", "v") for number in (1, 2, 3)] == [1, None, 3]


async def test_one_failure_ends_the_other_reads_too() -> None:
    ended: list[str] = []

    async def endless() -> int:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("endless")
        return 0

    async def refused() -> int:
        raise CrmUnavailableError("429", retry_after_s=7)

    with pytest.raises(CrmUnavailableError, match="429"):
        await together([endless(), refused()])

    assert ended == ["endless"]
    assert await together([]) == []


class CutSearch:
    """`HubSpotApi` whose search shows at most *most* rows, oldest first, and knows how often it was asked."""

    def __init__(self, changes: Sequence[datetime], *, most: int) -> None:
        self._deals = {str(number): at for number, at in enumerate(changes, start=1)}
        self._most = most
        self.searches = 0
        self.reads = 0

    async def searched(self, kind: str, wanted: dict[str, Any]) -> tuple[list[dict[str, Any]], bool]:
        assert kind == "deals"
        self.searches += 1
        from_ms = int(wanted["filterGroups"][0]["filters"][0]["value"])
        fit = [(ref, at) for ref, at in self._deals.items() if at.timestamp() * 1000 >= from_ms]
        fit.sort(key=lambda pair: pair[1])
        rows = [{"id": ref, "properties": {"hs_lastmodifieddate": at.isoformat()}} for ref, at in fit]
        return rows[: self._most], len(rows) > self._most

    async def record(self, kind: str, ref: str, query: dict[str, Any]) -> dict[str, Any]:
        assert (kind, "associations" in query) == ("deals", True)
        self.reads += 1
        at = self._deals[ref].isoformat()
        return {"id": ref, "properties": {"dealname": "New Quote", "createdate": at}, "createdAt": at, "updatedAt": at}

    async def listed(self, path: str) -> list[dict[str, Any]]:
        assert path == "crm/v3/pipelines/deals"
        return []


def records(api: CutSearch) -> HubSpotRecords:
    return HubSpotRecords(api, HubSpotSettings(access_token="t"))  # type: ignore[arg-type]


async def test_a_search_that_is_cut_off_at_its_most_goes_on_from_the_newest_it_showed() -> None:
    api = CutSearch([MONDAY + timedelta(seconds=number) for number in range(23)], most=7)

    found = await records(api).orders_changed_since(MONDAY)

    assert [order.external_id for order in found] == [str(number) for number in range(1, 24)]
    assert api.searches == 4


async def test_a_cut_search_whose_rows_are_all_of_one_instant_ends() -> None:
    api = CutSearch([MONDAY] * 30, most=7)

    found = await records(api).orders_changed_since(MONDAY)

    assert len(found) == 7
    assert api.searches <= 5


async def test_a_deal_that_has_not_changed_is_not_read_at_every_poll() -> None:
    api = CutSearch([MONDAY] * 5, most=100)
    hubspot = records(api)

    first = await hubspot.orders_changed_since(MONDAY)
    again = await hubspot.orders_changed_since(MONDAY)

    assert first == again
    assert api.reads == 5
