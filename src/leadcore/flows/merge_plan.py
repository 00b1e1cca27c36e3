"""What a merge of two people changes, column by column. Pure: the same two sides and choices give the same plan."""

from collections.abc import Iterable
from datetime import datetime
from heapq import merge as in_order
from typing import Any, Literal

import msgspec

from leadcore.conversations.model import Conversation, Entry, Turn
from leadcore.kernel.ids import LeadId
from leadcore.leads.model import Cell, Lead, LeadReference, MergedRows, Person, RowChange
from leadcore.leads.policies.wishes import vehicle_key

Whose = Literal["keep", "other"]


class Choices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose counts where both have one. `lead`: which stays open when both asked for the same vehicle."""

    name: Whose = "keep"
    phone: Whose = "keep"
    email: Whose = "keep"
    lead: Whose = "keep"


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is one person's."""

    person: Person
    merged: tuple[Person, ...] = ()
    leads: tuple[Lead, ...] = ()
    references: tuple[LeadReference, ...] = ()
    conversation: Conversation | None = None
    entries: tuple[Entry, ...] = ()
    turns: tuple[Turn, ...] = ()


class Duplicate(msgspec.Struct, frozen=True, kw_only=True):
    """Two open leads for the same vehicle: one goes on under both references, the other is closed."""

    stays: LeadId
    leaves: LeadId


class MergePlan(msgspec.Struct, frozen=True, kw_only=True):
    """The changes, and what they mean."""

    changes: tuple[RowChange, ...]
    duplicates: tuple[Duplicate, ...]


def plan_merge(keep: Side, other: Side, choices: Choices) -> MergePlan:
    """Return what makes *other* part of *keep*. Both must be nobody's part yet."""
    duplicates = _duplicates(keep, other, choices)
    changes = [
        *_people(keep, other, choices),
        *_leads(keep, other, duplicates),
        *_references(keep, other, duplicates),
        *_threads(keep, other, duplicates),
    ]
    return MergePlan(changes=tuple(changes), duplicates=tuple(duplicates))


def change(table: MergedRows, row: Any, *, yields: bool = False, **after: Any) -> list[RowChange]:
    """Return the change of *row* to *after*, if it is one."""
    new = {name: msgspec.to_builtins(value) for name, value in after.items()}
    old = {name: msgspec.to_builtins(getattr(row, name)) for name in new}
    names = [name for name in new if new[name] != old[name]]
    if not names:
        return []
    before, then = {name: old[name] for name in names}, {name: new[name] for name in names}
    return [RowChange(table=table, id=row.id, before=before, after=then, yields=yields)]


def _people(keep: Side, other: Side, choices: Choices) -> list[RowChange]:
    """The chosen phone and e-mail address become the kept person's; what is left over stays with the other's row."""
    kept, gone = keep.person, other.person
    phones = _swap(kept.phone_id, gone.phone_id, choices.phone)
    emails = _swap(kept.email_id, gone.email_id, choices.email)
    has_name = bool(kept.first_name or kept.last_name)
    name = gone if (choices.name == "other" and (gone.first_name or gone.last_name)) or not has_name else kept
    found = change("person", kept, yields=True, first_name=name.first_name, last_name=name.last_name)
    found += change("person", kept, phone_id=phones[0], email_id=emails[0])
    found += change("person", gone, phone_id=phones[1], email_id=emails[1], merged_into=kept.id)
    for each in other.merged:
        found += change("person", each, merged_into=kept.id)
    return found


def _swap(kept: Any, gone: Any, whose: Whose) -> tuple[Any, Any]:
    return (gone, kept) if gone is not None and (kept is None or whose == "other") else (kept, gone)


def _duplicates(keep: Side, other: Side, choices: Choices) -> list[Duplicate]:
    found: list[Duplicate] = []
    staying, leaving = (keep, other) if choices.lead == "keep" else (other, keep)
    stay_by_key = {
        vehicle_key(lead.vehicle): lead.id for lead in sorted(staying.leads, key=_by_id) if lead.is_open
    }  # the newest, if several
    for lead in sorted(leaving.leads, key=_by_id):
        stays = stay_by_key.get(vehicle_key(lead.vehicle))
        if lead.is_open and stays is not None:
            found.append(Duplicate(stays=stays, leaves=lead.id))
    return found


def _leads(keep: Side, other: Side, duplicates: list[Duplicate]) -> list[RowChange]:
    found: list[RowChange] = []
    closing = {each.leaves for each in duplicates}
    for lead in (*keep.leads, *other.leads):
        after: dict[str, Any] = {"person_id": keep.person.id}
        if lead.id in closing:
            after |= {"status": "lost", "lost_reason": "duplicate"}
        moved = change("lead", lead, **after)
        # whoever read the lead before cannot save it over this
        found += moved + (change("lead", lead, yields=True, version=lead.version + 1) if moved else [])
    return found


def _references(keep: Side, other: Side, duplicates: list[Duplicate]) -> list[RowChange]:
    stays = {each.leaves: each.stays for each in duplicates}
    found: list[RowChange] = []
    for each in (*keep.references, *other.references):
        found += change("lead_reference", each, lead_id=stays.get(each.lead_id, each.lead_id))
    return found


def _threads(keep: Side, other: Side, duplicates: list[Duplicate]) -> list[RowChange]:
    mine, theirs = keep.conversation, other.conversation
    if theirs is None:
        return []
    if mine is None:  # it is the kept person's from now on, and goes back only if nothing was said in it since
        guard = RowChange(
            table="conversation",
            id=theirs.id,
            before={"last_seq": theirs.last_seq},
            after={"last_seq": theirs.last_seq},
        )
        return [*change("conversation", theirs, person_id=keep.person.id), guard]
    whole = list(in_order(keep.entries, other.entries, key=_by_time))
    seqs = {entry.id: number for number, entry in enumerate(whole, start=1)}
    longest = max(len(whole), mine.last_seq, theirs.last_seq)
    found = change("conversation", theirs, merged_into=mine.id)
    found += change("conversation", mine, yields=True, last_seq=longest)
    found += change("conversation", mine, yields=True, lead_id=_about(keep, other, duplicates, mine))
    if theirs.speaker == "staff" and mine.speaker != "staff":  # the stricter: a person has the word
        found += change(
            "conversation", mine, yields=True, speaker="staff", taken_by=theirs.taken_by,
            handoff_reason=theirs.handoff_reason,
        )  # fmt: skip
    found += [each for entry in whole for each in _entry(entry, keep, mine, seqs)]
    found += [each for side in (keep, other) for turn in side.turns for each in _turn(turn, side, keep, mine, seqs)]
    return found


def _entry(entry: Entry, keep: Side, thread: Conversation, seqs: dict[Any, int]) -> list[RowChange]:
    """Both columns of its key are named whenever one of them changes."""
    seq = seqs[entry.id]
    if (entry.conversation_id, entry.seq) == (thread.id, seq):
        return []
    taken = {each.source_ref for each in keep.entries} if entry.conversation_id != thread.id else set()
    place: dict[str, Cell] = {"conversation_id": str(entry.conversation_id), "seq": entry.seq}
    new: dict[str, Cell] = {"conversation_id": str(thread.id), "seq": seq}
    renamed = change("entry", entry, source_ref=_free(entry.source_ref, taken, entry.conversation_id))
    before, after = (renamed[0].before, renamed[0].after) if renamed else ({}, {})
    return [RowChange(table="entry", id=entry.id, before={**place, **before}, after={**new, **after})]


def _turn(turn: Turn, side: Side, keep: Side, thread: Conversation, seqs: dict[Any, int]) -> list[RowChange]:
    upto = max((seqs[each.id] for each in side.entries if each.seq <= turn.upto_seq), default=turn.upto_seq)
    taken = {each.client_ref for each in keep.turns} if side is not keep else set()
    return change(
        "turn",
        turn,
        conversation_id=thread.id,
        upto_seq=upto,
        client_ref=_free(turn.client_ref, taken, turn.conversation_id),
    )


def _free(ref: str, taken: Iterable[str], whose: Any) -> str:
    return f"{ref}~{whose}" if ref in taken else ref


def _about(keep: Side, other: Side, duplicates: list[Duplicate], thread: Conversation) -> LeadId:
    """The thread is about the newest open lead of both, else about what it was about."""
    stays = {each.leaves: each.stays for each in duplicates}
    alive = [lead.id for lead in (*keep.leads, *other.leads) if lead.is_open and lead.id not in stays]
    return max(alive, default=stays.get(thread.lead_id, thread.lead_id))


def _by_time(entry: Entry) -> datetime:
    return entry.at


def _by_id(row: Lead) -> LeadId:
    return row.id
