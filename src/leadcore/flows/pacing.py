"""A sender's slots: reserved under its bucket's lock in the transaction that decides about the message."""

from datetime import datetime, timedelta

import msgspec

from leadcore.compliance.values import Purpose
from leadcore.flows.work import Work
from leadcore.messaging.model import Message, SenderBucket
from leadcore.messaging.policies.pacing import Pace, reserve
from leadcore.messaging.policies.segments import segments
from leadcore.tenants.model import Tenant

_AT_ONCE_S = 3.0
"""Seconds' worth of segments that may go at once after a rest."""
_KEPT = timedelta(seconds=60)
"""A slot that was not taken this long after its instant is void: the message was held for another reason."""
_WAITS: frozenset[Purpose] = frozenset({"marketing", "transactional", "staff_notice"})
"""What waits for its slot. Somebody is there for everything else: it goes at once, and the others wait the longer."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """When it is the message's slot; `bucket` is to be kept if it takes or is promised the slot, None when it was."""

    at: datetime
    bucket: SenderBucket | None = None


async def place_of(uow: Work, message: Message, tenant: Tenant, *, now: datetime) -> Place | None:
    """Return the message's place in its sender's queue, the sender locked; None when the sender is not paced."""
    per_s = tenant.senders.sms_segments_per_second
    if message.channel != "sms" or per_s <= 0 or not tenant.senders.sms:
        return None
    if message.slot_at is not None and now <= message.slot_at + _KEPT:
        return Place(at=message.slot_at)
    bucket = await uow.messages.bucket(tenant.senders.sms, tenant_id=tenant.id)
    pace = Pace(per_s=per_s, burst=per_s * _AT_ONCE_S)
    slot = reserve(bucket.tat, now=now, cost=segments(message.body).count, pace=pace)
    at = slot.at if message.purpose in _WAITS else now
    return Place(at=at, bucket=msgspec.structs.replace(bucket, tat=slot.tat))


async def take(uow: Work, place: Place | None) -> None:
    """Keep the slot that was found: it is used now, or promised."""
    if place is not None and place.bucket is not None:
        await uow.messages.save_bucket(place.bucket)
