"""The staff, and what becomes of leads, by command."""

from datetime import UTC, datetime

from tests.apps.cli.conftest import Leadcore
from tests.apps.cli.test_leads import Here, Story, here, story  # noqa: F401 - fixtures


def test_people_are_added_listed_and_switched_off(leadcore: Leadcore, here: Here) -> None:  # noqa: F811
    added = leadcore(
        *("staff", "add", "dana", "--name", "Dana Reyes", "--phone", "(512) 555-0143"),
        *("--hours", "mon=09:00-13:00", "--json", *here),
    )
    off = leadcore("staff", "off", "dana", "--json", *here).document
    listed = leadcore("staff", "list", *here)
    unknown = leadcore("staff", "on", "kim", *here)
    wrong = leadcore("staff", "add", "lee", "--name", "Lee", "--hours", "mon=late", *here)

    assert added.document[0]["phone"] == "+15125550143"
    assert [each["active"] for each in off] == [False]
    assert "mon 09:00-13:00" in listed.out
    assert (unknown.code, "fix:   known: dana" in unknown.err) == (1, True)
    assert (wrong.code, "field: hours.mon" in wrong.err) == (1, True)


def test_a_lead_is_assigned_lost_re_opened_and_won(leadcore: Leadcore, here: Here, story: Story) -> None:  # noqa: F811
    lead = str(story.lead)
    leadcore("staff", "add", "dana", "--name", "Dana Reyes", *here)

    given = leadcore("leads", "assign", lead, "dana", "--by", "Sam", *here)
    lost = leadcore("leads", "lose", lead, "--reason", "price", "--by", "Sam", *here)
    again = leadcore("leads", "lose", lead, "--reason", "price", *here)
    unlawful = leadcore("leads", "reopen", lead, "--follow-up", *here)
    opened = leadcore("leads", "reopen", lead, "--json", *here).document
    won = leadcore("leads", "win", lead, *here)
    shown = leadcore("leads", "show", lead, *here)
    told = leadcore("leads", "timeline", lead, "--limit", "2", "--json", *here)
    rest = leadcore("leads", "timeline", lead, "--after", str(told.document[-1]["id"]), "--json", *here).document
    waiting = leadcore("conversations", "list", "--json", *here).document

    assert "dana's" in given.out
    assert "lost (price)" in lost.out
    assert (again.code, "a lost lead cannot become lost" in again.err) == (1, True)
    assert (unlawful.code, "field: follow_up" in unlawful.err) == (1, True)
    assert opened["status"] == "engaged"
    assert "won" in won.out
    assert "dana (by hand)" in shown.out
    assert "there is more: --after" in told.err
    assert [each["type"] for each in told.document + rest] == ["lead.assigned", *["lead.moved"] * 3]
    assert [each["assigned_to"] for each in waiting] == ["dana"]


def test_a_lead_is_booked_in_the_shops_time_and_twice_is_once(leadcore: Leadcore, here: Here, story: Story) -> None:  # noqa: F811
    lead, at = str(story.lead), f"{datetime.now(UTC).year + 1}-07-01T09:00"

    booked = leadcore("leads", "book", lead, "--at", at, "--minutes", "240", "--service", "Tint", *here)
    again = leadcore("leads", "book", lead, "--at", at, "--minutes", "240", "--json", *here).document
    shown = leadcore("leads", "show", lead, "--json", *here).document
    late = leadcore("leads", "book", lead, "--at", "2020-07-01T09:00", *here)

    assert f"booked from {at.replace('T', ' ')} to" in booked.out
    assert again["lead"]["status"] == "booked"
    assert again["appointment"]["service"] == "Tint"
    assert shown["appointment"]["starts_at"] == again["appointment"]["starts_at"]
    assert (late.code, "field: at" in late.err) == (1, True)


def test_leads_are_sorted_by_score_and_the_speed_is_told(leadcore: Leadcore, here: Here, story: Story) -> None:  # noqa: F811
    listed = leadcore("leads", "list", "--sort", "score", "--json", *here).document
    speed = leadcore("leads", "speed", "--days", "366", *here)
    wrong = leadcore("leads", "speed", "--days", "0", *here)

    assert [(each["id"], each["score"]) for each in listed] == [(str(story.lead), None)]
    assert "median, open" in speed.out
    assert (wrong.code, "field: days" in wrong.err) == (1, True)
