from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from leadcore.conversations.model import Conversation
from leadcore.intake.model import InboxItem
from leadcore.kernel.ids import ConnectionId, ConversationId, InboxId, LeadId, PersonId
from leadcore.leads.model import Lead, Person
from leadcore.leads.values import Vehicle
from leadcore.pictures.policies.preparing import prepared
from leadcore.tenants.model import Connection
from leadcore.testing.builders import a_picture
from leadcore.write_back.model import WriteBack
from leadcore_cli.options import Place
from leadcore_cli.session import Session, within
from tests.apps.cli.conftest import Leadcore, only_these
from tests.unit.pictures.specimens import jpeg

_AT = datetime(2026, 11, 22, 15, tzinfo=UTC)
Here = tuple[str | Path, ...]


class Story:
    """A lead with its conversation, and an inbox row that is dead."""

    def __init__(self) -> None:
        self.lead = LeadId(uuid4())
        self.conversation = ConversationId(uuid4())
        self.item = InboxId(uuid4())


@pytest.fixture
def here(data_dir: Path, shop: str) -> Here:
    return ("--tenant", shop, "--data-dir", data_dir)


@pytest.fixture
def story(data_dir: Path, shop: str) -> Story:
    story = Story()

    async def work(session: Session) -> None:
        tenant = await session.tenant(shop)
        connection = ConnectionId(uuid4())
        async with session.seams.store.begin(tenant.id) as uow:
            person = await uow.leads.put_person(
                Person(id=PersonId(uuid4()), tenant_id=tenant.id, first_name="Jordan", last_name="Reyes")
            )
            vehicle = Vehicle(year=2022, make="Tesla", model="Model 3")
            await uow.leads.add(
                Lead(
                    id=story.lead, tenant_id=tenant.id, person_id=person.id, source="shopmonkey", external_ref="o-1",
                    requested_at=_AT, created_at=_AT, vehicle=vehicle, interest="Ceramic Tint",
                )
            )  # fmt: skip
            await uow.conversations.ensure(
                Conversation(id=story.conversation, tenant_id=tenant.id, person_id=person.id, lead_id=story.lead)
            )
            await uow.tenants.put_connection(
                Connection(
                    id=connection, tenant_id=tenant.id, port="crm", plugin="shopmonkey", settings={}, sealed=b"x"
                )
            )
            await uow.inbox.add(
                [
                    InboxItem(
                        id=story.item, tenant_id=tenant.id, connection_id=connection, source="shopmonkey",
                        dedupe_key="d-1", entity_key=None, occurred_at=_AT, received_at=_AT, body=b'{"order": 1}',
                        state="dead", error="crm_answer: not JSON",
                    )
                ]
            )  # fmt: skip
            await uow.write_backs.begin(
                WriteBack(
                    tenant_id=tenant.id, lead_id=story.lead, what="column", version=1, target="Contacted",
                    started_at=_AT,
                    not_before=_AT, state="refused", error="shopmonkey has no column 'Contacted'", fix="rename it",
                )
            )  # fmt: skip
            await uow.commit()

    with only_these({}):
        assert within(Place(data_dir=data_dir), work) == 0
    return story


def test_a_lead_is_listed_and_shown_with_its_person(leadcore: Leadcore, here: Here, story: Story) -> None:
    listed = leadcore("leads", "list", *here)
    shown = leadcore("leads", "show", str(story.lead), *here)
    document = leadcore("leads", "show", str(story.lead), "--json", *here).document

    assert "Jordan Reyes" in listed.out
    assert "2022 Tesla Model 3" in listed.out
    assert "shopmonkey order o-1" in shown.out
    assert document["conversation"]["id"] == str(story.conversation)


def test_leads_are_narrowed_by_status(leadcore: Leadcore, here: Here, story: Story) -> None:
    fresh = leadcore("leads", "list", "--status", "new", "--json", *here).document
    won = leadcore("leads", "list", "--status", "won", "--json", *here).document

    assert [each["id"] for each in fresh] == [str(story.lead)]
    assert won == []


def test_a_person_takes_the_word_and_gives_it_back_and_the_timeline_tells(
    leadcore: Leadcore, here: Here, story: Story
) -> None:
    taken = leadcore("conversations", "take", str(story.conversation), "--by", "Dana", "--json", *here).document
    waiting = leadcore("conversations", "list", "--waiting", *here)
    given = leadcore("conversations", "release", str(story.conversation), "--by", "Dana", "--json", *here).document
    told = leadcore("leads", "timeline", str(story.lead), *here)

    assert (taken["speaker"], taken["taken_by"]) == ("staff", "Dana")
    assert str(story.conversation) in waiting.out
    assert given["speaker"] == "assistant"
    assert "by=Dana" in told.out


def test_nobody_replies_before_taking_the_word(leadcore: Leadcore, here: Here, story: Story) -> None:
    said = leadcore("conversations", "reply", str(story.conversation), "See you at ten.", *here)

    assert said.code == 1
    assert "fix:   take the conversation first" in said.err


def test_what_the_crm_refused_is_listed_with_its_fix_and_goes_again(
    leadcore: Leadcore, here: Here, story: Story
) -> None:
    listed = leadcore("write-backs", "list", "--state", "refused", "--json", *here).document
    table = leadcore("write-backs", "list", *here)
    again = leadcore("write-backs", "retry", str(story.lead), "--json", *here).document
    left = leadcore("write-backs", "list", "--state", "refused", "--json", *here).document
    unknown = leadcore("write-backs", "retry", str(uuid4()), *here)

    assert [(each["target"], each["fix"]) for each in listed] == [("Contacted", "rename it")]
    assert "Contacted" in table.out
    assert [each["state"] for each in again] == ["unknown"]
    assert left == []
    assert unknown.code == 1


def test_a_dead_row_shows_its_reason_and_body_and_goes_again(leadcore: Leadcore, here: Here, story: Story) -> None:
    listed = leadcore("inbox", "list", "--state", "dead", *here)
    shown = leadcore("inbox", "show", str(story.item), "--json", *here).document
    again = leadcore("inbox", "replay", str(story.item), "--json", *here).document

    assert "crm_answer: not JSON" in listed.out
    assert shown["body"] == '{"order": 1}'
    assert (again["state"], again["error"]) == ("new", "")


@pytest.fixture
def photographed(data_dir: Path, shop: str, story: Story) -> bytes:
    """The lead has a picture that is kept and one that is not."""
    told, kept = prepared(jpeg(), number=1)
    assert kept is not None

    async def work(session: Session) -> None:
        tenant = await session.tenant(shop)
        await session.seams.store.shelf.put(kept.digest, kept.content, tenant_id=tenant.id)
        async with session.seams.store.begin(tenant.id) as uow:
            conversation = await uow.conversations.get(story.conversation, tenant_id=tenant.id)
            row = await uow.inbox.get(story.item, tenant_id=tenant.id)
            connection = await uow.tenants.connection(row.connection_id, tenant_id=tenant.id)
            for number in (1, 2):
                picture = a_picture(conversation, connection, number=number)
                settled, _ = (
                    picture.keep(digest=told.digest, media_type=told.media_type, size=told.size, at=_AT)
                    if number == 1
                    else picture.refuse("it is larger than 10 bytes", at=_AT)
                )
                await uow.pictures.add(settled)
            await uow.commit()

    with only_these({}):
        assert within(Place(data_dir=data_dir), work) == 0
    return kept.content


def test_pictures_are_listed_with_what_became_of_them_and_saved(
    leadcore: Leadcore, here: Here, story: Story, photographed: bytes, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "folder"

    listed = leadcore("leads", "pictures", str(story.lead), *here)
    saved = leadcore("leads", "pictures", str(story.lead), "--save", folder, "--json", *here).document

    assert "image/jpeg" in listed.out
    assert "it is larger than 10 bytes" in listed.out
    assert [each["saved_as"] for each in saved] == [str(folder / "picture-1.jpg"), None]
    assert (folder / "picture-1.jpg").read_bytes() == photographed


def test_a_folder_that_cannot_be_written_is_named(
    leadcore: Leadcore, here: Here, story: Story, photographed: bytes, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")

    said = leadcore("leads", "pictures", str(story.lead), "--save", tmp_path / "file" / "below", *here)

    assert said.code != 0
    assert "--save" in said.err
    assert "fix:" in said.err
