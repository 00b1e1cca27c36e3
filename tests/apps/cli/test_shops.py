import stat
from pathlib import Path
from uuid import uuid4

from tests.apps.cli.conftest import Leadcore


def test_a_shop_is_added_read_and_changed(leadcore: Leadcore, data_dir: Path, shop: str) -> None:
    changed = leadcore("tenants", "set", shop, "hours.sat", "10:00-14:00", "--data-dir", data_dir)
    shown = leadcore("tenants", "show", shop, "--json", "--data-dir", data_dir).document
    listed = leadcore("tenants", "list", "--data-dir", data_dir)

    assert changed.code == 0, changed.err
    assert shown["senders"]["sms"] == "+15125550100"
    assert shown["hours"]["5"] == [{"opens": "10:00:00", "closes": "14:00:00"}]
    assert shown["version"] == 2
    assert shop in listed.out


def test_a_refusal_has_three_lines_and_no_traceback(leadcore: Leadcore, data_dir: Path, shop: str) -> None:
    said = leadcore("tenants", "set", shop, "first_response", "at noon", "--data-dir", data_dir)

    assert said.code == 1
    assert said.out == ""
    assert [line.partition(":")[0] for line in said.err.splitlines()] == ["error", "field", "fix"]
    assert "one of any_hour, wait_for_window" in said.err


def test_a_slug_is_taken_once(leadcore: Leadcore, data_dir: Path, shop: str) -> None:
    said = leadcore(
        "tenants", "add", "--slug", shop, "--brand", "Another", "--zone", "America/Chicago", "--data-dir", data_dir
    )

    assert said.code == 1
    assert "field: slug" in said.err


def test_a_fresh_shop_is_not_ready_and_learns_what_it_lacks(leadcore: Leadcore, data_dir: Path, shop: str) -> None:
    told = leadcore("tenants", "check", shop, "--data-dir", data_dir)
    document = leadcore("tenants", "check", shop, "--json", "--data-dir", data_dir).document

    assert told.code == 1
    assert f"fix: leadcore connect shopmonkey --tenant {shop}" in told.out
    assert document["ready"] is False


def test_a_key_is_shown_once_listed_without_its_secret_and_revoked(
    leadcore: Leadcore, data_dir: Path, shop: str
) -> None:
    here = ("--tenant", shop, "--data-dir", data_dir)
    made = leadcore("api-keys", "create", "widget", "--scope", "chat", "--json", *here).document
    listed = leadcore("api-keys", "list", *here)
    revoked = leadcore("api-keys", "revoke", made["key_id"], "--json", *here).document

    assert made["key"].startswith(f"lc_live_{made['key_id']}_")
    assert made["scopes"] == ["chat"]
    assert made["key_id"] in listed.out
    assert made["key"].rpartition("_")[2] not in listed.out
    assert revoked["revoked_at"]


def test_sending_is_held_with_a_reason_and_released(leadcore: Leadcore, data_dir: Path) -> None:
    held = leadcore("hold", "set", "the price list is wrong", "--json", "--data-dir", data_dir).document
    released = leadcore("hold", "release", "it is right", "--by", "sam", "--json", "--data-dir", data_dir)
    shown = leadcore("hold", "show", "--json", "--data-dir", data_dir).document
    nothing = leadcore("hold", "release", "again", "--data-dir", data_dir)

    assert (held["held"], held["held_because"], held["held_by"]) == (True, "the price list is wrong", "operator")
    assert released.code == 0
    assert released.document["epoch"] == 1
    assert shown["held"] is False
    assert [(each["what"], each["by"]) for each in shown["history"][:1]] == [("released", "sam")]
    assert (nothing.code, "sending is not held" in nothing.err) == (1, True)


def test_an_empty_shop_reads_as_empty_in_text_and_in_json(leadcore: Leadcore, data_dir: Path, shop: str) -> None:
    here = ("--tenant", shop, "--data-dir", data_dir)

    for words in (("leads", "list"), ("conversations", "list"), ("inbox", "list"), ("catalog", "list")):
        assert leadcore(*words, "--json", *here).document == []
        assert leadcore(*words, *here).out == ""


def test_what_does_not_exist_is_refused_without_a_traceback(leadcore: Leadcore, data_dir: Path, shop: str) -> None:
    here = ("--tenant", shop, "--data-dir", data_dir)
    nobody = str(uuid4())

    for words in (("leads", "show"), ("leads", "timeline"), ("conversations", "take"), ("inbox", "replay")):
        said = leadcore(*words, nobody, *here)
        assert said.code == 1
        assert said.err.startswith("error: ")


def test_a_shop_that_is_not_named_among_several_is_asked_for(leadcore: Leadcore, data_dir: Path, shop: str) -> None:
    leadcore(
        "tenants", "add", "--slug", f"{shop}-2", "--brand", "B", "--zone", "America/Denver", "--data-dir", data_dir
    )

    unnamed = leadcore("leads", "list", "--data-dir", data_dir)
    by_variable = leadcore("leads", "list", "--data-dir", data_dir, env={"TENANT_ID": shop})

    assert unnamed.code == 1
    assert f"{shop}-2" in unnamed.err
    assert by_variable.code == 0


def test_what_holds_secrets_is_readable_by_its_owner_alone(data_dir: Path) -> None:
    assert stat.S_IMODE((data_dir / "runtime-url").stat().st_mode) == 0o600


def test_a_database_that_does_not_answer_is_a_plain_error(leadcore: Leadcore) -> None:
    said = leadcore("tenants", "list", "--database-url", "postgresql://a:b@127.0.0.1:1/c")

    assert said.code == 1
    assert said.err.startswith("error: the database does not answer")


def test_without_any_database_the_ways_to_one_are_named(leadcore: Leadcore) -> None:
    said = leadcore("tenants", "list")

    assert said.code == 1
    assert "DATABASE_URL" in said.err
    assert "leadcore up" in said.err
