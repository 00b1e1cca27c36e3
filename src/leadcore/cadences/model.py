"""A cadence as written, an enrollment in it, and a touch: the intention to be in contact once."""

from datetime import datetime, time, timedelta
from uuid import UUID

import msgspec

from leadcore.cadences.values import ALWAYS_EXITS, EXITS, EnrollmentState, RolloutState, StopReason, TouchState
from leadcore.compliance.values import Purpose
from leadcore.kernel.ids import EnrollmentId, LeadId, RolloutId, TenantId, TouchId
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

    `version` is the one whose step it is: an enrollment may have moved on to another since.
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
    version: str = ""
    by_hand: bool = False


class MigrationMap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who moves to the new version: those that wait on a key of `move` wait on its value from then on.

    `keep` are steps whose waiting leads finish the version they began; `move_same` moves those that wait on a step
    which both versions have. Whoever is not named keeps their version.
    """

    move: dict[str, str] = {}
    keep: tuple[str, ...] = ()
    move_same: bool = False


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a new version is halted: its rate is, for sure enough, more than the margin above the old version's.

    Margins are shares (0.02: two in a hundred more). `min_sample` leads (for opt-outs) or messages (for failures) must
    have been reached before anything is judged.
    """

    opt_out_margin: float = 0.02
    failure_margin: float = 0.05
    min_sample: int = 50


class VersionFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a version: leads it wrote to, its messages, how many failed, how many of the leads opted out."""

    version: str = ""
    leads: int = 0
    messages: int = 0
    failures: int = 0
    opt_outs: int = 0

    def plus(self, other: "VersionFigures") -> "VersionFigures":
        """Return the sums, under our version."""
        return VersionFigures(
            version=self.version,
            leads=self.leads + other.leads,
            messages=self.messages + other.messages,
            failures=self.failures + other.failures,
            opt_outs=self.opt_outs + other.opt_outs,
        )


class Rollout(msgspec.Struct, frozen=True, kw_only=True):
    """Bringing a new version of a cadence to the leads of one location.

    Locations that do it together have the same `shared_id` and know one another by `locations`. While `canary`,
    `percent` of the leads get the new version; a `waiting` location's turn comes with the promotion. While `is_moving`,
    there are leads that still have to be moved (or moved back). `figures` are the new version's and the old one's, as
    they were when it was halted.
    """

    id: RolloutId
    tenant_id: TenantId
    shared_id: UUID
    locations: tuple[TenantId, ...]
    cadence: str
    old_version: str
    new_version: str
    state: RolloutState
    percent: int
    moves: MigrationMap
    thresholds: Thresholds
    started_at: datetime
    started_by: str
    is_moving: bool = True
    decided_at: datetime | None = None
    decided_by: str = ""
    reason: str = ""
    figures: tuple[VersionFigures, ...] = ()


class RolloutMove(msgspec.Struct, frozen=True, kw_only=True):
    """One enrollment's move to the new version: all that is needed to take it back."""

    tenant_id: TenantId
    rollout_id: RolloutId
    enrollment_id: EnrollmentId
    from_version: str
    from_step: str
    from_due_at: datetime
    from_not_after: datetime
    to_step: str
    to_due_at: datetime
    moved_at: datetime
    undone_at: datetime | None = None
