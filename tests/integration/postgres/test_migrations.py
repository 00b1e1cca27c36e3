from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from alembic.script import ScriptDirectory
from msgspec.structs import replace

from leadcore.intake.model import IMPORTED, InboxItem
from leadcore.kernel.errors import RefusedError
from leadcore.kernel.ids import RunId
from leadcore.testing.builders import an_inbox_item, new_id
from leadcore.testing.contracts.shop import Shop, open_shop
from leadcore_localpg import RunningServer
from leadcore_postgres.migration import alembic_config, migrate
from leadcore_postgres.schema import newest_revision
from leadcore_postgres.store import PostgresStore
from tests.conftest import APP_PASSWORD
from tests.integration.postgres.schema_of import down, rights_on, schema_of

pytestmark = pytest.mark.postgres


async def test_leads_that_are_older_than_references_get_theirs(
    admin_url: str, store: PostgresStore, admin: Any
) -> None:
    shop = await open_shop(store)
    await store.aclose()
    before = ScriptDirectory.from_config(alembic_config()).get_revision("0005").down_revision
    await down(admin_url, revision=str(before))

    await migrate(admin_url, create_roles=False, app_password=APP_PASSWORD)

    rows = await admin.fetch("SELECT tenant_id, id, lead_id, source, external_ref FROM lead_reference")
    lead = shop.lead
    assert [tuple(row) for row in rows] == [(shop.id, lead.id, lead.id, lead.source, lead.external_ref)]
    forced = await admin.fetchval("SELECT relforcerowsecurity FROM pg_class WHERE oid = 'lead'::regclass")
    assert forced is True


async def test_rows_in_bulk_that_were_not_applied_are_dead_and_say_why_after_the_way_down(
    admin_url: str, store: PostgresStore, admin: Any
) -> None:
    shop = await open_shop(store)
    waiting, done, single = (
        an_inbox_row(shop, state="new", run_id=RunId(new_id()), source=IMPORTED),
        an_inbox_row(shop, state="done", run_id=RunId(new_id()), source=IMPORTED),
        an_inbox_row(shop, state="new"),
    )
    async with store.begin(shop.id) as uow:
        await uow.inbox.add([waiting, done, single])
        await uow.due.arm_all("bulk", [(waiting.id, None)], tenant_id=shop.id, at=await uow.now())
        await uow.due.arm("inbox", single.id, tenant_id=shop.id, at=await uow.now())
        await uow.inbox.settle(done)
        await uow.commit()
    await store.aclose()

    await down(admin_url, revision="0003")

    rows = {row[0]: (row[1], row[2]) for row in await admin.fetch("SELECT id, state, error FROM inbox")}
    assert rows[waiting.id] == ("dead", "not applied before this release was taken back: bring it in again")
    assert rows[done.id] == ("done", "")
    assert rows[single.id] == ("new", "")
    armed = {row[0] for row in await admin.fetch("SELECT item_id FROM due WHERE kind IN ('bulk', 'inbox')")}
    assert armed == {single.id}
    assert await admin.fetchval("SELECT relforcerowsecurity FROM pg_class WHERE oid = 'inbox'::regclass")


def an_inbox_row(shop: Shop, **changes: Any) -> InboxItem:
    return replace(an_inbox_item(shop.connection), **changes)


async def test_up_down_up_gives_the_same_schema(admin_url: str) -> None:
    before, rights = await schema_of(admin_url), await rights_on(admin_url)

    await down(admin_url)
    emptied = await schema_of(admin_url)
    report = await migrate(admin_url, create_roles=False, app_password="p")

    assert {row[0] for row in emptied[0]} == {"alembic_version"}
    assert (report.came_from, report.went_to) == (None, newest_revision())
    assert (await schema_of(admin_url), await rights_on(admin_url)) == (before, rights)


async def test_migrating_again_changes_nothing(admin_url: str) -> None:
    before, rights = await schema_of(admin_url), await rights_on(admin_url)

    report = await migrate(admin_url, create_roles=False, app_password="p")

    assert (report.came_from, report.went_to) == (newest_revision(), newest_revision())
    assert (await schema_of(admin_url), await rights_on(admin_url)) == (before, rights)


async def test_the_runtime_url_it_returns_works(
    migrated_template: str, make_database: Callable[..., Awaitable[str]], pg_server: RunningServer
) -> None:
    empty = await make_database()

    report = await migrate(empty, create_roles=True, app_password=APP_PASSWORD, environment="demo")

    connection = await asyncpg.connect(report.runtime_url)
    user, environment = await connection.fetchrow("SELECT current_user, (SELECT environment FROM leadcore.deployment)")
    await connection.close()
    assert (user, environment) == ("leadcore_app", "demo")


async def test_a_newer_database_is_refused(admin_url: str, admin: Any) -> None:
    await admin.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(RefusedError, match="9999") as refusal:
        await migrate(admin_url, create_roles=False, app_password="p")

    assert refusal.value.fix


def test_the_newest_revision_is_alembics_head() -> None:
    assert newest_revision() == ScriptDirectory.from_config(alembic_config()).get_current_head()
