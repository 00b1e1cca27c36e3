"""What the command line says of roll-outs."""

from collections.abc import Sequence

from leadcore.flows.rollout_plan import RolloutPlan
from leadcore.flows.rollouts import RolloutStanding, rollouts_of
from leadcore.ports.plugin import Finding
from leadcore.tenants.model import Tenant
from leadcore_cli.session import Session
from leadcore_cli.terminal import print_json, print_table, say

_SHOWN = {"waiting", "canary", "promoted"}


async def rollout_findings(session: Session, tenant: Tenant) -> tuple[Finding, ...]:
    """Return a finding for each roll-out that runs, and one that is not well for each that was halted."""
    found = await rollouts_of(session.seams, tenant.id)
    return tuple(_finding(each) for each in found if each.rollout.state in _SHOWN | {"halted"})


def print_plan(found: RolloutPlan) -> None:
    """Print who keeps and who moves; what needs an entry goes to standard error."""
    print(f"{found.location}: {found.cadence} {found.old_version} -> {found.new_version}")
    print(f"  {found.summary}")
    print(f"  at the start, with {found.percent} %: {found.move_at_start} move; the others with the promotion")
    for name, steps in (("added", found.added), ("removed", found.removed), ("changed", found.changed)):
        if steps:
            print(f"  {name}: {', '.join(steps)}")
    rows = [
        (f"  {each.version}", each.step, each.to_step or "keeps", each.leads, each.at_start) for each in found.groups
    ]
    if rows:
        print_table(("  version", "waits on", "then", "leads", "at the start"), rows)
    for each in found.needs:
        say(f"needs an entry: {each.leads} leads of {each.version} wait on {each.step}, which the new version has not")
        say(f'  fix: in the map, keep = ["{each.step}"], or under [move]: {each.step} = "one of its steps"')


def print_standings(found: Sequence[RolloutStanding], *, json: bool) -> None:
    """Print how roll-outs stand; why one was halted goes to standard error."""
    if json:
        print_json(found)
        return
    rows = [
        (
            each.location,
            f"{each.rollout.cadence} {each.rollout.old_version} -> {each.rollout.new_version}",
            f"{each.rollout.state}{' (moving)' if each.rollout.is_moving else ''}",
            f"{each.rollout.percent} %",
            each.moved - each.undone,
            f"{each.new.opt_outs}/{each.new.leads} (old {each.others.opt_outs}/{each.others.leads})",
            f"{each.new.failures}/{each.new.messages} (old {each.others.failures}/{each.others.messages})",
        )
        for each in found
    ]
    print_table(("shop", "roll-out", "state", "share", "moved", "opt-outs", "failures"), rows)
    for each in found:
        if each.rollout.reason:
            say(f"{each.location}: {each.rollout.state} by {each.rollout.decided_by}: {each.rollout.reason}")


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
