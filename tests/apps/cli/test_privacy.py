import stat
import zipfile
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from leadcore.compliance.model import Consent, ContactPoint
from leadcore.kernel.ids import ConsentId, ContactPointId, LeadId, PersonId
from leadcore.leads.model import Lead, Person
from leadcore.testing.builders import NOON
from leadcore_cli.options import Place
from leadcore_cli.session import Session, within
from tests.apps.cli.conftest import Leadcore, only_these

PHONE = "+15125550188"


@pytest.fixture
def here(data_dir: Path, shop: str) -> tuple[str | Path, ...]:
    async def work(session: Session) -> None:
        tenant = await session.tenant(shop)
        async with session.seams.store.begin(tenant.id) as uow:
            point = await uow.compliance.ensure_point(
                ContactPoint(id=ContactPointId(uuid4()), tenant_id=tenant.id, kind="phone", value=PHONE)
            )
            person = Person(
                id=PersonId(uuid4()), tenant_id=tenant.id, first_name="Lou", last_name="Reyes", phone_id=point.id
            )
            await uow.leads.put_person(person)
            await uow.leads.add(
                Lead(
                    id=LeadId(uuid4()), tenant_id=tenant.id, person_id=person.id, source="webform",
                    external_ref=f"f-{person.id}", requested_at=NOON, created_at=NOON, note="call my office",
                )
            )  # fmt: skip
            await uow.compliance.add_consent(
                Consent(
                    id=ConsentId(uuid4()), tenant_id=tenant.id, contact_point_id=point.id, channel="sms",
                    scope="marketing", wording="I agree", source="web form", obtained_at=NOON,
                    evidence={"ip": "192.0.2.7"},
                )
            )  # fmt: skip
            await uow.commit()

    with only_these({}):
        assert within(Place(data_dir=data_dir), work) == 0
    return ("--tenant", shop, "--data-dir", data_dir)


def test_a_person_is_exported_previewed_and_erased(
    leadcore: Leadcore, here: tuple[str | Path, ...], tmp_path: Path
) -> None:
    file = tmp_path / "lou.zip"

    exported = leadcore("privacy", "export", PHONE, "--out", file, *here)
    twice = leadcore("privacy", "export", PHONE, "--out", file, *here)
    preview = leadcore("privacy", "erase", PHONE, *here)
    erased = leadcore("privacy", "erase", PHONE, "--yes", "--by", "Dana", "--json", *here).document
    again = leadcore("privacy", "erase", PHONE, *here)
    verified = leadcore("consent", "verify", *here)

    with zipfile.ZipFile(file) as archive:
        document = msgspec.json.decode(archive.read("person.json"))
    assert exported.code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert document["rows"]["lead"][0]["note"] == "call my office"
    assert (twice.code, "name a new file" in twice.err) == (1, True)
    assert "nothing was changed: this is a preview" in preview.out
    assert PHONE not in preview.out
    assert (erased["done"], erased["people"], erased["consents_kept"]) == (True, 1, 1)
    assert (again.code, "nobody is known by this" in again.err) == (1, True)
    assert "intact" in verified.out
