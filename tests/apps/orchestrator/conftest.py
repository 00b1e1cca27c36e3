"""One house per test, and the orchestrator served over it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.apps.orchestrator.house import House, served


@pytest.fixture
async def house() -> House:
    return await House().furnish()


@pytest.fixture
async def site(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with served(house, max_body_bytes=4096) as client:
        yield client
