"""What happened to an enrollment."""

from datetime import datetime

from leadcore.cadences.values import RolloutState
from leadcore.kernel.events import Event
from leadcore.kernel.ids import EnrollmentId, LeadId, RolloutId, TouchId


class Enrolled(Event, frozen=True, kw_only=True, tag="cadence.enrolled"):
    """A lead entered a cadence, pinned to a version."""

    enrollment_id: EnrollmentId
    lead_id: LeadId
    cadence: str
    version: str


class TouchPlanned(Event, frozen=True, kw_only=True, tag="touch.planned"):
    """The next touch has an instant."""

    enrollment_id: EnrollmentId
    lead_id: LeadId
    touch_id: TouchId
    step: str
    due_at: datetime


class TouchMoved(Event, frozen=True, kw_only=True, tag="touch.moved"):
    """The shop's calendar or zone changed, and a waiting touch has another instant."""

    enrollment_id: EnrollmentId
    lead_id: LeadId
    touch_id: TouchId
    step: str
    was_due_at: datetime
    due_at: datetime


class TouchDecided(Event, frozen=True, kw_only=True, tag="touch.decided"):
    """A due touch became messages, or did not; `verdicts` says per channel what the gate said."""

    lead_id: LeadId
    touch_id: TouchId
    step: str
    verdicts: dict[str, str]


class EnrollmentEnded(Event, frozen=True, kw_only=True, tag="cadence.ended"):
    """A cadence stopped or ran to its end."""

    enrollment_id: EnrollmentId
    lead_id: LeadId
    reason: str


class FollowUpSteered(Event, frozen=True, kw_only=True, tag="cadence.steered"):
    """A person paused, resumed, snoozed or skipped; `step` is what waits, `until` when it is due after a snooze."""

    enrollment_id: EnrollmentId
    lead_id: LeadId
    how: str
    by: str
    step: str = ""
    until: datetime | None = None


class EnrollmentMoved(Event, frozen=True, kw_only=True, tag="cadence.moved"):
    """A roll-out, or taking it back, put an enrollment on another version; it waits on another step."""

    enrollment_id: EnrollmentId
    lead_id: LeadId
    from_version: str
    to_version: str
    from_step: str
    to_step: str
    due_at: datetime


class RolloutChanged(Event, frozen=True, kw_only=True, tag="cadence.rollout"):
    """A roll-out was started, promoted, halted, rolled back, or is over."""

    rollout_id: RolloutId
    cadence: str
    new_version: str
    state: RolloutState
    by: str
    reason: str = ""


class TouchTested(Event, frozen=True, kw_only=True, tag="touch.tested"):
    """A step was sent to the shop's own people as the lead would get it; the lead got nothing."""

    lead_id: LeadId
    step: str
    by: str
    channels: list[str]
