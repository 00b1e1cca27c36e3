"""`leadcore connect` for lead forms: nothing to try, everything to paste."""

from pathlib import Path

import pytest

from tests.apps.cli.conftest import Leadcore


@pytest.mark.parametrize(
    ("name", "given", "made"),
    [
        ("webform", ["--set", "origins=https://www.example.com"], "form_key=form_"),
        ("webform", [], "whsec_"),
        ("adf", [], "Authorization: Bearer"),
        ("googleads", [], "Webhook integration"),
    ],
)
def test_a_form_is_connected_and_the_operator_told_what_to_paste(
    leadcore: Leadcore, data_dir: Path, shop: str, name: str, given: list[str], made: str
) -> None:
    said = leadcore("connect", name, *given, "--tenant", shop, "--data-dir", data_dir, "--json")

    by_hand = next(each for each in said.document["findings"] if each["code"] == "by_hand")
    assert said.code == 0, said.out + said.err
    assert said.document["kept"] is True
    assert said.document["inbound_url"] in by_hand["fix"]
    assert made in by_hand["fix"]


def test_a_secret_that_was_made_once_is_not_shown_again(leadcore: Leadcore, data_dir: Path, shop: str) -> None:
    here = ("--tenant", shop, "--data-dir", data_dir, "--json")
    first = leadcore("connect", "adf", *here).document

    second = leadcore("connect", "adf", *here).document

    assert second["connection_id"] == first["connection_id"]
    assert "shown only now" in str(first["findings"])
    assert "the stored secret" in str(second["findings"])


def test_a_wrong_origin_is_named_and_nothing_is_kept(leadcore: Leadcore, data_dir: Path, shop: str) -> None:
    said = leadcore(
        "connect", "webform", "--set", "origins=example.com/form", "--tenant", shop, "--data-dir", data_dir, "--json"
    )

    assert said.code == 1
    assert said.document["kept"] is False
    assert said.document["findings"][0]["code"] == "bad_origin"
