"""What the poll puts into the inbox: our own note that an order changed, beside the vendors' exact bytes."""

import msgspec

from leadcore.ports.crm import CrmOrder
from leadcore.ports.inbound import AdmittedItem, EntityChanged, UnreadableBodyError

POLLED = "poll"
_NOTES = msgspec.json.Decoder(EntityChanged)


def polled_item(order: CrmOrder) -> AdmittedItem:
    """Return the inbox item for one polled order; the same state of it is noted once."""
    note = EntityChanged(kind="order", external_id=order.external_id, deleted=order.deleted)
    return AdmittedItem(
        dedupe_key=f"{order.external_id}|{order.updated_at.isoformat()}",
        body=msgspec.json.encode(note),
        entity_key=f"order:{order.external_id}",
        occurred_at=order.updated_at,
    )


def read_polled(body: bytes) -> EntityChanged:
    """Read it back. Raises `UnreadableBodyError`."""
    try:
        return _NOTES.decode(body)
    except msgspec.DecodeError as cause:
        raise UnreadableBodyError(f"not a note of the poll: {cause}") from cause
