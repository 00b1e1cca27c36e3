"""A cadence as written, an enrollment in it, and a touch: the intention to be in contact once."""

from datetime import datetime, time, timedelta

import msgspec

from leadcore.cadences.values import EnrollmentState, StopReason, TouchState
from leadcore.compliance.values import Purpose
from leadcore.kernel.ids import EnrollmentId, LeadId, TenantId, TouchId
from leadcore.ports.messaging import SendChannel


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Liquid text for one channel. Variables that do not exist are an error, never a gap."""

    body: str
    subject: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One touch. `day` counts local days from enrollment (day 0 at once unless `at` is given); `at` is local time.

    `useful_for` is how long after its due instant it may still go; later it expires instead of arriving stale.
    """

    id: str
    day: int
    templates: dict[SendChannel, Template]
    at: time | None = None
    purpose: Purpose = "marketing"
    useful_for: timedelta = timedelta(hours=36)


class CadenceVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A published cadence. `version` is the hash of its content, so it never changes under an enrollment."""

    tenant_id: TenantId
    name: str
    version: str
    steps: tuple[Step, ...]


class Enrollment(msgspec.Struct, frozen=True, kw_only=True):
    """A lead's way through one version of a cadence. `rotation` counts re-enrollments of the lead."""

    id: EnrollmentId
    tenant_id: TenantId
    lead_id: LeadId
    cadence: str
    version: str
    zone: str
    enrolled_at: datetime
    rotation: int = 0
    state: EnrollmentState = "active"
    ended_by: StopReason | None = None
    ended_at: datetime | None = None


class Touch(msgspec.Struct, frozen=True, kw_only=True):
    """An intention to be in contact, one per (enrollment, step). `decided_at` is when it became messages."""

    id: TouchId
    tenant_id: TenantId
    enrollment_id: EnrollmentId
    lead_id: LeadId
    step: str
    due_at: datetime
    not_after: datetime
    planned_at: datetime
    state: TouchState = "due"
    reason: str = ""
    decided_at: datetime | None = None
