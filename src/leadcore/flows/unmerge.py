"""Taking a merge back: every row the merge changed is as it was, and what came since stays with the kept person."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from leadcore.flows.conflicts import until_undisturbed
from leadcore.flows.lead_changes import save_lead
from leadcore.flows.merge import BusyConversationError
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.errors import RefusedError
from leadcore.kernel.ids import EnrollmentId, LeadId, MergeId, MessageId, PersonId, TenantId, TouchId
from leadcore.leads.events import LeadMoved, PeopleUnmerged
from leadcore.leads.model import PersonMerge, RowChange
from leadcore.leads.values import LeadStatus

_FOLLOW_UP = frozenset({"enrollment", "touch", "message"})
_EVERY = 2**31 - 1


class ChangedSinceError(RefusedError):
    """Something the merge changed was changed again, so taking the merge back would lose that."""

    code = "changed_since_merge"


class UnmergeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What taking back did (or would do). `left` says what stays as it is now, and why."""

    merge_id: MergeId
    keep_id: PersonId
    other_id: PersonId
    rows_restored: int
    left: tuple[str, ...]


async def unmerge_people(
    seams: Seams, merge_id: MergeId, *, tenant_id: TenantId, by: str, dry_run: bool = False
) -> UnmergeReport:
    """Take a merge back. With *dry_run* nothing is kept of it.

    Raises `NotFoundError`, `ChangedSinceError` naming what changed and what to do, `BusyConversationError`.
    """

    async def once() -> UnmergeReport:
        async with seams.store.begin(tenant_id) as uow:
            report = await _unmerge(uow, merge_id, tenant_id=tenant_id, by=by)
            if not dry_run:
                await uow.commit()
        return report

    return await until_undisturbed(once)


async def _unmerge(uow: Work, merge_id: MergeId, *, tenant_id: TenantId, by: str) -> UnmergeReport:
    merge = await uow.merges.get(merge_id, tenant_id=tenant_id)
    await _check(uow, merge)
    back = [each.reversed for each in merge.changes if each.table not in _FOLLOW_UP]
    strict = [each for each in back if not each.yields]
    standing = await uow.merges.standing(strict, tenant_id=tenant_id)
    if len(standing) != len(strict):
        raise _changed(next(each for each in strict if each not in standing))
    yielding = [each for each in back if each.yields]
    yielded = await uow.merges.standing(yielding, tenant_id=tenant_id)
    follow_up, why_not = await _follow_up(uow, merge)
    restored = [*strict, *yielded, *follow_up]
    await uow.merges.rewrite(restored, tenant_id=tenant_id)
    left = [each for each in yielding if each not in yielded]
    await _fence(uow, left, tenant_id=tenant_id)
    await _about_their_own(uow, merge)
    await _arm(uow, follow_up, tenant_id=tenant_id)
    undone = replace(merge, undone_at=await uow.now(), undone_by=by)
    await uow.merges.save(undone)
    await _tell(uow, undone)
    notes = [f"{each.table} {each.id}: {', '.join(sorted(each.before))} changed since" for each in left]
    return UnmergeReport(
        merge_id=merge.id,
        keep_id=merge.keep_id,
        other_id=merge.other_id,
        rows_restored=len(restored),
        left=(*notes, *([why_not] if why_not else [])),
    )


async def _check(uow: Work, merge: PersonMerge) -> None:
    """Lock the person and the thread, and refuse what cannot work."""
    if merge.undone_at is not None:
        raise RefusedError(f"the merge {merge.id} was taken back at {merge.undone_at.isoformat()}", field="merge")
    person = await uow.leads.lock_person(merge.keep_id, tenant_id=merge.tenant_id)
    for each in await uow.merges.of_person(person.id, tenant_id=merge.tenant_id):
        if each.id > merge.id and each.undone_at is None:
            raise ChangedSinceError(
                f"{person.id} was merged again since", field="merge", fix=f"take back {each.id} first"
            )
    thread = await uow.conversations.of_person(person.id, tenant_id=merge.tenant_id)
    if thread is not None:
        await uow.conversations.lock(thread.id, tenant_id=merge.tenant_id)
        if await uow.conversations.open_turn(thread.id, tenant_id=merge.tenant_id) is not None:
            raise BusyConversationError(
                f"an answer is being written in the conversation {thread.id}", fix="try again in a few seconds"
            )


def _changed(first: RowChange) -> ChangedSinceError:
    columns = ", ".join(sorted(first.before))
    fix = "undo that change, then take the merge back"
    if first.table == "conversation":
        fix = "nothing can take back what was said in it: leave the merge"
    return ChangedSinceError(f"the {first.table} {first.id} changed since the merge: {columns}", field="merge", fix=fix)


async def _follow_up(uow: Work, merge: PersonMerge) -> tuple[list[RowChange], str]:
    """Return the follow-up that goes on where it was stopped, or why it does not."""
    back = [each.reversed for each in merge.changes if each.table in _FOLLOW_UP]
    if not back:
        return [], ""
    if await _has_written(uow, merge, since=merge.merged_at):
        return [], "the follow-up stays ended: the customer wrote since"
    if len(await uow.merges.standing(back, tenant_id=merge.tenant_id)) != len(back):
        return [], "the follow-up stays ended: it changed since"
    for each in back:
        if each.table == "enrollment":
            enrollment = await uow.cadences.peek_enrollment(EnrollmentId(each.id), tenant_id=merge.tenant_id)
            if await uow.cadences.active_of_lead(enrollment.lead_id, tenant_id=merge.tenant_id):
                return [], "the follow-up stays ended: the lead has a newer one"
    return back, ""


async def _has_written(uow: Work, merge: PersonMerge, *, since: datetime) -> bool:
    thread = await uow.conversations.of_person(merge.keep_id, tenant_id=merge.tenant_id)
    if thread is None:
        return False
    entries = await uow.conversations.entries(thread.id, tenant_id=merge.tenant_id, after_seq=0, limit=_EVERY)
    return any(entry.author == "customer" and entry.at > since for entry in entries)


async def _fence(uow: Work, left: list[RowChange], *, tenant_id: TenantId) -> None:
    """Whoever read a lead that went back, and whose version does not, cannot save it over this."""
    for each in left:
        if each.table == "lead":
            lead = await uow.leads.get(LeadId(each.id), tenant_id=tenant_id)
            await save_lead(uow, replace(lead, version=lead.version + 1))


async def _about_their_own(uow: Work, merge: PersonMerge) -> None:
    """Turn each thread to a lead of its person, if it came to be about one of the other's."""
    for person_id in (merge.keep_id, merge.other_id):
        thread = await uow.conversations.of_person(person_id, tenant_id=merge.tenant_id)
        newest = await uow.leads.newest_of_person(person_id, tenant_id=merge.tenant_id)
        if thread is None or newest is None:
            continue
        lead = await uow.leads.get(thread.lead_id, tenant_id=merge.tenant_id)
        if lead.person_id != person_id:
            await uow.conversations.save(replace(thread, lead_id=newest.id))


async def _arm(uow: Work, follow_up: list[RowChange], *, tenant_id: TenantId) -> None:
    for each in follow_up:
        if each.table == "touch" and each.after.get("state") == "due":
            touch = await uow.cadences.touch(TouchId(each.id), tenant_id=tenant_id)
            await uow.due.arm("touch", touch.id, tenant_id=tenant_id, at=touch.due_at)
        if each.table == "message":  # judged anew: it may have become stale, or forbidden
            message = await uow.messages.peek(MessageId(each.id), tenant_id=tenant_id)
            await uow.due.arm("message", message.id, tenant_id=tenant_id, at=await uow.now())


async def _tell(uow: Work, merge: PersonMerge) -> None:
    now = await uow.now()
    for each in merge.changes:
        if each.table == "lead" and "status" in each.after:
            lead = await uow.leads.get(LeadId(each.id), tenant_id=merge.tenant_id)
            uow.publish(
                LeadMoved(
                    tenant_id=merge.tenant_id,
                    at=now,
                    lead_id=lead.id,
                    came_from=LeadStatus(str(each.after["status"])),
                    went_to=lead.status,
                )
            )
    leads = [
        *await uow.leads.of_person(merge.keep_id, tenant_id=merge.tenant_id),
        *await uow.leads.of_person(merge.other_id, tenant_id=merge.tenant_id),
    ]
    about: list[LeadId | None] = [lead.id for lead in leads]
    for lead_id in about or [None]:
        uow.publish(
            PeopleUnmerged(
                tenant_id=merge.tenant_id,
                at=now,
                lead_id=lead_id,
                merge_id=merge.id,
                keep_id=merge.keep_id,
                other_id=merge.other_id,
                by=merge.undone_by,
            )
        )
