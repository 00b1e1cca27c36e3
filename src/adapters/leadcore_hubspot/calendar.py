"""HubSpot's meetings. Our reference stands in their internal notes, which no customer sees."""

from datetime import UTC, datetime, timedelta

from leadcore.ports.crm import CrmAppointment, CrmBooking, CrmOutcomeUnknownError, CrmWriteRefusedError
from leadcore_httpkit.fields import Fields, instant, text
from leadcore_httpkit.keeping import gone, must_keep, read_back
from leadcore_httpkit.marks import mark_of, reference_in
from leadcore_hubspot.api import HubSpotApi
from leadcore_hubspot.translate import associated, properties
from leadcore_hubspot.writes import links, written

_VENDOR = "hubspot"
_NEAR = timedelta(days=1)
_CANCELED = "CANCELED"
_DATES = frozenset({"hs_timestamp", "hs_meeting_start_time", "hs_meeting_end_time"})
_NAMES = (
    "hs_meeting_title", "hs_meeting_start_time", "hs_meeting_end_time", "hs_meeting_body", "hs_internal_meeting_notes",
    "hs_meeting_outcome", "hs_timestamp",
)  # fmt: skip


class HubSpotCalendar:
    """`Appointments`."""

    def __init__(self, api: HubSpotApi) -> None:
        self._api = api

    async def appointments(self, starts_from: datetime, until: datetime) -> tuple[CrmAppointment, ...]:
        """Return the meetings that start in the range. The search says which, some seconds late; each is then read."""
        low, high = (str(int(at.astimezone(UTC).timestamp() * 1000)) for at in (starts_from, until))
        between = {"propertyName": "hs_meeting_start_time", "operator": "BETWEEN", "value": low, "highValue": high}
        wanted = {"filterGroups": [{"filters": [between]}], "properties": ["hs_meeting_start_time"]}
        listed, _ = await self._api.searched("meetings", wanted)
        hits = dict.fromkeys(text(row, "id") for row in listed)
        found = [_appointment(record) for ref in hits if (record := await self._meeting(ref)) is not None]
        inside = [each for each in found if each is not None and starts_from <= each.starts_at < until]
        return tuple(sorted(inside, key=lambda each: (each.starts_at, each.external_id)))

    async def find_appointment(self, reference: str, *, near: datetime) -> CrmAppointment | None:
        """Return the meeting whose internal notes hold our reference. The index is seconds behind: ask again."""
        around = await self.appointments(near - _NEAR, near + _NEAR)
        return next((each for each in around if each.reference == reference), None)

    async def book_appointment(self, booking: CrmBooking) -> CrmAppointment:
        """Make a meeting on the deal and its contact."""
        fields = {
            "hs_timestamp": written(booking.starts_at),
            "hs_meeting_title": booking.title,
            "hs_meeting_body": booking.note,
            "hs_internal_meeting_notes": mark_of(booking.reference),
            "hs_meeting_start_time": written(booking.starts_at),
            "hs_meeting_end_time": written(booking.ends_at),
            "hs_meeting_outcome": "SCHEDULED",
        }
        fields = {name: value for name, value in fields.items() if value}
        contacts = [booking.customer_id] if booking.customer_id else []
        made = await self._api.write(
            "POST",
            "crm/v3/objects/meetings",
            {"properties": fields, "associations": links("meetings", booking.order_id, contacts)},
        )
        ref = text(made, "id")
        if not ref:
            raise CrmOutcomeUnknownError("hubspot made a meeting and did not say which")
        return await self._kept(ref, fields)

    async def move_appointment(self, external_id: str, *, starts_at: datetime, ends_at: datetime) -> CrmAppointment:
        """Change its start and end; other properties stay."""
        if await self._meeting(external_id) is None:
            raise gone(_VENDOR, "meeting", external_id)
        fields = {
            "hs_timestamp": written(starts_at),
            "hs_meeting_start_time": written(starts_at),
            "hs_meeting_end_time": written(ends_at),
        }
        await self._api.write("PATCH", f"crm/v3/objects/meetings/{external_id}", {"properties": fields})
        return await self._kept(external_id, fields)

    async def cancel_appointment(self, external_id: str, *, reason: str) -> None:
        """Set its outcome to cancelled; it stays in the contact's history, with the reason."""
        record = await self._meeting(external_id)
        if record is None or text(properties(record), "hs_meeting_outcome") == _CANCELED:
            return
        notes = text(properties(record), "hs_internal_meeting_notes")
        fields = {"hs_meeting_outcome": _CANCELED, "hs_internal_meeting_notes": f"{reason} {notes}".strip()}
        try:
            await self._api.write("PATCH", f"crm/v3/objects/meetings/{external_id}", {"properties": fields})
        except CrmWriteRefusedError:
            if await self._meeting(external_id) is not None:
                raise
            return
        kept = await read_back(_VENDOR, lambda: self._meeting(external_id))
        must_keep(_VENDOR, properties(kept), {"hs_meeting_outcome": _CANCELED})

    async def _meeting(self, external_id: str) -> Fields | None:
        query: dict[str, str | int] = {"properties": ",".join(_NAMES), "associations": "deals,contacts"}
        return await self._api.record("meetings", external_id, query)

    async def _kept(self, external_id: str, fields: dict[str, str]) -> CrmAppointment:
        record = await read_back(_VENDOR, lambda: self._meeting(external_id))
        must_keep(_VENDOR, _comparable(properties(record)), _comparable(fields))
        appointment = _appointment(record)
        if appointment is None:
            raise CrmOutcomeUnknownError("hubspot's meeting cannot be read back")
        return appointment


def _comparable(fields: Fields | dict[str, str]) -> dict[str, object]:
    return {name: instant(value) if name in _DATES else value for name, value in fields.items()}


def _appointment(record: Fields) -> CrmAppointment | None:
    found = properties(record)
    starts_at = instant(found.get("hs_meeting_start_time"))
    if starts_at is None or text(found, "hs_meeting_outcome") == _CANCELED:
        return None
    return CrmAppointment(
        external_id=text(record, "id"),
        title=text(found, "hs_meeting_title"),
        starts_at=starts_at,
        ends_at=instant(found.get("hs_meeting_end_time")) or starts_at,
        reference=reference_in(text(found, "hs_internal_meeting_notes")),
        order_id=next(iter(associated(record, "deals")), None),
        customer_id=next(iter(associated(record, "contacts")), None),
        note=text(found, "hs_meeting_body"),
    )
