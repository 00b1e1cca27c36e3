"""What a hint is about, read again from the CRM before anything is decided. Hints count for nothing themselves."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from leadcore.flows.seams import Crm, Seams
from leadcore.kernel.ids import TenantId
from leadcore.ports.crm import (
    AppointmentBook,
    CrmAppointment,
    CrmCustomer,
    CrmMessage,
    CrmOrder,
    CrmVehicle,
    MessageBook,
)
from leadcore.ports.inbound import EntityChanged, EntityKind

CrmRecord = CrmOrder | CrmCustomer | CrmVehicle | CrmAppointment | CrmMessage


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """One record as the CRM gave it at `read_at`, in our time; `record` is None when the CRM has it no more.

    `missed` says that a hint told of its end. Absence alone is not believed of a record we never saw: a CRM's replica
    may not have it yet.
    """

    kind: EntityKind
    external_id: str
    record: CrmRecord | None
    read_at: datetime
    missed: bool = False


async def fetch_hinted(seams: Seams, tenant_id: TenantId, hints: Sequence[EntityChanged]) -> tuple[Fetched, ...]:
    """Return the records behind *hints* and those that belong to them, each once."""
    if not hints:
        return ()
    crm = await seams.adapters.crm(tenant_id)
    found: dict[tuple[EntityKind, str], CrmRecord | None] = {}
    for hint in hints:
        await _read(crm, hint.kind, hint.external_id, found)
    async with seams.store.begin(tenant_id) as uow:
        read_at = await uow.now()
    # the CRM's clock is the real one, ours may have been moved (demo, tests): say its instants in our time
    offset = timedelta(seconds=(await seams.store.deployment.state()).clock_offset_s)
    ended = {(hint.kind, hint.external_id) for hint in hints if hint.deleted}
    return tuple(
        Fetched(
            kind=kind,
            external_id=external_id,
            record=_moved(record, offset) if record is not None and offset else record,
            read_at=read_at,
            missed=(kind, external_id) in ended,
        )
        for (kind, external_id), record in found.items()
    )


async def _read(
    crm: Crm, kind: EntityKind, external_id: str, found: dict[tuple[EntityKind, str], CrmRecord | None]
) -> None:
    """Read one record and what it refers to that has to be known with it: an order's people, an appointment's order."""
    reader = _reader(crm, kind)
    if reader is None or (kind, external_id) in found:
        return
    record = await reader(external_id)
    found[kind, external_id] = record
    match record:
        case CrmOrder(customer_id=customer_id, vehicle_id=vehicle_id):
            await _read_part(crm, "customer", customer_id, found)
            await _read_part(crm, "vehicle", vehicle_id, found)
        case CrmAppointment(order_id=order_id) if order_id:
            await _read_part(crm, "order", order_id, found)
        case _:
            return


async def _read_part(
    crm: Crm, kind: EntityKind, external_id: str | None, found: dict[tuple[EntityKind, str], CrmRecord | None]
) -> None:
    if external_id and (kind, external_id) not in found:
        await _read(crm, kind, external_id, found)
        if found[kind, external_id] is None:  # a part that cannot be read beside its whole says nothing of its end
            del found[kind, external_id]


def _reader(crm: Crm, kind: EntityKind) -> Callable[[str], Awaitable[CrmRecord | None]] | None:
    match kind:
        case "order":
            return crm.order
        case "customer":
            return crm.customer
        case "vehicle":
            return crm.vehicle
        case "appointment" if isinstance(crm, AppointmentBook):
            return crm.appointment
        case "message" if isinstance(crm, MessageBook):
            return crm.message
        case _:
            return None


def _moved(record: CrmRecord, offset: timedelta) -> CrmRecord:
    match record:
        case CrmOrder():
            return replace(
                record,
                created_at=record.created_at + offset,
                updated_at=record.updated_at + offset,
                appointment_dates=tuple(each + offset for each in record.appointment_dates),
            )
        case CrmCustomer():
            phones = tuple(replace(phone, opt_in_at=_later(phone.opt_in_at, offset)) for phone in record.phones)
            return replace(record, phones=phones, updated_at=_later(record.updated_at, offset))
        case CrmAppointment():
            return replace(
                record,
                starts_at=_later(record.starts_at, offset),
                updated_at=_later(record.updated_at, offset),
            )
        case CrmMessage():
            return replace(record, at=record.at + offset)
        case CrmVehicle():
            return replace(record, updated_at=_later(record.updated_at, offset))


def _later(instant: datetime | None, offset: timedelta) -> datetime | None:
    return None if instant is None else instant + offset
