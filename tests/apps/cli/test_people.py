from pathlib import Path
from uuid import uuid4

import pytest

from leadcore.kernel.ids import LeadId, PersonId
from leadcore.leads.model import Lead, Person
from leadcore.leads.values import Vehicle
from leadcore.testing.builders import NOON
from leadcore_cli.options import Place
from leadcore_cli.session import Session, within
from tests.apps.cli.conftest import Leadcore, only_these

Here = tuple[str | Path, ...]


@pytest.fixture
def here(data_dir: Path, shop: str) -> Here:
    return ("--tenant", shop, "--data-dir", data_dir)


@pytest.fixture
def pair(data_dir: Path, shop: str) -> tuple[str, str]:
    """Two people of one name who asked for one vehicle."""
    ids = (PersonId(uuid4()), PersonId(uuid4()))

    async def work(session: Session) -> None:
        tenant = await session.tenant(shop)
        async with session.seams.store.begin(tenant.id) as uow:
            for person_id in ids:
                await uow.leads.put_person(
                    Person(id=person_id, tenant_id=tenant.id, first_name=f"Lou {ids[0].hex[:6]}", last_name="Reyes")
                )
                await uow.leads.add(
                    Lead(
                        id=LeadId(uuid4()), tenant_id=tenant.id, person_id=person_id, source="webform",
                        external_ref=f"f-{person_id}", requested_at=NOON, created_at=NOON,
                        vehicle=Vehicle(year=2022, make="Tesla", model="Model 3"), vehicle_key="2022|tesla|model3",
                    )
                )  # fmt: skip
            await uow.commit()

    with only_these({}):
        assert within(Place(data_dir=data_dir), work) == 0
    return str(ids[0]), str(ids[1])


def test_two_people_become_one_and_two_again(leadcore: Leadcore, here: Here, pair: tuple[str, str]) -> None:
    keep, other = pair

    listed = leadcore("people", "duplicates", *here)
    preview = leadcore("people", "merge", keep, other, "--dry-run", *here)
    merged = leadcore("people", "merge", keep, other, "--by", "Dana", "--json", *here).document
    shown = leadcore("people", "show", keep, *here)
    again = leadcore("people", "merge", keep, other, *here)
    undone = leadcore("people", "unmerge", merged["merge_id"], *here)
    parted = leadcore("people", "show", other, "--json", *here).document

    assert f"{keep}, {other}" in listed.out or f"{other}, {keep}" in listed.out
    assert "none: this is a preview" in preview.out
    assert len(merged["duplicates"]) == 1
    assert f"webform:f-{other}" in shown.out
    assert (again.code, "merged into" in again.err) == (1, True)
    assert "rows restored" in undone.out
    assert [each["references"] for each in parted["leads"]] == [[f"webform:f-{other}"]]
