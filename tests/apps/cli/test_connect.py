import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import msgspec
import pytest

from tests.apps.cli.conftest import Leadcore

SID, TOKEN, NUMBER = "AC00000000000000000000000000000001", "sim-twilio-token", "+15125550100"


@pytest.fixture(scope="module")
def twilio(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The simulator's address."""
    folder = tmp_path_factory.mktemp("simulators")
    command = ("-m", "leadcore_simulators", "--data-dir", str(folder), "--only", "twilio", "--twilio-port", "0")
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        ports = msgspec.json.decode(process.stdout.readline())["ports"]
        yield f"http://127.0.0.1:{ports['twilio']}"
        process.terminate()


def given(base_url: str, **changes: str) -> list[str]:
    values = {"account_sid": SID, "auth_token": TOKEN, "sender": NUMBER, "base_url": base_url, **changes}
    return [f"--set={key}={value}" for key, value in values.items()]


def test_a_vendor_that_accepts_us_is_kept_and_its_secrets_are_never_shown(
    leadcore: Leadcore, data_dir: Path, shop: str, twilio: str
) -> None:
    here = ("--tenant", shop, "--data-dir", data_dir)

    said = leadcore("connect", "twilio", *given(twilio), *here)
    checked = leadcore("tenants", "check", shop, "--data-dir", data_dir)

    assert said.code == 0, said.out + said.err
    assert "✓ the Auth Token opens the account" in said.out
    assert "✓ twilio is connected" in checked.out
    assert TOKEN not in said.out + said.err + checked.out


def test_a_single_setting_is_changed_by_connecting_again(
    leadcore: Leadcore, data_dir: Path, shop: str, twilio: str
) -> None:
    here = ("--tenant", shop, "--data-dir", data_dir, "--json")
    first = leadcore("connect", "twilio", *given(twilio), *here).document

    second = leadcore("connect", "twilio", "--set", f"auth_token={TOKEN}", *here).document

    assert second["kept"] is True
    assert second["connection_id"] == first["connection_id"]


@pytest.mark.parametrize(
    ("change", "fix"),
    [
        ({"auth_token": "wrong"}, "copy both from Twilio Console"),
        ({"sender": "+15125550199"}, "set the sender to one of"),
    ],
)
def test_a_vendor_that_refuses_us_is_not_kept_and_the_fix_is_named(
    leadcore: Leadcore, data_dir: Path, shop: str, twilio: str, change: dict[str, str], fix: str
) -> None:
    said = leadcore("connect", "twilio", *given(twilio, **change), "--tenant", shop, "--data-dir", data_dir)
    checked = leadcore("tenants", "check", shop, "--data-dir", data_dir)

    assert said.code == 1
    assert fix in said.out
    assert "nothing was stored" in said.err
    assert "✗ twilio is not connected" in checked.out


def test_a_vendor_that_cannot_be_reached_is_kept_only_by_force(leadcore: Leadcore, data_dir: Path, shop: str) -> None:
    here = ("--tenant", shop, "--data-dir", data_dir, "--json")
    values = given("http://127.0.0.1:1")

    refused = leadcore("connect", "twilio", *values, *here)
    forced = leadcore("connect", "twilio", *values, "--force", *here)

    assert (refused.code, refused.document["kept"]) == (1, False)
    assert refused.document["findings"][0]["code"] == "unreachable"
    assert (forced.code, forced.document["kept"]) == (0, True)


def test_credentials_come_from_the_environment_or_from_a_file(
    leadcore: Leadcore, data_dir: Path, shop: str, twilio: str, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    env = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_PHONE_NUMBER": NUMBER, "TWILIO_API_BASE_URL": twilio}

    said = leadcore(
        *("connect", "twilio", "--from-env", "--set", f"auth_token=@{token}"),
        *("--tenant", shop, "--data-dir", data_dir),
        env=env,
    )

    assert said.code == 0, said.out + said.err


@pytest.mark.parametrize(
    "values", [["--set=acount_sid=AC1"], ["--set=account_sid"], ["--set=auth_token=@/nowhere/x"], []]
)
def test_settings_that_cannot_be_right_are_refused_before_anybody_is_asked(
    leadcore: Leadcore, data_dir: Path, shop: str, values: list[str]
) -> None:
    said = leadcore("connect", "twilio", *values, "--tenant", shop, "--data-dir", data_dir)

    assert said.code == 1
    assert said.err.startswith("error: ")
    assert "fix:" in said.err
