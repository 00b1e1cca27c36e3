"""Rows of a file are applied several by one commit; one that is wrong holds up no other, and nothing is done twice."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadcore.flows.apply import apply_imported, apply_inbox
from leadcore.flows.bulk import bring_in
from leadcore.flows.import_leads import UsableRow, bring_in_rows, run_of
from leadcore.intake.model import IMPORTED
from leadcore.kernel.ids import RunId
from leadcore.leads.values import LeadStatus
from leadcore.memory.driver import run
from leadcore.ports.inbound import AdmittedItem, LeadSubmitted, SubmittedVehicle, UnreadableBodyError
from leadcore.ports.storage import DueItem
from leadcore_runtime.bulk import BulkWork
from tests.unit.flows.world import CONNECTION, MONDAY_NOON, TENANT, World

RUN = run_of(TENANT, "file", follow_up=False)
_ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from(["Y", "3"])), max_size=12)


def row(number: int, phone: int, email: int, model: str = "Y") -> UsableRow:
    lead = LeadSubmitted(
        external_id=f"r{number}", submitted_at=MONDAY_NOON - timedelta(days=9), first_name="Pat",
        phones=(f"+1512555014{phone}",), emails=(f"p{email}@example.com",),
        vehicle=SubmittedVehicle(make="Tesla", model=model),
    )  # fmt: skip
    return UsableRow(row=number, lead=lead)


async def brought(*rows: UsableRow, broken: bool = False) -> World:
    world = await World().open()
    await bring_in_rows(world.seams, TENANT, rows, run_id=RUN, follow_up=False)
    if broken:
        note = AdmittedItem(dedupe_key="broken", body=b"{", entity_key="import:broken")
        async with world.store.begin(TENANT) as uow:
            await bring_in(
                uow, world.seams, [note], connection_id=CONNECTION.id, tenant_id=TENANT, source=IMPORTED,
                run_id=RunId(RUN),
            )  # fmt: skip
            await uow.commit()
    return world


async def claimed(world: World) -> list[DueItem]:
    return await world.store.due.claim(("bulk",), limit=99, lease_s=30, worker="test")


async def leads_of(world: World) -> list[tuple[object, ...]]:
    async with world.store.begin(TENANT) as uow:
        leads = await uow.leads.listing(TENANT, status=None, before=None, limit=99)
        people = [await uow.leads.person(lead.person_id, tenant_id=TENANT) for lead in leads]
        named = [[each.external_ref for each in await uow.leads.references(x.id, tenant_id=TENANT)] for x in leads]
        points = [
            [
                (await uow.compliance.get_point(each, tenant_id=TENANT)).value
                for each in (p.phone_id, p.email_id)
                if each
            ]
            for p in people
        ]
    found = zip(leads, named, points, strict=True)
    return sorted((lead.external_ref, lead.status, sorted(refs), at) for lead, refs, at in found)


@settings(max_examples=30, deadline=None)
@given(_ROWS)
def test_together_or_one_by_one_the_same_people_and_leads_come_out(told: list[tuple[int, int, str]]) -> None:
    async def story(*, together: bool) -> list[tuple[object, ...]]:
        world = await brought(*(row(number, *each) for number, each in enumerate(told)))
        items = await claimed(world)
        if together and items:
            assert await apply_imported(world.seams, items)
        else:
            for item in items:
                await apply_inbox(world.seams, item)
        assert await claimed(world) == []
        return await leads_of(world)

    assert run(story(together=True)) == run(story(together=False))


async def test_a_row_that_is_wrong_undoes_them_all_and_the_worker_finds_it_out() -> None:
    world = await brought(row(1, 1, 1), row(2, 2, 2), broken=True)
    with pytest.raises(UnreadableBodyError):
        await apply_imported(world.seams, await claimed(world))
    nothing = await leads_of(world)
    world.clock.advance(timedelta(minutes=5))  # the claims are over

    done = await BulkWork(world.seams).until_settled(RUN, tenant_id=TENANT, on_progress=lambda _: None)

    assert nothing == []
    assert (done.done, done.dead, done.waiting) == (2, 1, 0)
    assert [each[1] for each in await leads_of(world)] == [LeadStatus.NEW] * 2


async def test_a_row_that_was_applied_meanwhile_is_not_applied_again() -> None:
    world = await brought(row(1, 1, 1), row(2, 2, 2))
    items = await claimed(world)
    await apply_inbox(world.seams, items[0])

    assert not await apply_imported(world.seams, items)
    assert len(await leads_of(world)) == 1
