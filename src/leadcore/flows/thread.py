"""Adding to a conversation: one place for whatever anybody says, on any channel."""

from msgspec.structs import replace

from leadcore.compliance.values import Channel
from leadcore.conversations.events import EntryAdded
from leadcore.conversations.model import Conversation, Entry
from leadcore.conversations.values import Author, ReplyMetadata
from leadcore.flows.lead_changes import note_entry
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.ids import EntryId, TurnId

_NEAR = 50


async def add_entry(
    uow: Work,
    seams: Seams,
    conversation: Conversation,
    *,
    author: Author,
    channel: Channel,
    text: str,
    source_ref: str,
    by: str = "",
    turn_id: TurnId | None = None,
    metadata: ReplyMetadata | None = None,
) -> tuple[Conversation, Entry] | None:
    """Append to the locked *conversation* and save it; None when *source_ref* is in it already."""
    now = await uow.now()
    entry = Entry(
        id=EntryId(seams.ids.new()),
        tenant_id=conversation.tenant_id,
        conversation_id=conversation.id,
        seq=conversation.last_seq + 1,
        author=author,
        channel=channel,
        text=text,
        at=now,
        source_ref=source_ref,
        turn_id=turn_id,
        metadata=metadata,
    )
    if not await uow.conversations.add_entry(entry):
        return None
    longer = replace(conversation, last_seq=entry.seq)
    await uow.conversations.save(longer)
    uow.publish(
        EntryAdded(
            tenant_id=entry.tenant_id,
            at=now,
            conversation_id=conversation.id,
            entry_id=entry.id,
            author=author,
            channel=channel,
            by=by,
            lead_id=conversation.lead_id,
        )
    )
    await note_entry(uow, conversation.lead_id, tenant_id=entry.tenant_id)
    return longer, entry


async def drop_turns(uow: Work, conversation: Conversation, *, channel: Channel | None = None) -> tuple[TurnId, ...]:
    """Take every open turn of the locked *conversation* (on *channel*, if given) away from whoever is answering it.

    The generation moves on: whoever speaks now can neither add a word nor finish. Returns which were dropped.
    """
    dropped: list[TurnId] = []
    near = await uow.conversations.turns_since(conversation.id, tenant_id=conversation.tenant_id, limit=_NEAR)
    for each in near:
        if each.state in {"done", "dropped"} or channel not in {None, each.channel}:
            continue
        turn = await uow.conversations.turn(each.id, tenant_id=each.tenant_id)
        await uow.conversations.save_turn(replace(turn, state="dropped", gen=turn.gen + 1, finished_at=await uow.now()))
        dropped.append(turn.id)
    await uow.due.cancel("turn", list(dropped), tenant_id=conversation.tenant_id)
    return tuple(dropped)


async def last_letter(uow: Work, conversation: Conversation) -> str:
    """Return the Message-ID of the customer's newest e-mail, so that an answer lands below it; empty without one."""
    near = await uow.conversations.last_entries(conversation.id, tenant_id=conversation.tenant_id, limit=_NEAR)
    for entry in reversed(near):
        scheme, _, letter = entry.source_ref.partition(":")
        if scheme == "email" and "@" in letter:
            return letter
    return ""
