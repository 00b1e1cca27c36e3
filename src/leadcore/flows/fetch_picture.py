"""Due work: a picture that its vendor keeps is fetched, cleaned and put on the shelf."""

from datetime import timedelta

from leadcore.flows.lead_changes import note_picture
from leadcore.flows.seams import Seams
from leadcore.kernel.errors import LeadcoreError, StaleClaimError
from leadcore.kernel.ids import PictureId
from leadcore.pictures.model import Picture
from leadcore.pictures.policies.preparing import prepared, reason_against
from leadcore.ports.inbound import SubmittedPicture
from leadcore.ports.pictures import PictureGoneError, PictureSource
from leadcore.ports.storage import DueItem
from leadcore.tenants.model import Connection

MAX_TRIES = 8
_BACKOFF_CAP_S = 3600.0


async def fetch_due_picture(seams: Seams, item: DueItem) -> None:
    """Fetch one picture. A vendor in trouble is asked again, eight times in all; then the picture says why it failed.

    Raises `StaleClaimError` when somebody else has the claim by now.
    """
    async with seams.store.begin(item.tenant_id) as uow:
        picture = await uow.pictures.get(PictureId(item.item_id), tenant_id=item.tenant_id)
        connection = await uow.tenants.connection(picture.connection_id, tenant_id=item.tenant_id)
        if picture.state != "waiting":
            await uow.due.finish(item)
            await uow.commit()
            return
    try:
        told = await _fetched(seams, picture, connection)
    except PictureGoneError as cause:
        told = SubmittedPicture(refused=cause.message)
    except StaleClaimError:
        raise
    except LeadcoreError as cause:
        if item.tries < MAX_TRIES:
            await _again_later(seams, item, picture, cause.message)
            return
        told = SubmittedPicture(refused=f"given up after {MAX_TRIES} tries: {cause.message}")
    await _settle(seams, item, told)


async def _fetched(seams: Seams, picture: Picture, connection: Connection) -> SubmittedPicture:
    source = await seams.adapters.door(connection)
    if not isinstance(source, PictureSource):
        raise PictureGoneError(f"{connection.plugin} hands out no pictures")
    limits = seams.picture_limits
    content = await source.fetch_picture(picture.url, max_bytes=limits.max_bytes)
    told, kept = prepared(content, number=picture.number)
    why = reason_against(number=picture.number, size=told.size, limits=limits)
    if why:
        raise PictureGoneError(why)
    if kept is not None:
        await seams.store.shelf.put(kept.digest, kept.content, tenant_id=picture.tenant_id)
    return told


async def _again_later(seams: Seams, item: DueItem, picture: Picture, why: str) -> None:
    delay_s = seams.chance.fraction() * min(_BACKOFF_CAP_S, 5.0 * 2**item.tries)
    async with seams.store.begin(item.tenant_id) as uow:
        stored = await uow.pictures.get(picture.id, tenant_id=item.tenant_id)
        if stored.state == "waiting":
            await uow.pictures.save(stored.troubled(why))
        await uow.due.postpone(item, at=await uow.now() + timedelta(seconds=delay_s))
        await uow.commit()


async def _settle(seams: Seams, item: DueItem, told: SubmittedPicture) -> None:
    async with seams.store.begin(item.tenant_id) as uow:
        picture = await uow.pictures.get(PictureId(item.item_id), tenant_id=item.tenant_id)
        if picture.state == "waiting":
            now = await uow.now()
            settled, event = (
                picture.refuse(told.refused, at=now)
                if told.refused
                else picture.keep(digest=told.digest, media_type=told.media_type, size=told.size, at=now)
            )
            await uow.pictures.save(settled)
            uow.publish(event)
            if settled.state == "kept":
                await note_picture(uow, settled.lead_id, tenant_id=item.tenant_id)
        await uow.due.finish(item)
        await uow.commit()
