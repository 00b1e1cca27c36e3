"""Everything known of a person under /api/v1/privacy: handed out, and erased."""

import msgspec
from litestar import Controller, post
from litestar.params import JSONBody

from leadcore.flows.erase_person import Erasure, erase_person, preview_erasure
from leadcore.flows.export_person import PersonDocument, export_person
from leadcore_orchestrator.operators import Incoming, Wired, caller_to_operate
from leadcore_orchestrator.refusals import refusals

_REFUSALS = refusals(
    s404="this tenant knows nobody by it",
    s409="there is no vault key, or somebody keeps changing the person",
    s422="neither an id, a phone number nor an address, or the body has the wrong shape",
)


class ExportBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom: an id, a phone number or an e-mail address. In a body, for addresses of requests are logged."""

    person: str


class EraseBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to erase; unless `confirm`, the answer says what would go."""

    person: str
    confirm: bool = False


class Privacy(Controller):
    """What is kept of a person; the key decides the tenant, never the request."""

    path = "/api/v1/privacy"
    tags = ["people"]  # noqa: RUF012 - Litestar reads a plain list

    @post("/export", status_code=200, operation_id="exportPerson", responses=_REFUSALS)
    async def export(self, request: Incoming, seams: Wired, data: JSONBody[ExportBody]) -> PersonDocument:
        """Return everything known of a person, pictures included."""
        caller = await caller_to_operate(request, seams)
        return await export_person(seams, data.person, tenant_id=caller.tenant_id, by=caller.name)

    @post("/erase", status_code=200, operation_id="erasePerson", responses=_REFUSALS)
    async def erase(self, request: Incoming, seams: Wired, data: JSONBody[EraseBody]) -> Erasure:
        """Forget a person for good, or say what that would do."""
        caller = await caller_to_operate(request, seams)
        if not data.confirm:
            return await preview_erasure(seams, data.person, tenant_id=caller.tenant_id)
        return await erase_person(seams, data.person, tenant_id=caller.tenant_id, by=caller.name)
