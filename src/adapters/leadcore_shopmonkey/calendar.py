"""Shopmonkey's appointments. Our reference stands in the note: there is no field of ours."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from leadcore.ports.crm import LONG_AGO, CrmAppointment, CrmBooking, CrmOutcomeUnknownError, CrmWriteRefusedError
from leadcore_httpkit.fields import Fields, flag, instant, text
from leadcore_httpkit.keeping import gone, must_keep, read_back
from leadcore_httpkit.marks import marked
from leadcore_shopmonkey.api import ShopmonkeyApi
from leadcore_shopmonkey.settings import ShopmonkeySettings
from leadcore_shopmonkey.translate import crm_appointment

_VENDOR = "shopmonkey"
_QUIET_SWEEPS, _MAX_SWEEPS = 3, 12
_COLOR = "blue"  # one is required
_NEAR = timedelta(days=1)


class ShopmonkeyCalendar:
    """`Appointments`."""

    def __init__(self, api: ShopmonkeyApi, settings: ShopmonkeySettings) -> None:
        self._api = api
        self._location_id = settings.location_id

    async def appointments(self, starts_from: datetime, until: datetime) -> tuple[CrmAppointment, ...]:
        """Return those that start in the range: searched until three sweeps in a row show nothing new."""
        where = {"startDate": {"gte": _written(starts_from), "lte": _written(until)}}
        found: dict[str, Fields] = {}
        quiet = 0
        for _ in range(_MAX_SWEEPS):
            before = len(found)
            found |= {text(row, "id"): row for row in await self._api.searched("appointment/search", where)}
            quiet = quiet + 1 if len(found) == before else 0
            if quiet == _QUIET_SWEEPS:
                break
        listed = (_appointment(row) for row in found.values() if self._is_in_shop(row) and not flag(row, "deleted"))
        inside = [each for each in listed if each is not None and starts_from <= each.starts_at < until]
        return tuple(sorted(inside, key=lambda each: (each.starts_at, each.external_id)))

    async def find_appointment(self, reference: str, *, near: datetime) -> CrmAppointment | None:
        """Return the appointment whose note holds our reference."""
        around = await self.appointments(near - _NEAR, near + _NEAR)
        return next((each for each in around if each.reference == reference), None)

    async def book_appointment(self, booking: CrmBooking) -> CrmAppointment:
        """Make it, without the vendor's own confirmation and reminder: ours are sent."""
        body: Fields = {
            "name": booking.title,
            "color": _COLOR,
            "startDate": _written(booking.starts_at),
            "endDate": _written(booking.ends_at),
            "note": marked(booking.note, booking.reference),
            "sendConfirmation": False,
            "sendReminder": False,
        }
        refs = {"orderId": booking.order_id, "customerId": booking.customer_id, "vehicleId": booking.vehicle_id}
        body |= {name: ref for name, ref in {**refs, "locationId": self._location_id or None}.items() if ref}
        made = text(await self._api.write("POST", "appointment", body), "id")
        if not made:
            raise CrmOutcomeUnknownError("shopmonkey made an appointment and did not say which")
        return await self._kept(made, body)

    async def move_appointment(self, external_id: str, *, starts_at: datetime, ends_at: datetime) -> CrmAppointment:
        """Change its start and end; other fields stay."""
        if await self._api.one("appointment", external_id) is None:
            raise gone(_VENDOR, "appointment", external_id)
        body = {"startDate": _written(starts_at), "endDate": _written(ends_at)}
        await self._api.write("PUT", _path(external_id), body)
        return await self._kept(external_id, body)

    async def cancel_appointment(self, external_id: str, *, reason: str) -> None:
        """Delete it; the reason is written first, for the trash and for whoever is told of the deletion."""
        if await self._api.one("appointment", external_id) is None:
            return
        try:
            await self._api.write("PUT", _path(external_id), {"cancellationNote": reason})
            await self._api.write("DELETE", _path(external_id), {})
        except CrmWriteRefusedError:
            if await self._api.one("appointment", external_id) is not None:
                raise

    async def _kept(self, external_id: str, body: Fields) -> CrmAppointment:
        record = await read_back(_VENDOR, lambda: self._api.one("appointment", external_id))
        must_keep(_VENDOR, _comparable(record), _comparable(body))
        appointment = _appointment(record)
        if appointment is None:
            raise CrmOutcomeUnknownError("shopmonkey's appointment cannot be read back")
        return appointment

    def _is_in_shop(self, record: Fields) -> bool:
        location = text(record, "locationId")
        return not self._location_id or not location or location == self._location_id


def _path(external_id: str) -> str:
    return f"appointment/{quote(external_id, safe='')}"


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _comparable(record: Fields) -> Fields:
    """Make dates instants: the vendor may write the same one otherwise."""
    return {name: instant(value) if name in {"startDate", "endDate"} else value for name, value in record.items()}


def _appointment(record: Fields) -> CrmAppointment | None:
    """Return the appointment, None for what has no start or is not happening."""
    found = crm_appointment(record)
    return None if found.cancelled or not found.external_id or found.starts_at == LONG_AGO else found
