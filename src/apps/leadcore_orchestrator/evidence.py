"""The consent evidence under /api/v1/consent: the HTTP twin of `leadcore consent`."""

from typing import Any

import msgspec
from litestar import Controller, Request, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery

from leadcore.compliance.policies.chain import ChainCheck
from leadcore.flows.evidence import Evidence, evidence_about, verify_ledger
from leadcore.flows.seams import Seams
from leadcore_orchestrator.refusals import refusals
from leadcore_runtime.authentication import caller_of


class LedgerState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the consent ledger is as it was written."""

    intact: bool
    check: ChainCheck


class ConsentEvidence(Controller):
    """What a lawyer asks for; the key decides the tenant, never the request."""

    path = "/api/v1/consent"
    tags = ["operators"]  # noqa: RUF012 - Litestar reads a plain list

    @get(
        "/",
        operation_id="showConsent",
        responses=refusals(s404="this tenant never heard of the contact", s422="neither a phone number nor an address"),
    )
    async def show(
        self, request: Request[Any, Any, State], seams: NamedDependency[Seams], contact: FromQuery[str]
    ) -> Evidence:
        """Return every consent, revocation and attempt of one phone number or e-mail address."""
        caller = await caller_of(request, seams.store, scope="operate")
        return await evidence_about(seams, contact, tenant_id=caller.tenant_id)

    @get("/verify", operation_id="verifyConsentLedger", responses=refusals())
    async def verify(self, request: Request[Any, Any, State], seams: NamedDependency[Seams]) -> LedgerState:
        """Check the hash chain of the whole ledger."""
        caller = await caller_of(request, seams.store, scope="operate")
        check = await verify_ledger(seams, tenant_id=caller.tenant_id)
        return LedgerState(intact=check.is_intact, check=check)
