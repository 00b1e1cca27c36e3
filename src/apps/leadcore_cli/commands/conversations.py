"""`leadcore conversations`: a person's way into the thread until the console exists."""

import getpass
from typing import Annotated
from uuid import UUID, uuid4

from cyclopts import App, Parameter

from leadcore.conversations.model import Conversation
from leadcore.flows import people
from leadcore.flows.lead_views import listed_conversations
from leadcore.kernel.ids import ConversationId
from leadcore_cli.options import HERE, Json, Limit, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_fields, print_json, print_table

app = App(name="conversations", help="Read conversations, take over, reply, give back.")
By = Annotated[str, Parameter(name="--by", help="Who is speaking (default: the user of this machine).")]


@app.command(name="list")
def list_conversations(
    *, waiting: bool = False, limit: Limit = 50, tenant: Shop = "", json: Json = False, place: Place = HERE
) -> int:
    """List conversations, the most recently active first.

    Example: `leadcore conversations list --waiting`

    Parameters
    ----------
    waiting
        Only those that wait for a person.
    limit
        At most this many (default: 50).
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        async with session.seams.store.begin(shop.id) as uow:
            found = await uow.conversations.listing(shop.id, waiting_for_staff=waiting, limit=limit)
            listed = await listed_conversations(uow, found, tenant_id=shop.id)
            said = [await uow.conversations.last_entries(each.id, tenant_id=shop.id, limit=1) for each in found]
        if json:
            print_json(listed)
            return
        rows = [
            (
                each.id,
                each.lead_id,
                each.speaker,
                each.taken_by or "-",
                each.assigned_to or "-",
                entries[-1].text[:60] if entries else "-",
            )
            for each, entries in zip(listed, said, strict=True)
        ]
        headers = ("conversation", "lead", "speaks", "taken by", "advisor", "last words")
        print_table(headers, rows, empty="no conversations")

    return within(place, work)


@app.command
def show(
    conversation_id: UUID, /, *, limit: Limit = 50, tenant: Shop = "", json: Json = False, place: Place = HERE
) -> int:
    """Show what was said, oldest first.

    Example: `leadcore conversations show 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11`

    Parameters
    ----------
    limit
        At most this many of the newest entries (default: 50).
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        key = ConversationId(conversation_id)
        async with session.seams.store.begin(shop.id) as uow:
            conversation = await uow.conversations.get(key, tenant_id=shop.id)
            entries = await uow.conversations.last_entries(conversation.id, tenant_id=shop.id, limit=limit)
            (listed,) = await listed_conversations(uow, [conversation], tenant_id=shop.id)
        if json:
            print_json({"conversation": listed, "entries": entries})
            return
        _print(conversation)
        print_fields([("advisor", listed.assigned_to or "-")])
        print_table(
            ("at", "who", "channel", "text"), [(each.at, each.author, each.channel, each.text) for each in entries]
        )

    return within(place, work)


@app.command
def take(conversation_id: UUID, /, *, by: By = "", tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Take the word: the assistant falls silent and the follow-up stops.

    Example: `leadcore conversations take 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 --by Dana`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        taken = await people.take(
            session.seams, ConversationId(conversation_id), tenant_id=shop.id, by=by or getpass.getuser()
        )
        _answer(taken, json=json)

    return within(place, work)


@app.command
def reply(
    conversation_id: UUID,
    text: str,
    /,
    *,
    by: By = "",
    ref: str = "",
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Answer as a person, on the channel the customer used last. Take the conversation first.

    Example: `leadcore conversations reply 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 "See you at ten."`

    Parameters
    ----------
    ref
        Your own id of this reply: the same one twice is said once.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        entry = await people.reply(
            session.seams,
            ConversationId(conversation_id),
            text,
            tenant_id=shop.id,
            by=by or getpass.getuser(),
            ref=ref or str(uuid4()),
        )
        if json:
            print_json(entry)
        else:
            print(f"said by {entry.channel}")

    return within(place, work)


@app.command
def release(
    conversation_id: UUID, /, *, by: By = "", tenant: Shop = "", json: Json = False, place: Place = HERE
) -> int:
    """Give the word back to the assistant.

    Example: `leadcore conversations release 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11`
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        given = await people.release(
            session.seams, ConversationId(conversation_id), tenant_id=shop.id, by=by or getpass.getuser()
        )
        _answer(given, json=json)

    return within(place, work)


def _answer(conversation: Conversation, *, json: bool) -> None:
    if json:
        print_json(conversation)
    else:
        _print(conversation)


def _print(conversation: Conversation) -> None:
    print_fields(
        [
            ("conversation", conversation.id),
            ("lead", conversation.lead_id),
            ("speaks", conversation.speaker),
            ("taken by", conversation.taken_by or "-"),
            ("handed over because", conversation.handoff_reason or "-"),
        ]
    )
