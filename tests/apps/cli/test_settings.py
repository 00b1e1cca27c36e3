from pathlib import Path

import pytest

from tests.apps.cli.conftest import Leadcore

PASSWORD = "hunter2-of-the-database"


def test_a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default(
    leadcore: Leadcore, tmp_path: Path
) -> None:
    file = tmp_path / "leadcore.toml"
    file.write_text('data_dir = "/from/file"\nworkers = 3\nchat_port = 4001\n')
    env = {"LEADCORE_DATA_DIR": "/from/environment", "LEADCORE_WORKERS": "5"}

    found = leadcore("config", "show", "--json", "--config", file, "--data-dir", "/from/flag", env=env).document

    assert found["data_dir"] == {"value": "/from/flag", "source": "flag"}
    assert found["workers"] == {"value": 5, "source": "environment LEADCORE_WORKERS"}
    assert found["chat_port"] == {"value": 4001, "source": str(file)}
    assert found["scheduler_port"] == {"value": 3002, "source": "default"}


def test_an_unknown_key_in_the_file_is_refused_with_its_path(leadcore: Leadcore, tmp_path: Path) -> None:
    file = tmp_path / "leadcore.toml"
    file.write_text("chat_prot = 4001\n")

    said = leadcore("config", "show", "--config", file)

    assert said.code == 1
    assert f"error: {file}: unknown key `$.chat_prot`" in said.err
    assert "field: chat_prot" in said.err
    assert "chat_port" in said.err


def test_an_unknown_variable_of_ours_is_refused(leadcore: Leadcore) -> None:
    said = leadcore("config", "show", env={"LEADCORE_CHAT_PROT": "1"})

    assert said.code == 1
    assert "field: LEADCORE_CHAT_PROT" in said.err


@pytest.mark.parametrize(("name", "value"), [("LEADCORE_CHAT_PORT", "99999"), ("LEADCORE_ENVIRONMENT", "prod")])
def test_a_value_out_of_range_names_its_source(leadcore: Leadcore, name: str, value: str) -> None:
    said = leadcore("config", "show", env={name: value})

    assert said.code == 1
    assert f"environment {name}" in said.err


def test_a_file_that_is_not_there_is_refused(leadcore: Leadcore, tmp_path: Path) -> None:
    said = leadcore("config", "show", "--config", tmp_path / "nowhere.toml")

    assert said.code == 1
    assert "field: config" in said.err


def test_a_secret_comes_from_a_file_and_is_never_shown(leadcore: Leadcore, tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text(f"postgresql://leadcore_app:{PASSWORD}@127.0.0.1/x\n")

    said = leadcore("config", "show", "--json", env={"DATABASE_URL_FILE": str(secret)})

    assert said.document["database_url"] == {"value": "***", "source": "environment DATABASE_URL"}
    assert PASSWORD not in said.out + said.err


def test_a_secret_file_that_cannot_be_read_says_which(leadcore: Leadcore, tmp_path: Path) -> None:
    said = leadcore("config", "show", env={"DATABASE_URL_FILE": str(tmp_path / "gone")})

    assert said.code == 1
    assert "field: DATABASE_URL_FILE" in said.err


def test_the_migrated_url_hides_its_password_unless_asked(leadcore: Leadcore, data_dir: Path) -> None:
    hidden = leadcore("migrate", "--data-dir", data_dir)
    shown = leadcore("migrate", "--data-dir", data_dir, "--show", "--json").document["database_url"]

    password = shown.split(":")[2].partition("@")[0]
    assert len(password) > 20
    assert "leadcore_app:***@127.0.0.1" in hidden.out
    assert password not in hidden.out + hidden.err


def test_the_file_of_the_data_folder_is_read_when_none_is_named(leadcore: Leadcore, tmp_path: Path) -> None:
    (tmp_path / "leadcore.toml").write_text(f'environment = "demo"\ndata_dir = "{tmp_path}"\n')

    found = leadcore(
        "config", "show", "--json", "--data-dir", tmp_path, env={"DATABASE_URL": "postgresql://x/y"}
    ).document

    assert found["environment"]["value"] == "demo"
    assert found["database_url"] == {"value": "", "source": "default"}


def test_a_mistaken_command_line_ends_with_two_and_a_hint(leadcore: Leadcore) -> None:
    unknown, missing = leadcore("config", "shwo"), leadcore("tenants", "set", "x")

    assert (unknown.code, missing.code) == (2, 2)
    assert unknown.err.startswith("error: ")
    assert "--help" in missing.err


@pytest.mark.parametrize(
    "words",
    [
        (), ("demo",), ("up",), ("serve", "chat"), ("scheduler",), ("migrate",), ("doctor",), ("config", "show"),
        ("tenants", "add"), ("tenants", "set"), ("connect", "shopmonkey"), ("connect", "twilio"),
        ("api-keys", "create"), ("leads", "list"), ("leads", "explain-rule"),
        ("conversations", "reply"), ("catalog", "sync"),
        ("inbox", "replay"), ("hold", "set"),
    ],
)  # fmt: skip
def test_every_command_explains_itself_with_an_example(leadcore: Leadcore, words: tuple[str, ...]) -> None:
    said = leadcore(*words, "--help")

    assert said.code == 0
    assert "Usage: leadcore" in said.out
    assert not words or "Example: " in said.out


def test_the_help_of_connect_lists_the_vendors_settings(leadcore: Leadcore) -> None:
    said = leadcore("connect", "twilio", "--help")

    assert "account_sid" in said.out
    assert "TWILIO_AUTH_TOKEN" in said.out
