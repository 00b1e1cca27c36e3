from datetime import UTC, datetime
from uuid import UUID

import pytest
from msgspec.structs import replace

from leadcore.flows.onboard import add_tenant
from leadcore.flows.replay import WaitsAlreadyError, replay
from leadcore.intake.model import InboxItem, InboxState
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import ConnectionId, InboxId, TenantId
from leadcore.memory.storage import MemoryStore
from leadcore.tenants.model import Connection, Tenant

AUSTIN = TenantId(UUID(int=1))
ITEM = InboxId(UUID(int=4))


async def store_with_item(*, state: InboxState, error: str) -> MemoryStore:
    store = MemoryStore()
    await add_tenant(store, Tenant(id=AUSTIN, slug="austin", brand="Tint", zone="America/Chicago"))
    item = InboxItem(
        id=ITEM, tenant_id=AUSTIN, connection_id=ConnectionId(UUID(int=2)), source="shopmonkey", dedupe_key="d1",
        entity_key=None, occurred_at=None, received_at=datetime(2026, 11, 22, tzinfo=UTC), body=b"{}",
    )  # fmt: skip
    async with store.begin(AUSTIN) as uow:
        await uow.tenants.put_connection(
            Connection(
                id=item.connection_id, tenant_id=AUSTIN, port="crm", plugin="shopmonkey", settings={}, sealed=b""
            )
        )
        await uow.inbox.add([item])
        await uow.inbox.settle(replace(item, state=state, tries=8, error=error))
        await uow.commit()
    return store


@pytest.mark.parametrize("state", ["dead", "ignored", "done"])
async def test_what_was_settled_is_due_again_with_its_tries_forgotten(state: InboxState) -> None:
    store = await store_with_item(state=state, error="crm: out of order")

    fresh = await replay(store, ITEM, tenant_id=AUSTIN)

    claimed = await store.due.claim(("inbox",), limit=5, lease_s=10, worker="test")
    assert (fresh.state, fresh.tries, fresh.error) == ("new", 0, "")
    assert [each.item_id for each in claimed] == [ITEM]


async def test_what_waits_for_its_first_try_is_left_alone() -> None:
    store = await store_with_item(state="new", error="")

    with pytest.raises(WaitsAlreadyError):
        await replay(store, ITEM, tenant_id=AUSTIN)

    assert await store.due.claim(("inbox",), limit=5, lease_s=10, worker="test") == []


async def test_what_does_not_exist_cannot_be_tried_again() -> None:
    store = await store_with_item(state="dead", error="x")

    with pytest.raises(NotFoundError):
        await replay(store, InboxId(UUID(int=5)), tenant_id=AUSTIN)
