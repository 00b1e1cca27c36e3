"""The queue kept in order claims what a queue that is looked through would."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from leadcore.kernel.ids import TenantId
from leadcore.memory.clock import VirtualClock
from leadcore.memory.driver import run
from leadcore.memory.due import DueRow
from leadcore.memory.storage import MemoryStore
from leadcore.ports.storage import DueItem, WorkKind

_START = datetime(2026, 11, 23, 18, tzinfo=UTC)
_KINDS: tuple[WorkKind, ...] = ("touch", "message", "inbox")
_items = st.tuples(st.integers(1, 3), st.sampled_from(_KINDS), st.integers(1, 8))
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("arm"), _items, st.integers(-5, 20), st.booleans()),
        st.tuples(st.just("claim"), st.sets(st.sampled_from(_KINDS), min_size=1), st.integers(1, 6)),
        st.tuples(st.just("move"), st.integers(-10, 20)),
        st.tuples(st.just("finish"), st.integers(0, 50)),
        st.tuples(st.just("give_back"), st.integers(0, 50)),
    ),
    max_size=60,
)


@given(_steps)
def test_the_order_is_that_of_a_queue_that_is_looked_through(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    clock = VirtualClock(_START)
    store = MemoryStore(clock)
    held: list[DueItem] = []

    for step in steps:
        match step:
            case ("arm", (tenant, kind, item), seconds, laned):
                run(_arm(store, tenant, kind, item, at=_START + timedelta(seconds=seconds), laned=laned))
            case ("claim", kinds, limit):
                wanted = tuple(sorted(kinds))
                expected = _claimable(store, wanted, limit=limit)
                soonest = _soonest(store, wanted)
                assert run(store.due.next_due(wanted)) == soonest
                got = run(store.due.claim(wanted, limit=limit, lease_s=7, worker="w"))
                assert [(each.kind, each.item_id) for each in got] == expected
                held += got
            case ("move", seconds):
                clock.advance(timedelta(seconds=seconds))
            case ("finish", n):
                if held:
                    run(_finish(store, held.pop(n % len(held))))
            case (_, n):
                if held:
                    run(store.due.give_back([held.pop(n % len(held))]))


async def _arm(store: MemoryStore, tenant: int, kind: WorkKind, item: int, *, at: datetime, laned: bool) -> None:
    tenant_id, item_id = TenantId(UUID(int=tenant)), UUID(int=tenant * 100 + item)
    async with store.begin(tenant_id) as uow:
        lane = UUID(int=1000 + item % 2) if laned else None
        await uow.due.arm(kind, item_id, tenant_id=tenant_id, at=at, lane=lane)
        await uow.commit()


async def _finish(store: MemoryStore, item: DueItem) -> None:
    async with store.begin(item.tenant_id) as uow:
        row = store.database.due.rows.get((item.kind, item.item_id))
        if row is not None and row.generation == item.generation:
            await uow.due.finish(item)
            await uow.commit()


def _unblocked(store: MemoryStore, kinds: tuple[WorkKind, ...]) -> list[DueRow]:
    every, now = list(store.database.due.rows.values()), store.now()

    def is_first(row: DueRow) -> bool:
        lane = [each for each in every if (each.tenant_id, each.lane) == (row.tenant_id, row.lane)]
        queued = [each for each in lane if each is row or each.tries or each.due_at <= now]
        return min(queued, key=lambda each: (each.generation == 0, each.place)) is row

    return [each for each in every if each.kind in kinds and (each.lane is None or is_first(each))]


def _claimable(store: MemoryStore, kinds: tuple[WorkKind, ...], *, limit: int) -> list[tuple[WorkKind, UUID]]:
    now, turn = store.now(), dict[TenantId, int]()
    ranked = []
    visible = [each for each in _unblocked(store, kinds) if each.visible_at <= now]
    for row in sorted(visible, key=lambda each: (each.due_at, each.item_id, each.kind)):
        turn[row.tenant_id] = turn.get(row.tenant_id, 0) + 1
        ranked.append((turn[row.tenant_id], row.due_at, row.item_id, row.kind))
    return [(kind, item_id) for _, _, item_id, kind in sorted(ranked)[:limit]]


def _soonest(store: MemoryStore, kinds: tuple[WorkKind, ...]) -> float | None:
    waiting = [each.visible_at for each in _unblocked(store, kinds)]
    return max(0.0, (min(waiting) - store.now()).total_seconds()) if waiting else None
