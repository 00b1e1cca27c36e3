import re
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.flows.api_keys import authenticate, create_api_key, list_api_keys, revoke_api_key
from leadcore.flows.onboard import add_tenant
from leadcore.kernel.errors import InvalidInputError, NotFoundError
from leadcore.kernel.ids import TenantId
from leadcore.memory.chance import SeededChance
from leadcore.memory.clock import VirtualClock
from leadcore.memory.driver import run
from leadcore.memory.storage import MemoryStore
from leadcore.tenants.model import Tenant

AUSTIN, WACO = TenantId(UUID(int=1)), TenantId(UUID(int=2))


async def store_with_two_shops(clock: VirtualClock | None = None) -> MemoryStore:
    store = MemoryStore(clock)
    for tenant_id, slug in ((AUSTIN, "austin"), (WACO, "waco")):
        await add_tenant(store, Tenant(id=tenant_id, slug=slug, brand="Tint", zone="America/Chicago"))
    return store


async def test_a_key_opens_the_shop_it_was_made_for_and_its_secret_is_not_kept() -> None:
    store = await store_with_two_shops()

    text, key = await create_api_key(store, SeededChance(1), tenant_id=AUSTIN, label="widget", scopes=("chat",))

    found = await authenticate(store, text)
    assert re.fullmatch(r"lc_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}", text)
    assert found is not None
    assert (found.tenant_id, found.scopes) == (AUSTIN, ("chat",))
    assert text.rpartition("_")[2].encode() not in key.digest


async def test_a_revoked_key_opens_nothing_from_then_on() -> None:
    store = await store_with_two_shops()
    text, key = await create_api_key(store, SeededChance(1), tenant_id=AUSTIN, label="widget")

    revoked = await revoke_api_key(store, key.key_id, tenant_id=AUSTIN)
    again = await revoke_api_key(store, key.key_id, tenant_id=AUSTIN)

    assert await authenticate(store, text) is None
    assert revoked.revoked_at is not None
    assert again.revoked_at == revoked.revoked_at


async def test_one_shop_cannot_revoke_the_key_of_another() -> None:
    store = await store_with_two_shops()
    text, key = await create_api_key(store, SeededChance(1), tenant_id=AUSTIN, label="widget")

    with pytest.raises(NotFoundError):
        await revoke_api_key(store, key.key_id, tenant_id=WACO)

    assert await authenticate(store, text) is not None


async def test_keys_are_listed_newest_first_for_their_shop_alone() -> None:
    clock = VirtualClock()
    store = await store_with_two_shops(clock)
    chance = SeededChance(1)
    await create_api_key(store, chance, tenant_id=AUSTIN, label="old")
    clock.advance(timedelta(hours=1))
    await create_api_key(store, chance, tenant_id=AUSTIN, label="new")

    labels = [key.label for key in await list_api_keys(store, tenant_id=AUSTIN)]

    assert labels == ["new", "old"]
    assert await list_api_keys(store, tenant_id=WACO) == []


@pytest.mark.parametrize("scopes", [(), ("chat", "everything")])
async def test_a_key_needs_scopes_that_exist(scopes: tuple[str, ...]) -> None:
    store = await store_with_two_shops()

    with pytest.raises(InvalidInputError) as refused:
        await create_api_key(store, SeededChance(1), tenant_id=AUSTIN, label="widget", scopes=scopes)

    assert refused.value.field == "scopes"


@pytest.mark.parametrize("label", ["", "  ", "x" * 81])
async def test_a_key_needs_a_label_somebody_can_read(label: str) -> None:
    store = await store_with_two_shops()

    with pytest.raises(InvalidInputError) as refused:
        await create_api_key(store, SeededChance(1), tenant_id=AUSTIN, label=label)

    assert refused.value.field == "label"


async def test_a_shop_that_does_not_exist_gets_no_key() -> None:
    store = await store_with_two_shops()

    with pytest.raises(NotFoundError):
        await create_api_key(store, SeededChance(1), tenant_id=TenantId(UUID(int=3)), label="widget")


@given(position=st.integers(min_value=0, max_value=59), character=st.characters(codec="ascii"), seed=st.integers())
def test_a_key_with_any_character_changed_opens_nothing(position: int, character: str, seed: int) -> None:
    store = run(store_with_two_shops())
    text, _ = run(create_api_key(store, SeededChance(seed), tenant_id=AUSTIN, label="widget"))
    changed = text[:position] + character + text[position + 1 :]

    found = run(authenticate(store, changed))

    assert (found is not None) == (changed == text)


@given(presented=st.text())
def test_what_is_no_key_opens_nothing(presented: str) -> None:
    store = run(store_with_two_shops())

    assert run(authenticate(store, presented)) is None
