from typing import Any

import asyncpg
import pytest

from leadcore.ports.plugin import Finding
from leadcore_postgres.inspection import inspect
from leadcore_postgres.plugin import PLUGIN, PostgresSettings

pytestmark = pytest.mark.postgres


def _refusals(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if not finding.ok]


async def test_a_fresh_database_is_fit_for_the_runtime_role(runtime_url: str) -> None:
    findings = await inspect(runtime_url)

    assert _refusals(findings) == []
    assert {finding.code for finding in findings} >= {"role", "rls", "foreign_key", "view", "revision", "durability"}


async def test_a_superuser_is_refused_with_a_fix(admin_url: str) -> None:
    [refusal] = _refusals(await inspect(admin_url))

    assert "superuser" in refusal.what
    assert "leadcore_app" in (refusal.fix or "")


@pytest.mark.parametrize(
    ("make", "power"),
    [
        ("CREATE ROLE odd LOGIN BYPASSRLS PASSWORD 'x'", "bypasses row level security"),
        ("CREATE ROLE odd LOGIN PASSWORD 'x' IN ROLE leadcore_owner", "owns the tables"),
    ],
)
async def test_a_role_that_sees_too_much_is_refused_with_a_fix(
    admin_url: str, admin: Any, make: str, power: str
) -> None:
    await admin.execute(make)
    await admin.execute("GRANT USAGE ON SCHEMA leadcore TO odd; GRANT SELECT ON ALL TABLES IN SCHEMA leadcore TO odd")

    try:
        [refusal] = _refusals(await inspect(f"postgresql://odd:x@{admin_url.rpartition('@')[2]}"))
    finally:
        await admin.execute("DROP OWNED BY odd; DROP ROLE odd")

    assert power in refusal.what
    assert refusal.fix


@pytest.mark.parametrize(
    ("damage", "code", "named"),
    [
        ("ALTER TABLE lead NO FORCE ROW LEVEL SECURITY", "rls", "lead"),
        ("ALTER TABLE message DISABLE ROW LEVEL SECURITY", "rls", "message"),
        ("DROP POLICY tenant ON person", "rls", "person"),
        ("CREATE POLICY open_door ON consent USING (true)", "rls", "consent"),
        ("CREATE POLICY open_door ON chat_token FOR DELETE USING (true)", "rls", "chat_token"),
        ("CREATE TABLE notes (tenant_id uuid, words text)", "rls", "notes"),
        ("CREATE TABLE notes (words text)", "rls", "notes"),
        (
            "ALTER TABLE entry ADD lead uuid, ADD UNIQUE (id), ADD FOREIGN KEY (lead) REFERENCES entry (id)",
            "foreign_key",
            "entry",
        ),
        ("CREATE VIEW everybody AS SELECT * FROM lead", "view", "everybody"),
        ("UPDATE alembic_version SET version_num = '0000'", "revision", "0000"),
        ("DROP SCHEMA leadcore CASCADE", "revision", "no leadcore tables"),
    ],
)
async def test_damage_is_refused_by_name(runtime_url: str, admin: Any, damage: str, code: str, named: str) -> None:
    await admin.execute(damage)

    refusals = _refusals(await inspect(runtime_url))

    assert [(refusal.code, named in refusal.what, bool(refusal.fix)) for refusal in refusals] == [(code, True, True)]


async def test_a_view_with_its_callers_rights_is_fine(runtime_url: str, admin: Any) -> None:
    await admin.execute("CREATE VIEW ours WITH (security_invoker = true) AS SELECT * FROM lead")

    assert _refusals(await inspect(runtime_url)) == []


async def test_a_moved_clock_is_refused_in_production_only(runtime_url: str, admin: Any) -> None:
    await admin.execute("UPDATE deployment SET clock_offset_s = 60")

    assert _refusals(await inspect(runtime_url)) == []
    assert "clock" in {refusal.code for refusal in _refusals(await inspect(runtime_url, environment="production"))}


async def test_a_server_out_of_reach_or_a_wrong_password_is_one_finding_with_a_fix(runtime_url: str) -> None:
    wrong_password = runtime_url.replace("runtime", "guessed", 1)

    for url in ("postgresql://a:b@127.0.0.1:1/x", wrong_password, "mysql://a:b@127.0.0.1/x"):
        [refusal] = await inspect(url)

        assert (refusal.ok, refusal.code, bool(refusal.fix)) == (False, "connect", True)


async def test_the_plugin_opens_a_store_that_inspects_its_database(runtime_url: str) -> None:
    opened = PLUGIN.open(PostgresSettings(url=runtime_url))

    findings = await opened.inspect()
    await opened.aclose()

    assert _refusals(findings) == []


async def test_the_runtime_role_has_no_way_up(runtime: Any) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await runtime.execute("ALTER ROLE leadcore_app BYPASSRLS")
