"""Writing to Shop-Ware: statuses of repair orders, and notes on them, which are also where messages are kept."""

from leadcore.ports.crm import CrmNote, CrmOutcomeUnknownError, CrmSaid
from leadcore_httpkit.fields import Fields, text, whole
from leadcore_httpkit.keeping import gone, must_keep, no_column, read_back
from leadcore_httpkit.marks import mark_of, marked
from leadcore_shopware.api import ShopWareApi

_VENDOR = "shop-ware"


class ShopWareWrites:
    """`WorkOrderWrites` and `MessageLog`."""

    def __init__(self, api: ShopWareApi) -> None:
        self._api = api

    async def move_to_column(self, external_id: str, column: str) -> None:
        """Give the repair order the status of this name."""
        order = await self._target(external_id)
        statuses = await self._api.listed("statuses")
        named = [row for row in statuses if text(row, "text").casefold() == column.strip().casefold()]
        if not named:
            raise no_column(_VENDOR, column, [text(row, "text") for row in statuses])
        wanted = whole(named[0], "id")
        if order.get("status_id") == wanted:
            return
        await self._api.update("repair_orders", external_id, {"status_id": wanted})
        kept = await read_back(_VENDOR, lambda: self._api.one("repair_orders", external_id))
        must_keep(_VENDOR, kept, {"status_id": wanted})

    async def add_note(self, external_id: str, note: CrmNote) -> None:
        """Make a note on the repair order."""
        await self._note(external_id, f"{note.text} {note.link}".rstrip(), note.reference, link=note.link)

    async def has_note(self, external_id: str, reference: str) -> bool:
        """Return whether one of the repair order's notes holds our reference."""
        await self._target(external_id)
        notes = await self._api.listed("notes", {"repair_order_id": external_id})
        mark = mark_of(reference)
        return any(
            mark in text(row, "description") and text(row, "repair_order_id") == external_id  # filters may be ignored
            for row in notes
        )

    async def log_message(self, external_id: str, said: CrmSaid) -> None:
        """Keep what was said as a note; nothing is sent."""
        by = {"sms": "text", "email": "e-mail", "web": "web chat"}[said.channel]
        who = "Customer" if said.author == "customer" else "Shop"
        await self._note(external_id, f"{said.at:%Y-%m-%d %H:%M}Z {who} by {by}: {said.text}", said.reference)

    async def has_message(self, external_id: str, reference: str) -> bool:
        """Return whether one of the repair order's notes holds our reference."""
        return await self.has_note(external_id, reference)

    async def _note(self, external_id: str, words: str, reference: str, *, link: str = "") -> None:
        order = await self._target(external_id)
        body: Fields = {"repair_order_id": whole(order, "id"), "description": marked(words, reference)}
        ref = text(await self._api.create("notes", body), "id")
        if not ref:
            raise CrmOutcomeUnknownError("shop-ware made a note and did not say which")
        kept = await read_back(_VENDOR, lambda: self._api.one("notes", ref))
        is_kept = mark_of(reference) in text(kept, "description") and link in text(kept, "description")
        found = {"description": is_kept, "repair_order_id": whole(kept, "repair_order_id")}
        must_keep(_VENDOR, found, {"description": True, "repair_order_id": whole(order, "id")})

    async def _target(self, external_id: str) -> Fields:
        order = await self._api.one("repair_orders", external_id)
        if order is None:
            raise gone(_VENDOR, "repair order", external_id)
        return order
