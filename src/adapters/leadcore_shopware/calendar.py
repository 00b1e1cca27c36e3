"""Shop-Ware's appointments: a shop, a start, and a repair order or a title. Our reference stands in the description."""

from datetime import UTC, datetime, timedelta

from leadcore.ports.crm import LONG_AGO, CrmAppointment, CrmBooking, CrmOutcomeUnknownError, CrmWriteRefusedError
from leadcore_httpkit.fields import Fields, instant, text, whole
from leadcore_httpkit.keeping import gone, must_keep, read_back
from leadcore_httpkit.marks import marked
from leadcore_shopware.api import Query, ShopWareApi
from leadcore_shopware.settings import ShopWareSettings
from leadcore_shopware.translate import crm_appointment

_VENDOR = "shop-ware"
_NEAR = timedelta(days=1)
_SECOND = timedelta(seconds=1)  # dates have whole seconds, and the filter says "after"


class ShopWareCalendar:
    """`Appointments`."""

    def __init__(self, api: ShopWareApi, settings: ShopWareSettings) -> None:
        self._api = api
        self._shop_id = settings.shop_id

    async def appointments(self, starts_from: datetime, until: datetime) -> tuple[CrmAppointment, ...]:
        """Return those that start in the range."""
        query: Query = {"start_after": _written(starts_from - _SECOND)}
        if self._shop_id:
            query["shop_id"] = self._shop_id
        listed = [_appointment(row) for row in await self._api.listed("appointments", query) if self._is_in_shop(row)]
        inside = [each for each in listed if each is not None and starts_from <= each.starts_at < until]
        return tuple(sorted(inside, key=lambda each: (each.starts_at, each.external_id)))

    async def find_appointment(self, reference: str, *, near: datetime) -> CrmAppointment | None:
        """Return the appointment whose description holds our reference."""
        around = await self.appointments(near - _NEAR, near + _NEAR)
        return next((each for each in around if each.reference == reference), None)

    async def book_appointment(self, booking: CrmBooking) -> CrmAppointment:
        """Make it in the connection's shop, else in that of the repair order."""
        body: Fields = {
            "title": booking.title,
            "start_at": _written(booking.starts_at),
            "end_at": _written(booking.ends_at),
            "shop_id": await self._shop_of(booking.order_id),
            "description": marked(booking.note, booking.reference),
        }
        if booking.order_id:
            body["repair_order_id"] = int(booking.order_id) if booking.order_id.isdigit() else booking.order_id
        made = text(await self._api.create("appointments", body), "id")
        if not made:
            raise CrmOutcomeUnknownError("shop-ware made an appointment and did not say which")
        return await self._kept(made, body)

    async def move_appointment(self, external_id: str, *, starts_at: datetime, ends_at: datetime) -> CrmAppointment:
        """Change its start and end; other fields stay."""
        if await self._api.one("appointments", external_id) is None:
            raise gone(_VENDOR, "appointment", external_id)
        body = {"start_at": _written(starts_at), "end_at": _written(ends_at)}
        await self._api.update("appointments", external_id, body)
        return await self._kept(external_id, body)

    async def cancel_appointment(self, external_id: str, *, reason: str) -> None:
        """Delete it; Shop-Ware keeps no cancelled ones, so the reason is not kept either."""
        if await self._api.one("appointments", external_id) is None:
            return
        try:
            await self._api.remove("appointments", external_id)
        except CrmWriteRefusedError:
            if await self._api.one("appointments", external_id) is not None:
                raise

    async def _shop_of(self, order_id: str | None) -> int:
        if self._shop_id.isdigit():
            return int(self._shop_id)
        order = await self._api.one("repair_orders", order_id) if order_id else None
        shop = whole(order or {}, "shop_id")
        if shop is None:
            raise CrmWriteRefusedError(
                "shop-ware wants to know in which shop the appointment is", field="shop_id",
                fix="set `shop_id` on the Shop-Ware connection",
            )  # fmt: skip
        return shop

    async def _kept(self, external_id: str, body: Fields) -> CrmAppointment:
        record = await read_back(_VENDOR, lambda: self._api.one("appointments", external_id))
        must_keep(_VENDOR, _comparable(record), _comparable(body))
        appointment = _appointment(record)
        if appointment is None:
            raise CrmOutcomeUnknownError("shop-ware's appointment cannot be read back")
        return appointment

    def _is_in_shop(self, record: Fields) -> bool:
        shop = text(record, "shop_id")
        return not self._shop_id or not shop or shop == self._shop_id


def _written(at: datetime) -> str:
    return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _comparable(record: Fields) -> Fields:
    return {name: instant(value) if name in {"start_at", "end_at"} else value for name, value in record.items()}


def _appointment(record: Fields) -> CrmAppointment | None:
    """Return the appointment, None for what has no start or is not happening."""
    found = crm_appointment(record)
    return None if found.cancelled or not found.external_id or found.starts_at == LONG_AGO else found
