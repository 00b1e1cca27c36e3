"""The cache of adapters: bounded, swapped by version, and never closed under somebody's hands."""

from leadcore.kernel.ids import ConnectionId
from leadcore.memory.clock import VirtualClock
from leadcore.memory.storage import MemoryStore
from leadcore.memory.vault import MemoryVault
from leadcore.tenants.model import Connection, Tenant
from leadcore.testing.builders import a_tenant, new_id
from leadcore_runtime.adapters import AdapterBook, sealed_connection
from leadcore_runtime.registry import plugin

VALUES = {"account_sid": "AC1", "auth_token": "t", "sender": "+15125550100"}


class Shelf:
    """A book over one shop, with a clock the test moves."""

    def __init__(self, *, limit: int = 10) -> None:
        self.now = 0.0
        self.store = MemoryStore(VirtualClock())
        self.vault = MemoryVault()
        self.shop = a_tenant()
        self.book = AdapterBook(
            store=self.store, vault=self.vault, limit=limit, monotonic=lambda: self.now, env_tenant="",
            ai_provider="", environ={},
        )  # fmt: skip

    async def add(self, tenant: Tenant) -> None:
        async with self.store.begin(tenant.id) as uow:
            await uow.tenants.add(tenant)
            await uow.commit()

    async def connect(self, tenant: Tenant, *, version: int = 1, old: Connection | None = None) -> Connection:
        made = sealed_connection(
            tenant.id, old.id if old else ConnectionId(new_id()), plugin("messaging", "twilio"), VALUES, self.vault,
            version=version,
        )  # fmt: skip
        async with self.store.begin(tenant.id) as uow:
            await uow.tenants.put_connection(made)
            await uow.commit()
        return made


async def test_a_new_version_is_given_out_while_the_old_one_is_still_in_use() -> None:
    shelf = Shelf()
    await shelf.add(shelf.shop)
    first = await shelf.connect(shelf.shop)
    old, _ = await shelf.book.carrier(shelf.shop.id, "sms")
    await shelf.connect(shelf.shop, version=2, old=first)

    shelf.now = 3
    new, connection = await shelf.book.carrier(shelf.shop.id, "sms")
    still_open = [adapter for _, adapter in shelf.book.retired]
    shelf.now = 600
    other = a_tenant()
    await shelf.add(other)
    await shelf.connect(other)
    await shelf.book.carrier(other.id, "sms")

    assert new is not old
    assert connection.version == 2
    assert still_open == [old]
    assert shelf.book.retired == []
    await shelf.book.aclose()


async def test_the_cache_is_bounded_and_the_longest_unused_goes() -> None:
    shelf = Shelf(limit=2)
    tenants = [a_tenant() for _ in range(3)]
    for tenant in tenants:
        await shelf.add(tenant)
        await shelf.connect(tenant)

    given = [(await shelf.book.carrier(tenant.id, "sms"))[0] for tenant in tenants]

    assert [adapter for _, adapter in shelf.book.retired] == [given[0]]
    assert (await shelf.book.carrier(tenants[2].id, "sms"))[0] is given[2]
    assert (await shelf.book.carrier(tenants[0].id, "sms"))[0] is not given[0]
    await shelf.book.aclose()
    assert shelf.book.retired == []
