"""What a shop's people see of a lead's pictures."""

from datetime import datetime

import msgspec

from leadcore.compliance.values import Channel
from leadcore.flows.seams import Seams
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import EntryId, LeadId, PictureId, TenantId
from leadcore.pictures.model import Picture
from leadcore.pictures.policies.sniffing import EXTENSIONS
from leadcore.pictures.values import PictureState


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A picture without the addresses at its vendor. `file_name` is ours: unique per lead, safe on any file system.

    `name` is what the customer's device called it. `reason` says why it is not kept, or not yet.
    """

    id: PictureId
    entry_id: EntryId | None
    channel: Channel
    number: int
    received_at: datetime
    state: PictureState
    reason: str
    name: str
    file_name: str
    media_type: str
    size: int
    digest: str


async def pictures_of_lead(seams: Seams, lead_id: LeadId, *, tenant_id: TenantId) -> list[Shown]:
    """Return the lead's pictures in the order they came. Raises `NotFoundError`."""
    async with seams.store.begin(tenant_id) as uow:
        await uow.leads.get(lead_id, tenant_id=tenant_id)
        found = await uow.pictures.of_lead(lead_id, tenant_id=tenant_id)
    return [shown_picture(each, place) for place, each in enumerate(found, start=1)]


async def picture_content(
    seams: Seams, lead_id: LeadId, picture_id: PictureId, *, tenant_id: TenantId
) -> tuple[Shown, bytes]:
    """Return one picture with its bytes. Raises `NotFoundError`, also for one that is not kept."""
    found = await pictures_of_lead(seams, lead_id, tenant_id=tenant_id)
    shown = next((each for each in found if each.id == picture_id), None)
    if shown is None:
        raise NotFoundError("no such picture of this lead", field="picture_id")
    if shown.state != "kept":
        why = shown.reason or "it is being fetched"
        raise NotFoundError(f"the picture is {shown.state}: {why}", field="picture_id")
    return shown, await seams.store.shelf.fetch_content(shown.digest, tenant_id=tenant_id)


def shown_picture(picture: Picture, place: int) -> Shown:
    """Return how the picture is shown, as the *place*-th of its lead, from 1."""
    extension = EXTENSIONS.get(picture.media_type, "")
    return Shown(
        id=picture.id,
        entry_id=picture.entry_id,
        channel=picture.channel,
        number=picture.number,
        received_at=picture.received_at,
        state=picture.state,
        reason=picture.reason,
        name=picture.name,
        file_name=f"picture-{place}.{extension}" if extension else "",
        media_type=picture.media_type,
        size=picture.size,
        digest=picture.digest,
    )
