"""What a customer writes in web chat: heeded, added to the thread, and answered, in one transaction."""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from leadcore.compliance.policies.revocation import Revocation
from leadcore.compliance.policies.wording import confirmation_text, help_text
from leadcore.conversations.model import Conversation, Entry, Turn
from leadcore.conversations.values import Speaker
from leadcore.flows.apply_message import Said, say
from leadcore.flows.chat_session import ChatAccess
from leadcore.flows.revoke import heed
from leadcore.flows.seams import Seams
from leadcore.flows.thread import add_entry
from leadcore.flows.work import Work
from leadcore.kernel.errors import ConflictError, InvalidInputError
from leadcore.kernel.ids import EntryId, TenantId, TurnId

LONGEST_MESSAGE = 2000
_LONGEST_REF = 200
_NEAR = 200
_ENDING = frozenset({"stop", "wrong_number"})


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message. Without a turn, either `notice` (the prescribed words) answers or a person will.

    `overtaken` are turns this message made pointless: the new one answers for them.
    """

    entry: Entry
    speaker: Speaker
    turn: Turn | None = None
    notice: Entry | None = None
    overtaken: tuple[TurnId, ...] = ()
    is_new: bool = True


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a turn stands. `answered` has an entry; `replaced` names the newer turn that answers for it."""

    state: Literal["waiting", "answered", "staff", "replaced"]
    entry: Entry | None = None
    turn: Turn | None = None


def web_ref(client_id: str) -> str:
    """Return the `source_ref` of a message by the sender's own id of it."""
    return f"web:{client_id}"


def client_id_of(entry: Entry) -> str | None:
    """Return the sender's own id of a message said in web chat."""
    scheme, _, client_id = entry.source_ref.partition(":")
    return client_id if scheme == "web" and entry.author == "customer" else None


async def post_message(seams: Seams, access: ChatAccess, text: str, *, client_id: str) -> Posted:
    """Say *text* as the customer. The same *client_id* says it once: asking again returns what became of it.

    Raises `InvalidInputError` for an empty or too long text, or another text under a known id.
    """
    _check(text, client_id)
    async with seams.store.begin(access.tenant_id) as uow:
        await _heed(uow, access, text)
        conversation = await uow.conversations.lock(access.conversation_id, tenant_id=access.tenant_id)
        stored = await _said_before(uow, conversation, web_ref(client_id))
        if stored is not None:
            return await _again(uow, conversation, stored, text)
        said = await say(uow, seams, conversation, text=text, channel="web", source_ref=web_ref(client_id))
        if said is None:
            raise ConflictError("this message was sent a long time ago", field="client_message_id", fix="use a new id")
        overtaken = (*said.dropped, *await _overtake(uow, said))
        notice = await _notice(uow, seams, said)
        await uow.commit()
    return Posted(
        entry=said.entry, speaker=said.conversation.speaker, turn=said.turn, notice=notice, overtaken=overtaken
    )


async def outcome_of(seams: Seams, access: ChatAccess, turn_id: TurnId) -> Outcome:
    """Return how a turn stands, without a lock."""
    async with seams.store.begin(access.tenant_id) as uow:
        thread = uow.conversations
        conversation = await thread.get(access.conversation_id, tenant_id=access.tenant_id)
        turns = await thread.turns_since(conversation.id, tenant_id=access.tenant_id, limit=_NEAR)
        turn = next((each for each in turns if each.id == turn_id), None)
        if turn is None or turn.state in {"pending", "running"}:
            return Outcome(state="waiting", turn=turn)
        if turn.state == "done":
            near = await thread.last_entries(conversation.id, tenant_id=access.tenant_id, limit=_NEAR)
            entry = next((each for each in near if each.id == turn.entry_id), None)
            return Outcome(state="answered", entry=entry) if entry else Outcome(state="staff")
    newest = turns[-1]
    if conversation.speaker == "assistant" and newest.id != turn_id and newest.channel == turn.channel:
        return Outcome(state="replaced", turn=newest)
    return Outcome(state="staff")


async def hand_back_turn(seams: Seams, turn_id: TurnId, *, tenant_id: TenantId) -> None:
    """Let the scheduler answer a turn now that this process stops. A finished turn is left alone."""
    async with seams.store.begin(tenant_id) as uow:
        turn = await uow.conversations.turn(turn_id, tenant_id=tenant_id)
        if turn.state in {"pending", "running"}:
            await uow.due.arm("turn", turn.id, tenant_id=tenant_id, at=await uow.now())
            await uow.commit()


def _check(text: str, client_id: str) -> None:
    if not text.strip():
        raise InvalidInputError("the message is empty", field="message", fix="write something")
    if len(text) > LONGEST_MESSAGE:
        raise InvalidInputError(
            f"a message has at most {LONGEST_MESSAGE} characters, this one {len(text)}",
            field="message",
            fix="shorten it, or send it in parts",
        )
    if not client_id or len(client_id) > _LONGEST_REF:
        raise InvalidInputError(
            f"an id has 1 to {_LONGEST_REF} characters", field="client_message_id", fix="send a UUID"
        )


async def _heed(uow: Work, access: ChatAccess, text: str) -> None:
    """Contact points first: whoever sends locks them before the conversation, too."""
    conversation = await uow.conversations.get(access.conversation_id, tenant_id=access.tenant_id)
    person = await uow.leads.person(conversation.person_id, tenant_id=access.tenant_id)
    point_id = person.phone_id or person.email_id
    if point_id is not None:
        await heed(uow, await uow.compliance.get_point(point_id, tenant_id=access.tenant_id), text)


async def _said_before(uow: Work, conversation: Conversation, source_ref: str) -> Entry | None:
    near = await uow.conversations.last_entries(conversation.id, tenant_id=conversation.tenant_id, limit=_NEAR)
    return next((entry for entry in near if entry.source_ref == source_ref), None)


async def _again(uow: Work, conversation: Conversation, stored: Entry, text: str) -> Posted:
    if stored.text != text:
        raise InvalidInputError(
            "another message was sent under this id", field="client_message_id", fix="use a new id for a new message"
        )
    turns = await uow.conversations.turns_since(conversation.id, tenant_id=conversation.tenant_id, limit=_NEAR)
    turn = next((each for each in turns if each.client_ref == stored.source_ref), None)
    notice = await _said_before(uow, conversation, _notice_ref(stored.id))
    return Posted(entry=stored, speaker=conversation.speaker, turn=turn, notice=notice, is_new=False)


async def _overtake(uow: Work, said: Said) -> tuple[TurnId, ...]:
    """Drop what is being answered on the web: the newer turn reads both messages. After an opt-out, drop everything."""
    conversation = said.conversation
    dropped: list[TurnId] = []
    if said.turn is None and said.revocation.kind not in _ENDING:
        return ()
    turns = await uow.conversations.turns_since(conversation.id, tenant_id=conversation.tenant_id, limit=_NEAR)
    for turn in turns:
        is_open = turn.state in {"pending", "running"}
        is_ours = turn.channel == "web" or said.revocation.kind in _ENDING
        if is_open and is_ours and (said.turn is None or turn.id != said.turn.id):
            dropped.append(await _drop(uow, turn, at=said.entry.at))
    return tuple(dropped)


async def _drop(uow: Work, turn: Turn, *, at: datetime) -> TurnId:
    locked = await uow.conversations.turn(turn.id, tenant_id=turn.tenant_id)
    await uow.conversations.save_turn(replace(locked, state="dropped", gen=locked.gen + 1, finished_at=at))
    await uow.due.cancel("turn", [turn.id], tenant_id=turn.tenant_id)
    return turn.id


async def _notice(uow: Work, seams: Seams, said: Said) -> Entry | None:
    """Add the words the law prescribes. In the chat itself: after an opt-out nothing is sent anywhere else."""
    conversation = said.conversation
    text = await _notice_text(uow, said.revocation, tenant_id=conversation.tenant_id)
    if not text:
        return None
    added = await add_entry(
        uow, seams, conversation, author="shop", channel="web", text=text, source_ref=_notice_ref(said.entry.id)
    )
    return added[1] if added else None


async def _notice_text(uow: Work, revocation: Revocation, *, tenant_id: TenantId) -> str:
    if revocation.kind in _ENDING:
        return confirmation_text((await uow.tenants.get(tenant_id)).brand)
    if revocation.kind == "help":
        tenant = await uow.tenants.get(tenant_id)
        return help_text(tenant.brand, tenant.phone)
    return ""


def _notice_ref(entry_id: EntryId) -> str:
    return f"notice:{entry_id}"
