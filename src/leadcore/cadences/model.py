"""A cadence as written, an enrollment in it, and a touch: the intention to be in contact once."""

from datetime import datetime, time, timedelta

import msgspec

from leadcore.cadences.values import ALWAYS_EXITS, EXITS, EnrollmentState, StopReason, TouchState
from leadcore.compliance.values import Purpose
from leadcore.kernel.ids import EnrollmentId, LeadId, TenantId, TouchId
from leadcore.ports.messaging import SendChannel


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Liquid text for one channel. Variables that do not exist are an error, never a gap. `html` is an e-mail's own."""

    body: str
    subject: str = ""
    html: str = ""


class Delay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long after what came before. `business_days` count the shop's own calendar; they are never `+24h`.

    `opens` and `closes` are a local window; one that closes before it opens goes over midnight.
    """

    after: timedelta = timedelta()
    business_days: int = 0
    opens: time | None = None
    closes: time | None = None


class Branch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to go on when a condition holds; only forwards, so that every way ends."""

    when: str
    goto: str


class Arm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One side of a comparison. A `holdout` gets the answer to its own request and no follow-up."""

    name: str
    weight: int
    holdout: bool = False


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One touch. `day` counts local days from enrollment (day 0 at once unless `at` is given); `at` is local time.

    `delay`, when given, counts from the end of the step before instead. `useful_for` is how long after its due instant
    it may still go, `useful_until` a local time of that day; later it expires instead of arriving stale. `when` is
    asked at the due instant, `branches` in order when the step is over.
    """

    id: str
    day: int = 0
    templates: dict[SendChannel, Template]
    at: time | None = None
    delay: Delay | None = None
    purpose: Purpose = "marketing"
    useful_for: timedelta = timedelta(hours=36)
    useful_until: time | None = None
    when: str = ""
    branches: tuple[Branch, ...] = ()


class Ending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ends a cadence: `goals` are statuses of the lead that were its point; `nurture` follows when none came.

    `exits` are what ends it from outside; versions from before they could be chosen have all of them.
    """

    goals: tuple[str, ...] = ()
    nurture: str = ""
    exits: tuple[StopReason, ...] = EXITS

    def ends_with(self, reason: StopReason) -> bool:
        """Whether *reason* ends the cadence. What is no exit (the lead was merged …) always does."""
        return reason not in EXITS or reason in ALWAYS_EXITS or reason in self.exits


class CadenceVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A published cadence. `version` is the hash of its content, so it never changes under an enrollment.

    `published_at` is None for one that came with leadcore; the one published last is present.
    """

    tenant_id: TenantId
    name: str
    version: str
    steps: tuple[Step, ...]
    arms: tuple[Arm, ...] = ()
    ending: Ending = Ending()
    source: str = ""
    published_at: datetime | None = None


class Enrollment(msgspec.Struct, frozen=True, kw_only=True):
    """A lead's way through one version of a cadence. `rotation` counts re-enrollments of the lead.

    While `paused_at` is set it is active, but no touch is decided.
    """

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
    paused_at: datetime | None = None


class Touch(msgspec.Struct, frozen=True, kw_only=True):
    """An intention to be in contact, one per (enrollment, step). `decided_at` is when it became messages.

    `by_hand`: a person put it off, so a change of the shop's calendar leaves its instant alone.
    """

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
    by_hand: bool = False
