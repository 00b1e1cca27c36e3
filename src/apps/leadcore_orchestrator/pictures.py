"""Pictures of a lead under /api/v1: what is known of them, and their bytes."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Controller, Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from leadcore.flows.seams import Seams
from leadcore.flows.show_pictures import Shown, picture_content, pictures_of_lead
from leadcore.kernel.ids import LeadId, PictureId
from leadcore_runtime.authentication import caller_of
from leadcore_runtime.problems import MEDIA_TYPE, Problem

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}
"""A customer made these bytes: a browser shall neither guess what they are nor run anything in them."""

Incoming = Request[Any, Any, State]
Wired = NamedDependency[Seams]


def _refusals(missing: str) -> dict[int, ResponseSpec]:
    told = {
        401: "no API key, a wrong or a revoked one",
        403: "the key has not the scope `operate`",
        404: missing,
        503: "our own trouble: try again after Retry-After",
    }
    return {
        status: ResponseSpec(Problem, generate_examples=False, description=text, media_type=MEDIA_TYPE)
        for status, text in told.items()
    }


class LeadPictures(Controller):
    """What customers photographed; the key decides the tenant, never the request."""

    path = "/api/v1/leads/{lead_id:uuid}/pictures"
    tags = ["operators"]  # noqa: RUF012 - Litestar reads a plain list

    @get("/", operation_id="listLeadPictures", responses=_refusals("no such lead for this tenant"))
    async def pictures(self, request: Incoming, seams: Wired, lead_id: FromPath[UUID]) -> list[Shown]:
        """List a lead's pictures in the order they came, also those that wait or were refused, with the reason."""
        caller = await caller_of(request, seams.store, scope="operate")
        return await pictures_of_lead(seams, LeadId(lead_id), tenant_id=caller.tenant_id)

    @get(
        "/{picture_id:uuid}",
        operation_id="getLeadPicture",
        responses=_refusals("no such picture of this lead, or it is not kept (yet): the list says why"),
        media_type="application/octet-stream",
    )
    async def picture(
        self, request: Incoming, seams: Wired, lead_id: FromPath[UUID], picture_id: FromPath[UUID]
    ) -> Response[bytes]:
        """Return a picture's bytes without metadata, as a file to save."""
        caller = await caller_of(request, seams.store, scope="operate")
        shown, content = await picture_content(
            seams, LeadId(lead_id), PictureId(picture_id), tenant_id=caller.tenant_id
        )
        headers = {**SAFE, "Content-Disposition": f"attachment; filename*=UTF-8''{quote(shown.file_name, safe='')}"}
        return Response(content, media_type=shown.media_type, headers=headers)
