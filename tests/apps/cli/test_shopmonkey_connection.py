"""A Shopmonkey connection by command: its secret is rotated without losing a webhook, and its orders are explained."""

import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import httpx
import msgspec
import pytest

from leadcore_cli.connecting import replaced_secrets
from leadcore_runtime.registry import plugin
from tests.apps.cli.conftest import Leadcore


@pytest.fixture(scope="module")
def shopmonkey(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The simulator's address."""
    folder = tmp_path_factory.mktemp("simulators")
    command = ("-m", "leadcore_simulators", "--data-dir", str(folder), "--only", "shopmonkey", "--shopmonkey-port", "0")
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        ports = msgspec.json.decode(process.stdout.readline())["ports"]
        yield f"http://127.0.0.1:{ports['shopmonkey']}"
        process.terminate()


def test_an_order_is_explained_clause_by_clause(leadcore: Leadcore, data_dir: Path, shop: str, shopmonkey: str) -> None:
    here = ("--tenant", shop, "--data-dir", data_dir)
    values = ("--set", "api_key=sim-shopmonkey-key", "--set", f"base_url={shopmonkey}/v3", "--force")
    connected = leadcore("connect", "shopmonkey", *values, *here)
    lead = {"service": "Oil change", "message": "When?", "fire_webhooks": False}
    order = httpx.post(f"{shopmonkey}/_sim/leads", json=lead, trust_env=False).json()["order_id"]

    told = leadcore("leads", "explain-rule", order, *here)
    document = leadcore("leads", "explain-rule", order, "--json", *here).document

    assert connected.code == 0, connected.out + connected.err
    assert f"shopmonkey order {order} is no lead; decided by: service" in told.out
    assert "poll: passes it over, it is no lead" in told.out
    assert (document["is_lead"], document["decided_by"], document["poll_notes"]) == (False, ["service"], False)
    assert [each["name"] for each in document["clauses"] if not each["holds"]] == ["service"]


@pytest.mark.parametrize(
    ("crm", "secret", "other"),
    [("shopmonkey", "webhook_secret", "api_key"), ("hubspot", "client_secret", "access_token"),
     ("shopware", "webhook_secret", "api_secret")],
)  # fmt: skip
def test_a_secret_that_is_replaced_stays_believed_as_the_previous_one(crm: str, secret: str, other: str) -> None:
    chosen = plugin("crm", crm)
    before = {secret: "old", other: "key", f"previous_{secret}": "older"}

    assert replaced_secrets(chosen, before, {secret: "new"}) == {f"previous_{secret}": "old"}
    assert replaced_secrets(chosen, before, {secret: "old"}) == {}
    assert replaced_secrets(chosen, before, {other: "new key"}) == {}
    assert replaced_secrets(chosen, {}, {secret: "new"}) == {}
