"""Everything known about a person as one document, pictures included."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from leadcore.flows.person_data import belongings_of, mentions_of
from leadcore.flows.seams import Seams
from leadcore.intake.model import EntityVersion, InboxItem
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import PersonId, TenantId
from leadcore.pictures.policies.sniffing import EXTENSIONS
from leadcore.privacy.events import PersonExported


class ExportedPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture they sent; `content` is base64 in JSON, empty when the bytes are not there any more."""

    id: str
    file_name: str
    media_type: str
    content: bytes


class ReceivedBytes(msgspec.Struct, frozen=True, kw_only=True):
    """Something that came in about them, as text; bytes that are none are escaped."""

    source: str
    received_at: datetime
    body: str


class CrmRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a record of theirs in another system."""

    source: str
    kind: str
    external_id: str
    at: datetime
    body: str


class PersonDocument(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept about one person. `rows` are the rows of each table as they lie in storage."""

    tenant_id: TenantId
    exported_at: datetime
    people: tuple[PersonId, ...]
    rows: dict[str, list[dict[str, Any]]]
    received: list[ReceivedBytes]
    records: list[CrmRecord]
    pictures: list[ExportedPicture]


async def export_person(seams: Seams, who: str, *, tenant_id: TenantId, by: str) -> PersonDocument:
    """Return everything about *who* (id, phone or e-mail), and note that *by* asked for it.

    Raises `InvalidInputError`, `NotFoundError`.
    """
    async with seams.store.begin(tenant_id) as uow:
        belongings = await belongings_of(uow, who, tenant_id=tenant_id)
        rows = await uow.privacy.rows_of(belongings, tenant_id=tenant_id)
        now = await uow.now()
        counts = {table: len(found) for table, found in rows.items()}
        person_id = belongings.people[0].id if belongings.people else None
        uow.publish(PersonExported(tenant_id=tenant_id, at=now, by=by, rows=counts, person_id=person_id))
        await uow.commit()
    mentions = await mentions_of(seams, belongings, tenant_id=tenant_id)
    return PersonDocument(
        tenant_id=tenant_id,
        exported_at=now,
        people=tuple(each.id for each in belongings.people),
        rows=rows,
        received=[_received(each) for each in mentions.rows],
        records=await _records(seams, mentions.records, tenant_id),
        pictures=[await _picture(seams, row, tenant_id) for row in rows.get("picture", []) if row["digest"]],
    )


def _received(row: InboxItem) -> ReceivedBytes:
    return ReceivedBytes(source=row.source, received_at=row.received_at, body=_text(row.body))


async def _records(seams: Seams, known: Iterable[EntityVersion], tenant_id: TenantId) -> list[CrmRecord]:
    found: list[CrmRecord] = []
    async with seams.store.begin(tenant_id) as uow:
        for each in known:
            record = await uow.inbox.entity(each.source, each.kind, each.external_id, tenant_id=tenant_id) or each
            found.append(
                CrmRecord(
                    source=each.source,
                    kind=each.kind,
                    external_id=each.external_id,
                    at=record.at,
                    body=_text(record.body),
                )
            )
    return found


async def _picture(seams: Seams, row: dict[str, Any], tenant_id: TenantId) -> ExportedPicture:
    try:
        content = await seams.store.shelf.fetch_content(row["digest"], tenant_id=tenant_id)
    except NotFoundError:
        content = b""
    extension = EXTENSIONS.get(row["media_type"], "bin")
    return ExportedPicture(
        id=row["id"], file_name=f"{row['id']}.{extension}", media_type=row["media_type"], content=content
    )


def _text(body: bytes) -> str:
    return body.decode("utf-8", "backslashreplace")
