"""Forgetting a person: everything about them goes, but for the proof that they must be left alone.

What stays: a keyed hash of each phone number and address with its suppression, so that a later lead or import with it
is still denied; the lines of the consent ledger without their evidence, sealed, so that its chain still holds; counts.
"""

from collections.abc import Iterable

import msgspec

from leadcore.compliance.model import ContactPoint, Suppression
from leadcore.compliance.values import Channel
from leadcore.flows.conflicts import until_undisturbed
from leadcore.flows.person_data import Mentions, about_them, belongings_of, key_of, marks_in, mentions_of
from leadcore.flows.prints import contact_prints, sealed, vault_of
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.intake.model import InboxItem
from leadcore.kernel.contact import EmailAddress, Phone
from leadcore.kernel.ids import TenantId
from leadcore.messaging.values import MessageState
from leadcore.ports.vault import Fingerprints
from leadcore.privacy.events import PersonErased
from leadcore.privacy.model import Belongings, BlankedRow, ErasedContact
from leadcore.privacy.policies.mentions import Marks

ENDED: frozenset[MessageState] = frozenset({"pending", "held", "dispatching", "unknown"})
REASON = "the person was erased"
_NEWEST = 1000


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What was erased, or (not `done`) would be. `contacts` are masked, `rows` counted by table.

    `received` are inbox rows whose bytes go, `records` copies of records of the CRM; `namesakes` are rows not applied
    yet that only have the same full name: they are left. `sends_ended` had not left.
    """

    done: bool
    people: int
    contacts: tuple[str, ...]
    rows: dict[str, int]
    received: int
    records: int
    pictures: int
    namesakes: int
    sends_ended: int
    consents_kept: int


async def preview_erasure(seams: Seams, who: str, *, tenant_id: TenantId) -> Erasure:
    """Return what erasing *who* (id, phone or e-mail) would do. Changes nothing.

    Raises `InvalidInputError`, `NotFoundError`, `NoVaultError`.
    """
    vault_of(seams)
    async with seams.store.begin(tenant_id) as uow:
        belongings = await belongings_of(uow, who, tenant_id=tenant_id)
        shown = await uow.privacy.rows_of(belongings, tenant_id=tenant_id)
    mentions = await mentions_of(seams, belongings, tenant_id=tenant_id)
    ended = sum(row["state"] in ENDED for row in shown.get("message", ()))
    rows = {table: len(found) for table, found in shown.items() if table not in {"consent", "erased_contact"}}
    return _report(belongings, mentions, rows, done=False, ended=ended, consents=len(shown.get("consent", ())))


async def erase_person(seams: Seams, who: str, *, tenant_id: TenantId, by: str) -> Erasure:
    """Erase *who* (id, phone or e-mail) for good. Safe to do again after it broke off.

    The bytes of their pictures go first, outside any unit of work; all the rest goes at once. Raises
    `InvalidInputError`, `NotFoundError`, `NoVaultError`; `ConflictError` while somebody else keeps changing them.
    """
    prints = vault_of(seams)
    async with seams.store.begin(tenant_id) as uow:
        belongings = await belongings_of(uow, who, tenant_id=tenant_id)
    mentions = await mentions_of(seams, belongings, tenant_id=tenant_id)
    for digest in belongings.digests:
        await seams.store.shelf.discard(digest, tenant_id=tenant_id)

    async def once() -> tuple[Erasure, Belongings]:
        async with seams.store.begin(tenant_id) as uow:
            theirs = await belongings_of(uow, who, tenant_id=tenant_id)
            erasure = await _erase(uow, prints, theirs, mentions, by=by)
            await uow.commit()
        return erasure, theirs

    erasure, erased = await until_undisturbed(once)
    for digest in set(erased.digests) - set(belongings.digests):  # a picture that came meanwhile
        await seams.store.shelf.discard(digest, tenant_id=tenant_id)
    return erasure


async def _erase(uow: Work, prints: Fingerprints, theirs: Belongings, mentions: Mentions, *, by: str) -> Erasure:
    tenant_id = _tenant_of(theirs)
    now = await uow.now()
    shown = await uow.privacy.rows_of(theirs, tenant_id=tenant_id)
    ended = sum(row["state"] in ENDED for row in shown.get("message", ()))
    newest = await uow.privacy.bodies(tenant_id, after=mentions.seen_to, limit=_NEWEST)
    mentions = about_them(mentions, newest, marks=marks_in(theirs), keys=frozenset())
    rows = await uow.privacy.erase(theirs, tenant_id=tenant_id, reason=REASON, at=now)
    for point in theirs.points:
        channel: Channel = "sms" if point.kind == "phone" else "email"
        await uow.compliance.suppress(
            Suppression(contact_point_id=point.id, tenant_id=tenant_id, channel=channel, reason="erased", since=now)
        )
    lines = [line for each in theirs.points for line in await uow.compliance.consents(each.id, tenant_id=tenant_id)]
    kept = [
        ErasedContact(
            contact_point_id=each.id,
            tenant_id=tenant_id,
            digest=contact_prints(prints, each.kind, each.value, tenant_id=tenant_id)[0],
            erased_at=now,
        )
        for each in theirs.points
    ]
    await uow.privacy.keep_erased(kept, tenant_id=tenant_id)
    await uow.privacy.seal_consents([sealed(prints, line) for line in lines if line.seal is None], tenant_id=tenant_id)
    await uow.privacy.blank_bodies(_blanked(mentions.rows, marks_in(theirs)), tenant_id=tenant_id, at=now)
    records = await uow.privacy.forget_records([key_of(each) for each in mentions.records], tenant_id=tenant_id)
    uow.publish(
        PersonErased(
            tenant_id=tenant_id,
            at=now,
            by=by,
            reason=REASON,
            rows=rows | {"inbox": len(mentions.rows), "entity_version": records},
            contacts=len(kept),
            sends_ended=ended,
        )
    )
    return _report(theirs, mentions, rows, done=True, ended=ended, consents=len(lines))


def _tenant_of(theirs: Belongings) -> TenantId:
    return (theirs.points or theirs.people)[0].tenant_id


def _blanked(rows: Iterable[InboxItem], marks: Marks) -> list[BlankedRow]:
    """Keys stay, for they tell a replay; those that say who it was go, too."""
    return [
        BlankedRow(
            id=row.id,
            dedupe_key=f"erased:{row.id}" if _says(marks, row.dedupe_key) else row.dedupe_key,
            entity_key=None if row.entity_key and _says(marks, row.entity_key) else row.entity_key,
        )
        for row in rows
    ]


def _says(marks: Marks, key: str) -> bool:
    return marks.are_in(key.encode()) or marks.name_is_in(key.encode())


def _report(
    theirs: Belongings, mentions: Mentions, rows: dict[str, int], *, done: bool, ended: int, consents: int
) -> Erasure:
    return Erasure(
        done=done,
        people=len(theirs.people),
        contacts=tuple(_masked(each) for each in theirs.points),
        rows=rows,
        received=len(mentions.rows),
        records=len(mentions.records),
        pictures=len(theirs.digests),
        namesakes=mentions.namesakes,
        sends_ended=ended,
        consents_kept=consents,
    )


def _masked(point: ContactPoint) -> str:
    return Phone(point.value).masked if point.kind == "phone" else EmailAddress(point.value).masked
