"""What is asked for every touch goes by an index, however many leads there are."""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import asyncpg
import msgspec
import pytest
from sqlalchemy import event

from leadcore.flows.dispatch import open_attempt
from leadcore.flows.seams import PublicUrls, Seams
from leadcore.flows.settle import settle_attempt
from leadcore.flows.touch import decide_touch
from leadcore.kernel.ids import TenantId
from leadcore.memory.carriers import MemoryCarrier
from leadcore.memory.chance import SeededChance
from leadcore.memory.clock import VirtualClock
from leadcore.messaging.machine import Accepted
from leadcore.ports.messaging import Receipt
from leadcore.ports.storage import DueItem
from leadcore.tenants.model import Connection
from leadcore_postgres.store import PostgresStore
from leadcore_runtime.identity import TimeOrderedIds
from tests.chaos.shop import Shop

pytestmark = pytest.mark.postgres

_MANY = 200
_SUPPRESSIONS = """
    INSERT INTO suppression (tenant_id, contact_point_id, channel, reason, since, words)
    SELECT tenant_id, contact_point_id, channel, 'revoked', leadcore_now(), 'STOP' FROM message"""
_MERGES = """
    UPDATE person SET merged_into = pair.into FROM (
        SELECT person_id AS id, lead(person_id) OVER (ORDER BY person_id) AS into,
        row_number() OVER (ORDER BY person_id) AS n FROM lead WHERE id IN (SELECT lead_id FROM message)) pair
    WHERE person.id = pair.id AND pair.n % 2 = 1 AND pair.into IS NOT NULL"""
_ONE_ROW = {"deployment", "tenant"}
_BY_INDEX = {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}
_COLUMN = re.compile(r"\b(\w+) (?:=|<|>|<=|>=) ")


class _OneCarrier:
    """`Adapters` of a shop that only texts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.texts = MemoryCarrier(VirtualClock())

    async def carrier(self, _tenant: Any, _channel: Any) -> tuple[MemoryCarrier, Connection]:
        return self.texts, self._connection

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"it asked for the {name}")


@pytest.fixture
def asked(store: PostgresStore) -> dict[str, tuple[Any, ...]]:
    """Every statement that goes to the database, with the arguments it had last."""
    found: dict[str, tuple[Any, ...]] = {}

    def note(query: asyncpg.connection.LoggedQuery) -> None:
        if query.query.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            args = query.args[0] if query.args and isinstance(query.args, list) else query.args
            found[query.query] = tuple(args or ())

    @event.listens_for(store._engine.sync_engine, "connect")
    def listen(adapted: Any, _record: Any) -> None:
        adapted.driver_connection.add_query_logger(note)

    return found


async def _whole_touches(store: PostgresStore, shop: Shop, *, count: int) -> None:
    """Decide, send and settle what is due, as the scheduler does."""
    adapters = _OneCarrier(shop.connections["twilio"])
    urls = PublicUrls(hooks="https://hooks.example.com", chat="https://chat.example.com")
    seams = Seams(store=store, adapters=adapters, ids=TimeOrderedIds(), chance=SeededChance(1), urls=urls)

    async def send(item: DueItem) -> None:
        departure = await open_attempt(seams, item)
        assert departure is not None
        outcome = Accepted(receipt=Receipt(provider_id=f"SM{departure.attempt.id.hex}"))
        assert await settle_attempt(seams, departure.attempt.id, outcome, tenant_id=shop.tenant.id) == "accepted"

    touches = await store.due.claim(("touch",), limit=count, lease_s=60, worker="test")
    await asyncio.gather(*(decide_touch(seams, item) for item in touches))
    messages = await store.due.claim(("message",), limit=count, lease_s=60, worker="test")
    await asyncio.gather(*(send(item) for item in messages))
    assert len(messages) == count


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _wanders(plan: dict[str, Any]) -> list[str]:
    """Return the tables that a plan reads as a whole, or as far as they are the tenant's (row level security)."""
    return [
        f"{node['Node Type']} on {node.get('Relation Name', node.get('Index Name'))}"
        for node in _nodes(plan)
        if node.get("Relation Name", "") not in _ONE_ROW
        and (
            node["Node Type"] == "Seq Scan"
            or (node["Node Type"] in _BY_INDEX and not set(_COLUMN.findall(node.get("Index Cond", ""))) - {"tenant_id"})
        )
    ]


async def _explained(runtime: Any, tenant_id: TenantId, asked: dict[str, tuple[Any, ...]]) -> dict[str, list[str]]:
    """Return what each statement reads without an index, with sequential scans forbidden as far as may be."""
    found: dict[str, list[str]] = {}
    async with runtime.transaction():
        await runtime.execute("SELECT set_config('app.tenant', $1, true)", str(tenant_id))
        for cheap_while_small in ("seqscan", "hashjoin", "mergejoin"):
            await runtime.execute(f"SET LOCAL enable_{cheap_while_small} = off")
        for statement, args in asked.items():
            (row,) = await runtime.fetch(f"EXPLAIN (FORMAT JSON) {statement}", *args)
            found[statement] = _wanders(msgspec.json.decode(row[0])[0]["Plan"])
    return found


async def test_every_statement_of_a_touch_uses_an_index(
    store: PostgresStore, asked: dict[str, tuple[Any, ...]], runtime: Any, admin: Any
) -> None:
    shop = Shop(store)
    await shop.open(twilio="http://127.0.0.1:1")
    await shop.due_touches(_MANY + 1)
    await _whole_touches(store, shop, count=_MANY)
    await admin.execute(_SUPPRESSIONS)  # an empty table, or index, is read as a whole, and rightly so
    await admin.execute(_MERGES)
    await admin.execute("ANALYZE")
    asked.clear()

    await _whole_touches(store, shop, count=1)
    plans = await _explained(runtime, shop.tenant.id, asked)

    assert len(plans) >= 35, "the statements of a touch were not seen"
    assert {statement: tables for statement, tables in plans.items() if tables} == {}


async def test_negative_control_a_question_without_an_index_is_found(
    store: PostgresStore, asked: dict[str, tuple[Any, ...]], runtime: Any
) -> None:
    shop = Shop(store)
    await shop.open(twilio="http://127.0.0.1:1")
    question = "SELECT id FROM message WHERE body = $1"

    plans = await _explained(runtime, shop.tenant.id, {question: ("hello",)})

    assert plans[question], "a scan of all messages passed for the use of an index"
