"""A customer's picture for whoever follows the link in the shop's CRM. No login takes part, so nothing to borrow."""

from urllib.parse import quote

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from leadcore.flows.picture_links import linked_picture
from leadcore.flows.seams import Seams
from leadcore_orchestrator.pictures import SAFE

_HEADERS = {**SAFE, "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


def picture_link_routes(seams: Seams) -> list[HTTPRouteHandler]:
    """Return the route behind the links in notes on pictures."""

    @get("/p/{token:str}", media_type="application/octet-stream", operation_id="openPictureLink")
    async def open_link(token: FromPath[str]) -> Response[bytes]:
        """Show one picture, without metadata, until its link is over."""
        shown, content = await linked_picture(seams, token)
        named = f"inline; filename*=UTF-8''{quote(shown.file_name, safe='')}"
        return Response(content, media_type=shown.media_type, headers={**_HEADERS, "Content-Disposition": named})

    return [open_link]
