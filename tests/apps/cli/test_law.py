"""`rules` prints the law this program knows, `decisions replay` shows that what was decided still stands."""

from pathlib import Path

from msgspec.structs import replace

from leadcore.compliance.policies.gate import RULES_VERSION, Deny, decide
from leadcore.compliance.policies.rulebook import CURRENT
from leadcore.testing.builders import a_decision, a_point
from leadcore_cli.options import Place
from leadcore_cli.session import Session, within
from tests.apps.cli.conftest import Leadcore, only_these


def test_rules_are_listed_with_their_version(leadcore: Leadcore) -> None:
    said = leadcore("rules", "list")

    assert said.code == 0
    assert "FL            08:00-20:00  08:00-20:00  08:00-20:00" in said.out
    assert len(said.out.splitlines()) == len(CURRENT.rows) + 1
    assert RULES_VERSION in said.err


def test_rules_as_json_carry_source_confidence_and_reviewer(leadcore: Leadcore) -> None:
    document = leadcore("rules", "list", "--json").document

    assert document["version"] == RULES_VERSION
    assert document["revocation_covers_everything_from"] == "2027-01-31"
    assert {rule["place"] for rule in document["rules"]} >= {"US", "safe_default", "FL", "TX", "ME"}
    assert all(rule["source"] and rule["confidence"] and rule["reviewer"] for rule in document["rules"])


def test_one_rule_is_shown_with_its_source(leadcore: Leadcore) -> None:
    said = leadcore("rules", "show", "fl")

    assert said.code == 0
    assert "Fla. Stat. 501.616(6)" in said.out
    assert "3 in 24 h" in said.out
    assert leadcore("rules", "show", "TX", "--json").document[0]["effective"] == "2025-09-01"


def test_a_place_without_a_rule_is_refused_with_those_that_have_one(leadcore: Leadcore) -> None:
    said = leadcore("rules", "show", "OR")

    assert said.code == 1
    assert "the federal one binds" in said.err
    assert "fix:   AL, CA" in said.err


def _record(data_dir: Path, shop: str, *, forged: bool) -> None:
    """Record a decision that stands, one under rules nobody has and, *forged*, one that was never the gate's."""

    async def work(session: Session) -> None:
        tenant = await session.tenant(shop)
        async with session.seams.store.begin(tenant.id) as uow:
            point = await uow.compliance.ensure_point(a_point(tenant))
            now = await uow.now()
            real = a_decision(point, at=now, rules_version=RULES_VERSION)
            made = [replace(real, decision=decide(real.facts))]
            if forged:
                made.append(a_decision(point, at=now, rules_version=RULES_VERSION, decision=Deny(reason="forged")))
                made.append(a_decision(point, at=now, rules_version="2026-11-22"))
            await uow.compliance.record(made)
            await uow.commit()

    with only_these({}):
        within(Place(data_dir=data_dir), work)


def test_decisions_that_stand_are_replayed_with_exit_code_zero(leadcore: Leadcore, data_dir: Path, shop: str) -> None:
    _record(data_dir, shop, forged=False)

    said = leadcore("decisions", "replay", "--days", "7", "--tenant", shop, "--data-dir", data_dir)

    assert said.code == 0
    assert "same       1" in said.out


def test_decisions_that_do_not_stand_are_named_with_exit_code_one(
    leadcore: Leadcore, data_dir: Path, shop: str
) -> None:
    _record(data_dir, shop, forged=True)

    said = leadcore("decisions", "replay", "--tenant", shop, "--data-dir", data_dir)
    as_json = leadcore("decisions", "replay", "--tenant", shop, "--data-dir", data_dir, "--json")

    assert (said.code, as_json.code) == (1, 1)
    assert "forged" in said.out
    assert "under unknown rules 2026-11-22  1" in said.out
    assert (as_json.document["recorded"], as_json.document["same"]) == (3, 1)
    assert [each["recorded"]["reason"] for each in as_json.document["different"]] == ["forged"]


def test_a_period_of_no_days_is_refused(leadcore: Leadcore) -> None:
    said = leadcore("decisions", "replay", "--days", "0")

    assert said.code == 1
    assert "field: --days" in said.err
