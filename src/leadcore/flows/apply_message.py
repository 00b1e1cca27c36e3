"""Words from a customer, applied: into the one thread, cadence stopped, an answer due, in one transaction."""

from datetime import datetime, timedelta

import msgspec

from leadcore.compliance.model import ContactPoint
from leadcore.compliance.policies.automatic_replies import is_automatic_reply
from leadcore.compliance.policies.revocation import Revocation, classify
from leadcore.compliance.values import Channel
from leadcore.conversations.model import Conversation, Entry, Turn
from leadcore.flows.apply_standing import hear, stand
from leadcore.flows.assign import assign
from leadcore.flows.lead_changes import open_twin, save_lead
from leadcore.flows.notify import hand_to_staff
from leadcore.flows.receive_pictures import receive_pictures
from leadcore.flows.revoke import ensure_contact
from leadcore.flows.seams import Seams
from leadcore.flows.staff import is_ours
from leadcore.flows.stop import go_on_knowing, stop_all_follow_up
from leadcore.flows.system_replies import answer_keyword
from leadcore.flows.thread import add_entry, drop_turns
from leadcore.flows.work import Work
from leadcore.intake.model import InboxItem
from leadcore.kernel.contact import ContactKind, parse_email, parse_phone
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import ConversationId, LeadId, PersonId, TurnId
from leadcore.leads.events import LeadArrived
from leadcore.leads.model import Lead, Person
from leadcore.leads.policies.standing import FOLLOWS_FROM_FACTS
from leadcore.leads.policies.wishes import UNKNOWN_VEHICLE
from leadcore.leads.values import LeadStatus
from leadcore.pictures.policies.preparing import marked
from leadcore.ports.inbound import CustomerMessage

_GATHER: dict[Channel, timedelta] = {
    "sms": timedelta(seconds=1.5),
    "email": timedelta(seconds=5),
    "web": timedelta(seconds=30),
}
"""How long an answer waits for more: people send several quick texts. On the web the chat app answers at once, and
this is when the scheduler takes over if it did not."""
_ENDING = frozenset({"stop", "wrong_number"})


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a customer's words; `dropped` are the turns an opt-out ended."""

    conversation: Conversation
    entry: Entry
    revocation: Revocation
    turn: Turn | None
    dropped: tuple[TurnId, ...] = ()


async def receive_message(uow: Work, seams: Seams, message: CustomerMessage, *, row: InboxItem) -> str:
    """Apply a text or an e-mail that came in as *row*. Returns why nothing was done, or an empty string."""
    tenant_id, at = row.tenant_id, row.received_at
    if message.automatic or is_automatic_reply(message.text, subject=message.subject):
        return "an automatic reply (out of office): nobody said anything"
    try:
        kind, value = _address(message)
    except InvalidInputError as cause:
        return f"the sender cannot be answered: {cause.message}"
    if is_ours(await uow.tenants.get(tenant_id), message.channel, value):
        return "from the shop itself, so no customer said it: answer with `leadcore conversations reply`"
    point = await ensure_contact(uow, kind, value, tenant_id=tenant_id, seams=seams)
    person = await _person_of(uow, seams, point, message)
    lead = await _lead_of(uow, seams, person, message, said_at=at)
    conversation = await uow.conversations.ensure(
        Conversation(id=ConversationId(seams.ids.new()), tenant_id=tenant_id, person_id=person.id, lead_id=lead.id)
    )
    said = await say(
        uow,
        seams,
        conversation,
        text=message.text,
        channel=message.channel,
        source_ref=f"{message.channel}:{message.provider_id}",
        provider_opt_out=message.provider_opt_out,
        said_at=at,
        pictures=len(message.pictures),
    )
    if said is not None:
        await answer_keyword(uow, seams, said.revocation, point=point, conversation=said.conversation, at=at)
        await receive_pictures(
            uow,
            seams,
            message.pictures,
            conversation=said.conversation,
            connection_id=row.connection_id,
            channel=message.channel,
            source_ref=said.entry.source_ref,
            entry_id=said.entry.id,
        )
    return ""


def _address(message: CustomerMessage) -> tuple[ContactKind, str]:
    """Raises `InvalidInputError` for a sender that is no address, such as a short code."""
    if message.channel == "sms":
        return "phone", parse_phone(message.sender).e164
    return "email", parse_email(message.sender).address


async def _person_of(uow: Work, seams: Seams, point: ContactPoint, message: CustomerMessage) -> Person:
    """Return whose words these are, locked: requests of theirs and merges take turns with us."""
    known = await uow.leads.person_of([point.id], tenant_id=point.tenant_id)
    found = known or await uow.leads.put_person(
        Person(
            id=PersonId(seams.ids.new()),
            tenant_id=point.tenant_id,
            first_name=message.sender_name.split(" ")[0],
            phone_id=point.id if point.kind == "phone" else None,
            email_id=point.id if point.kind == "email" else None,
        )
    )
    return await uow.leads.lock_person(found.id, tenant_id=point.tenant_id)


async def _lead_of(uow: Work, seams: Seams, person: Person, message: CustomerMessage, *, said_at: datetime) -> Lead:
    newest = await uow.leads.newest_of_person(person.id, tenant_id=person.tenant_id)
    if newest is not None:
        return newest
    now = await uow.now()
    fresh = Lead(
        id=LeadId(seams.ids.new()),
        tenant_id=person.tenant_id,
        person_id=person.id,
        source=message.channel,
        external_ref=message.provider_id,
        requested_at=min(said_at, now),
        created_at=now,
        note=message.text[:500],
        vehicle_key=UNKNOWN_VEHICLE,
    )
    stored = await uow.leads.add(fresh)
    if stored is None:  # the same message was applied by another worker between our look and our insert
        return await uow.leads.newest_of_person(person.id, tenant_id=person.tenant_id) or fresh
    uow.publish(LeadArrived(tenant_id=person.tenant_id, at=now, lead_id=stored.id, source=message.channel))
    await assign(uow, await uow.tenants.get(person.tenant_id), stored)
    return stored


async def say(
    uow: Work,
    seams: Seams,
    conversation: Conversation,
    *,
    text: str,
    channel: Channel,
    source_ref: str,
    provider_opt_out: str | None = None,
    said_at: datetime | None = None,
    pictures: int = 0,
) -> Said | None:
    """Add a customer's words to the locked thread; the same transaction stops the cadence and arms the answer.

    `said_at` (default: now) is when they came in: what we apply late is no fresher for it, and an answer at night must
    be fresh. `pictures` came with them; what they revoke is told by the words alone. None when the thread has them
    already.
    """
    revocation = classify(text, provider_opt_out=provider_opt_out)
    added = await add_entry(
        uow, seams, conversation, author="customer", channel=channel, text=marked(text, pictures), source_ref=source_ref
    )
    if added is None:
        return None
    conversation, entry = added
    dropped = await drop_turns(uow, conversation) if revocation.kind in _ENDING else ()
    await hear(uow, conversation, revocation.kind, at=said_at or entry.at)
    conversation = await _move_on(uow, seams, conversation, revocation, at=entry.at)
    wants_answer = conversation.speaker == "assistant" and revocation.kind in {"none", "start"}
    turn = (
        await _arm_turn(uow, seams, conversation, channel=channel, client_ref=source_ref, said_at=said_at or entry.at)
        if wants_answer
        else None
    )
    return Said(conversation=conversation, entry=entry, revocation=revocation, turn=turn, dropped=dropped)


async def _move_on(
    uow: Work, seams: Seams, conversation: Conversation, revocation: Revocation, *, at: datetime
) -> Conversation:
    if revocation.kind in _ENDING:
        leads = await stop_all_follow_up(uow, conversation, reason="opted_out")
        await uow.conversations.revoke_tokens(conversation.id, tenant_id=conversation.tenant_id)
        for each in leads:
            await stand(uow, each)
        return conversation
    for each in await stop_all_follow_up(uow, conversation, reason="replied"):
        await go_on_knowing(uow, each)
        await stand(uow, await _taken_up(uow, each, conversation, at=at))
    if revocation.kind == "ambiguous" and conversation.speaker == "assistant":
        reason = "may be an opt-out: decide before anything else is sent"
        return await hand_to_staff(uow, seams, conversation, by="assistant", reason=reason)
    return conversation


async def _taken_up(uow: Work, lead: Lead, conversation: Conversation, *, at: datetime) -> Lead:
    """Open the request the conversation is about again, if somebody here had given it up: whoever writes is interested.

    What the books or the customer's own words ended is weighed against the new words by `stand`.
    """
    if lead.id != conversation.lead_id or lead.status is not LeadStatus.LOST or lead.lost_reason in FOLLOWS_FROM_FACTS:
        return lead
    if await open_twin(uow, lead) is not None:
        return lead
    opened, event = lead.move_to(LeadStatus.ENGAGED, at=at)
    await save_lead(uow, opened, event)
    return opened


async def _arm_turn(
    uow: Work, seams: Seams, conversation: Conversation, *, channel: Channel, client_ref: str, said_at: datetime
) -> Turn:
    now = await uow.now()
    waiting = await uow.conversations.open_turn(conversation.id, tenant_id=conversation.tenant_id)
    if waiting is not None and waiting.state == "pending" and waiting.channel == channel and channel != "web":
        turn = msgspec.structs.replace(waiting, upto_seq=conversation.last_seq, answers_at=said_at)
        await uow.conversations.save_turn(turn)
    else:
        if channel != "web":  # what is being answered now would miss these words, and two answers would arrive
            await drop_turns(uow, conversation, channel=channel)
        turn = await uow.conversations.add_turn(
            Turn(
                id=TurnId(seams.ids.new()),
                tenant_id=conversation.tenant_id,
                conversation_id=conversation.id,
                channel=channel,
                client_ref=client_ref,
                upto_seq=conversation.last_seq,
                created_at=now,
                answers_at=said_at,
            )
        )
    await uow.due.arm("turn", turn.id, tenant_id=turn.tenant_id, at=now + _GATHER[channel])
    return turn
