"""`leadcore catalog` against the simulated CRM: shown, agreed to, corrected, explained."""

import io
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tests.apps.cli.conftest import Leadcore, Said

SHOP_LIST = [
    {"name": "Ceramic Tint - SUV", "fixedPriceCents": 59900},
    {"name": "Ceramic Tint - Sedan", "fixedPriceCents": 49900},
    {"name": "Shop Supplies", "fixedPriceCents": 500},
]


@pytest.fixture(scope="module")
def shopmonkey(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The simulator's address."""
    folder = tmp_path_factory.mktemp("simulators")
    words = ("-m", "leadcore_simulators", "--data-dir", str(folder), "--only", "shopmonkey", "--shopmonkey-port", "0")
    with subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        ports = msgspec.json.decode(process.stdout.readline())["ports"]
        yield f"http://127.0.0.1:{ports['shopmonkey']}"
        process.terminate()


class Keyboard(io.StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        return True


class Counter:
    """A shop's `leadcore catalog …`, and its price list at the vendor."""

    def __init__(self, leadcore: Leadcore, data_dir: Path, shop: str, url: str) -> None:
        self._leadcore = leadcore
        self._here = ("--tenant", shop, "--data-dir", data_dir)
        self.shop = shop
        self.url = url
        account = {"api_key": shop, "location_name": "A", "timezone": "America/Chicago", "catalog": SHOP_LIST}
        httpx.post(f"{url}/_sim/accounts", json=account, trust_env=False).raise_for_status()

    def __call__(self, *words: str) -> Said:
        return self._leadcore("catalog", *words, *self._here)

    def prices(self) -> Any:
        found = self("list", "--json").document
        return {each["slug"]: {kind: price["minor"] // 100 for kind, price in each["prices"].items()} for each in found}

    def reprice(self, name: str, cents: int) -> None:
        headers = {"authorization": f"Bearer {self.shop}"}
        listed = httpx.get(f"{self.url}/v3/canned_service", headers=headers, trust_env=False).json()["data"]
        ref = next(each["id"] for each in listed if each["name"] == name)
        body = {"fixedPriceCents": cents, "totalCents": cents}
        answer = httpx.put(f"{self.url}/v3/canned_service/{ref}", json=body, headers=headers, trust_env=False)
        answer.raise_for_status()


@pytest.fixture
def counter(leadcore: Leadcore, data_dir: Path, shop: str, shopmonkey: str) -> Counter:
    made = Counter(leadcore, data_dir, shop, shopmonkey)
    settings = (f"--set=api_key={shop}", f"--set=base_url={shopmonkey}/v3", "--force")
    leadcore("connect", "shopmonkey", *settings, "--tenant", shop, "--data-dir", data_dir)
    leadcore("tenants", "set", shop, "catalog.leave_out", "shop supplies", "--data-dir", data_dir)
    return made


def test_the_first_import_is_shown_and_waits_for_a_yes(counter: Counter) -> None:
    shown = counter("sync")
    tried = counter("sync", "--dry-run", "--json")
    nothing = counter.prices()
    done = counter("sync", "--yes")

    assert shown.code == 1
    assert "new: 1\n  Ceramic Tint: sedan $499, suv $599" in shown.out
    assert "left out by the shop's rules: 1\n  Shop Supplies" in shown.out
    assert "sync --yes" in shown.err
    assert (tried.code, tried.document["first"], tried.document["applied"], nothing) == (0, True, False, {})
    assert (done.code, counter.prices()) == (0, {"ceramic-tint": {"sedan": 499, "suv": 599}})


@pytest.mark.parametrize(("answer", "code", "imported"), [("y", 0, 1), ("", 1, 0), ("no", 1, 0)])
def test_in_a_terminal_it_asks(
    counter: Counter, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, imported: int
) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard(f"{answer}\n"))

    said = counter("sync")

    assert (said.code, len(counter.prices())) == (code, imported)
    assert "new: 1" in said.out


def test_later_syncs_print_what_changed_and_hold_what_is_unusual(counter: Counter) -> None:
    counter("sync", "--yes")
    counter.reprice("Ceramic Tint - Sedan", 51900)
    counter.reprice("Ceramic Tint - SUV", 5990)

    later = counter("sync")
    held = counter.prices()
    accepted = counter("sync", "--accept")

    assert later.code == 0
    assert "other prices: 1\n  Ceramic Tint (sedan): $499 -> $519" in later.out
    assert "Ceramic Tint (suv): $599 is quoted, the CRM says $59.90" in later.out
    assert "--accept" in later.err
    assert held["ceramic-tint"] == {"sedan": 519, "suv": 599}
    assert "Ceramic Tint (suv): $599 -> $59.90" in accepted.out


def test_what_is_set_by_hand_shows_its_provenance_and_survives(counter: Counter) -> None:
    counter("sync", "--yes")

    made = counter("set", "ceramic-tint", "price.suv=649", "name=Ceramic Film", "--by", "Sam")
    counter("sync")
    listed = counter("list")
    kept = counter.prices()
    counter("unset", "ceramic-tint", "--all")
    refused = counter("set", "ceramic-tint", "price.boat=5")
    unsaid = counter("unset", "ceramic-tint")

    assert made.code == 0, made.err
    assert "by hand  price.suv = 649, by Sam" in made.out
    assert "the CRM says $599" in made.out
    assert "name, price.suv" in listed.out
    assert (kept["ceramic-tint"]["suv"], counter.prices()["ceramic-tint"]["suv"]) == (649, 599)
    assert [line.partition(":")[0] for line in refused.err.splitlines()] == ["error", "field", "fix"]
    assert "--all" in unsaid.err


def test_explain_says_which_rule_gave_what(counter: Counter) -> None:
    counter("sync", "--yes")

    service = counter("explain", "ceramic-tint")
    tried = counter("explain", "Clear Bra - Crossover", "--json").document

    assert "tint: our rule `tint -> tint`" in service.out
    assert "suv: the words `SUV`" in service.out
    assert [(one["category"], one["classes"]) for one in tried["readings"]] == [("ppf", ["suv"])]
