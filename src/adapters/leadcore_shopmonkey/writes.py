"""Writing to Shopmonkey: columns, notes and the log of messages.

A note is a line in the customer's own `note`, which staff read beside the order and customers never see. A message
record would be the other place, but the body of POST /message is not documented (providers.md 1.8): what is guessed
wrong there is texted to the customer.
"""

import asyncio
from urllib.parse import quote

from leadcore.ports.crm import CrmNote, CrmSaid, CrmWriteRefusedError
from leadcore_httpkit.fields import Fields, text
from leadcore_httpkit.keeping import gone, must_keep, no_column, read_back
from leadcore_httpkit.marks import mark_of, marked
from leadcore_shopmonkey.api import ShopmonkeyApi
from leadcore_shopmonkey.settings import ShopmonkeySettings

_SWEEPS = 5
_VENDOR = "shopmonkey"


class ShopmonkeyWrites:
    """`WorkOrderWrites` and `MessageLog`."""

    def __init__(self, api: ShopmonkeyApi, settings: ShopmonkeySettings) -> None:
        self._api = api
        self._location_id = settings.location_id
        # a note is read, lengthened and put: two at once would lose one of them
        self._noting = asyncio.Lock()

    async def move_to_column(self, external_id: str, column: str) -> None:
        """Put the order into the workflow column of this name, that of its own location if several have one."""
        order = await self._target(external_id)
        wanted = await self._column_id(column, location_id=text(order, "locationId"))
        if text(order, "workflowStatusId") == wanted:
            return
        path = f"order/{quote(external_id, safe='')}"
        await self._api.write("PUT", path, {"workflowStatusId": wanted})
        kept = await read_back(_VENDOR, lambda: self._api.one("order", external_id))
        must_keep(_VENDOR, kept, {"workflowStatusId": wanted})

    async def add_note(self, external_id: str, note: CrmNote) -> None:
        """Lengthen the note of the order's customer by one line."""
        await self._add_line(external_id, f"{note.text} {note.link}".rstrip(), note.reference, link=note.link)

    async def has_note(self, external_id: str, reference: str) -> bool:
        """Return whether the customer's note holds our reference."""
        customer = await self._customer_of(external_id)
        return mark_of(reference) in text(customer, "note")

    async def log_message(self, external_id: str, said: CrmSaid) -> None:
        """Keep what was said as a line of the customer's note; nothing is sent."""
        by = {"sms": "text", "email": "e-mail", "web": "web chat"}[said.channel]
        who = "Customer" if said.author == "customer" else "Shop"
        await self._add_line(external_id, f"{said.at:%Y-%m-%d %H:%M}Z {who} by {by}: {said.text}", said.reference)

    async def has_message(self, external_id: str, reference: str) -> bool:
        """Return whether the customer's note holds our reference."""
        return await self.has_note(external_id, reference)

    async def _add_line(self, external_id: str, line: str, reference: str, *, link: str = "") -> None:
        async with self._noting:
            customer = await self._customer_of(external_id)
            customer_id = text(customer, "id")
            note = f"{text(customer, 'note')}\n{marked(line, reference)}".lstrip()
            await self._api.write("PUT", f"customer/{quote(customer_id, safe='')}", {"note": note})
            kept = await read_back(_VENDOR, lambda: self._api.one("customer", customer_id))
        is_kept = mark_of(reference) in text(kept, "note") and link in text(kept, "note")
        must_keep(_VENDOR, {"note": is_kept}, {"note": True})

    async def _target(self, external_id: str) -> Fields:
        order = await self._api.one("order", external_id)
        if order is None:
            raise gone(_VENDOR, "order", external_id)
        return order

    async def _customer_of(self, external_id: str) -> Fields:
        customer_id = text(await self._target(external_id), "customerId")
        customer = await self._api.one("customer", customer_id) if customer_id else None
        if customer is None:
            raise CrmWriteRefusedError(
                f"the order {external_id} has no customer to keep a note with", field="customer",
                fix="give the order a customer in Shopmonkey",
            )  # fmt: skip
        return customer

    async def _column_id(self, column: str, *, location_id: str) -> str:
        """Find a column by its name; one sweep of a list that lies may leave it out."""
        known: dict[str, Fields] = {}
        for _ in range(_SWEEPS):
            known |= {text(row, "id"): row for row in await self._api.sweep("workflow_status")}
            named = [row for row in known.values() if text(row, "name").casefold() == column.strip().casefold()]
            if here := [row for row in named if text(row, "locationId") in {"", location_id}]:
                return text(here[0], "id")
        raise no_column(_VENDOR, column, [text(row, "name") for row in known.values()])
