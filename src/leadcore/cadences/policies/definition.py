"""A cadence as a TOML file: read, checked, and named by the hash of its content."""

import hashlib
import re
import tomllib
from datetime import time, timedelta
from itertools import pairwise
from typing import Literal

import msgspec

from leadcore.cadences.model import Arm, Branch, CadenceVersion, Delay, Ending, Step, Template
from leadcore.cadences.policies.conditions import STATUSES, ConditionError, check_condition
from leadcore.cadences.policies.delays import read_delay
from leadcore.cadences.policies.misshapen import misshapen
from leadcore.cadences.policies.mjml_mail import html_from
from leadcore.cadences.policies.rendering import VARIABLES, variables_of
from leadcore.cadences.values import ALWAYS_EXITS, EXITS
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId
from leadcore.ports.messaging import SendChannel

MAX_DAY = 365
_MAX_USEFUL_HOURS = 24 * MAX_DAY
_OPT_OUT_WORD = "stop"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


CadencePurpose = Literal["first_response", "marketing"]
"""What a step may be for. Other purposes pass the rules of marketing by: they are no one's to write in a file."""


class StepFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step as written."""

    id: str
    day: int | None = None
    delay: str = ""
    at: time | None = None
    purpose: CadencePurpose | None = None
    useful_hours: float = 36.0
    useful_until: time | None = None
    when: str = ""
    branches: list[Branch] = []
    sms: str | None = None
    subject: str | None = None
    email: str | None = None
    email_html: str | None = None


class CadenceFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cadence as written. `exits` ends it; what is not to end it has to stand in `goes_on_after`, word for word.

    The two limits are for the check alone.
    """

    name: str
    steps: list[StepFile]
    lost_after_days: int = 3
    nurture: str = ""
    goals: list[str] = []
    exits: tuple[str, ...] | None = None
    goes_on_after: tuple[str, ...] = ()
    sms_consent: str = ""
    max_texts_a_day: int = 1
    max_segments: int = 3
    arms: list[Arm] = []


_KEYS = {
    "": CadenceFile.__struct_fields__,
    "steps": StepFile.__struct_fields__,
    "branches": Branch.__struct_fields__,
    "arms": Arm.__struct_fields__,
}
_CHOICES = {"purpose": "marketing, or first_response for the answer to the customer's own request"}


def read_cadence(source: str, *, tenant_id: TenantId) -> CadenceVersion:
    """Read a cadence file. Raises `InvalidInputError` whose `field` is the path of the mistake.

    A last step without templates is added `lost_after_days` after the last one: it closes the lead as lost.
    """
    file = read_file(source)
    _check(file)
    steps = [_step(each) for each in file.steps]
    return CadenceVersion(
        tenant_id=tenant_id,
        name=file.name,
        version=hashlib.sha256(source.encode()).hexdigest()[:12],
        steps=(*steps, _end(file)),
        arms=tuple(file.arms),
        ending=Ending(
            goals=tuple(file.goals),
            nurture=file.nurture,
            exits=tuple(each for each in EXITS if each not in file.goes_on_after),
        ),
        source=source,
    )


def read_file(source: str) -> CadenceFile:
    """Read the TOML alone. Raises `InvalidInputError` with the path of the key that is unknown or misshapen."""
    try:
        return msgspec.convert(tomllib.loads(source), CadenceFile)
    except tomllib.TOMLDecodeError as cause:
        raise InvalidInputError(f"not TOML: {cause}", field="file", fix="check quotes and brackets there") from cause
    except msgspec.ValidationError as cause:
        raise misshapen(str(cause), keys=_KEYS, choices=_CHOICES) from cause


def _end(file: CadenceFile) -> Step:
    last = file.steps[-1]
    if last.delay:
        return Step(id="end", templates={}, delay=Delay(after=timedelta(days=file.lost_after_days)), useful_for=_WEEK)
    day = (last.day or 0) + file.lost_after_days
    return Step(id="end", day=day, at=time(12), templates={}, useful_for=_WEEK)


_WEEK = timedelta(days=7)


def _step(file: StepFile) -> Step:
    templates: dict[SendChannel, Template] = {}
    if file.sms:
        templates["sms"] = Template(body=file.sms.strip())
    if file.email and file.subject:
        templates["email"] = Template(
            body=file.email.strip(),
            subject=file.subject,
            html=html_from(file.email_html or "", path=f"steps.{file.id}.email_html"),
        )
    return Step(
        id=file.id,
        day=file.day or 0,
        delay=read_delay(file.delay, path=f"steps.{file.id}.delay") if file.delay else None,
        at=file.at,
        purpose=file.purpose or "marketing",
        useful_for=timedelta(hours=file.useful_hours),
        useful_until=file.useful_until,
        when=file.when,
        branches=tuple(file.branches),
        templates=templates,
    )


def _check(file: CadenceFile) -> None:
    if not file.steps:
        raise InvalidInputError("a cadence needs a step", field="steps", fix="add a [[steps]] table")
    _check_head(file)
    _check_order(file)


def _check_head(file: CadenceFile) -> None:
    if not _NAME.fullmatch(file.name):
        raise InvalidInputError(f"{file.name!r} is no good name", field="name", fix="use a-z, 0-9 and -, at most 63")
    if not 0 <= file.lost_after_days <= MAX_DAY:
        text = "it never ends" if file.lost_after_days < 0 else f"it ends after {file.lost_after_days} days"
        raise InvalidInputError(text, field="lost_after_days", fix=f"0 to {MAX_DAY} days")
    _check_arms(file)
    for mistake in exit_mistakes(file):
        raise InvalidInputError(mistake.message, field=mistake.key, fix=mistake.fix)


class ExitMistake(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with `exits` or `goes_on_after`, about which word."""

    rule: str
    key: str
    message: str
    fix: str
    word: str = ""


def exit_mistakes(file: CadenceFile) -> list[ExitMistake]:
    """Return what is wrong with what ends the cadence: every exit is either there or given up by name."""
    given = EXITS if file.exits is None else file.exits
    found = [
        ExitMistake(rule="unknown-exit", key=key, message=f"there is no exit {name!r}", word=name,
                    fix=f"known: {', '.join(EXITS)}")
        for key, names in (("exits", given), ("goes_on_after", file.goes_on_after))
        for name in names
        if name not in EXITS
    ]  # fmt: skip
    found += [
        ExitMistake(rule="fixed-exit", key="goes_on_after", message=f"{name} always ends a cadence", word=name,
                    fix=f"only {', '.join(each for each in EXITS if each not in ALWAYS_EXITS)} may be switched off")
        for name in file.goes_on_after
        if name in ALWAYS_EXITS
    ]  # fmt: skip
    both = [name for name in file.goes_on_after if file.exits is not None and name in file.exits]
    found += [
        ExitMistake(rule="exit-twice", key="goes_on_after", message=f"{name} both ends it and does not", word=name,
                    fix="take it out of exits, or out of goes_on_after")
        for name in both
    ]  # fmt: skip
    if missing := [name for name in EXITS if name not in given and name not in file.goes_on_after]:
        text = f"nothing says whether it ends when {', '.join(missing)}"
        found.append(
            ExitMistake(rule="missing-exit", key="exits", message=text, fix="leave exits out, or name all that end it")
        )
    return found


def _check_order(file: CadenceFile) -> None:
    seen = {"end"}
    for number, step in enumerate(file.steps):
        path = f"steps[{number}]"
        if step.id in seen:
            raise InvalidInputError(f"the id {step.id!r} is taken", field=f"{path}.id", fix="give it another id")
        seen.add(step.id)
        _check_step(step, path=path)
        _check_conditions(file, step, path=path)
    for earlier, later in pairwise(file.steps):
        if later.day is not None and earlier.day is not None and later.day < earlier.day:
            raise InvalidInputError(
                f"{later.id} comes before {earlier.id}",
                field=f"steps[{file.steps.index(later)}].day",
                fix="order steps by day",
            )
    first_text = next((step.sms for step in file.steps if step.sms), None)
    if first_text is not None and _OPT_OUT_WORD not in first_text.casefold():
        raise InvalidInputError(
            "the first text has no opt-out line (CTIA 5.1.3)", field="steps[0].sms", fix='add "Reply STOP to opt out"'
        )


def _check_arms(file: CadenceFile) -> None:
    names = [arm.name for arm in file.arms]
    if len(set(names)) < len(names) or not all(names):
        raise InvalidInputError("arms need names of their own", field="arms", fix="give each another name")
    if any(arm.weight < 1 for arm in file.arms):
        raise InvalidInputError("an arm needs a weight", field="arms", fix="1 or more")
    unknown = set(file.goals) - set(STATUSES)
    if unknown:
        raise InvalidInputError(
            f"there is no status {', '.join(sorted(unknown))}", field="goals", fix=f"known: {', '.join(STATUSES)}"
        )


def _check_conditions(file: CadenceFile, step: StepFile, *, path: str) -> None:
    arms = frozenset(arm.name for arm in file.arms)
    order = {each.id: number for number, each in enumerate(file.steps)} | {"end": len(file.steps)}
    for where, condition in (("when", step.when), *((f"branches[{n}]", b.when) for n, b in enumerate(step.branches))):
        try:
            check_condition(condition, arms=arms)
        except ConditionError as cause:
            raise InvalidInputError(cause.message, field=f"{path}.{where}", fix=cause.fix) from cause
    for number, branch in enumerate(step.branches):
        field = f"{path}.branches[{number}]"
        if branch.goto not in order:
            fix = f"known: {', '.join(order)}"
            raise InvalidInputError(f"there is no step {branch.goto!r}", field=field, fix=fix)
        if order[branch.goto] <= order[step.id]:
            raise InvalidInputError(
                f"{step.id} goes back to {branch.goto}: a loop", field=field, fix="go to a later step, or to end"
            )


def _check_step(step: StepFile, *, path: str) -> None:
    if (step.day is None) == (not step.delay):
        raise InvalidInputError("say when: day or delay", field=f"{path}.day", fix='day = 2, or delay = "+2d"')
    if step.day is not None and not 0 <= step.day <= MAX_DAY:
        raise InvalidInputError(f"day {step.day} is out of range", field=f"{path}.day", fix=f"0 to {MAX_DAY}")
    if step.delay:
        read_delay(step.delay, path=f"{path}.delay")
        if step.at is not None:
            raise InvalidInputError("at goes with day", field=f"{path}.at", fix='write it in delay: "+2d 10:00-11:00"')
    _check_texts(step, path=path)


def _check_texts(step: StepFile, *, path: str) -> None:
    if not 0 < step.useful_hours <= _MAX_USEFUL_HOURS:
        why, fix = f"useful for {step.useful_hours:g} hours", f"more than 0, at most {_MAX_USEFUL_HOURS}"
        raise InvalidInputError(why, field=f"{path}.useful_hours", fix=fix)
    if step.email_html and not step.email:
        raise InvalidInputError("an e-mail needs a text part", field=f"{path}.email", fix="add email = …")
    if not step.sms and not step.email:
        raise InvalidInputError("the step says nothing", field=path, fix="add sms = … or email = …")
    if step.email and not step.subject:
        raise InvalidInputError("an e-mail needs a subject", field=f"{path}.subject", fix="add subject = …")
    for text in (step.sms, step.email, step.subject, step.email_html):
        _check_variables(text or "", path=path)
    html_from(step.email_html or "", path=f"{path}.email_html")


def _check_variables(text: str, *, path: str) -> None:
    unknown = variables_of(text, path=path) - VARIABLES
    if unknown:
        raise InvalidInputError(
            f"unknown variable {', '.join(sorted(unknown))}", field=path, fix=f"known: {', '.join(sorted(VARIABLES))}"
        )
