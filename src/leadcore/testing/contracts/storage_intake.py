"""Promises about what the inbox forgets and counts: bodies, runs, the poll's findings, refused webhooks, backfills."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from msgspec.structs import replace

from leadcore.flows.work import Store
from leadcore.intake.model import InboxItem
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import RunId
from leadcore.testing.builders import NOON, a_backfill_run, a_connection, a_refused_hook, an_inbox_item, new_id
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import open_shop

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


class BulkIntakeContract(Contract):
    """Bytes may be forgotten, what came in may not; counters only grow."""

    async def test_the_inbox_is_narrowed_by_source_and_by_when_it_came(self, store: Store) -> None:
        shop = await open_shop(store)
        old = an_inbox_item(shop.connection)
        polled = an_inbox_item(shop.connection, source="poll", received_at=NOON + _DAY)
        new = an_inbox_item(shop.connection, received_at=NOON + 2 * _DAY)

        async with store.begin(shop.id) as uow:
            await uow.inbox.add([old, polled, new])

            assert await uow.inbox.listing(shop.id, state=None, limit=9, source="poll") == [polled]
            assert await uow.inbox.listing(shop.id, state=None, limit=9, since=NOON + _DAY) == [new, polled]

    async def test_settled_bodies_are_blanked_and_the_row_still_knows_its_replay(self, store: Store) -> None:
        shop = await open_shop(store)
        rows = {
            state: an_inbox_item(shop.connection, state=state, received_at=NOON - 40 * _DAY)
            for state in ("new", "done", "ignored", "dead")
        }
        young = an_inbox_item(shop.connection, state="done", received_at=NOON - _DAY)
        ancient = an_inbox_item(shop.connection, state="dead", received_at=NOON - 91 * _DAY)
        async with store.begin(shop.id) as uow:
            await uow.inbox.add([*rows.values(), young, ancient])
            await uow.commit()

        counts = []
        for _ in range(3):
            async with store.begin(shop.id) as uow:
                counts.append(
                    await uow.inbox.blank(
                        shop.id, settled_before=NOON - 30 * _DAY, dead_before=NOON - 90 * _DAY, at=NOON, limit=2
                    )
                )
                await uow.commit()

        async with store.begin(shop.id) as uow:
            for kept in (rows["new"], rows["dead"], young):
                assert await uow.inbox.get(kept.id, tenant_id=shop.id) == kept
            for gone in (rows["done"], rows["ignored"], ancient):
                blanked = replace(gone, body=b"", blanked_at=NOON, digest=sha256(gone.body).digest())
                assert await uow.inbox.get(gone.id, tenant_id=shop.id) == blanked
            assert await uow.inbox.add([replace(rows["done"], id=an_inbox_item(shop.connection).id)]) == []
        assert counts == [2, 1, 0]

    async def test_no_other_tenants_bodies_are_blanked(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)
        row = an_inbox_item(theirs.connection, state="done")
        async with store.begin(theirs.id) as uow:
            await uow.inbox.add([row])
            await uow.commit()

        async with store.begin(ours.id) as uow:
            for tenant_id in (ours.id, theirs.id):
                later = NOON + _DAY
                assert await uow.inbox.blank(tenant_id, settled_before=later, dead_before=later, at=later, limit=9) == 0

    async def test_the_rows_of_a_run_are_counted_by_state_and_reason(self, store: Store) -> None:
        shop = await open_shop(store)
        run = RunId(new_id())
        rows = [
            an_inbox_item(shop.connection, run_id=run),
            an_inbox_item(shop.connection, run_id=run, state="done"),
            an_inbox_item(shop.connection, run_id=run, state="ignored", error="known"),
            an_inbox_item(shop.connection, run_id=run, state="dead", error="broken"),
            an_inbox_item(shop.connection, state="done"),
        ]

        async with store.begin(shop.id) as uow:
            await uow.inbox.add(rows)

            assert await uow.inbox.run_states(run, tenant_id=shop.id) == {"new": 1, "done": 1, "ignored": 1, "dead": 1}
            assert await uow.inbox.run_errors(run, state="ignored", tenant_id=shop.id) == {"known": 1}
            assert await uow.inbox.run_errors(run, state="dead", tenant_id=shop.id) == {"broken": 1}

    async def test_the_poll_found_what_no_webhook_told_in_time(self, store: Store) -> None:
        shop = await open_shop(store)
        other = a_connection(shop.tenant)

        def polled(order: str) -> InboxItem:
            return an_inbox_item(
                shop.connection,
                source="poll",
                entity_key=f"order:{order}",
                occurred_at=NOON,
                received_at=NOON + _MINUTE,
            )

        def told(order: str, *, at: timedelta, **more: Any) -> InboxItem:
            return an_inbox_item(shop.connection, entity_key=f"order:{order}", received_at=NOON + at, **more)

        rows = [
            polled("missed"),
            polled("late"), told("late", at=3 * _MINUTE),
            polled("told"), told("told", at=timedelta(seconds=2)),
            polled("told before, changed since"), told("told before, changed since", at=-_DAY),
            polled("backfilled"), told("backfilled", at=timedelta(seconds=1), source="backfill"),
            polled("told to another"), told("told to another", at=timedelta(seconds=1), connection_id=other.id),
        ]  # fmt: skip
        async with store.begin(shop.id) as uow:
            await uow.tenants.put_connection(other)
            await uow.inbox.add(rows)

            findings = await uow.inbox.poll_findings(shop.id, since=NOON)
            later = await uow.inbox.poll_findings(shop.id, since=NOON + _DAY)

        assert {each.order_id: (each.outcome, each.found_after_s) for each in findings} == {
            "missed": ("missed", 60.0),
            "late": ("late", 60.0),
            "told before, changed since": ("missed", 60.0),
            "backfilled": ("missed", 60.0),
            "told to another": ("missed", 60.0),
        }
        assert later == []

    async def test_refusals_add_up_by_connection_day_and_reason(self, store: Store) -> None:
        shop = await open_shop(store)
        stale = a_refused_hook(shop.connection, reason="stale_request", count=5, last_at=NOON - _DAY)
        forged = a_refused_hook(shop.connection, count=2)
        more = a_refused_hook(shop.connection, count=40, last_at=NOON + _MINUTE, detail="no signature")

        for batch in ([stale, forged], [more], []):
            async with store.begin(shop.id) as uow:
                await uow.refusals.count(batch)
                await uow.commit()

        async with store.begin(shop.id) as uow:
            found = await uow.refusals.since(NOON - 2 * _DAY, tenant_id=shop.id)
            assert found == [replace(more, count=42), stale]
            assert await uow.refusals.since(NOON, tenant_id=shop.id) == [replace(more, count=42)]
            assert await uow.refusals.forget(tenant_id=shop.id, before=NOON) == 1
            assert await uow.refusals.since(NOON - 2 * _DAY, tenant_id=shop.id) == [replace(more, count=42)]

    async def test_refusals_of_another_tenants_connection_are_not_counted_here(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)

        async with store.begin(ours.id) as uow:
            with pytest.raises(NotFoundError):
                await uow.refusals.count([a_refused_hook(theirs.connection, tenant_id=ours.id)])

    async def test_the_last_webhook_that_was_taken_is_known_by_connection(self, store: Store) -> None:
        shop = await open_shop(store)
        silent = a_connection(shop.tenant)
        rows = [
            an_inbox_item(shop.connection),
            an_inbox_item(shop.connection, received_at=NOON + _MINUTE),
            an_inbox_item(shop.connection, received_at=NOON + _DAY, source="poll"),
        ]

        async with store.begin(shop.id) as uow:
            await uow.tenants.put_connection(silent)
            await uow.inbox.add(rows)

            assert await uow.refusals.last_accepted(tenant_id=shop.id) == {str(shop.connection.id): NOON + _MINUTE}

    async def test_one_backfill_of_a_tenant_is_unfinished(self, store: Store) -> None:
        shop = await open_shop(store)
        run = a_backfill_run(shop.connection)
        second = a_backfill_run(shop.connection)

        async with store.begin(shop.id) as uow:
            assert await uow.backfills.begin(run)
            assert not await uow.backfills.begin(second)
            assert await uow.backfills.unfinished(shop.id) == run
            await uow.commit()

        done = replace(run, state="done", finished_at=NOON, found=3, not_leads={"column": 2})
        async with store.begin(shop.id) as uow:
            await uow.backfills.save(done)
            assert await uow.backfills.unfinished(shop.id) is None
            assert await uow.backfills.begin(second)
            with pytest.raises(NotFoundError):
                await uow.backfills.save(a_backfill_run(shop.connection))
