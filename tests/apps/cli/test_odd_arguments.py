"""Arguments nobody should give are refused with field and fix; odd texts leave tables readable."""

import pathlib
from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from leadcore.cadences.policies.calendars import instant_at
from leadcore.kernel.errors import InvalidInputError
from leadcore_cli.terminal import print_table
from tests.apps.cli.conftest import Leadcore
from tests.apps.cli.test_leads import Here, here  # noqa: F401 - fixtures


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (("decisions", "replay", "--days", "99999999999"), "--days"),
        (("leads", "list", "--limit", "99999999999999999999"), "--limit"),
        (("leads", "list", "--limit", "0"), "--limit"),
        (("cadence", "waiting", "--limit=-1"), "--limit"),
        (("staff", "add", "dana", "--name", "Dana", "--phone", "+15125550143", "--hours", "mon"), "--hours"),
    ],
)
def test_a_value_out_of_range_is_refused_by_its_flag(
    leadcore: Leadcore,
    here: Here,  # noqa: F811
    command: tuple[str, ...],
    field: str,
) -> None:
    said = leadcore(*command, *here)

    assert said.code in {1, 2}
    assert field in said.err
    assert "fix:" in said.err


def test_a_mapping_without_a_value_names_its_own_flag(leadcore: Leadcore, here: Here, tmp_path: Path) -> None:  # noqa: F811
    file = f"{tmp_path}/leads.csv"
    with pathlib.Path(file).open("w", encoding="utf-8") as leads:
        leads.write("Phone\n+15125550142\n")

    said = leadcore("leads", "import", file, "--map", "phone", *here)

    assert (said.code, "field: --map" in said.err) == (1, True)


def test_the_end_of_the_calendar_is_no_day_to_put_something_off_to() -> None:
    with pytest.raises(InvalidInputError, match="out of range") as refusal:
        instant_at(date(9999, 12, 31), time(23, 59), ZoneInfo("America/Chicago"))

    assert refusal.value.fix


def test_a_row_stays_in_one_line_of_a_bounded_width(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "next"), [("Zoë 😀\n\u202eevil\x1b[2J", "a"), ("x" * 5000, "b")])

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert "\x1b" not in lines[1]
    assert "\u202e" not in lines[1]
    assert max(map(len, lines)) < 520
    assert lines[2].endswith("…  b")


@pytest.mark.parametrize("command", ["plan", "start"])
def test_a_roll_out_says_in_its_help_that_it_takes_a_file(leadcore: Leadcore, command: str) -> None:
    assert "A cadence file, or NAME@VERSION" in leadcore("cadence", "rollout", command, "--help").out
