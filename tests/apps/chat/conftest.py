"""One shop per test, and the chat app served over it."""

from collections.abc import AsyncIterator

import pytest

from leadcore.leads.model import Lead
from tests.apps.chat.shop import Shop, Site, served


@pytest.fixture
async def shop() -> Shop:
    made = Shop()
    await made.new_tenant(made.tenant)
    return made


@pytest.fixture
async def lead(shop: Shop) -> Lead:
    return await shop.new_lead()


@pytest.fixture
async def site(shop: Shop) -> AsyncIterator[Site]:
    async with served(shop) as running:
        yield running
