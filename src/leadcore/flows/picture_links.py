"""A link to one picture for whoever reads the shop's CRM: unguessable, for a while, and to nothing else."""

from datetime import datetime, timedelta

from leadcore.flows.seams import Seams, new_token, token_digest
from leadcore.flows.show_pictures import Shown, pictures_of_lead
from leadcore.flows.work import Work
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import PictureId
from leadcore.pictures.model import Picture
from leadcore.ports.storage import LinkOwner

_LIVES = timedelta(days=90)
"""As long as follow-up and job take. Who looks later asks leadcore with a key of their own."""


async def link_to_picture(uow: Work, seams: Seams, picture: Picture, *, at: datetime) -> tuple[str, datetime]:
    """Return a fresh address of a picture and until when it works."""
    token, digest = new_token(seams.chance)
    until = at + _LIVES
    owner = LinkOwner(tenant_id=picture.tenant_id, target_id=picture.id, expires_at=until)
    await uow.conversations.put_token(digest, owner)
    return f"{seams.urls.hooks}/p/{token}", until


async def linked_picture(seams: Seams, token: str) -> tuple[Shown, bytes]:
    """Return the picture behind *token* with its bytes.

    Raises `NotFoundError`, the same for a link that never was, one that is over and one to something else.
    """
    owner = await seams.store.directory.chat_token(token_digest(token))
    if owner is None or owner.expires_at is None:
        raise _unknown()
    async with seams.store.begin(owner.tenant_id) as uow:
        if await uow.now() >= owner.expires_at:
            raise _unknown()
        try:
            picture = await uow.pictures.get(PictureId(owner.target_id), tenant_id=owner.tenant_id)
        except NotFoundError:
            raise _unknown() from None
    shown = await pictures_of_lead(seams, picture.lead_id, tenant_id=owner.tenant_id)
    found = next((each for each in shown if each.id == picture.id and each.state == "kept"), None)
    if found is None:
        raise _unknown()
    return found, await seams.store.shelf.fetch_content(found.digest, tenant_id=owner.tenant_id)


def _unknown() -> NotFoundError:
    return NotFoundError(
        "this link is not known or is over", field="token", fix="save the picture with `leadcore leads pictures`"
    )
