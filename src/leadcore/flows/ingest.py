"""From raw request to durable rows, before the acknowledgement."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from leadcore.compliance.policies.automatic_replies import is_automatic_reply
from leadcore.compliance.policies.revocation import classify
from leadcore.flows.receive_pictures import shelve
from leadcore.flows.revoke import ensure_contact, heed, suppress
from leadcore.flows.seams import Seams
from leadcore.flows.staff import is_ours
from leadcore.flows.work import Work
from leadcore.intake.model import InboxArrival
from leadcore.intake.policies import lane_of
from leadcore.kernel.contact import parse_email, parse_phone
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import InboxId
from leadcore.ports.inbound import (
    AdmittedItem,
    CustomerMessage,
    InboundDoor,
    RawRequest,
    UnreadableBodyError,
    UnsubscribeRequested,
)
from leadcore.tenants.model import Connection

_UNHURRIED = timedelta(seconds=2)
_UNHURRIED_S = _UNHURRIED.total_seconds()


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a request: how many items are new, how many had been seen before."""

    stored: int
    replayed: int


async def ingest(
    seams: Seams, connection: Connection, door: InboundDoor, request: RawRequest, *, wall_clock: datetime
) -> Ingested:
    """Check, split and store *request* durably; what customers said takes effect in the same transaction.

    Raises what `InboundDoor.admit` raises. When this returns, a 2xx may be sent; when it raises anything else, not.
    """
    admitted = door.admit(request, now=wall_clock)
    if not admitted:
        return Ingested(stored=0, replayed=0)
    await shelve(seams, admitted, tenant_id=connection.tenant_id)
    by_key = {item.dedupe_key: item for item in admitted}
    if any(item.urgent for item in by_key.values()):
        stored = await _take_to_heart(seams, connection, door, by_key)
    else:
        arrivals = [_arrival(seams, connection, item) for item in by_key.values()]
        stored = len(await seams.store.inbox_writer.take_in(arrivals))
    return Ingested(stored=stored, replayed=len(admitted) - stored)


def ingest_at_once(
    seams: Seams,
    connection: Connection,
    door: InboundDoor,
    request: RawRequest,
    *,
    wall_clock: datetime,
    settled: Callable[[Ingested | Exception], None],
) -> bool:
    """Check *request* and hand it in without waiting, if it needs nothing but to be kept; *settled* hears the rest.

    False when it has to go through `ingest`: it is refused, is urgent, or has pictures. Then nothing was done.
    """
    try:
        admitted = door.admit(request, now=wall_clock)
    except Exception:  # noqa: BLE001 - whatever it is, `ingest` meets it again, and says it
        return False
    if not admitted or any(item.urgent or item.pictures for item in admitted):
        return False
    by_key = {item.dedupe_key: item for item in admitted}

    def kept(outcome: list[InboxArrival] | Exception) -> None:
        if isinstance(outcome, Exception):
            settled(outcome)
        else:
            settled(Ingested(stored=len(outcome), replayed=len(admitted) - len(outcome)))

    seams.store.inbox_writer.hand_in([_arrival(seams, connection, item) for item in by_key.values()], kept)
    return True


async def _take_to_heart(
    seams: Seams, connection: Connection, door: InboundDoor, by_key: dict[str, AdmittedItem]
) -> int:
    """Store items of which some take effect before they are acknowledged; return how many are new."""
    async with seams.store.begin(connection.tenant_id) as uow:
        now = await uow.now()
        rows = [_arrival(seams, connection, item).stored(at=now) for item in by_key.values()]
        # in one order always: two requests that repeat the same items must not wait for each other in a circle
        new = await uow.inbox.add(sorted(rows, key=lambda row: row.dedupe_key))
        for row in (each for each in rows if each in new):  # heeded and armed as they came: the order of their lane
            item = by_key[row.dedupe_key]
            if item.urgent:
                await _heed_now(uow, seams, door, item, connection)
            wait = timedelta() if _is_pressing(item) else _UNHURRIED
            lane = lane_of(row.entity_key, tenant_id=row.tenant_id)
            await uow.due.arm("inbox", row.id, tenant_id=row.tenant_id, at=now + wait, lane=lane)
        await uow.commit()
    return len(new)


def _is_pressing(item: AdmittedItem) -> bool:
    """Whether somebody waits for it: customers, and requests that may be leads. Receipts and side notes can wait."""
    return item.urgent or item.entity_key is None or item.entity_key.startswith(("order:", "lead:", "submission:"))


def _arrival(seams: Seams, connection: Connection, item: AdmittedItem) -> InboxArrival:
    return InboxArrival(
        id=InboxId(seams.ids.new()),
        tenant_id=connection.tenant_id,
        connection_id=connection.id,
        source=connection.plugin,
        dedupe_key=item.dedupe_key,
        entity_key=item.entity_key,
        occurred_at=item.occurred_at,
        body=item.body,
        wait_s=0.0 if _is_pressing(item) else _UNHURRIED_S,
        lane=lane_of(item.entity_key, tenant_id=connection.tenant_id),
    )


async def _heed_now(uow: Work, seams: Seams, door: InboundDoor, item: AdmittedItem, connection: Connection) -> None:
    try:
        events = door.read(item)
    except UnreadableBodyError:
        return  # the row is stored; applying it will mark it dead, with the reason
    for event in events:
        try:
            await _heed_event(uow, seams, event, connection)
        except InvalidInputError:
            continue  # a sender that is no address (a short code): nobody to suppress


async def _heed_event(uow: Work, seams: Seams, event: object, connection: Connection) -> None:
    tenant_id = connection.tenant_id
    match event:
        case CustomerMessage() if is_automatic_reply(event.text, subject=event.subject):
            return  # nobody wrote, so nothing was revoked and no message is stale for it
        case CustomerMessage(channel="sms"):
            phone = parse_phone(event.sender).e164
            if await _is_staff_talk(uow, event, phone, connection):
                return
            point = await ensure_contact(uow, "phone", phone, tenant_id=tenant_id, seams=seams)
            await heed(uow, point, event.text, provider_opt_out=event.provider_opt_out)
        case CustomerMessage(channel="email", automatic=False):
            address = parse_email(event.sender).address
            if await _is_staff_talk(uow, event, address, connection):
                return
            point = await ensure_contact(uow, "email", address, tenant_id=tenant_id, seams=seams)
            await heed(uow, point, event.text)
        case UnsubscribeRequested():
            address = parse_email(event.email).address
            point = await ensure_contact(uow, "email", address, tenant_id=tenant_id, seams=seams)
            locked = await uow.compliance.lock_point(point.id, tenant_id=tenant_id)
            reason = "hard_bounce" if event.reason == "bounce" else event.reason
            await suppress(uow, locked, reason, now=await uow.now())
        case _:
            return


async def _is_staff_talk(uow: Work, message: CustomerMessage, sender: str, connection: Connection) -> bool:
    """Whether these are the shop's own people talking: a doubtful word must not cost them every notice to come."""
    if classify(message.text, provider_opt_out=message.provider_opt_out).kind in {"stop", "wrong_number"}:
        return False
    return is_ours(await uow.tenants.get(connection.tenant_id), message.channel, sender)
