"""The shop's people in the conversation: list, read, take, reply, give back."""

from datetime import timedelta

from msgspec.structs import replace

from leadcore.compliance.model import ContactPoint
from leadcore.compliance.policies.reach import reasons_against
from leadcore.compliance.values import Channel
from leadcore.conversations.model import Conversation, Entry, NotTheSpeakerError
from leadcore.flows.conflicts import until_undisturbed
from leadcore.flows.lead_changes import save_lead
from leadcore.flows.seams import Seams
from leadcore.flows.stop import stop_all_follow_up
from leadcore.flows.thread import add_entry, drop_turns, last_letter
from leadcore.flows.work import Work
from leadcore.flows.write_message import Draft, write_message
from leadcore.kernel.errors import InvalidInputError, RefusedError
from leadcore.kernel.ids import ConversationId, LeadId, TenantId
from leadcore.leads.policies.first_response import answered
from leadcore.ports.messaging import SendChannel

_REPLY_USEFUL = timedelta(hours=24)
_MAX_TEXT = 1600


class NoWayToReachError(RefusedError):
    """The customer has opted out, or left neither a phone nor an e-mail address."""

    code = "no_way_to_reach"


async def take(seams: Seams, conversation_id: ConversationId, *, tenant_id: TenantId, by: str) -> Conversation:
    """Let *by* speak: the assistant falls silent, the cadence stops, an open turn is dropped."""
    async with seams.store.begin(tenant_id) as uow:
        conversation = await uow.conversations.lock(conversation_id, tenant_id=tenant_id)
        now = await uow.now()
        taken, event = conversation.handed_to("staff", by=by, at=now, reason="taken")
        await uow.conversations.save(taken)
        uow.publish(event)
        await stop_all_follow_up(uow, taken, reason="taken_over")
        await drop_turns(uow, taken)
        await uow.commit()
    return taken


async def release(seams: Seams, conversation_id: ConversationId, *, tenant_id: TenantId, by: str) -> Conversation:
    """Give the word back to the assistant. A person has looked: an ambiguous opt-out is decided as none."""
    async with seams.store.begin(tenant_id) as uow:
        conversation = await uow.conversations.lock(conversation_id, tenant_id=tenant_id)
        now = await uow.now()
        given, event = conversation.handed_to("assistant", by=by, at=now, reason="released")
        await uow.conversations.save(given)
        uow.publish(event)
        for point in await _points(uow, given):
            await _lift_ambiguous(uow, point)
        await uow.commit()
    return given


async def reply(
    seams: Seams, conversation_id: ConversationId, text: str, *, tenant_id: TenantId, by: str, ref: str
) -> Entry:
    """Say *text* as a person: into the thread, and by text (else e-mail) to the customer. `ref` makes it idempotent.

    Raises `NotTheSpeakerError` unless a person has the word, `NoWayToReachError` after an opt-out.
    """
    if not text.strip() or len(text) > _MAX_TEXT:
        raise InvalidInputError("a reply has 1 to 1600 characters", field="text", fix="shorten it")
    # an answer in the chat stops the lead's clock, and settling a message moves the lead, too
    return await until_undisturbed(
        lambda: _reply_once(seams, conversation_id, text, tenant_id=tenant_id, by=by, ref=ref)
    )


async def _reply_once(
    seams: Seams, conversation_id: ConversationId, text: str, *, tenant_id: TenantId, by: str, ref: str
) -> Entry:
    async with seams.store.begin(tenant_id) as uow:
        conversation = await uow.conversations.lock(conversation_id, tenant_id=tenant_id)
        if conversation.speaker != "staff":
            raise NotTheSpeakerError("the assistant has the word", fix="take the conversation first")
        channel = await _customers_channel(uow, conversation)
        added = await add_entry(
            uow, seams, conversation, author="staff", channel=channel, text=text, source_ref=f"staff:{ref}", by=by
        )
        if added is None:
            raise RefusedError("this reply was sent already", field="ref", fix="use a new ref for a new reply")
        conversation, entry = added
        if channel == "web":
            await _answered_here(uow, conversation)
        else:
            await _send(uow, seams, conversation, text, prefer=channel)
        await uow.commit()
    return entry


async def conversation_of_lead(seams: Seams, lead_id: LeadId, *, tenant_id: TenantId) -> Conversation | None:
    """Return the thread of the person behind a lead."""
    async with seams.store.begin(tenant_id) as uow:
        return await uow.conversations.of_lead(lead_id, tenant_id=tenant_id)


async def _answered_here(uow: Work, conversation: Conversation) -> None:
    lead = await uow.leads.get(conversation.lead_id, tenant_id=conversation.tenant_id)
    noted, answer = answered(lead, "staff", at=await uow.now(), channel="web")
    if noted != lead:
        await save_lead(uow, replace(noted, version=lead.version + 1), answer)


async def _customers_channel(uow: Work, conversation: Conversation) -> Channel:
    recent = await uow.conversations.last_entries(conversation.id, tenant_id=conversation.tenant_id, limit=20)
    return next((entry.channel for entry in reversed(recent) if entry.author == "customer"), "sms")


async def _send(uow: Work, seams: Seams, conversation: Conversation, text: str, *, prefer: str) -> None:
    now = await uow.now()
    wanted = "phone" if prefer == "sms" else "email"
    points = sorted(await _points(uow, conversation), key=lambda point: point.kind != wanted)
    for point in points:
        await _lift_ambiguous(uow, point)
    for point in points:
        channel: SendChannel = "sms" if point.kind == "phone" else "email"
        if reasons_against(
            point.id, channel, await uow.compliance.suppressions_around(point.id, tenant_id=point.tenant_id)
        ):
            continue
        draft = Draft(
            tenant_id=point.tenant_id,
            channel=channel,
            # who never wrote cannot be replied to: then it is about the request they made, with its consent
            purpose="reply" if point.last_inbound_at else "transactional",
            contact_point_id=point.id,
            recipient=point.value,
            subject="Your request",
            body=text,
            not_after=now + _REPLY_USEFUL,
            lead_id=conversation.lead_id,
            conversation_id=conversation.id,
            answers=point.last_inbound_at,
            thread_ref=await last_letter(uow, conversation) if channel == "email" else "",
            spoken_by="staff",
        )
        await write_message(uow, seams, draft, at=now)
        return
    raise NoWayToReachError("the customer has opted out or cannot be reached", fix="call them")


async def _points(uow: Work, conversation: Conversation) -> list[ContactPoint]:
    """Return how the person is reached, the primary points first, then what else is theirs since they were merged."""
    person = await uow.leads.person(conversation.person_id, tenant_id=conversation.tenant_id)
    theirs = await uow.leads.points_of(person.id, tenant_id=conversation.tenant_id)
    ids = sorted(theirs, key=lambda each: each not in {person.phone_id, person.email_id})
    return [await uow.compliance.get_point(each, tenant_id=conversation.tenant_id) for each in ids]


async def _lift_ambiguous(uow: Work, point: ContactPoint) -> None:
    open_ones = await uow.compliance.suppressions(point.id, tenant_id=point.tenant_id)
    if open_ones and all(each.reason == "ambiguous" for each in open_ones):
        for each in open_ones:
            await uow.compliance.lift(point.id, tenant_id=point.tenant_id, channel=each.channel, at=await uow.now())
