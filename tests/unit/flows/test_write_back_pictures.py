"""A customer's picture is told to the shop's CRM: once, with a link that opens it and nothing else, for a while."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.flows.picture_links import linked_picture
from leadcore.flows.tell_crm import tell
from leadcore.flows.write_back import open_write
from leadcore.kernel.errors import NotFoundError
from leadcore.memory.driver import run
from leadcore.ports.crm import CrmNote
from leadcore.ports.pictures import PictureUnavailableError
from leadcore.tenants.values import WriteBackRule
from tests.unit.flows.world import TENANT, World
from tests.unit.flows.written import answered_lead, claimed, tell_amid, told_at_last, writes
from tests.unit.pictures.specimens import jpeg, png

FRONT, BACK = "https://media.example.com/front", "https://media.example.com/back"
ONLY_PICTURES = WriteBackRule(note=False)


async def shop(write_back: WriteBackRule = ONLY_PICTURES) -> World:
    world = await World(write_back=write_back).open()
    world.media |= {FRONT: jpeg(), BACK: png()}
    return world


def notes(world: World) -> list[CrmNote]:
    return world.crm_records.notes.get("o1", [])


async def test_each_picture_is_one_note_on_the_order_whose_link_opens_it() -> None:
    world = await shop()
    await world.lead_arrives()
    await world.drain()

    await world.picture_from_customer("My car", FRONT, BACK)
    await world.pass_time(timedelta(minutes=5))
    front, back = [await linked_picture(world.seams, note.link.rpartition("/")[2]) for note in notes(world)]

    assert all(note.link.startswith("https://hooks.example.com/p/") for note in notes(world))
    assert {note.text for note in notes(world)} == {"The customer sent a picture by text. Open it until 2027-02-21:"}
    assert [front[0].media_type, back[0].media_type] == ["image/jpeg", "image/png"]
    assert front[1] == (await world.store.shelf.fetch_content(front[0].digest, tenant_id=TENANT))
    assert [event.what for event in world.happened("write_back.done")] == ["picture", "picture"]
    assert {event.target for event in world.happened("write_back.done")} == {front[0].id.hex, back[0].id.hex}


async def test_a_picture_is_told_when_it_is_kept_and_not_before() -> None:
    world = await shop()
    await world.lead_arrives()
    world.media[FRONT] = PictureUnavailableError("not yet")

    await world.picture_from_customer("Look", FRONT)
    await world.drain()
    early = list(notes(world))
    world.media[FRONT] = jpeg()
    await world.pass_time(timedelta(hours=1))

    assert early == []
    assert len(notes(world)) == 1


async def test_a_picture_that_could_not_be_kept_is_not_told_and_a_shop_may_want_none() -> None:
    refused, quiet = await shop(), await shop(WriteBackRule(note=False, pictures=False))
    refused.media[FRONT] = b"%PDF-1.7"

    for world in (refused, quiet):
        await world.lead_arrives()
        await world.picture_from_customer("Look", FRONT)
        await world.pass_time(timedelta(hours=1))

    assert (notes(refused), notes(quiet)) == ([], [])


async def test_a_link_is_over_after_its_time_and_opens_nothing_else() -> None:
    world = await shop()
    await world.lead_arrives()
    await world.drain()
    await world.picture_from_customer("Look", FRONT)
    await world.pass_time(timedelta(minutes=5))
    token = notes(world)[0].link.rpartition("/")[2]
    chat = world.texts[0].partition("/c/#")[2].split()[0]

    for wrong in (chat, token[:-1], ""):
        with pytest.raises(NotFoundError, match="not known or is over"):
            await linked_picture(world.seams, wrong)
    world.clock.advance(timedelta(days=90))
    with pytest.raises(NotFoundError, match="not known or is over"):
        await linked_picture(world.seams, token)


async def test_a_field_that_swallows_the_note_is_named_and_the_next_picture_is_still_tried() -> None:
    world = await shop()
    await world.lead_arrives()
    world.crm_records.swallowed = {"note"}
    await world.picture_from_customer("Look", FRONT)
    await world.pass_time(timedelta(hours=2))
    world.crm_records.swallowed = set()

    await world.picture_from_customer("And here", BACK)
    await world.pass_time(timedelta(hours=2))

    assert [(row.what, row.state) for row in await writes(world)] == [("picture", "done"), ("picture", "refused")]
    assert len(notes(world)) == 1


@settings(max_examples=25, deadline=None)
@given(mishaps=st.lists(st.sampled_from(["ok", "lost", "down", "crash_before", "crash_after"]), max_size=8))
def test_whatever_breaks_each_picture_is_told_exactly_once(mishaps: list[str]) -> None:
    run(_tell_through(mishaps))


async def test_without_the_look_a_crash_tells_a_picture_twice() -> None:
    """The negative control: the same crash, with the reference ignored."""
    world = await _with_two_pictures()
    writing = await open_write(world.seams, await claimed(world))
    assert writing is not None

    await tell(world.crm_records, writing)
    await tell(world.crm_records, replace(writing, row=replace(writing.row, unsure=False)))

    assert len(notes(world)) == 2
    assert len({note.reference for note in notes(world)}) == 1


async def _with_two_pictures() -> World:
    world = await shop()
    await answered_lead(world)
    await world.picture_from_customer("Look", FRONT, BACK)
    for _ in range(4):
        for item in await world.store.due.claim(("inbox", "picture"), limit=9, lease_s=30, worker="test"):
            await world.perform(item)
    return world


async def _tell_through(mishaps: list[str]) -> None:
    world = await _with_two_pictures()
    for mishap in mishaps:
        await tell_amid(world, mishap)
    await told_at_last(world, hours=30)

    assert len(notes(world)) == len({note.reference for note in notes(world)}) == 2
    assert {row.state for row in await writes(world)} == {"done"}
