"""Ending a hold: what the carriers sent and the database does not know is written down first, so nothing goes twice."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from leadcore.compliance.model import ContactPoint
from leadcore.compliance.policies.gate import RULES_VERSION
from leadcore.flows.restored import FOUND_AFTER_RESTORE
from leadcore.flows.seams import Seams
from leadcore.flows.settle import settle_within
from leadcore.flows.unknown_sends import Sender, senders, unknown_sends
from leadcore.flows.work import Work
from leadcore.kernel.contact import parse_phone, zones_of
from leadcore.kernel.errors import InvalidInputError, RefusedError
from leadcore.kernel.ids import AttemptId, ContactPointId, MessageId
from leadcore.messaging.machine import FoundInList
from leadcore.messaging.model import Attempt, Message
from leadcore.messaging.policies.matching import body_digest
from leadcore.messaging.values import OPEN_MESSAGE
from leadcore.ports.messaging import AcceptedMessage, CarrierError, LookupUnsupportedError
from leadcore.ports.storage import DeploymentState

_BEFORE_LAST = timedelta(hours=24)
_WITHOUT_HISTORY = timedelta(days=30)
_BATCH = 50

Progress = Callable[[str, int], None]
"""Is told whose messages are written down, and how many of them are."""


class Surveyed(msgspec.Struct, frozen=True, kw_only=True):
    """What one sender's carrier says. `unknown` were sent and are not known here; `lists` is False where none is kept.

    Of a carrier without a list, everything that was due before the hold expires instead of going out perhaps twice.
    """

    shop: str
    channel: str
    sender: str
    since: datetime
    lists: bool
    unknown: int = 0


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """What a release did. `settled` messages had waited here and were gone already; `found` were not known at all."""

    epoch: int
    gap_until: datetime | None
    settled: int = 0
    found: int = 0
    senders: tuple[Surveyed, ...] = ()


async def survey_hold(seams: Seams) -> tuple[Surveyed, ...]:
    """Ask every carrier what a release would write down; changes nothing. Raises `RefusedError` as `release_hold`."""
    return tuple([_surveyed(sender, since, found) for sender, since, found in await _unknown_of_all(seams)])


async def release_hold(
    seams: Seams, *, deployment_id: str, because: str, name: str, progress: Progress | None = None
) -> Released:
    """End the hold. An operator's is lifted; a witness's is reconciled with the carriers first, then adopted.

    Raises `InvalidInputError` without a reason, `RefusedError` when nothing is held or a carrier's list cannot be read,
    `ConflictError` when somebody else released it meanwhile.
    """
    if not because.strip():
        raise InvalidInputError("say why sending may go on", field="because", fix="give a reason; it is kept")
    deployment = seams.store.deployment
    state = await deployment.state()
    if not state.held:
        raise RefusedError("sending is not held", fix="see `leadcore hold show`")
    if state.held_by == "operator":
        await deployment.lift(because=because, name=name)
        return Released(epoch=state.epoch, gap_until=state.gap_until)
    settled = written = 0
    surveyed: list[Surveyed] = []
    for sender, since, found in await _unknown_of_all(seams):
        for start in range(0, len(found or ()), _BATCH):
            some = (found or ())[start : start + _BATCH]
            settled += await _write_down(seams, sender, some, state=state)
            written += len(some)
            if progress is not None:
                progress(f"{sender.tenant.slug} {sender.channel}", written)
        surveyed.append(_surveyed(sender, since, found))
    await deployment.release(
        await deployment.sight(), deployment_id=deployment_id, because=because, name=name, epoch=state.epoch
    )
    return Released(
        epoch=state.epoch + 1,
        gap_until=state.held_at,
        settled=settled,
        found=written - settled,
        senders=tuple(surveyed),
    )


_Found = list[tuple[Sender, datetime, tuple[AcceptedMessage, ...] | None]]


async def _unknown_of_all(seams: Seams) -> _Found:
    """Return what every sender's carrier lists beyond what is known; None for a carrier without a list."""
    state = await seams.store.deployment.state()
    found: _Found = []
    async for sender in senders(seams):
        since = await _since(seams, sender, state)
        try:
            found.append((sender, since, await unknown_sends(seams, sender, since=since)))
        except LookupUnsupportedError:
            found.append((sender, since, None))
        except CarrierError as trouble:
            raise RefusedError(
                f"{sender.tenant.slug}: what {sender.name} sent cannot be read: {trouble.message}",
                field=f"{sender.tenant.slug}.{sender.channel}",
                fix=f"{trouble.fix or 'wait until the carrier answers'}; then release again",
            ) from trouble
    return found


def _surveyed(sender: Sender, since: datetime, found: tuple[AcceptedMessage, ...] | None) -> Surveyed:
    return Surveyed(
        shop=sender.tenant.slug,
        channel=sender.channel,
        sender=sender.name,
        since=since,
        lists=found is not None,
        unknown=len(found or ()),
    )


async def _since(seams: Seams, sender: Sender, state: DeploymentState) -> datetime:
    """Return where to begin, in real time: a day before the last thing that is known to have ended."""
    async with seams.store.begin(sender.tenant.id) as uow:
        last = await uow.messages.last_settled(sender.name, tenant_id=sender.tenant.id)
        begin = last or state.adopted_at or await uow.now() - _WITHOUT_HISTORY
    return begin - _BEFORE_LAST - timedelta(seconds=state.clock_offset_s)


async def _write_down(
    seams: Seams, sender: Sender, found: tuple[AcceptedMessage, ...], *, state: DeploymentState
) -> int:
    """Write an accepted attempt for each; return how many belong to messages that waited here."""
    settled = 0
    offset = timedelta(seconds=state.clock_offset_s)
    async with seams.store.begin(sender.tenant.id) as uow:
        for each in sorted(found, key=lambda one: one.recipient):  # contact points are locked in one order
            point = await _point_of(uow, seams, sender, each)
            at = each.created_at + offset
            waiting = await _waiting(uow, sender, point, each)
            message = waiting or _message(seams, sender, point, each, at=at)
            if waiting is None:
                await uow.messages.add(message)
            else:
                await uow.due.cancel("message", [message.id], tenant_id=message.tenant_id)
                settled += 1
            await _accepted(uow, seams, sender, message, each, at=at)
        await uow.commit()
    return settled


async def _accepted(
    uow: Work, seams: Seams, sender: Sender, message: Message, found: AcceptedMessage, *, at: datetime
) -> None:
    attempt = Attempt(
        id=AttemptId(seams.ids.new()),
        tenant_id=message.tenant_id,
        message_id=message.id,
        n=message.attempts + 1,
        state="started",
        started_at=at,
        sender=sender.name,
        recipient=found.recipient,
        body_digest=body_digest(found.body),
        rules_version=RULES_VERSION,
    )
    await uow.messages.save(replace(message, state="dispatching", attempts=attempt.n, reason=FOUND_AFTER_RESTORE))
    await uow.messages.add_attempt(attempt)
    outcome = FoundInList(provider_id=found.provider_id)
    proven = await settle_within(uow, seams, attempt.id, outcome, tenant_id=message.tenant_id)
    await uow.messages.save_attempt(replace(proven.attempt, how=FOUND_AFTER_RESTORE))


async def _waiting(uow: Work, sender: Sender, point: ContactPoint, found: AcceptedMessage) -> Message | None:
    """Return the message that waits here and says the same to the same contact, locked."""
    wanted = body_digest(found.body)
    for message, _ in await uow.messages.to_point(point.id, tenant_id=point.tenant_id):
        is_open = message.state in OPEN_MESSAGE and message.channel == sender.channel
        if is_open and body_digest(message.body) == wanted:
            return await uow.messages.get(message.id, tenant_id=point.tenant_id)
    return None


def _message(seams: Seams, sender: Sender, point: ContactPoint, found: AcceptedMessage, *, at: datetime) -> Message:
    """Return what stands for a message of the time nobody remembers. Marketing: it counts against every cap."""
    return Message(
        id=MessageId(seams.ids.new()),
        tenant_id=sender.tenant.id,
        channel=sender.channel,
        purpose="marketing",
        contact_point_id=point.id,
        recipient=found.recipient,
        body=found.body,
        decided_at=at,
        not_after=at,
    )


async def _point_of(uow: Work, seams: Seams, sender: Sender, found: AcceptedMessage) -> ContactPoint:
    zones: tuple[str, ...] = ()
    if sender.channel == "sms":
        try:
            zones = zones_of(parse_phone(found.recipient))
        except InvalidInputError:  # a short code, say: it was written to all the same
            zones = ()
    new = ContactPoint(
        id=ContactPointId(seams.ids.new()),
        tenant_id=sender.tenant.id,
        kind="phone" if sender.channel == "sms" else "email",
        value=found.recipient,
        zones=zones,
    )
    known = await uow.compliance.ensure_point(new)
    return await uow.compliance.lock_point(known.id, tenant_id=known.tenant_id)
