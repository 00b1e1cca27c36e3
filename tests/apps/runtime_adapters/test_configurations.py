"""Configuration is at hand for two seconds, read once for all who wait, and anew while it is still good."""

import asyncio

import pytest

from leadcore.kernel.ids import TenantId
from leadcore.tenants.model import Connection, Tenant
from leadcore.testing.builders import a_tenant, new_id
from leadcore_runtime.configurations import Configuration, Configurations

_TENANT = TenantId(new_id())


class Source:
    """Counts readings; each ends when it is let."""

    def __init__(self) -> None:
        self.now = 0.0
        self.readings = 0
        self.trouble: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.configurations = Configurations(self.read, monotonic=lambda: self.now)

    async def read(self, _: TenantId) -> Configuration:
        self.readings += 1
        tenant, connections = a_tenant(brand=f"reading {self.readings}"), list[Connection]()
        await self.gate.wait()
        if self.trouble:
            raise self.trouble
        return tenant, connections

    async def brand(self) -> str:
        return _brand((await self.configurations.of(_TENANT))[0])


def _brand(tenant: Tenant) -> str:
    return tenant.brand


async def test_all_who_wait_share_one_reading_and_one_that_gives_up_leaves_the_others() -> None:
    source = Source()
    source.gate.clear()
    waiting = [asyncio.create_task(source.brand()) for _ in range(5)]
    await asyncio.wait(waiting, timeout=0)

    waiting[0].cancel()
    source.gate.set()

    assert set(await asyncio.gather(*waiting[1:])) == {"reading 1"}
    assert source.readings == 1


async def test_what_is_old_is_not_at_hand() -> None:
    source = Source()
    assert source.configurations.at_hand(_TENANT) is None
    await source.brand()

    source.now = 1.9
    assert source.configurations.at_hand(_TENANT) is not None
    source.now = 4.0
    assert source.configurations.at_hand(_TENANT) is None
    await source.configurations.aclose()


async def test_what_ages_is_read_anew_while_it_serves() -> None:
    source = Source()
    await source.brand()
    source.now = 1.5

    assert await source.brand() == "reading 1"
    while (await source.brand()) != "reading 2":
        await asyncio.sleep(0)

    assert source.readings == 2
    source.now = 3.4
    assert await source.brand() == "reading 2"
    await source.configurations.aclose()


async def test_what_was_forgotten_while_it_was_read_is_not_kept() -> None:
    source = Source()
    source.gate.clear()
    early = asyncio.create_task(source.brand())
    await asyncio.wait([early], timeout=0)

    source.configurations.forget(_TENANT)
    late = asyncio.create_task(source.brand())
    await asyncio.wait([late], timeout=0)
    source.gate.set()

    assert list(await asyncio.gather(early, late)) == ["reading 1", "reading 2"]
    assert await source.brand() == "reading 2"


async def test_a_reading_that_failed_is_told_and_tried_again() -> None:
    source = Source()
    source.trouble = OSError("away")
    with pytest.raises(OSError, match="away"):
        await source.brand()

    source.trouble = None

    assert await source.brand() == "reading 2"
