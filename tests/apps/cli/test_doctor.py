import socket
from pathlib import Path
from uuid import uuid4

from leadcore.kernel.ids import ConnectionId
from leadcore.tenants.model import Connection
from leadcore_cli.options import Place
from leadcore_cli.session import Session, within
from leadcore_runtime.database import ReadyDatabase
from tests.apps.cli.conftest import Leadcore, only_these


def wrong(document: dict[str, list[dict[str, object]]], title: str) -> list[dict[str, object]]:
    return [each for each in document[title] if not each["ok"]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports() -> dict[str, str]:
    return {f"LEADCORE_{name}_PORT": str(free_port()) for name in ("ORCHESTRATOR", "CHAT", "SCHEDULER")}


def test_a_sound_database_and_vault_are_found_well(leadcore: Leadcore, data_dir: Path) -> None:
    found = leadcore("doctor", "--json", "--data-dir", data_dir, env=free_ports()).document

    assert wrong(found, "database") == []
    assert wrong(found, "vault") == []
    assert wrong(found, "ports") == []


def test_a_connection_that_another_vault_sealed_is_a_finding_of_its_shop_and_hides_nothing_else(
    leadcore: Leadcore, data_dir: Path, shop: str
) -> None:
    async def work(session: Session) -> int:
        tenant = await session.tenant(shop)
        async with session.seams.store.begin(tenant.id) as uow:
            await uow.tenants.put_connection(
                Connection(
                    id=ConnectionId(uuid4()),
                    tenant_id=tenant.id,
                    port="crm",
                    plugin="shopmonkey",
                    settings={},
                    sealed=b"sealed under a lost key",
                )
            )
            await uow.commit()
        return 0

    with only_these({}):
        assert within(Place(data_dir=data_dir), work) == 0
    found = leadcore("doctor", "--json", "--data-dir", data_dir, env=free_ports()).document

    [broken] = [each for each in wrong(found, f"shop {shop}") if each["code"] == "seal_broken"]
    assert str(broken["what"]).startswith("shopmonkey: ")
    assert f"leadcore connect shopmonkey --tenant {shop}" in str(broken["fix"])
    assert wrong(found, "database") == []


def test_a_superuser_is_refused_and_told_which_role_to_use(
    leadcore: Leadcore, deployment: tuple[Path, ReadyDatabase]
) -> None:
    folder, database = deployment

    said = leadcore("doctor", "--data-dir", folder, "--database-url", database.admin_url)

    assert said.code == 1
    assert "is a superuser" in said.out
    assert "fix: let DATABASE_URL name the role leadcore_app" in said.out


def test_serving_as_superuser_is_refused(leadcore: Leadcore, deployment: tuple[Path, ReadyDatabase]) -> None:
    folder, database = deployment

    said = leadcore(
        "serve", "orchestrator", "--port", str(free_port()), "--data-dir", folder, "--database-url", database.admin_url
    )

    assert said.code == 1
    assert "is a superuser" in said.err
    assert "leadcore migrate --create-roles" in said.err


def test_serving_on_a_port_that_is_taken_names_the_port_and_the_way_out(leadcore: Leadcore, data_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        said = leadcore("serve", "chat", "--port", str(port), "--data-dir", data_dir)

    assert said.code == 1
    assert f"port {port} on 127.0.0.1 is taken" in said.err
    assert "--port" in said.err


def test_a_program_on_our_port_that_is_not_ours_is_reported(leadcore: Leadcore, data_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        env = free_ports() | {"LEADCORE_CHAT_PORT": str(other.getsockname()[1])}

        found = leadcore("doctor", "--json", "--data-dir", data_dir, env=env).document

    assert [each["fix"] for each in wrong(found, "ports")] == ["stop what listens there, or set LEADCORE_CHAT_PORT"]


def test_a_database_that_does_not_answer_is_a_finding(leadcore: Leadcore, tmp_path: Path) -> None:
    said = leadcore("doctor", "--json", "--database-url", "postgresql://a:b@127.0.0.1:1/c", "--data-dir", tmp_path)

    assert said.code == 1
    assert [each["code"] for each in wrong(said.document, "database")] == ["connect"]


def test_a_vault_key_that_is_none_is_a_finding(leadcore: Leadcore, data_dir: Path) -> None:
    found = leadcore("doctor", "--json", "--data-dir", data_dir, env={"LEADCORE_VAULT_KEY": "short"}).document

    assert wrong(found, "vault")[0]["fix"]
