"""Erasing a person over a full shop: no table, column, JSON or bytes still speak of them, whatever is added later.

Every column that can hold words is filled with the person's name, phone, e-mail and address before, as the catalog of
PostgreSQL lists them; so a column or a table that comes later is filled, and looked into, too.
"""

from collections.abc import Iterable
from typing import Any

import asyncpg
import pytest
from msgspec.structs import replace

from leadcore.compliance.model import ContactPoint
from leadcore.flows.erase_person import erase_person, preview_erasure
from leadcore.flows.evidence import evidence_about, verify_ledger
from leadcore.flows.export_person import export_person
from leadcore.flows.revoke import ensure_contact
from leadcore.flows.seams import PublicUrls, Seams
from leadcore.kernel.errors import NotFoundError
from leadcore.memory.chance import SeededChance, SeededIds
from leadcore.memory.vault import MemoryVault
from leadcore.privacy.policies.holdings import ELSEWHERE, TABLES
from leadcore.testing.builders import a_point
from leadcore.testing.contracts.shop import Shop
from leadcore_postgres.store import PostgresStore
from tests.integration.postgres.full_shop import open_full_shop

pytestmark = pytest.mark.postgres

_PHONE, _EMAIL = "+15125550142", "mariquilla.lopezwood@example.com"
_WORDS = f"Mariquilla Lopezwood {_PHONE} {_EMAIL} 12 Elmwood Road"
_TRACES = ("5125550142", "mariquilla", "lopezwood", "elmwood")
_OF_THE_SHOP = frozenset({
    "tenant", "connection", "api_key", "ledger_head", "service", "catalog_entry", "cadence", "rotation",
    "refused_hook", "backfill_run", "poll_state", "tenant_route", "connection_route", "api_key_route", "deployment",
    "alembic_version", "rollout", "write_block", "hold_history", "sender_bucket",
})  # fmt: skip
"""Tables that know no customer."""
_OUR_WORDS = frozenset({
    ("consent", "wording"), ("consent", "source"), ("consent", "digest"), ("consent", "previous"), ("consent", "seal"),
    ("suppression", "reason"), ("message", "purpose"), ("message", "delivery"), ("attempt", "sender"),
    ("attempt", "rules_version"),
    ("inbox", "source"), ("erased_contact", "digest"), ("contact_point", "value"), ("picture", "digest"),
    ("picture", "media_type"), ("entity_version", "marks"), ("picture_content", "digest"), ("chat_token", "digest"),
})  # fmt: skip
"""Columns that hold words of the shop's, codes, digests, or (marks) nothing but instants."""
_NO_WORDS = frozenset({"erased_contact", "due", "chat_token"})
_ALL = "SELECT relname FROM pg_class WHERE relnamespace = 'leadcore'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1"
_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, NULL), EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum = ANY(i.indkey))
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'leadcore'::regnamespace AND c.relkind IN ('r', 'p')
    AND format_type(a.atttypid, NULL) IN ('text', 'jsonb', 'bytea', 'text[]', 'json', 'character varying')
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f')
        AND a.attnum = ANY(k.conkey)) ORDER BY 1, a.attnum"""
_FILLED_WITH = {
    "text": "$1",
    "character varying": "$1",
    "text[]": "ARRAY[$1]",
    "bytea": "convert_to($1, 'UTF8')",
    "jsonb": """CASE jsonb_typeof({0}) WHEN 'array' THEN {0} || to_jsonb($1::text)
        ELSE coalesce({0}, '{{}}') || jsonb_build_object('trace', $1::text) END""",
    "json": "json_build_object('trace', $1::text)",
}


def _seams(store: PostgresStore) -> Seams:
    urls = PublicUrls(hooks="https://hooks.example.com", chat="https://chat.example.com")
    adapters: Any = None  # erasing speaks to no vendor
    return Seams(
        store=store,
        adapters=adapters,
        ids=SeededIds("erasure"),
        chance=SeededChance(1),
        urls=urls,
        prints=MemoryVault(),
    )


async def _tables(admin: Any) -> list[str]:
    return [row[0] for row in await admin.fetch(_ALL)]


async def _unclassified(admin: Any) -> set[str]:
    return set(await _tables(admin)) - set(TABLES) - ELSEWHERE - _OF_THE_SHOP


async def _filled(store: PostgresStore, admin: Any) -> Shop:
    """A full shop whose customer's name, phone, e-mail and address stand in every column that can hold words."""
    shop = await open_full_shop(store)
    email = a_point(shop.tenant, kind="email", value=_EMAIL, zones=())
    async with store.begin(shop.id) as uow:
        await uow.compliance.ensure_point(email)
        await uow.commit()
    await admin.execute("UPDATE contact_point SET value = $1 WHERE id = $2", _PHONE, shop.point.id)
    await admin.execute(
        "UPDATE person SET first_name = 'Mariquilla', last_name = 'Lopezwood', email_id = $1 WHERE id = $2",
        email.id, shop.person.id,
    )  # fmt: skip
    await admin.execute("UPDATE person SET merged_into = $1 WHERE id <> $1 AND tenant_id = $2", shop.person.id, shop.id)
    await admin.execute("UPDATE picture SET state = 'kept', digest = $1 WHERE tenant_id = $2", "0" * 64, shop.id)
    await _fill(admin, shop)
    return shop


async def _fill(admin: Any, shop: Shop) -> None:
    for table, column, kind, is_key in await admin.fetch(_COLUMNS):
        if table in _OF_THE_SHOP or (table, column) in _OUR_WORDS:
            continue
        value = f"{column} || ' ' || $1" if is_key and kind == "text" else _FILLED_WITH[kind].format(column)
        points = " AND id IN (SELECT phone_id FROM person UNION SELECT email_id FROM person)"
        only = points if table == "contact_point" else ""
        await admin.execute(f"UPDATE {table} SET {column} = {value} WHERE tenant_id = $2{only}", _WORDS, shop.id)


async def _traces(admin: Any, tables: Iterable[str]) -> set[str]:
    """Tables in which anything still speaks of the person."""
    found = set()
    for table in tables:
        bytes_of = [
            row[0]
            for row in await admin.fetch(
                "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND atttypid = 'bytea'::regtype"
                " AND NOT attisdropped",
                f"leadcore.{table}",
            )
        ]
        shown = ", ".join(["to_jsonb(t)::text", *(f"encode(t.{column}, 'escape')" for column in bytes_of)])
        for row in await admin.fetch(f"SELECT {shown} FROM {table} t"):
            told = " ".join(str(each) for each in row).lower()
            if any(trace in told for trace in _TRACES):
                found.add(table)
    return found


async def test_every_table_is_known_to_hold_something_of_a_person_or_nothing(admin: asyncpg.Connection) -> None:
    assert await _unclassified(admin) == set()


async def test_nothing_is_left_of_an_erased_person(store: PostgresStore, admin: asyncpg.Connection) -> None:
    shop, neighbour = await _filled(store, admin), await open_full_shop(store)
    seams = _seams(store)
    before = await _traces(admin, await _tables(admin))
    count = "SELECT count(*) FROM entry WHERE tenant_id = $1"
    theirs = await admin.fetchval(count, neighbour.id)

    preview = await preview_erasure(seams, _PHONE, tenant_id=shop.id)
    erasure = await erase_person(seams, _PHONE, tenant_id=shop.id, by="Dana")

    assert before == (set(TABLES) | ELSEWHERE) - _NO_WORDS  # or the scan would prove nothing
    assert await _traces(admin, await _tables(admin)) == set()
    assert (preview.done, erasure.done, erasure.people) == (False, True, 2)
    assert (preview.sends_ended, preview.received, preview.pictures) == (1, 1, 1)
    assert (erasure.sends_ended, erasure.received, erasure.pictures) == (1, 1, 1)
    assert await admin.fetchval(count, neighbour.id) == theirs
    with pytest.raises(NotFoundError):
        await erase_person(seams, _PHONE, tenant_id=shop.id, by="Dana")


async def test_the_ledger_still_holds_and_a_forged_seal_is_found(
    store: PostgresStore, admin: asyncpg.Connection
) -> None:
    shop, seams = await open_full_shop(store), _seams(store)
    await admin.execute("UPDATE contact_point SET value = $1 WHERE id = $2", _PHONE, shop.point.id)
    await erase_person(seams, str(shop.person.id), tenant_id=shop.id, by="Dana")

    check = await verify_ledger(seams, tenant_id=shop.id)
    evidence = await admin.fetchval("SELECT evidence::text FROM consent WHERE tenant_id = $1", shop.id)
    await admin.execute("UPDATE consent SET wording = 'other words' WHERE tenant_id = $1", shop.id)
    forged = await verify_ledger(seams, tenant_id=shop.id)
    other_key = await verify_ledger(_with(seams, prints=MemoryVault(b"another")), tenant_id=shop.id)

    assert (check.is_intact, check.lines, check.sealed, evidence) == (True, 1, 1, "{}")
    assert (forged.is_intact, other_key.is_intact) == (False, False)
    with pytest.raises(NotFoundError):
        await evidence_about(seams, _PHONE, tenant_id=shop.id)


async def test_the_number_is_denied_when_it_comes_back(store: PostgresStore, admin: asyncpg.Connection) -> None:
    shop, seams = await open_full_shop(store), _seams(store)
    await admin.execute("UPDATE contact_point SET value = $1 WHERE id = $2", _PHONE, shop.point.id)
    email = a_point(shop.tenant, kind="email", value=_EMAIL, zones=())
    async with store.begin(shop.id) as uow:
        await uow.compliance.ensure_point(email)
        await uow.leads.put_person(replace(shop.person, email_id=email.id))
        await uow.commit()
    await erase_person(seams, _EMAIL, tenant_id=shop.id, by="Dana")

    async with store.begin(shop.id) as uow:
        points: list[ContactPoint] = [
            await ensure_contact(uow, "phone", _PHONE, tenant_id=shop.id, seams=seams),
            await ensure_contact(uow, "email", _EMAIL, tenant_id=shop.id, seams=seams),
            await ensure_contact(uow, "phone", "+15125550177", tenant_id=shop.id, seams=seams),
        ]
        reasons = [
            [each.reason for each in await uow.compliance.suppressions(point.id, tenant_id=shop.id)] for point in points
        ]

    assert reasons == [["stop_word"], ["erased"], []]


async def test_the_document_holds_what_every_table_says(store: PostgresStore, admin: asyncpg.Connection) -> None:
    shop = await _filled(store, admin)

    document = await export_person(_seams(store), _EMAIL, tenant_id=shop.id, by="Dana")

    assert set(document.rows) == (set(TABLES) - {"erased_contact"}) | {"outbox"}
    assert [each.body for each in document.received] == [_WORDS]
    assert [each.body for each in document.records] == [_WORDS]
    assert [each.content for each in document.pictures] == [_WORDS.encode()]


async def test_negative_control_a_table_that_was_left_out_is_noticed(
    store: PostgresStore, admin: asyncpg.Connection
) -> None:
    await admin.execute("CREATE TABLE remark (tenant_id uuid, lead_id uuid, words text, more jsonb, raw bytea)")
    shop = await open_full_shop(store)
    await admin.execute("INSERT INTO remark VALUES ($1, $2, '', '{}', '')", shop.id, shop.lead.id)
    await _fill(admin, shop)

    await erase_person(_seams(store), str(shop.person.id), tenant_id=shop.id, by="Dana")

    assert await _unclassified(admin) == {"remark"}
    assert "remark" in await _traces(admin, await _tables(admin))


async def test_the_functions_that_reach_the_past_stay_within_their_tenant(
    store: PostgresStore, runtime: Any, admin: asyncpg.Connection
) -> None:
    ours, theirs = await open_full_shop(store), await open_full_shop(store)
    count = """
        SELECT (SELECT count(*) FROM decision WHERE tenant_id = $1)
        + (SELECT count(*) FROM outbox WHERE tenant_id = $1)"""
    before = await admin.fetchval(count, theirs.id)

    async with runtime.transaction():
        await runtime.execute("SELECT set_config('app.tenant', $1, true)", str(ours.id))
        await runtime.fetch(
            "SELECT erase_past($1, $2, $3, $4)", [theirs.lead.id], [], [theirs.touch.id], [str(theirs.lead.id)]
        )

    assert before > 0
    assert await admin.fetchval(count, theirs.id) == before


def _with(seams: Seams, **changes: Any) -> Seams:
    return replace(seams, **changes)
