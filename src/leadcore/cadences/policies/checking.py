"""What is wrong with a cadence file: everything at once, each with its place and what mends it."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from leadcore.cadences.model import Branch, Step, Template
from leadcore.cadences.policies.calendars import Calendar, after_delay
from leadcore.cadences.policies.conditions import ConditionError, check_condition
from leadcore.cadences.policies.definition import (
    MAX_DAY,
    CadenceFile,
    StepFile,
    exit_mistakes,
    read_cadence,
    read_file,
)
from leadcore.cadences.policies.delays import read_delay
from leadcore.cadences.policies.mjml_mail import html_from
from leadcore.cadences.policies.places import Place, Places, line_column
from leadcore.cadences.policies.rendering import VARIABLES, MissingVariableError, render, variables_of
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId
from leadcore.messaging.policies.segments import segments

SAMPLE = {
    "greeting": "Hi Alexandra",
    "brand": "Hill Country Tint",
    "about": "Ceramic tint for your 2022 Tesla Model Y",
    "vehicle": "2022 Tesla Model Y",
    "interest": "Ceramic tint",
    "chat_link": "https://chat.example.com/c/#abcdefghijklmnopqrstuv",
    "shop_phone": "+15125550100",
    "address": "100 Congress Ave, Austin",
    "postal_address": "100 Congress Ave, Austin, TX 78701",
}
"""Long but ordinary values; segments are counted with these."""
_NOBODY = TenantId(UUID(int=0))
_MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
_PATH = re.compile(r"steps\[(\d+)\](?:\.(\w+))?")
_OPENS, _CLOSES = 8, 21
_TEXTS = ("sms", "subject", "email", "email_html")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One mistake. `rule` is its name for good; line and column count from 1."""

    rule: str
    line: int
    column: int
    path: str
    message: str
    fix: str


def check_cadence(source: str) -> tuple[Problem, ...]:
    """Return every mistake of a cadence file in order of place; none means it may be published."""
    places = Places(source)
    try:
        file = read_file(source)
    except InvalidInputError as cause:
        rule = "toml" if cause.field == "file" else "shape"
        return (_refusal(rule, cause, places, source),)
    found = list(_problems(file, places))
    if not found:
        try:
            read_cadence(source, tenant_id=_NOBODY)
        except InvalidInputError as cause:
            found = [_refusal("shape", cause, places, source)]
    return tuple(sorted(found, key=lambda each: (each.line, each.column, each.rule)))


def _problems(file: CadenceFile, places: Places) -> Iterator[Problem]:
    yield from _endings(file, places)
    yield from _ways(file, places)
    first = next((number for number, step in enumerate(file.steps) if step.sms), None)
    if first is not None and "stop" not in (file.steps[first].sms or "").casefold():
        yield _at(places, first, "sms", "opt-out", "the first text has no opt-out line", 'add "Reply STOP to opt out"')
    for number, step in enumerate(file.steps):
        yield from _texts(file, step, number, places)
        yield from _law(file, step, number, places)
    yield from _crowded_days(file, places)


def _endings(file: CadenceFile, places: Places) -> Iterator[Problem]:
    for wrong in exit_mistakes(file):
        yield _at(places, None, wrong.key, wrong.rule, wrong.message, wrong.fix, words=wrong.word)
    if file.lost_after_days < 0:
        yield _at(places, None, "lost_after_days", "missing-end", "it never ends", "0 or more days")
    if file.nurture == file.name:
        yield _at(places, None, "nurture", "loop", "it follows itself for ever", "name another cadence")


def _ways(file: CadenceFile, places: Places) -> Iterator[Problem]:
    order = {step.id: number for number, step in enumerate(file.steps)} | {"end": len(file.steps)}
    reached = {0}
    for number, step in enumerate(file.steps):
        yield from _wrong_ways(step, number, order, places)
        if number in reached:
            reached |= {order[branch.goto] for branch in step.branches if order.get(branch.goto, -1) > number}
        if number in reached and not any(_always(branch) for branch in step.branches):
            reached.add(number + 1)
        yield from _conditions(file, step, number, places)
    for number, step in enumerate(file.steps):
        if number not in reached:
            text = f"no way leads to {step.id}"
            yield _at(places, number, "id", "unreachable", text, "let a branch go there, or take the step out")


def _wrong_ways(step: StepFile, number: int, order: dict[str, int], places: Places) -> Iterator[Problem]:
    for branch in step.branches:
        target = order.get(branch.goto)
        if target is None:
            text = f"there is no step {branch.goto!r}"
            yield _at(places, number, "branches", "goto", text, f"known: {', '.join(order)}", words=branch.goto)
        elif target <= number:
            text = f"{step.id} goes back to {branch.goto}: a loop"
            yield _at(places, number, "branches", "loop", text, "go to a later step, or to end", words=branch.goto)


def _always(branch: Branch) -> bool:
    return not branch.when.strip()


def _conditions(file: CadenceFile, step: StepFile, number: int, places: Places) -> Iterator[Problem]:
    arms = frozenset(arm.name for arm in file.arms)
    for key, condition in (("when", step.when), *(("branches", branch.when) for branch in step.branches)):
        try:
            check_condition(condition, arms=arms)
        except ConditionError as cause:
            place = places.of(number, key, words=condition)
            column = place.column + cause.column - 1
            place = Place(line=place.line, column=column)
            yield _problem("condition", place, f"steps[{number}].{key}", cause.message, cause.fix or "")


def _texts(file: CadenceFile, step: StepFile, number: int, places: Places) -> Iterator[Problem]:
    sound = True
    for key in _TEXTS:
        text = getattr(step, key) or ""
        try:
            unknown = sorted(variables_of(text, path=key) - VARIABLES)
        except InvalidInputError as cause:
            rule = "filter" if "filter" in cause.message else "template"
            word = cause.message.removeprefix("unknown filter ").split(",")[0] if rule == "filter" else ""
            yield _at(places, number, key, rule, cause.message, cause.fix or "", words=word)
            sound = False
            continue
        for name in unknown:
            fix = f"known: {', '.join(sorted(VARIABLES))}"
            yield _at(places, number, key, "variable", f"unknown variable {name}", fix, words=name)
            sound = False
    yield from _mjml(step, number, places)
    if not step.email and (step.email_html or step.subject):
        yield _at(places, number, "email_html" if step.email_html else "subject", "text-part",
                  "the e-mail has no text part", "add email = …")  # fmt: skip
    if sound and step.sms:
        yield from _segments(file, step.sms, number, places)


def _mjml(step: StepFile, number: int, places: Places) -> Iterator[Problem]:
    try:
        html_from(step.email_html or "", path="email_html")
    except InvalidInputError as cause:
        quoted = re.search(r"'([^']+)'", cause.message)
        yield _at(
            places, number, "email_html", "mjml", cause.message, cause.fix or "", words=quoted[1] if quoted else ""
        )


def _segments(file: CadenceFile, sms: str, number: int, places: Places) -> Iterator[Problem]:
    try:
        counted = segments(render(Template(body=sms.strip()), SAMPLE).body)
    except MissingVariableError as cause:
        yield _at(places, number, "sms", "template", cause.message, "check braces and filters")
        return
    if counted.count > file.max_segments:
        odd = next((ch for ch in sms if segments(ch).encoding == "ucs2"), "")
        why = f"; {odd!r} makes it UCS-2" if odd else ""
        text = f"{counted.count} segments ({counted.encoding}, {counted.units} units), {file.max_segments} allowed{why}"
        yield _at(places, number, "sms", "segments", text, "shorten it, or raise max_segments", words=odd)


def _law(file: CadenceFile, step: StepFile, number: int, places: Places) -> Iterator[Problem]:
    if step.sms and step.purpose is None:
        yield _at(places, number, "sms", "purpose", "a text needs a purpose", 'add purpose = "marketing"')
    if step.sms and not file.sms_consent.strip():
        text = "nothing says where consent to texts comes from"
        yield _at(places, number, "sms", "consent", text, 'add sms_consent = "web form" above the steps')
    if step.email and step.purpose != "first_response" and "postal_address" not in _used(step.email):
        text = "a marketing e-mail needs the postal address (15 USC 7704)"
        yield _at(places, number, "email", "postal-address", text, "add {{ postal_address }}")
    if step.sms and step.purpose == "marketing" and step.at is not None and not _meets_the_day(step, step.at):
        text = "it expires before the law lets a marketing text go (8:00 to 21:00, 47 CFR 64.1200(c)(1))"
        fix = "move at into these hours, or let it be useful longer"
        yield _at(places, number, "at", "hours", text, fix)


def _meets_the_day(step: StepFile, at: time) -> bool:
    """Whether a text due at *at* is still useful at the first lawful hour, at a customer in the shop's zone."""
    due = at.hour + at.minute / 60
    lasts = step.useful_hours
    if step.useful_until is not None:
        lasts = min(lasts, (step.useful_until.hour + step.useful_until.minute / 60 - due) % 24 or 24)
    return _OPENS <= due < _CLOSES or (_OPENS - due) % 24 < lasts


def _used(text: str) -> frozenset[str]:
    try:
        return variables_of(text, path="email")
    except InvalidInputError:
        return VARIABLES


def _crowded_days(file: CadenceFile, places: Places) -> Iterator[Problem]:
    """The straight way from a Monday morning, as a shop open on weekdays would walk it."""
    if any(not 0 <= (step.day or 0) <= MAX_DAY for step in file.steps):
        return  # refused when the file is read as a whole
    try:
        steps = _timed(file)
    except InvalidInputError:
        return
    tally: Counter[object] = Counter()
    since = _MONDAY
    for number, (written, step) in enumerate(zip(file.steps, steps, strict=True)):
        if step.delay is not None:
            since = after_delay(step.delay, since=since, zone="UTC", calendar=Calendar())
        else:
            since = max(since, _MONDAY.replace(hour=0) + timedelta(days=step.day))
        day = since.astimezone(ZoneInfo("UTC")).date()
        tally[day] += bool(written.sms)
        if written.sms and tally[day] > file.max_texts_a_day:
            text = f"{tally[day]} texts on one day, {file.max_texts_a_day} allowed"
            yield _at(places, number, "sms", "texts-a-day", text, "move it to another day, or raise max_texts_a_day")


def _timed(file: CadenceFile) -> list[Step]:
    return [
        Step(
            id=step.id,
            day=step.day or 0,
            delay=read_delay(step.delay, path=f"steps.{step.id}.delay") if step.delay else None,
            templates={},
        )
        for step in file.steps
    ]


def _refusal(rule: str, cause: InvalidInputError, places: Places, source: str) -> Problem:
    field = cause.field or "file"
    found = _PATH.search(field)
    if rule == "toml":
        place = line_column(cause.message)
    elif found:
        place = places.of(int(found[1]), found[2] or "")
    else:
        place = places.of(None, field.partition(".")[0] if field != "file" else "")
    if cause.message.endswith("(at end of document)"):
        place = Place(line=len(source.splitlines()) or 1, column=1)
    return _problem(rule, place, field, cause.message, cause.fix or "")


def _at(  # noqa: PLR0917 - a line of a table
    places: Places, step: int | None, key: str, rule: str, message: str, fix: str, *, words: str = ""
) -> Problem:
    path = key if step is None else f"steps[{step}].{key}"
    return _problem(rule, places.of(step, key, words=words), path, message, fix)


def _problem(rule: str, place: Place, path: str, message: str, fix: str) -> Problem:
    return Problem(rule=rule, line=place.line, column=place.column, path=path, message=message, fix=fix)
