"""Roll-outs by command."""

from pathlib import Path

from leadcore.cadences.policies.shipped import SHIPPED
from leadcore.flows.enroll import enroll
from leadcore_cli.options import Place
from leadcore_cli.session import Session, within
from tests.apps.cli.conftest import Leadcore, only_these
from tests.apps.cli.test_doctor import free_ports, wrong
from tests.apps.cli.test_leads import Here, Story, here, story  # noqa: F401 - fixtures

_SHIPPED = SHIPPED["seven-in-eight"]
_FIRST = 'id = "hello"'


def _enrolled(data_dir: Path, shop: str, story: Story) -> None:  # noqa: F811
    async def work(session: Session) -> None:
        tenant = await session.tenant(shop)
        async with session.seams.store.begin(tenant.id) as uow:
            lead = await uow.leads.get(story.lead, tenant_id=tenant.id)
            assert await enroll(uow, session.seams, tenant, lead, cadence="seven-in-eight")
            await uow.commit()

    with only_these({}):
        assert within(Place(data_dir=data_dir), work) == 0


def test_a_version_is_planned_started_halted_shown_and_taken_back(
    leadcore: Leadcore, data_dir: Path, shop: str, here: Here, story: Story, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    _enrolled(data_dir, shop, story)
    file, mapped = tmp_path / "edited.toml", tmp_path / "map.toml"
    file.write_text(_SHIPPED.replace(_FIRST, 'id = "hello-2"'), "utf-8")
    mapped.write_text('[move]\nhello = "hello-2"\n', "utf-8")
    told = ("--map", str(mapped), "--percent", "100", "--json", *here)

    unmapped = leadcore("cadence", "rollout", "plan", str(file), *here)
    refused = leadcore("cadence", "rollout", "start", str(file), *here)
    (planned,) = leadcore("cadence", "rollout", "plan", str(file), *told).document
    (started,) = leadcore("cadence", "rollout", "start", str(file), *told).document
    waits = leadcore("cadence", "waiting", "--json", *here).document
    publish = leadcore("cadence", "publish", str(file), *here)
    leadcore("cadence", "rollout", "halt", "seven-in-eight", "--reason", "a wrong price", *here)
    shown = leadcore("cadence", "rollout", "status", *here)
    doctor = leadcore("doctor", "--json", "--data-dir", data_dir, env=free_ports()).document
    (back,) = leadcore("cadence", "rollout", "rollback", "seven-in-eight", "--by", "Sam", "--json", *here).document
    late = leadcore("cadence", "rollout", "promote", "seven-in-eight", *here)
    none = leadcore("cadence", "rollout", "promote", "win-back", *here)

    assert (unmapped.code, "1 leads of" in unmapped.err, "1 keep" in unmapped.out) == (1, True, True)
    assert (refused.code, "field: map.hello" in refused.err) == (1, True)
    assert planned["summary"] == "1 in flight: 0 keep their version, 1 move step hello -> hello-2"
    assert planned["plan"]["move_at_start"] == started["moved"] == 1
    assert (started["rollout"]["state"], started["rollout"]["is_moving"]) == ("canary", False)
    assert [each["step"] for each in waits] == ["hello-2"]
    assert (publish.code, "promote seven-in-eight" in publish.err) == (1, True)
    assert "halted" in shown.out
    assert "a wrong price" in shown.err
    assert [each["code"] for each in wrong(doctor, f"shop {shop}") if each["code"] == "rollout_halted"]
    assert (back["rollout"]["state"], back["moved"], back["undone"]) == ("rolled_back", 1, 1)
    assert (late.code, none.code) == (1, 1)


def test_what_cannot_be_read_is_named(leadcore: Leadcore, here: Here, tmp_path: Path) -> None:  # noqa: F811
    bad_map = tmp_path / "map.toml"
    bad_map.write_text("keep = [", "utf-8")

    missing = leadcore("cadence", "rollout", "plan", str(tmp_path / "none.toml"), *here)
    mapped = leadcore("cadence", "rollout", "plan", "own@v1", "--map", str(bad_map), *here)
    unknown = leadcore("cadence", "rollout", "plan", "own@v1", *here)
    stranger = leadcore("cadence", "rollout", "plan", "win-back@x", "--canary", "nobody", *here)
    nothing = leadcore("cadence", "rollout", "status", "--json", *here)

    assert "field: version" in missing.err
    assert "field: map" in mapped.err
    assert "field: wanted" in unknown.err
    assert "field: wanted" in stranger.err
    assert nothing.document == []
