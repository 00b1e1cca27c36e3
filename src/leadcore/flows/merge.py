"""Merging two people into one: previewed, in one transaction, journalled so that it can be taken back exactly."""

import msgspec

from leadcore.cadences.model import Enrollment, Touch
from leadcore.conversations.model import Conversation
from leadcore.flows.conflicts import until_undisturbed
from leadcore.flows.merge_plan import Choices, Duplicate, MergePlan, Side, change, plan_merge
from leadcore.flows.seams import Seams
from leadcore.flows.stop import stop_follow_up
from leadcore.flows.work import Work
from leadcore.kernel.errors import ConflictError, InvalidInputError, RefusedError
from leadcore.kernel.ids import ContactPointId, ConversationId, LeadId, MergeId, PersonId, TenantId
from leadcore.leads.events import LeadMoved, PeopleMerged
from leadcore.leads.model import Lead, MergedRows, PersonMerge, RowChange
from leadcore.leads.values import LeadStatus
from leadcore.messaging.model import Message

_EVERY = 2**31 - 1


class BusyConversationError(RefusedError):
    """An answer is being written in one of the threads: two speakers must not meet in one."""

    code = "busy_conversation"


class MergeReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a merge does (or would do, when `merge_id` is None).

    `conflicts` are the fields where both had something, with the choice; `also_reached_at` are the contact points that
    are not primary: who writes from there is the kept person. `entries` counts the thread that came out.
    """

    merge_id: MergeId | None
    keep_id: PersonId
    other_id: PersonId
    name: str
    phone: str
    email: str
    also_reached_at: tuple[str, ...]
    conflicts: tuple[str, ...]
    leads_moved: tuple[LeadId, ...]
    duplicates: tuple[Duplicate, ...]
    follow_up_ended: tuple[LeadId, ...]
    suppressed_by: tuple[str, ...]
    conversation_id: ConversationId | None
    entries: int


async def merge_people(
    seams: Seams,
    keep_id: PersonId,
    other_id: PersonId,
    *,
    tenant_id: TenantId,
    by: str,
    choices: Choices,
    dry_run: bool = False,
) -> MergeReport:
    """Make *other_id* part of *keep_id*. With *dry_run* nothing is kept of it.

    Raises `NotFoundError`, `RefusedError` when one of them is merged already, `BusyConversationError`.
    """
    if keep_id == other_id:
        raise InvalidInputError("a person cannot be merged with themselves", field="other", fix="name two people")

    async def once() -> MergeReport:
        async with seams.store.begin(tenant_id) as uow:
            merge, report = await _merge(uow, seams, keep_id, other_id, tenant_id=tenant_id, by=by, choices=choices)
            if dry_run:
                return msgspec.structs.replace(report, merge_id=None)
            await uow.merges.add(merge)
            await uow.commit()
        return report

    return await until_undisturbed(once)


async def _merge(
    uow: Work, seams: Seams, keep_id: PersonId, other_id: PersonId, *, tenant_id: TenantId, by: str, choices: Choices
) -> tuple[PersonMerge, MergeReport]:
    keep, other = await _sides(uow, keep_id, other_id, tenant_id=tenant_id)
    plan = plan_merge(keep, other, choices)
    stopped = await _quieten(uow, keep, other, plan)
    if len(await uow.merges.standing(plan.changes, tenant_id=tenant_id)) != len(plan.changes):
        raise ConflictError("something of theirs changed meanwhile")
    report_before = await _facts(uow, keep, other, choices)
    await uow.merges.rewrite(plan.changes, tenant_id=tenant_id)
    now = await uow.now()
    merge = PersonMerge(
        id=MergeId(seams.ids.new()),
        tenant_id=tenant_id,
        keep_id=keep_id,
        other_id=other_id,
        merged_at=now,
        merged_by=by,
        changes=(*plan.changes, *stopped),
    )
    _tell(uow, keep, other, plan, merge)
    report = await _report(uow, keep, other, plan, merge, conflicts=report_before)
    return merge, report


async def _sides(uow: Work, keep_id: PersonId, other_id: PersonId, *, tenant_id: TenantId) -> tuple[Side, Side]:
    """Return both, with the people and their threads locked in id order."""
    for each in sorted((keep_id, other_id)):
        found = await uow.leads.lock_person(each, tenant_id=tenant_id)
        if found.id != each:
            raise RefusedError(
                f"{each} was merged into {found.id}", field="person", fix=f"merge {found.id}, or take that merge back"
            )
    threads = {each: await uow.conversations.of_person(each, tenant_id=tenant_id) for each in (keep_id, other_id)}
    for thread in sorted((each for each in threads.values() if each), key=lambda each: each.id):
        locked = await uow.conversations.lock(thread.id, tenant_id=tenant_id)
        threads[locked.person_id] = locked
        if await uow.conversations.open_turn(locked.id, tenant_id=tenant_id) is not None:
            raise BusyConversationError(
                f"an answer is being written in the conversation {locked.id}", fix="try again in a few seconds"
            )
    sides = [await _side(uow, each, threads[each], tenant_id=tenant_id) for each in (keep_id, other_id)]
    return sides[0], sides[1]


async def _side(uow: Work, person_id: PersonId, thread: Conversation | None, *, tenant_id: TenantId) -> Side:
    leads = await uow.leads.of_person(person_id, tenant_id=tenant_id)
    references = [each for lead in leads for each in await uow.leads.references(lead.id, tenant_id=tenant_id)]
    talk = uow.conversations
    entries = await talk.entries(thread.id, tenant_id=tenant_id, after_seq=0, limit=_EVERY) if thread else []
    return Side(
        person=await uow.leads.person(person_id, tenant_id=tenant_id),
        merged=tuple(await uow.leads.merged_people(person_id, tenant_id=tenant_id)),
        leads=tuple(leads),
        references=tuple(references),
        conversation=thread,
        entries=tuple(entries),
        turns=tuple(await talk.turns(thread.id, tenant_id=tenant_id)) if thread else (),
    )


async def _quieten(uow: Work, keep: Side, other: Side, plan: MergePlan) -> list[RowChange]:
    """Leave at most one follow-up: the newest, unless its lead closes, the customer wrote since, or a person speaks."""
    closing = {each.leaves for each in plan.duplicates}
    active: list[tuple[Lead, Enrollment]] = []
    for lead in sorted((*keep.leads, *other.leads), key=lambda each: each.id):
        active += [(lead, each) for each in await uow.cadences.active_of_lead(lead.id, tenant_id=lead.tenant_id)]
    wrote_at = [entry.at for entry in (*keep.entries, *other.entries) if entry.author == "customer"]
    threads = [each for each in (keep.conversation, other.conversation) if each is not None]
    is_staffed = any(each.speaker == "staff" for each in threads)
    may_go_on = [
        (enrollment.enrolled_at, enrollment.id)
        for lead, enrollment in active
        if lead.id not in closing and not is_staffed and all(at <= enrollment.enrolled_at for at in wrote_at)
    ]
    survivor = max(may_go_on, default=(None, None))[1]
    found: list[RowChange] = []
    for lead, enrollment in active:
        if enrollment.id != survivor:
            found += await _stopped(uow, lead)
    return found


async def _stopped(uow: Work, lead: Lead) -> list[RowChange]:
    before = await _follow_up(uow, lead)
    await stop_follow_up(uow, lead, reason="merged")
    after = await _follow_up(uow, lead)
    found: list[RowChange] = []
    for (table, old), (_, new) in zip(before, after, strict=True):
        differing = {name: getattr(new, name) for name in old.__struct_fields__}
        found += change(table, old, **differing)
    return found


async def _follow_up(uow: Work, lead: Lead) -> list[tuple[MergedRows, Enrollment | Touch | Message]]:
    tenant_id = lead.tenant_id
    enrollments = await uow.cadences.enrollments_of_lead(lead.id, tenant_id=tenant_id)
    touches = await uow.cadences.touches_of_lead(lead.id, tenant_id=tenant_id)
    messages = await uow.messages.of_lead(lead.id, tenant_id=tenant_id)
    found: list[tuple[MergedRows, Enrollment | Touch | Message]] = [("enrollment", each) for each in enrollments]
    found += [("touch", each) for each in touches]
    found += [("message", each) for each in messages]
    return found


def _tell(uow: Work, keep: Side, other: Side, plan: MergePlan, merge: PersonMerge) -> None:
    leads = {lead.id: lead for lead in (*keep.leads, *other.leads)}
    for duplicate in plan.duplicates:
        lead = leads[duplicate.leaves]
        uow.publish(
            LeadMoved(
                tenant_id=merge.tenant_id,
                at=merge.merged_at,
                lead_id=lead.id,
                came_from=lead.status,
                went_to=LeadStatus.LOST,
                reason="duplicate",
            )
        )
    for lead_id in leads or [None]:
        uow.publish(
            PeopleMerged(
                tenant_id=merge.tenant_id,
                at=merge.merged_at,
                lead_id=lead_id,
                merge_id=merge.id,
                keep_id=merge.keep_id,
                other_id=merge.other_id,
                by=merge.merged_by,
            )
        )


async def _facts(uow: Work, keep: Side, other: Side, choices: Choices) -> tuple[str, ...]:
    """Say where both have something, before anything is moved."""
    mine, theirs = keep.person, other.person
    names = [f"{each.first_name} {each.last_name}".strip() for each in (mine, theirs)]
    pairs = [("name", names[0], names[1], choices.name)]
    for field, left, right, choice in (
        ("phone", mine.phone_id, theirs.phone_id, choices.phone),
        ("email", mine.email_id, theirs.email_id, choices.email),
    ):
        values = [await _value(uow, each, tenant_id=mine.tenant_id) for each in (left, right)]
        pairs.append((field, values[0], values[1], choice))
    return tuple(
        f"{field}: {left} or {right}; {left if choice == 'keep' else right} counts"
        for field, left, right, choice in pairs
        if left and right and left != right
    )


async def _value(uow: Work, point_id: ContactPointId | None, *, tenant_id: TenantId) -> str:
    return (await uow.compliance.get_point(point_id, tenant_id=tenant_id)).value if point_id else ""


async def _report(
    uow: Work, keep: Side, other: Side, plan: MergePlan, merge: PersonMerge, *, conflicts: tuple[str, ...]
) -> MergeReport:
    tenant_id = merge.tenant_id
    person = await uow.leads.person(merge.keep_id, tenant_id=tenant_id)
    points = await uow.leads.points_of(person.id, tenant_id=tenant_id)
    found = [each for point in points for each in await uow.compliance.suppressions(point, tenant_id=tenant_id)]
    primary = {person.phone_id, person.email_id}
    thread = keep.conversation or other.conversation
    stopped = {each.id for each in merge.changes if each.table == "enrollment"}
    leads = [*keep.leads, *other.leads]
    enrolled = {each.id: await uow.cadences.enrollments_of_lead(each.id, tenant_id=tenant_id) for each in leads}
    return MergeReport(
        merge_id=merge.id,
        keep_id=merge.keep_id,
        other_id=merge.other_id,
        name=f"{person.first_name} {person.last_name}".strip(),
        phone=await _value(uow, person.phone_id, tenant_id=tenant_id),
        email=await _value(uow, person.email_id, tenant_id=tenant_id),
        also_reached_at=tuple([await _value(uow, each, tenant_id=tenant_id) for each in points if each not in primary]),
        conflicts=conflicts,
        leads_moved=tuple(lead.id for lead in other.leads),
        duplicates=plan.duplicates,
        follow_up_ended=tuple(
            lead_id for lead_id, theirs in enrolled.items() if any(each.id in stopped for each in theirs)
        ),
        suppressed_by=tuple(dict.fromkeys(each.reason for each in found)),
        conversation_id=thread.id if thread else None,
        entries=len(keep.entries) + len(other.entries),
    )
