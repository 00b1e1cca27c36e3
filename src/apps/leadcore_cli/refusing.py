"""What doctor and `tenants check` say of refused webhooks."""

from leadcore.flows.refusals import RefusedConnection, refusals
from leadcore.ports.plugin import Finding
from leadcore.tenants.model import Tenant
from leadcore_cli.session import Session


async def refusal_findings(session: Session, tenant: Tenant) -> tuple[Finding, ...]:
    """Return a finding for each connection and reason of the last day; not well if nothing was taken in since."""
    found = await refusals(session.seams.store, tenant.id, days=1)
    return tuple(_finding(each) for each in found) or (Finding(ok=True, what="no webhook was refused in a day"),)


def _finding(each: RefusedConnection) -> Finding:
    what = (
        f"{each.vendor}: {each.count} webhooks refused in a day as {each.reason} ({each.detail}),"
        f" the last at {each.last_at:%Y-%m-%d %H:%M}Z"
    )
    if each.accepted_since:
        return Finding(ok=True, what=f"{what}; others were taken in since")
    return Finding(ok=False, what=f"{what}; none was taken in since", fix=each.fix, code=each.reason)
