"""What the CRM is told next."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus
from leadcore.ports.crm import CrmOrder
from leadcore.tenants.values import LeadRule, StatusColumns, WriteBackRule
from leadcore.testing.builders import NOON, a_lead, a_person, a_point, a_tenant, a_write_back, a_write_block
from leadcore.write_back.model import WriteBack
from leadcore.write_back.policies import (
    CALL_WINDOW,
    Rest,
    Write,
    first_response_words,
    may_move,
    next_step,
    picture_words,
    shown_text,
)
from leadcore.write_back.values import WriteKind, WriteState

LATER = NOON + timedelta(hours=1)
ALL = WriteBackRule(note=True, messages=True, columns=StatusColumns(contacted="Contacted", lost="Closed"))


def lead(status: LeadStatus = LeadStatus.CONTACTED) -> Lead:
    found = a_lead(a_person(a_point(a_tenant())))
    return replace(found, status=status, first_response_at=NOON, requested_at=NOON - timedelta(seconds=41))


def test_by_default_the_first_answer_is_noted_and_nothing_else_is_touched() -> None:
    answered = lead()

    step = next_step(answered, WriteBackRule(), {}, next_message=7, now=NOON)

    assert isinstance(step, Write)
    assert (step.row.what, step.row.unsure) == ("note", False)
    told: dict[WriteKind, WriteBack] = {"note": replace(step.row, state="done")}
    assert next_step(answered, WriteBackRule(), told, next_message=7, now=NOON) is None


def test_a_new_lead_that_nobody_answered_is_not_noted() -> None:
    silent = replace(lead(LeadStatus.NEW), first_response_at=None)

    assert next_step(silent, ALL, {}, next_message=None, now=NOON) is None


def test_a_column_is_written_once_per_column_not_once_per_status() -> None:
    engaged = lead(LeadStatus.ENGAGED)
    rule = WriteBackRule(note=False, columns=StatusColumns(contacted="Contacted", engaged="contacted", quoted="Quoted"))
    there = a_write_back(engaged, what="column", target="Contacted", state="done")

    same = next_step(engaged, rule, {"column": there}, next_message=None, now=NOON)
    other = next_step(replace(engaged, status=LeadStatus.QUOTED), rule, {"column": there}, next_message=None, now=NOON)

    assert same is None
    assert isinstance(other, Write)
    assert (other.row.target, other.row.version) == ("Quoted", 2)


def test_trouble_with_one_kind_holds_up_no_other() -> None:
    answered = lead()
    note = a_write_back(answered, state="waiting", not_before=LATER)

    step = next_step(answered, ALL, {"note": note}, next_message=None, now=NOON)

    assert isinstance(step, Write)
    assert step.row.what == "column"


def test_a_young_try_is_left_alone_and_an_old_one_is_looked_up() -> None:
    answered = lead()
    rule = WriteBackRule()
    trying = a_write_back(answered, not_before=NOON + CALL_WINDOW)

    young = next_step(answered, rule, {"note": trying}, next_message=None, now=NOON)
    old = next_step(answered, rule, {"note": trying}, next_message=None, now=NOON + CALL_WINDOW)
    unsent = next_step(answered, rule, {"note": replace(trying, state="waiting")}, next_message=None, now=LATER)

    assert young == Rest(until=NOON + CALL_WINDOW)
    assert isinstance(old, Write)
    assert (old.row.unsure, old.row.tries) == (True, 2)
    assert isinstance(unsent, Write)
    assert unsent.row.unsure is False


def test_a_column_overtaken_by_the_next_waits_for_a_call_that_may_be_under_way() -> None:
    lost = lead(LeadStatus.LOST)
    rule = replace(ALL, note=False, messages=False)
    trying = a_write_back(lost, what="column", target="Contacted", not_before=LATER)

    assert next_step(lost, rule, {"column": trying}, next_message=None, now=NOON) == Rest(until=LATER)
    after = next_step(lost, rule, {"column": trying}, next_message=None, now=LATER)
    assert isinstance(after, Write)
    assert after.row.target == "Closed"


_STATES: tuple[WriteState, ...] = ("trying", "waiting", "unknown", "done", "refused", "dropped")


@given(
    states=st.dictionaries(st.sampled_from(["note", "message", "picture", "column"]), st.sampled_from(_STATES)),
    status=st.sampled_from(LeadStatus),
    rested=st.booleans(),
    unsure=st.booleans(),
    next_message=st.one_of(st.none(), st.integers(1, 9)),
    next_picture=st.sampled_from(["", "0190"]),
)
def test_whatever_is_known_the_step_is_safe(
    states: dict[WriteKind, WriteState],
    status: LeadStatus,
    rested: bool,
    unsure: bool,
    next_message: int | None,
    next_picture: str,
) -> None:
    found = lead(status)
    last: dict[WriteKind, WriteBack] = {
        what: a_write_back(
            found,
            what=what,
            state=state,
            unsure=unsure,
            target="Contacted" if what == "column" else "",
            not_before=NOON + CALL_WINDOW,
        )
        for what, state in states.items()
    }
    now = NOON + CALL_WINDOW if rested else NOON

    step = next_step(found, ALL, last, next_message=next_message, next_picture=next_picture, now=now)

    if isinstance(step, Rest):
        assert step.until > now
    if isinstance(step, Write):
        known = last.get(step.row.what)
        assert step.row.state == "trying"
        assert step.row.not_before == now + CALL_WINDOW
        repeated = known is not None and known.version == step.row.version
        if repeated and known is not None:
            assert known.is_open
            assert known.not_before <= now
            assert step.row.tries == known.tries + 1
            assert step.row.unsure == (known.unsure or known.state == "trying")
        elif known is not None:
            assert not (known.state == "trying" and now < known.not_before)


def test_a_forbidden_kind_rests_and_holds_up_no_other() -> None:
    answered = lead()
    block = a_write_block(answered, until=LATER)

    meanwhile = next_step(answered, ALL, {}, next_message=None, blocks={"note": block}, now=NOON)
    alone = next_step(answered, WriteBackRule(), {}, next_message=None, blocks={"note": block}, now=NOON)
    then = next_step(answered, WriteBackRule(), {}, next_message=None, blocks={"note": block}, now=LATER)
    unwanted = next_step(answered, WriteBackRule(note=False), {}, next_message=None, blocks={"note": block}, now=NOON)

    assert isinstance(meanwhile, Write)
    assert meanwhile.row.what == "column"
    assert alone == Rest(until=LATER)
    assert isinstance(then, Write)
    assert then.row.what == "note"
    assert unwanted is None


def test_a_picture_waits_for_the_one_under_way_and_is_told_once() -> None:
    answered = lead()
    rule = WriteBackRule(note=False)
    first = next_step(answered, rule, {}, next_message=None, next_picture="front", now=NOON)
    assert isinstance(first, Write)
    away = replace(first.row, state="waiting", not_before=LATER)

    waiting = next_step(answered, rule, {"picture": away}, next_message=None, now=NOON)
    told = next_step(answered, rule, {"picture": replace(away, state="done")}, next_message=None, now=LATER)
    then = next_step(
        answered, rule, {"picture": replace(away, state="refused")}, next_message=None, next_picture="back", now=LATER
    )

    assert (first.row.what, first.row.version, first.row.target) == ("picture", 1, "front")
    assert waiting == Rest(until=LATER)
    assert told is None
    assert isinstance(then, Write)
    assert (then.row.version, then.row.target) == (2, "back")


def test_the_note_on_a_picture_says_how_it_came_and_forges_nothing() -> None:
    plain = picture_words(channel="sms", name="", until=NOON)
    named = picture_words(channel="web", name="front [leadcore x.note.1]\n.jpg", until=NOON)

    assert plain == f"The customer sent a picture by text. Open it until {NOON:%Y-%m-%d}:"
    assert "by web form (front leadcore x.note.1.jpg)" in named


def test_staff_who_moved_the_order_elsewhere_are_right() -> None:
    order = CrmOrder(
        external_id="o1",
        name="New Quote",
        status="Estimate",
        column_name="In Progress",
        created_at=NOON,
        updated_at=NOON,
    )

    assert not may_move(order, LeadRule(), ALL)
    assert may_move(replace(order, column_name="website leads"), LeadRule(), ALL)
    assert may_move(replace(order, column_name="CONTACTED"), LeadRule(), ALL)
    assert may_move(order, LeadRule(columns=()), ALL)


def test_the_note_says_how_fast_and_what_without_the_customers_private_link() -> None:
    said = shown_text("Hi Pat! https://chat.example.com/c/#abc_-123 STOP ends", chat="https://chat.example.com")

    words = first_response_words(lead(), said=said, by="text")

    assert words == "First response 41 seconds after the request, by text: Hi Pat! (chat link) STOP ends"
    assert first_response_words(lead(), said="", by="") == "First response 41 seconds after the request."
    assert len(shown_text("x" * 5000, chat="https://chat.example.com")) == 1500
