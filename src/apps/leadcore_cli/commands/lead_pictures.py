"""`leadcore leads pictures`: what a customer photographed."""

from asyncio import to_thread
from pathlib import Path
from uuid import UUID

import msgspec
from rich.console import Console
from rich.progress import track

from leadcore.flows.seams import Seams
from leadcore.flows.show_pictures import Shown, picture_content, pictures_of_lead
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import LeadId, PictureId, TenantId
from leadcore_cli.options import HERE, Json, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_json, print_table


def pictures(
    lead_id: UUID, /, *, save: Path | None = None, tenant: Shop = "", json: Json = False, place: Place = HERE
) -> int:
    """List the pictures a customer sent, also those that are not kept and why; save them where you like.

    Example: `leadcore leads pictures 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 --save ./pictures`

    Parameters
    ----------
    save
        Write the pictures into this folder, which is made if it is missing. Metadata such as places are not in them.
    """

    async def work(session: Session) -> None:
        shop = await session.tenant(tenant)
        shown = await pictures_of_lead(session.seams, LeadId(lead_id), tenant_id=shop.id)
        saved = await _save(session.seams, LeadId(lead_id), shown, save, tenant_id=shop.id) if save else {}
        if json:
            print_json([{**msgspec.to_builtins(each), "saved_as": saved.get(each.id)} for each in shown])
            return
        rows = [
            (each.id, each.received_at, each.channel, each.state, each.media_type or "-", each.size, each.reason or "-")
            for each in shown
        ]
        headers = ("picture", "arrived", "channel", "state", "type", "bytes", "reason")
        print_table(headers, rows, empty="no pictures yet")
        for path in saved.values():
            print(path)

    return within(place, work)


async def _save(
    seams: Seams, lead_id: LeadId, shown: list[Shown], folder: Path, *, tenant_id: TenantId
) -> dict[PictureId, str]:
    """Write what is kept; a file of the same name is replaced. Raises `InvalidInputError` for a folder that is none."""
    kept = [each for each in shown if each.state == "kept"]
    saved: dict[PictureId, str] = {}
    try:
        await to_thread(folder.mkdir, parents=True, exist_ok=True)
        for each in track(kept, description="saving", console=Console(stderr=True), transient=True):
            _, content = await picture_content(seams, lead_id, each.id, tenant_id=tenant_id)
            await to_thread((folder / each.file_name).write_bytes, content)
            saved[each.id] = str(folder / each.file_name)
    except OSError as cause:
        fix = "name a folder that you may write to"
        raise InvalidInputError(f"{folder}: {cause.strerror}", field="--save", fix=fix) from cause
    return saved
