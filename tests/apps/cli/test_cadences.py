"""Cadences by command."""

from pathlib import Path

from leadcore.cadences.policies.shipped import SHIPPED
from tests.apps.cli.conftest import Leadcore
from tests.apps.cli.test_leads import Here, Story, here, story  # noqa: F401 - fixtures


def test_a_file_is_checked_published_and_named(leadcore: Leadcore, here: Here, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "own.toml"
    file.write_text(SHIPPED["win-back"].replace("win-back", "own"), "utf-8")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(SHIPPED["win-back"].replace("STOP", "bye"), "utf-8")

    sound = leadcore("cadence", "check", str(file))
    bad = leadcore("cadence", "check", str(wrong), "--json")
    refused = leadcore("cadence", "publish", str(wrong), *here)
    missing = leadcore("cadence", "check", str(tmp_path / "none.toml"))
    done = leadcore("cadence", "publish", str(file), "--json", *here).document
    again = leadcore("cadence", "publish", str(file), "--json", *here).document
    listed = leadcore("cadence", "list", *here)
    shown = leadcore("cadence", "show", f"own@{done['version']}", *here)

    assert sound.code == 0
    assert (bad.code, bad.document[0]["rule"]) == (1, "opt-out")
    assert (refused.code, "no opt-out line" in refused.err) == (1, True)
    assert (missing.code, "field: file" in missing.err) == (1, True)
    assert (done["is_new"], again["is_new"]) == (True, False)
    assert f"own@{done['version']}" in listed.out
    assert 'name = "own"' in shown.out


def test_a_leads_follow_up_is_steered_and_explained(leadcore: Leadcore, here: Here, story: Story) -> None:  # noqa: F811
    lead = str(story.lead)

    nothing = leadcore("cadence", "pause", lead, *here)
    seen = leadcore("touch", "preview", lead, "day-3", "--json", *here).document
    unknown = leadcore("touch", "preview", lead, "day-99", *here)
    waiting = leadcore("cadence", "waiting", "--json", *here).document

    assert (nothing.code, "no cadence is running" in nothing.err) == (1, True)
    assert [each["channel"] for each in seen["messages"]] == ["sms"]
    assert (unknown.code, "steps:" in unknown.err) == (1, True)
    assert isinstance(waiting, list)
