"""What doctor says of roll-outs."""

from leadcore.flows.rollouts import RolloutStanding, rollouts_of
from leadcore.ports.plugin import Finding
from leadcore.tenants.model import Tenant
from leadcore_cli.session import Session

_SHOWN = {"waiting", "canary", "promoted"}


async def rollout_findings(session: Session, tenant: Tenant) -> tuple[Finding, ...]:
    """Return a finding for each roll-out that runs, and one that is not well for each that was halted."""
    found = await rollouts_of(session.seams, tenant.id)
    return tuple(_finding(each) for each in found if each.rollout.state in _SHOWN | {"halted"})


def _finding(each: RolloutStanding) -> Finding:
    rollout = each.rollout
    what = f"roll-out of {rollout.cadence} {rollout.old_version} -> {rollout.new_version}: {rollout.state}"
    if rollout.state != "halted":
        return Finding(ok=True, what=what)
    return Finding(
        ok=False,
        what=f"{what} since {rollout.decided_at:%Y-%m-%d %H:%M}Z by {rollout.decided_by}: {rollout.reason}",
        fix=f"`leadcore cadence rollout rollback {rollout.cadence}`, or publish a version that is better",
        code="rollout_halted",
    )
