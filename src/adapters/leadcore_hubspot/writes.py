"""Writing to HubSpot: deal stages, notes, and texts as logged communications.

Bodies of engagements are HTML. They carry our reference, and they are found again through the deal's associations:
the search's index is seconds behind.
"""

import html
from datetime import UTC, datetime

from leadcore.ports.crm import CrmNote, CrmOutcomeUnknownError, CrmSaid
from leadcore_httpkit.fields import Fields, rows, text
from leadcore_httpkit.keeping import gone, must_keep, no_column, read_back
from leadcore_httpkit.marks import mark_of
from leadcore_hubspot.api import HubSpotApi
from leadcore_hubspot.translate import associated, properties, stages_of

_VENDOR = "hubspot"
_BODIES = {"notes": "hs_note_body", "communications": "hs_communication_body"}
# HubSpot's own association types: engagement -> deal, engagement -> contact
LINKS = {"notes": (214, 202), "communications": (85, 81), "meetings": (212, 200)}
_BATCH = 100


class HubSpotWrites:
    """`WorkOrderWrites` and `MessageLog`."""

    def __init__(self, api: HubSpotApi) -> None:
        self._api = api

    async def move_to_column(self, external_id: str, column: str) -> None:
        """Put the deal into the stage of this name in its own pipeline."""
        found = properties(await self._target(external_id))
        stages = stages_of(await self._api.listed("crm/v3/pipelines/deals"))
        here = {ref: stage for ref, stage in stages.items() if stage.pipeline_id == text(found, "pipeline")}
        named = [ref for ref, stage in here.items() if stage.label.casefold() == column.strip().casefold()]
        if not named:
            raise no_column(_VENDOR, column, [stage.label for stage in here.values()])
        if text(found, "dealstage") == named[0]:
            return
        body = {"properties": {"dealstage": named[0]}}
        await self._api.write("PATCH", f"crm/v3/objects/deals/{external_id}", body)
        kept = await read_back(_VENDOR, lambda: self._api.record("deals", external_id, {"properties": "dealstage"}))
        must_keep(_VENDOR, properties(kept), {"dealstage": named[0]})

    async def add_note(self, external_id: str, note: CrmNote) -> None:
        """Make a note on the deal and its contact."""
        await self._engage("notes", external_id, note.text, note.reference, at=note.at, more={}, link=note.link)

    async def has_note(self, external_id: str, reference: str) -> bool:
        """Return whether one of the deal's notes holds our reference."""
        return await self._has(external_id, reference, kinds=("notes",))

    async def log_message(self, external_id: str, said: CrmSaid) -> None:
        """Log a text as a communication, an e-mail or a chat message as a note; nothing is sent."""
        who = "Customer" if said.author == "customer" else "Shop"
        if said.channel == "sms":
            more = {"hs_communication_channel_type": "SMS", "hs_communication_logged_from": "CRM"}
            words = f"{who}: {said.text}"
            await self._engage("communications", external_id, words, said.reference, at=said.at, more=more)
            return
        by = "e-mail" if said.channel == "email" else "web chat"
        await self._engage("notes", external_id, f"{who} by {by}: {said.text}", said.reference, at=said.at, more={})

    async def has_message(self, external_id: str, reference: str) -> bool:
        """Return whether one of the deal's communications or notes holds our reference."""
        return await self._has(external_id, reference, kinds=("communications", "notes"))

    async def _engage(
        self,
        kind: str,
        external_id: str,
        words: str,
        reference: str,
        *,
        at: datetime,
        more: dict[str, str],
        link: str = "",
    ) -> None:
        deal = await self._target(external_id)
        body_name = _BODIES[kind]
        shown = _shown(words, reference, link=link)
        fields = {"hs_timestamp": written(at), body_name: shown, **more}
        made = await self._api.write(
            "POST",
            f"crm/v3/objects/{kind}",
            {"properties": fields, "associations": links(kind, external_id, associated(deal, "contacts"))},
        )
        ref = text(made, "id")
        if not ref:
            raise CrmOutcomeUnknownError(f"hubspot made one of the {kind} and did not say which")
        query: dict[str, str | int] = {"properties": ",".join((body_name, *more)), "associations": "deals"}
        kept = await read_back(_VENDOR, lambda: self._api.record(kind, ref, query))
        body = text(properties(kept), body_name)
        found = {**properties(kept), body_name: mark_of(reference) in body and html.escape(link) in body}
        must_keep(_VENDOR, found, {body_name: True, **more})
        must_keep(_VENDOR, {"associations": associated(kept, "deals")}, {"associations": [external_id]})

    async def _has(self, external_id: str, reference: str, *, kinds: tuple[str, ...]) -> bool:
        query: dict[str, str | int] = {"properties": "dealname", "associations": ",".join(kinds)}
        deal = await self._api.record("deals", external_id, query)
        if deal is None:
            raise gone(_VENDOR, "deal", external_id)
        return any([await self._is_kept(kind, associated(deal, kind), reference) for kind in kinds])

    async def _is_kept(self, kind: str, refs: list[str], reference: str) -> bool:
        for start in range(0, len(refs), _BATCH):
            wanted = {"properties": [_BODIES[kind]], "inputs": [{"id": ref} for ref in refs[start : start + _BATCH]]}
            # 207: one that was deleted meanwhile does not hide the others
            read = await self._api.asked(f"crm/v3/objects/{kind}/batch/read", wanted)
            bodies = (text(properties(row), _BODIES[kind]) for row in rows(read.get("results")))
            if any(mark_of(reference) in body for body in bodies):
                return True
        return False

    async def _target(self, external_id: str) -> Fields:
        query: dict[str, str | int] = {"properties": "dealstage,pipeline", "associations": "contacts"}
        deal = await self._api.record("deals", external_id, query)
        if deal is None:
            raise gone(_VENDOR, "deal", external_id)
        return deal


def _shown(words: str, reference: str, *, link: str) -> str:
    address = html.escape(link)
    anchor = f' <a href="{address}">{address}</a>' if link else ""
    plain = html.escape(words.rstrip(), quote=False).replace("\n", "<br>")
    return f"{plain}{anchor} {mark_of(reference)}"


def links(kind: str, deal: str | None, contacts: list[str]) -> list[Fields]:
    """Return what ties an engagement to its deal and contacts."""
    to_deal, to_contact = LINKS[kind]
    wanted = [*([(deal, to_deal)] if deal else []), *((contact, to_contact) for contact in contacts)]
    return [
        {"to": {"id": ref}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]}
        for ref, number in wanted
    ]


def written(at: datetime) -> str:
    """Return an instant as HubSpot writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
