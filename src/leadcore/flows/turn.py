"""An assistant's turn from the outside: what it may rest on, and what its answer changes."""

from datetime import timedelta

import msgspec
from msgspec.structs import replace

from leadcore.compliance.model import ContactPoint
from leadcore.conversations.model import Conversation, Entry, Segment, Turn
from leadcore.conversations.values import ReplyMetadata, Said, ToolBench, TurnContext
from leadcore.flows.assistant_tools import bench_for, shop_facts
from leadcore.flows.conflicts import until_undisturbed
from leadcore.flows.lead_changes import save_lead
from leadcore.flows.notify import hand_to_staff
from leadcore.flows.seams import Seams
from leadcore.flows.thread import add_entry, last_letter
from leadcore.flows.work import Work
from leadcore.flows.write_message import Draft, write_message
from leadcore.kernel.ids import TenantId, TurnId
from leadcore.leads.policies.first_response import answered
from leadcore.leads.values import LeadStatus
from leadcore.ports.ai import LanguageModel

_RECENT = 30
_OVERSEE = timedelta(seconds=120)
"""A running turn is looked at again after this: whoever ran it has died, and another generation answers."""
_MOST_GENERATIONS = 8
"""A turn that brought down this many is not answered by one more: a person is asked."""
_REPLY_USEFUL = timedelta(hours=24)


class OpenTurn(msgspec.Struct, frozen=True, kw_only=True):
    """A turn that this process may answer, as generation `turn.gen`."""

    turn: Turn
    context: TurnContext
    bench: ToolBench
    models: tuple[tuple[LanguageModel, str], ...]


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What the assistant said and how.

    `quoted`: a price was given; `disclosed`: it said that an AI answers; `handoff`: why a person takes over.
    """

    text: str
    metadata: ReplyMetadata
    handoff: str | None = None
    quoted: bool = False
    disclosed: bool = False


async def begin_turn(seams: Seams, turn_id: TurnId, *, tenant_id: TenantId) -> OpenTurn | None:
    """Start a new generation of the turn and load what it rests on. None when nobody waits for it any more."""
    async with seams.store.begin(tenant_id) as uow:
        conversation_id = (await uow.conversations.turn(turn_id, tenant_id=tenant_id)).conversation_id
    async with seams.store.begin(tenant_id) as uow:
        conversation = await uow.conversations.lock(conversation_id, tenant_id=tenant_id)
        turn = await uow.conversations.turn(turn_id, tenant_id=tenant_id)
        if turn.state in {"done", "dropped"}:
            await uow.due.cancel("turn", [turn.id], tenant_id=tenant_id)
            await uow.commit()
            return None
        now = await uow.now()
        if conversation.speaker == "assistant" and turn.gen >= _MOST_GENERATIONS:
            reason = "the assistant failed to answer"
            conversation = await hand_to_staff(uow, seams, conversation, by="assistant", reason=reason)
        if conversation.speaker != "assistant":
            await uow.conversations.save_turn(replace(turn, state="dropped", finished_at=now))
            await uow.due.cancel("turn", [turn.id], tenant_id=tenant_id)
            await uow.commit()
            return None
        running = replace(turn, state="running", gen=turn.gen + 1, upto_seq=conversation.last_seq)
        await uow.conversations.save_turn(running)
        await uow.due.arm("turn", turn.id, tenant_id=tenant_id, at=now + _OVERSEE)
        context, bench = await _load(uow, seams, conversation, running)
        await uow.commit()
    return OpenTurn(turn=running, context=context, bench=bench, models=await seams.adapters.models(tenant_id))


async def _load(uow: Work, seams: Seams, conversation: Conversation, turn: Turn) -> tuple[TurnContext, ToolBench]:
    tenant_id = conversation.tenant_id
    tenant = await uow.tenants.get(tenant_id)
    lead = await uow.leads.get(conversation.lead_id, tenant_id=tenant_id)
    person = await uow.leads.person(conversation.person_id, tenant_id=tenant_id)
    services = await uow.catalog.services(tenant_id)
    recent = await uow.conversations.last_entries(conversation.id, tenant_id=tenant_id, limit=_RECENT)
    shop = shop_facts(tenant, services, seams.urls)
    now = await uow.now()
    context = TurnContext(
        tenant_id=tenant_id,
        shop=shop,
        channel=turn.channel,
        now=now,
        recent=tuple(Said(author=entry.author, text=entry.text, at=entry.at) for entry in recent),
        first_name=person.first_name,
        vehicle=lead.vehicle,
        interest=lead.interest,
        disclosed_at=conversation.disclosed_at,
    )
    return context, bench_for(shop, services, lead.vehicle, quote_prefix=f"q-{str(turn.id)[-6:]}")


async def next_generation(seams: Seams, opened: OpenTurn) -> OpenTurn | None:
    """Start over after text was shown (failover). None when the turn was taken away meanwhile."""
    turn = opened.turn
    async with seams.store.begin(turn.tenant_id) as uow:
        stored = await uow.conversations.turn(turn.id, tenant_id=turn.tenant_id)
        if stored.state != "running" or stored.gen != turn.gen:
            return None
        newer = replace(stored, gen=stored.gen + 1)
        await uow.conversations.save_turn(newer)
        await uow.commit()
    return replace(opened, turn=newer)


async def keep_segments(seams: Seams, opened: OpenTurn, pieces: list[tuple[int, str]]) -> None:
    """Store streamed pieces as (seq, text). Raises `ConflictError` when this generation lost."""
    turn = opened.turn
    async with seams.store.begin(turn.tenant_id) as uow:
        await uow.conversations.add_segments(
            [Segment(turn_id=turn.id, gen=turn.gen, seq=seq, text=text) for seq, text in pieces],
            tenant_id=turn.tenant_id,
        )
        await uow.commit()


async def finish_turn(seams: Seams, opened: OpenTurn, answer: Answered) -> Entry | None:
    """Put the answer into the thread, send it where the customer wrote from, and hand over if asked to.

    None when this generation lost: a person took over, or another worker answered.
    """
    # settling an earlier message moves the lead, too; an answer that was spoken must not be lost to that
    return await until_undisturbed(lambda: _finish_once(seams, opened, answer))


async def _finish_once(seams: Seams, opened: OpenTurn, answer: Answered) -> Entry | None:
    turn = opened.turn
    async with seams.store.begin(turn.tenant_id) as uow:
        conversation = await uow.conversations.lock(turn.conversation_id, tenant_id=turn.tenant_id)
        stored = await uow.conversations.turn(turn.id, tenant_id=turn.tenant_id)
        if stored.state != "running" or stored.gen != turn.gen or conversation.speaker != "assistant":
            return None
        now = await uow.now()
        if answer.disclosed:
            conversation = replace(conversation, disclosed_at=now)
        added = await add_entry(
            uow,
            seams,
            conversation,
            author="assistant",
            channel=turn.channel,
            text=answer.text,
            source_ref=f"turn:{turn.id}",
            turn_id=turn.id,
            metadata=answer.metadata,
        )
        if added is None:
            return None
        conversation, entry = added
        await uow.conversations.save_turn(replace(stored, state="done", entry_id=entry.id, finished_at=now))
        await uow.due.cancel("turn", [turn.id], tenant_id=turn.tenant_id)
        await _progress(uow, conversation, quoted=answer.quoted, shown=turn.channel == "web")
        await _send(uow, seams, conversation, turn, answer.text)
        if answer.handoff is not None:
            await hand_to_staff(uow, seams, conversation, by="assistant", reason=answer.handoff)
        await uow.commit()
    return entry


async def _progress(uow: Work, conversation: Conversation, *, quoted: bool, shown: bool) -> None:
    now = await uow.now()
    lead = await uow.leads.get(conversation.lead_id, tenant_id=conversation.tenant_id)
    moved, event = lead.progressed_to(LeadStatus.QUOTED if quoted else LeadStatus.ENGAGED, at=now)
    answer = None
    if shown:  # on the web nothing is sent that could stop this clock
        moved, answer = answered(moved, "automation", at=now, channel="web")
    if moved != lead:
        await save_lead(uow, replace(moved, version=lead.version + 1), event, answer)


async def _send(uow: Work, seams: Seams, conversation: Conversation, turn: Turn, text: str) -> None:
    if turn.channel == "web":
        return
    person = await uow.leads.person(conversation.person_id, tenant_id=conversation.tenant_id)
    point_id = person.phone_id if turn.channel == "sms" else person.email_id
    if point_id is None:
        return
    point: ContactPoint = await uow.compliance.get_point(point_id, tenant_id=conversation.tenant_id)
    now = await uow.now()
    draft = Draft(
        tenant_id=conversation.tenant_id,
        channel=turn.channel,
        purpose="reply",
        contact_point_id=point.id,
        recipient=point.value,
        subject="Re: your request",
        body=text,
        not_after=now + _REPLY_USEFUL,
        lead_id=conversation.lead_id,
        conversation_id=conversation.id,
        answers=turn.answers_at,
        thread_ref=await last_letter(uow, conversation) if turn.channel == "email" else "",
    )
    await write_message(uow, seams, draft, at=now)
