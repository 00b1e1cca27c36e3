"""A customer's picture: marked in the thread, fetched outside any transaction, visible whatever becomes of it."""

from datetime import timedelta

import msgspec
import pytest

from leadcore.flows.fetch_picture import MAX_TRIES
from leadcore.flows.ingest import ingest
from leadcore.kernel.errors import LeadcoreError, NotFoundError
from leadcore.orchestrator import Orchestrator
from leadcore.pictures.model import Picture, PictureSettledError
from leadcore.pictures.policies.preparing import prepared
from leadcore.pictures.values import PictureLimits
from leadcore.ports.inbound import AdmittedItem, CustomerMessage, LeadSubmitted, RawRequest, SubmittedPicture
from leadcore.ports.pictures import PictureGoneError, PictureUnavailableError
from tests.unit.flows.world import CONNECTION, MONDAY_NOON, PHONE, TENANT, TrustingDoor, World, nothing_wrong
from tests.unit.pictures.specimens import SECRET, jpeg, png

URL = "https://media.example.com/1"


async def pictures(world: World) -> list[Picture]:
    async with world.store.begin(TENANT) as uow:
        (lead,) = await uow.leads.listing(TENANT, status=None, limit=9, before=None)
        return await uow.pictures.of_lead(lead.id, tenant_id=TENANT)


async def words(world: World) -> list[str]:
    async with world.store.begin(TENANT) as uow:
        (conversation,) = await uow.conversations.listing(TENANT, waiting_for_staff=False, limit=9)
        entries = await uow.conversations.last_entries(conversation.id, tenant_id=TENANT, limit=50)
    return [each.text for each in entries if each.author == "customer"]


async def test_an_mms_is_marked_in_the_thread_fetched_cleaned_and_told_in_the_story() -> None:
    world = await World().open()
    world.media[URL] = jpeg()

    await world.picture_from_customer("Can you tint this?", URL)
    await world.drain()

    (picture,) = await pictures(world)
    kept = await world.store.shelf.fetch_content(picture.digest, tenant_id=TENANT)
    (event,) = world.happened("picture.received")
    assert await words(world) == ["Can you tint this?\n[picture 1]"]
    assert (picture.state, picture.media_type, picture.size, picture.url) == ("kept", "image/jpeg", len(kept), "")
    assert SECRET not in kept
    assert (event.picture_id, event.lead_id, event.entry_id) == (picture.id, picture.lead_id, picture.entry_id)
    await nothing_wrong(world)


async def test_who_embeds_leadcore_fetches_lists_and_reads_pictures_by_name() -> None:
    world = await World().open()
    world.media |= {URL: jpeg(), f"{URL}1": b"%PDF"}
    await world.picture_from_customer("Look", URL, f"{URL}1")
    house = Orchestrator(world.seams)
    (row,) = await house.claim(("inbox",), limit=9, lease_s=30, worker="test")
    await house.apply(row)

    for item in await house.claim(("picture",), limit=9, lease_s=30, worker="test"):
        await house.fetch_picture(item)
    lead_id = (await pictures(world))[0].lead_id
    kept, refused = await house.pictures(lead_id, tenant_id=TENANT)
    shown, content = await house.picture(lead_id, kept.id, tenant_id=TENANT)

    assert (shown, shown.file_name, len(content)) == (kept, "picture-1.jpg", kept.size)
    with pytest.raises(NotFoundError, match="not a JPEG"):
        await house.picture(lead_id, refused.id, tenant_id=TENANT)


async def test_a_picture_without_words_is_still_an_entry() -> None:
    world = await World().open()
    world.media[URL] = png()

    await world.picture_from_customer("", URL)
    await world.drain()

    assert await words(world) == ["[picture 1]"]


async def test_stop_beside_a_picture_is_stop() -> None:
    world = await World().open()
    world.media[URL] = jpeg()

    await world.picture_from_customer("STOP", URL)
    await world.drain()

    async with world.store.begin(TENANT) as uow:
        point = await uow.compliance.point("phone", PHONE, tenant_id=TENANT)
        assert point is not None
        assert [each.reason for each in await uow.compliance.suppressions(point.id, tenant_id=TENANT)] == ["stop_word"]
        (conversation,) = await uow.conversations.listing(TENANT, waiting_for_staff=False, limit=9)
    assert conversation.speaker == "assistant"  # an ambiguous word would have called a person


async def test_a_picture_that_is_not_there_yet_is_asked_for_again() -> None:
    world = await World().open()
    world.media[URL] = PictureUnavailableError("Twilio has it not, or not yet (HTTP 404)")

    await world.picture_from_customer("Look", URL)
    await world.drain()
    (waiting,) = await pictures(world)
    world.media[URL] = jpeg()
    await world.pass_time(timedelta(hours=1))

    (picture,) = await pictures(world)
    assert (waiting.state, waiting.reason) == ("waiting", "Twilio has it not, or not yet (HTTP 404)")
    assert (picture.state, picture.reason) == ("kept", "")
    assert len(world.happened("picture.received")) == 1


async def test_a_picture_that_never_comes_is_given_up_and_says_so() -> None:
    world = await World().open()
    world.media[URL] = PictureUnavailableError("Twilio gave no answer: ConnectTimeout")

    await world.picture_from_customer("Look", URL)
    await world.pass_time(timedelta(days=1))

    (picture,) = await pictures(world)
    (event,) = world.happened("picture.refused")
    assert picture.state == "refused"
    assert picture.reason == event.reason == f"given up after {MAX_TRIES} tries: Twilio gave no answer: ConnectTimeout"


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (PictureGoneError("Twilio redirects to a host that media_hosts does not list"), "media_hosts"),
        (b"%PDF-1.7", "it is not a JPEG"),
        (jpeg()[:60], "its metadata cannot be removed"),
        (b"\xff\xd8\xff" + bytes(2000), "it is larger than 1000 bytes"),
    ],
)
async def test_what_cannot_be_kept_says_why_at_once(found: bytes | LeadcoreError, reason: str) -> None:
    world = await World().open()
    world.seams = msgspec.structs.replace(world.seams, picture_limits=PictureLimits(max_bytes=1000))
    world.media[URL] = found

    await world.picture_from_customer("Look", URL)
    await world.drain()

    (picture,) = await pictures(world)
    assert picture.state == "refused"
    assert reason in picture.reason
    assert [event.reason for event in world.happened("picture.refused")] == [picture.reason]


async def test_more_pictures_than_allowed_are_refused_by_number() -> None:
    world = await World().open()
    world.seams = msgspec.structs.replace(world.seams, picture_limits=PictureLimits(max_count=1))
    world.media |= {URL: jpeg(), f"{URL}1": jpeg()}

    await world.picture_from_customer("Look", URL, f"{URL}1")
    await world.drain()

    assert [(each.number, each.state) for each in await pictures(world)] == [(1, "kept"), (2, "refused")]


async def test_the_same_message_twice_is_one_picture() -> None:
    world = await World().open()
    world.media[URL] = jpeg()
    message = CustomerMessage(
        channel="sms", sender=PHONE, recipient="+15125550100", text="Look", provider_id="MM1",
        pictures=(SubmittedPicture(url=URL),),
    )  # fmt: skip

    await world.webhook(message)
    await world.webhook(message, webhook_id="again")
    await world.drain()

    assert len(await pictures(world)) == 1
    assert len(world.happened("picture.received")) == 1


class UploadDoor(TrustingDoor):
    """A form with one picture in it."""

    def admit(self, request: RawRequest, *, now: object) -> tuple[AdmittedItem, ...]:
        told, kept = prepared(jpeg(), number=1, name="car.jpg")
        assert kept is not None
        lead = LeadSubmitted(external_id="f1", submitted_at=MONDAY_NOON, name="Pat", phones=(PHONE,), pictures=(told,))
        return (AdmittedItem(dedupe_key="f1", body=msgspec.json.encode(lead), pictures=(kept,)),)


async def test_a_forms_picture_is_on_the_shelf_before_the_acknowledgement_and_belongs_to_its_lead() -> None:
    world = await World().open()
    request = RawRequest(method="POST", url="https://x.example.com", headers=(), body=b"")

    await ingest(world.seams, CONNECTION, UploadDoor(), request, wall_clock=MONDAY_NOON)
    told, _ = prepared(jpeg(), number=1)
    before = await world.store.shelf.fetch_content(told.digest, tenant_id=TENANT)
    await world.drain()

    (picture,) = await pictures(world)
    assert SECRET not in before
    assert (picture.state, picture.name, picture.channel, picture.entry_id) == ("kept", "car.jpg", "web", None)
    assert [event.lead_id for event in world.happened("picture.received")] == [picture.lead_id]


async def test_a_picture_that_is_too_large_is_not_shelved_and_says_so() -> None:
    world = await World().open()
    world.seams = msgspec.structs.replace(world.seams, picture_limits=PictureLimits(max_bytes=10))
    request = RawRequest(method="POST", url="https://x.example.com", headers=(), body=b"")

    await ingest(world.seams, CONNECTION, UploadDoor(), request, wall_clock=MONDAY_NOON)
    await world.drain()

    told, _ = prepared(jpeg(), number=1)
    (picture,) = await pictures(world)
    assert (picture.state, picture.reason) == ("refused", "it is larger than 10 bytes")
    with pytest.raises(NotFoundError):
        await world.store.shelf.fetch_content(told.digest, tenant_id=TENANT)


async def test_what_is_settled_stays_settled() -> None:
    world = await World().open()
    world.media[URL] = jpeg()
    await world.picture_from_customer("Look", URL)
    await world.drain()

    (picture,) = await pictures(world)

    for change in (
        lambda: picture.refuse("x", at=MONDAY_NOON),
        lambda: picture.troubled("x"),
        lambda: picture.keep(digest="d", media_type="image/png", size=1, at=MONDAY_NOON),
    ):
        with pytest.raises(PictureSettledError):
            change()
