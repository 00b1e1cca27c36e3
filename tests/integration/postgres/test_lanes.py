"""Lanes on the real database: the plan of a claim, and the order from a request or a poll into the queue."""

from collections.abc import Sequence
from typing import Any

import pytest

from leadcore.flows.ingest import ingest
from leadcore.flows.poll import poll_crm
from leadcore.flows.seams import PublicUrls, Seams
from leadcore.intake.model import PollState
from leadcore.kernel.ids import LeadReferenceId
from leadcore.leads.model import LeadReference
from leadcore.memory.chance import SeededChance
from leadcore.memory.crm import MemoryCrm
from leadcore.ports.crm import CrmOrder
from leadcore.ports.inbound import AdmittedItem, RawRequest, UnreadableBodyError
from leadcore.ports.storage import WorkKind
from leadcore.testing.builders import NOON, a_lead, new_id
from leadcore.testing.contracts.shop import Shop, open_shop
from leadcore_postgres.due import CLAIM
from leadcore_postgres.store import PostgresStore
from tests.two_people import Ids

pytestmark = pytest.mark.postgres

# Half of each lane was never tried and is due later: those stand before the others and hold nobody up.
_FILL = """
    INSERT INTO due (kind, item_id, tenant_id, due_at, visible_at, lane)
    SELECT 'inbox', gen_random_uuid(), md5('tenant ' || n % 7)::uuid, at, at, md5('lane ' || n % 2000)::uuid
    FROM generate_series(1, 20000) n, LATERAL (SELECT leadcore_now()
        + CASE WHEN n <= 10000 THEN interval '1 hour' ELSE interval '-1 second' END AS at) t"""
_PARAMETERS = {":kinds": "ARRAY['inbox','bulk']", ":window": "200", ":limit": "50", ":lease_s": "30"}


async def _plan(admin: Any) -> str:
    statement = str(CLAIM)
    for name, value in _PARAMETERS.items():
        statement = statement.replace(name, value)
    return "\n".join(row[0] for row in await admin.fetch(f"EXPLAIN (ANALYZE, COSTS OFF) {statement}"))


async def _fill(admin: Any) -> None:
    await admin.execute(_FILL)
    await admin.execute("ANALYZE due")


async def test_whoever_stands_before_an_item_is_found_by_the_index_of_lanes(admin: Any) -> None:
    await _fill(admin)

    plan = await _plan(admin)

    assert "using due_lane on due o" in plan, plan
    assert "using due_lane_held on due o" in plan, plan
    assert "Seq Scan on due" not in plan, plan


async def test_negative_control_without_the_index_of_lanes_the_plan_says_so(admin: Any) -> None:
    await _fill(admin)
    await admin.execute("DROP INDEX due_lane")

    assert "using due_lane on due o" not in await _plan(admin)


async def test_of_many_lanes_the_first_that_is_due_is_claimed_although_others_stand_before_it(
    store: PostgresStore, admin: Any
) -> None:
    await _fill(admin)
    first_due = {
        row[0]
        for row in await admin.fetch(
            "SELECT DISTINCT ON (tenant_id, lane) item_id FROM due WHERE due_at <= leadcore_now()"
            " ORDER BY tenant_id, lane, place"
        )
    }

    claimed = []
    for _ in range(5):
        claimed += await store.due.claim(("inbox",), limit=50, lease_s=60, worker="w")

    assert len(claimed) > 100
    assert {item.item_id for item in claimed} <= first_due


class _BatchDoor:
    """An `InboundDoor` for requests with several items about one order: `key` or, when it is pressing, `!key`."""

    def admit(self, request: RawRequest, *, now: Any) -> tuple[AdmittedItem, ...]:
        assert now.tzinfo is not None
        keys = request.body.decode().split()
        return tuple(
            AdmittedItem(dedupe_key=key, body=b"{}", entity_key="order:o1", urgent=key.startswith("!")) for key in keys
        )

    def read(self, item: AdmittedItem) -> tuple[Any, ...]:
        raise UnreadableBodyError(item.dedupe_key)


class _Crm(MemoryCrm):
    """Remembers which orders were asked for by their id."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def orders_by_id(self, external_ids: Sequence[str]) -> dict[str, CrmOrder | None]:
        self.asked += external_ids
        return await super().orders_by_id(external_ids)


class _OneCrm:
    """`Adapters` of a shop that has a CRM and nothing else."""

    def __init__(self) -> None:
        self.records = _Crm()

    async def crm(self, _tenant_id: Any) -> Any:
        return self.records

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"it asked for the {name}")


def _seams(store: PostgresStore, adapters: _OneCrm) -> Seams:
    urls = PublicUrls(hooks="https://hooks.example.com", chat="https://chat.example.com")
    return Seams(store=store, adapters=adapters, ids=Ids(), chance=SeededChance(1), urls=urls)


async def _worked(store: PostgresStore, shop: Shop) -> list[str]:
    """Empty the queue and return the keys of the inbox rows in the order in which they were to be worked on."""
    kinds: tuple[WorkKind, ...] = ("inbox",)
    keys: list[str] = []
    while items := await store.due.claim(kinds, limit=9, lease_s=60, worker="w"):
        for item in items:
            async with store.begin(shop.id) as uow:
                keys.append((await uow.inbox.get(item.item_id, tenant_id=shop.id)).dedupe_key)  # type: ignore[arg-type]
                await uow.due.finish(item)
                await uow.commit()
    return keys


@pytest.mark.parametrize("body", [b"c a b", b"c !a b"])
async def test_what_one_request_says_of_an_order_is_worked_on_as_it_was_said(store: PostgresStore, body: bytes) -> None:
    shop = await open_shop(store)
    request = RawRequest(method="POST", url="https://hooks.example.com/x", headers=(), body=body)

    told = await ingest(_seams(store, _OneCrm()), shop.connection, _BatchDoor(), request, wall_clock=NOON)

    assert told.stored == 3
    assert await _worked(store, shop) == body.decode().split()


async def test_a_round_of_the_poll_reads_every_order_of_a_lead_however_it_comes_about(store: PostgresStore) -> None:
    shop = await open_shop(store)
    newer = a_lead(shop.person)
    joined = LeadReference(
        id=LeadReferenceId(new_id()),
        tenant_id=shop.id,
        lead_id=newer.id,
        source="shopmonkey",
        external_ref="order-2",
        added_at=newer.created_at,
    )
    async with store.begin(shop.id) as uow:
        await uow.leads.add(newer)
        await uow.leads.add_reference(joined)
        # the round begins behind the last lead, so both leads are read from the front again, and there is room for two
        await uow.polls.put(PollState(tenant_id=shop.id, budget=2, lead_cursor=newer.id))
        await uow.due.arm("poll", shop.id, tenant_id=shop.id, at=await uow.now())
        await uow.commit()
    adapters = _OneCrm()

    [item] = await store.due.claim(("poll",), limit=1, lease_s=60, worker="w")
    await poll_crm(_seams(store, adapters), item)

    assert set(adapters.records.asked) == {shop.lead.external_ref, newer.external_ref, "order-2"}
