"""Pictures beside a customer's words: what came with the request is on the shelf, what a vendor keeps is fetched."""

from leadcore.compliance.values import Channel
from leadcore.conversations.model import Conversation
from leadcore.flows.lead_changes import note_picture
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.ids import ConnectionId, EntryId, PictureId, TenantId
from leadcore.pictures.model import Picture
from leadcore.pictures.policies.preparing import reason_against
from leadcore.ports.inbound import AdmittedItem, SubmittedPicture


async def shelve(seams: Seams, items: tuple[AdmittedItem, ...], *, tenant_id: TenantId) -> None:
    """Put the pictures of *items* on the shelf, those that are too many or too large left out.

    Before the request's own transaction: nothing may be acknowledged whose pictures are not durable.
    """
    for item in items:
        for each in item.pictures:
            if not reason_against(number=each.number, size=len(each.content), limits=seams.picture_limits):
                await seams.store.shelf.put(each.digest, each.content, tenant_id=tenant_id)


async def receive_pictures(
    uow: Work,
    seams: Seams,
    pictures: tuple[SubmittedPicture, ...],
    *,
    conversation: Conversation,
    connection_id: ConnectionId,
    channel: Channel,
    source_ref: str,
    entry_id: EntryId | None = None,
) -> None:
    """Note each picture once, with what became of it; what waits at its vendor is armed to be fetched."""
    now = await uow.now()
    for number, told in enumerate(pictures, start=1):
        picture = Picture(
            id=PictureId(seams.ids.new()),
            tenant_id=conversation.tenant_id,
            lead_id=conversation.lead_id,
            conversation_id=conversation.id,
            connection_id=connection_id,
            channel=channel,
            source_ref=source_ref,
            number=number,
            received_at=now,
            entry_id=entry_id,
            url=told.url,
            name=told.name,
        )
        why = told.refused or reason_against(number=number, size=told.size, limits=seams.picture_limits)
        if why:
            picture, refused = picture.refuse(why, at=now)
            if await uow.pictures.add(picture):
                uow.publish(refused)
        elif told.digest:
            picture, kept = picture.keep(digest=told.digest, media_type=told.media_type, size=told.size, at=now)
            if await uow.pictures.add(picture):
                uow.publish(kept)
                await note_picture(uow, picture.lead_id, tenant_id=picture.tenant_id)
        elif await uow.pictures.add(picture):
            await uow.due.arm("picture", picture.id, tenant_id=picture.tenant_id, at=now)
