"""Shops that exist already go up from the first release and down again; what the first release knew comes through."""

from collections.abc import Awaitable, Callable
from typing import Any, get_args

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from leadcore.leads.values import LeadStatus
from leadcore.ports.storage import WorkKind
from leadcore.testing.builders import NOON, a_lead, new_id
from leadcore_postgres.migration import alembic_config, migrate
from leadcore_postgres.schema import newest_revision
from leadcore_postgres.store import PostgresStore
from tests.conftest import APP_PASSWORD
from tests.integration.postgres.full_shop import open_full_shop
from tests.integration.postgres.schema_of import down, schema_of, up

pytestmark = pytest.mark.postgres

_FIRST = "0001"
_FIRST_KINDS = {"inbox", "touch", "message", "attempt", "turn", "poll", "catalog"}
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'leadcore'::regnamespace AND relkind = 'r' ORDER BY 1"
_EXTENSIONS = "SELECT extname FROM pg_extension"
# Everything of an index but its name: two with the same would cost every write twice.
_TWIN_INDEXES = """
    SELECT array_agg(indexrelid::regclass::text) FROM pg_index
    WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'leadcore'::regnamespace)
    GROUP BY indrelid, indkey::text, indclass::text, indoption::text, indcollation::text, indisunique,
        coalesce(pg_get_expr(indpred, indrelid), ''), coalesce(pg_get_expr(indexprs, indrelid), '')
    HAVING count(*) > 1"""


def _revisions() -> list[str]:
    """Every revision, the first one first."""
    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    return [str(script.revision) for script in scripts][::-1]


async def _rows(admin: Any) -> dict[str, list[str]]:
    """Every row of every table as text."""
    tables = [row[0] for row in await admin.fetch(_TABLES)]
    return {
        name: [row[0] for row in await admin.fetch(f"SELECT to_jsonb(t)::text FROM {name} t ORDER BY 1")]
        for name in tables
    }


async def _filled(store: PostgresStore) -> tuple[Any, Any]:
    """Two shops with rows everywhere, an answered and a lost lead, and due work of every kind, some of it in lanes."""
    ours, theirs = await open_full_shop(store), await open_full_shop(store)
    answered = a_lead(ours.person, first_response_at=NOON)
    lost = a_lead(ours.person, status=LeadStatus.LOST, lost_reason="price")
    async with store.begin(ours.id) as uow:
        for lead in (answered, lost):
            await uow.leads.add(lead)
        for kind in get_args(WorkKind):
            for lane in (None, new_id()):
                await uow.due.arm(kind, new_id(), tenant_id=ours.id, at=await uow.now(), lane=lane)
        await uow.commit()
    assert await store.due.claim(("inbox",), limit=1, lease_s=600, worker="w")
    return (ours, theirs), (answered, lost)


async def test_each_step_down_is_the_step_up_taken_back_with_data_in_the_tables(
    admin_url: str, store: PostgresStore, make_database: Callable[..., Awaitable[str]]
) -> None:
    await _filled(store)
    await store.aclose()
    empty = await make_database()
    await migrate(empty, create_roles=False, app_password=APP_PASSWORD)
    await down(empty)
    steps = _revisions()

    fresh = {}
    for revision in steps:
        await up(empty, revision=revision)
        fresh[revision] = await schema_of(empty)

    for revision in steps[-2::-1]:
        await down(admin_url, revision=revision)
        assert await schema_of(admin_url) == fresh[revision], revision
    for revision in steps[1:]:
        await up(admin_url, revision=revision)
        assert await schema_of(admin_url) == fresh[revision], revision


async def test_what_the_first_release_knew_comes_through_up_and_down(
    admin_url: str, store: PostgresStore, admin: Any
) -> None:
    await _filled(store)
    await store.aclose()
    await down(admin_url, revision=_FIRST)
    before = await _rows(admin)
    kinds = {row[0] for row in await admin.fetch("SELECT DISTINCT kind FROM due")}

    await migrate(admin_url, create_roles=False, app_password=APP_PASSWORD)
    await down(admin_url, revision=_FIRST)

    assert all(before.values())
    assert kinds == _FIRST_KINDS  # the first release would leave other work lying for ever
    assert await _rows(admin) == before


async def test_shops_of_the_first_release_go_on_at_the_newest(
    admin_url: str, runtime_url: str, store: PostgresStore, admin: Any
) -> None:
    (ours, theirs), (answered, lost) = await _filled(store)
    await store.aclose()
    await down(admin_url, revision=_FIRST)

    report = await migrate(admin_url, create_roles=False, app_password=APP_PASSWORD)

    assert (report.came_from, report.went_to) == (_FIRST, newest_revision())
    newer = PostgresStore(runtime_url, application="newer")
    async with newer.begin(ours.id) as uow:
        was_answered = await uow.leads.get(answered.id, tenant_id=ours.id)
        was_lost = await uow.leads.get(lost.id, tenant_id=ours.id)
        found = await uow.leads.by_external_refs("shopmonkey", [answered.external_ref], tenant_id=ours.id)
        await uow.leads.save(was_answered.move_to(LeadStatus.LOST, at=NOON, reason="price")[0])
        await uow.commit()
    claimed = await newer.due.claim(get_args(WorkKind), limit=99, lease_s=30, worker="w")
    await newer.aclose()
    assert (was_answered.first_automated_at, was_lost.losses) == (NOON, 1)
    assert found == {answered.external_ref: was_answered}
    assert {item.tenant_id for item in claimed if item.kind == "retention"} == {ours.id, theirs.id}
    assert {item.kind for item in claimed} == _FIRST_KINDS | {"retention"}


async def test_no_extension_is_needed_and_no_index_is_there_twice(admin: asyncpg.Connection) -> None:
    assert [row[0] for row in await admin.fetch(_EXTENSIONS)] == ["plpgsql"]
    assert [row[0] for row in await admin.fetch(_TWIN_INDEXES)] == []


async def test_negative_control_a_second_index_of_the_same_columns_is_found(admin: asyncpg.Connection) -> None:
    await admin.execute("CREATE INDEX lead_of_person_again ON lead (tenant_id, person_id, id)")

    [row] = await admin.fetch(_TWIN_INDEXES)

    assert sorted(row[0]) == ["lead_of_person", "lead_of_person_again"]
