"""The time machine by command: from a file alone, beside a database that it only reads, and drawn."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest

from leadcore.cadences.policies.shipped import SHIPPED
from tests.apps.cli.conftest import Leadcore
from tests.apps.cli.test_leads import Here, Story, here, story  # noqa: F401 - fixtures

_SHOP = 'slug = "austin"\nbrand = "Hill Country Tint"\nzone = "America/Chicago"\nquiet_profile = "strict"\n'
_USUAL = ("--leads", "25", "--days", "20", "--from", "2026-11-20", "--quiet")


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "follow-up.toml"
    path.write_text(SHIPPED["thirteen-in-thirty"], "utf-8")
    return str(path)


@pytest.fixture
def alone(tmp_path: Path) -> tuple[str, str]:
    path = tmp_path / "shop.toml"
    path.write_text(_SHOP, "utf-8")
    return "--tenant-file", str(path)


def test_a_run_is_told_as_a_table_and_replayed_as_json(leadcore: Leadcore, file: str, alone: tuple[str, str]) -> None:
    told = leadcore("cadence", "simulate", file, *alone, *_USUAL)
    once, again = (leadcore("cadence", "simulate", file, *alone, *_USUAL, "--json").document for _ in range(2))

    assert told.code == 0
    assert "thirteen-in-thirty/day-1" in told.out
    assert "no number texts come from" in told.err
    assert once == again
    assert once["outcome"]["leads"] == 25
    assert f"{once['outcome']['tally']['segments']}" in told.out
    assert once["difference"] is None


def test_a_version_is_compared_and_the_calendar_drawn(
    leadcore: Leadcore, file: str, alone: tuple[str, str], tmp_path: Path
) -> None:
    page, picture = tmp_path / "calendar.html", tmp_path / "calendar.svg"

    said = leadcore(
        "cadence", "simulate", file, *alone, *_USUAL, "--json",
        "--against", "seven-in-eight", "--html", str(page), "--svg", str(picture),
    )  # fmt: skip

    outcome = said.document["outcome"]
    drawn = ET.fromstring(picture.read_text("utf-8"))  # noqa: S314 - our own file
    ticks = [each for each in drawn.iter("{http://www.w3.org/2000/svg}title") if each.text]
    html = page.read_text("utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    data = msgspec.json.decode(found[1])
    assert said.document["difference"]["against"].startswith("seven-in-eight@")
    assert len(ticks) - 1 == sum(map(len, data["days"].values())) == len(outcome["marks"])
    assert set(outcome["held_because"]) <= set(data["words"])
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "https://" not in html


def test_a_crowded_day_is_drawn_in_blocks(
    leadcore: Leadcore, file: str, alone: tuple[str, str], tmp_path: Path
) -> None:
    picture = tmp_path / "calendar.svg"

    leadcore("cadence", "simulate", file, *alone, "--leads", "300", "--days", "2", "--quiet", "--svg", str(picture))

    assert re.search(r"10:00 to 10:59: \d+ text", picture.read_text("utf-8"))


def test_mistakes_name_the_option_and_the_fix(
    leadcore: Leadcore, file: str, alone: tuple[str, str], tmp_path: Path
) -> None:
    mix, wrong, bare = tmp_path / "mix.toml", tmp_path / "wrong.toml", tmp_path / "bare.toml"
    mix.write_text("[areas]\n999 = 1\n", "utf-8")
    wrong.write_text(SHIPPED["win-back"].replace("STOP", "bye"), "utf-8")
    bare.write_text('slug = "austin"\n', "utf-8")

    said = {
        "areas.999": leadcore("cadence", "simulate", file, *alone, "--lead-mix", str(mix)),
        "steps[0].sms": leadcore("cadence", "simulate", str(wrong), *alone),
        "tenant-file": leadcore("cadence", "simulate", file, "--tenant-file", str(bare)),
        "cadence": leadcore("cadence", "simulate", file, *alone, "--against", "seven-in-eight@none"),
        "from": leadcore("cadence", "simulate", file, *alone, "--from", "soon"),
        "days": leadcore("cadence", "simulate", file, *alone, "--days", "0"),
        "lead-mix": leadcore("cadence", "simulate", file, *alone, "--lead-mix", str(tmp_path / "none.toml")),
    }

    assert {field: (each.code, f"field: {field}" in each.err) for field, each in said.items()} == dict.fromkeys(
        said, (1, True)
    )
    assert all("fix:" in each.err for each in said.values())


def test_a_shop_in_a_database_is_only_read(leadcore: Leadcore, here: Here, story: Story, file: str) -> None:  # noqa: F811
    before = leadcore("leads", "list", "--json", *here).document

    ours = leadcore("cadence", "simulate", file, *_USUAL, "--json", *here)

    assert story.lead is not None
    assert ours.code == 0
    assert ours.document["outcome"]["leads"] == 25
    assert leadcore("leads", "list", "--json", *here).document == before
