"""A cadence as a TOML file: read, checked, and named by the hash of its content."""

import hashlib
import tomllib
from datetime import time, timedelta
from itertools import pairwise

import msgspec

from leadcore.cadences.model import CadenceVersion, Step, Template
from leadcore.cadences.policies.rendering import VARIABLES, variables_of
from leadcore.compliance.values import Purpose
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId
from leadcore.ports.messaging import SendChannel

_MAX_DAY = 365
_OPT_OUT_WORD = "stop"


class _StepFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    day: int
    at: time | None = None
    purpose: Purpose = "marketing"
    useful_hours: float = 36.0
    sms: str | None = None
    subject: str | None = None
    email: str | None = None


class _CadenceFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    steps: list[_StepFile]
    lost_after_days: int = 3


def read_cadence(source: str, *, tenant_id: TenantId) -> CadenceVersion:
    """Read a cadence file. Raises `InvalidInputError` whose `field` is the path of the mistake.

    A last step without templates is added `lost_after_days` after the last one: it closes the lead as lost.
    """
    try:
        file = msgspec.convert(tomllib.loads(source), _CadenceFile)
    except tomllib.TOMLDecodeError as cause:
        raise InvalidInputError(f"not TOML: {cause}", field="file", fix="check quotes and brackets there") from cause
    except msgspec.ValidationError as cause:
        raise InvalidInputError(str(cause), field="file", fix="see docs/reference/cadence-files.md") from cause
    _check(file)
    steps = [_step(each) for each in file.steps]
    end = Step(id="end", day=file.steps[-1].day + file.lost_after_days, at=time(12), templates={}, useful_for=_WEEK)
    return CadenceVersion(
        tenant_id=tenant_id,
        name=file.name,
        version=hashlib.sha256(source.encode()).hexdigest()[:12],
        steps=(*steps, end),
    )


_WEEK = timedelta(days=7)


def _step(file: _StepFile) -> Step:
    templates: dict[SendChannel, Template] = {}
    if file.sms:
        templates["sms"] = Template(body=file.sms.strip())
    if file.email and file.subject:
        templates["email"] = Template(body=file.email.strip(), subject=file.subject)
    return Step(
        id=file.id,
        day=file.day,
        at=file.at,
        purpose=file.purpose,
        useful_for=timedelta(hours=file.useful_hours),
        templates=templates,
    )


def _check(file: _CadenceFile) -> None:
    if not file.steps:
        raise InvalidInputError("a cadence needs a step", field="steps", fix="add a [[steps]] table")
    seen = {"end"}
    for number, step in enumerate(file.steps):
        path = f"steps[{number}]"
        if step.id in seen:
            raise InvalidInputError(f"the id {step.id!r} is taken", field=f"{path}.id", fix="give it another id")
        seen.add(step.id)
        _check_step(step, path=path)
    for earlier, later in pairwise(file.steps):
        if later.day < earlier.day:
            raise InvalidInputError(
                f"{later.id} comes before {earlier.id}", field=f"steps.{later.id}.day", fix="order steps by day"
            )
    first_text = next((step.sms for step in file.steps if step.sms), None)
    if first_text is not None and _OPT_OUT_WORD not in first_text.casefold():
        raise InvalidInputError(
            "the first text has no opt-out line (CTIA 5.1.3)", field="steps[0].sms", fix='add "Reply STOP to opt out"'
        )


def _check_step(step: _StepFile, *, path: str) -> None:
    if not 0 <= step.day <= _MAX_DAY:
        raise InvalidInputError(f"day {step.day} is out of range", field=f"{path}.day", fix=f"0 to {_MAX_DAY}")
    if not step.sms and not step.email:
        raise InvalidInputError("the step says nothing", field=path, fix="add sms = … or email = …")
    if step.email and not step.subject:
        raise InvalidInputError("an e-mail needs a subject", field=f"{path}.subject", fix="add subject = …")
    for text in (step.sms, step.email, step.subject):
        _check_variables(text or "", path=path)


def _check_variables(text: str, *, path: str) -> None:
    unknown = variables_of(text, path=path) - VARIABLES
    if unknown:
        raise InvalidInputError(
            f"unknown variable {', '.join(sorted(unknown))}", field=path, fix=f"known: {', '.join(sorted(VARIABLES))}"
        )
