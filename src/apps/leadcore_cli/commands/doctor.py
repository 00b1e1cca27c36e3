"""`leadcore doctor`: everything that can be wrong, with what to do about it."""

import asyncio
from pathlib import Path

from leadcore.flows.onboard import list_tenants, readiness
from leadcore.kernel.errors import LeadcoreError
from leadcore.messaging.policies.witnesses import disagreements
from leadcore.ports.plugin import Finding
from leadcore_cli.options import HERE, Json, Place
from leadcore_cli.probing import is_free, status_of
from leadcore_cli.refusing import refusal_findings
from leadcore_cli.rolling_out import rollout_findings
from leadcore_cli.session import Session, opened, settings_at
from leadcore_cli.stack import is_claimed, ports_of
from leadcore_cli.terminal import print_findings, print_json
from leadcore_runtime.settings import Settings

_OK = 200

Report = dict[str, tuple[Finding, ...]]


def doctor(*, json: Json = False, place: Place = HERE) -> int:
    """Look at settings, database, vault, every shop's connections and the ports; say what is wrong and what to do.

    Costs nothing and reaches no customer. Exit code 1 when something is wrong.

    Example: `leadcore doctor --json`
    """
    report = asyncio.run(_examined(place))
    if json:
        print_json(report)
    else:
        for title, findings in report.items():
            print_findings(findings, title=title)
    return 0 if all(each.ok for findings in report.values() for each in findings) else 1


async def _examined(place: Place) -> Report:
    from leadcore_runtime.database import inspect
    from leadcore_runtime.findings import vault_finding

    settings = settings_at(place)
    report: Report = {"settings": (Finding(ok=True, what=f"environment {settings.environment}"),)}
    report["vault"] = (vault_finding(settings),)
    try:
        async with opened(place) as session:
            report["database"] = await inspect(session.settings.database_url, environment=settings.environment)
            if all(each.ok for each in report["database"]):
                report |= await _inside(session)
    except (LeadcoreError, OSError) as cause:
        report["database"] = (_trouble(cause),)
    report["ports"] = tuple(await asyncio.gather(*(_port(settings, *each) for each in ports_of(settings).items())))
    return report


async def _inside(session: Session) -> Report:
    from leadcore_cli.connecting import check_connections

    found: Report = {"sending": (await _held(session),)}
    for tenant in await list_tenants(session.seams.store):
        lacks = await readiness(session.seams.store, tenant.id)
        refused = await refusal_findings(session, tenant)
        tried = await rollout_findings(session, tenant)
        found[f"shop {tenant.slug}"] = (*lacks, *await check_connections(session, tenant), *refused, *tried)
    return found


async def _held(session: Session) -> Finding:
    """Say whether sending is held, or would be by what the witnesses say now; changes nothing."""
    from leadcore_runtime.witness_file import WitnessFile

    deployment = session.seams.store.deployment
    state = await deployment.state()
    if state.held:
        who = "a witness" if state.held_by == "witness" else "an operator"
        what = f"all sending is held by {who}: {state.held_because or 'no reason given'}"
        return Finding(ok=False, what=what, fix='when it is safe: `leadcore hold release "REASON"`', code="held")
    note = WitnessFile(session.settings.witness_path).read()
    found = disagreements(state, await deployment.sight(), note, deployment_id=session.settings.identity)
    if found:
        what = f"the scheduler will hold all sending: {'; '.join(each.what for each in found)}"
        return Finding(ok=False, what=what, fix="see docs/howto/restore-from-a-backup.md", code="witness")
    return Finding(ok=True, what="sending is not held")


async def _port(settings: Settings, name: str, port: int) -> Finding:
    status = await status_of(settings.host, port, "/readyz")
    if status == _OK:
        return Finding(ok=True, what=f"{name} is ready on port {port}")
    if status is not None:
        fix = f"look at http://{settings.host}:{port}/health; if that is another program, choose another port"
        return Finding(
            ok=False, what=f"what listens on port {port} is not a ready {name} ({status})", fix=fix, code="port"
        )
    if is_free(settings.host, port):
        what = f"{name} does not run; its port {port} is free"
        running = is_claimed(Path(settings.data_dir))
        fix = f"see {settings.data_dir}/logs/{name}.log"
        return Finding(ok=not running, what=what, fix=fix if running else None, code="port")
    fix = f"stop what listens there, or set LEADCORE_{name.upper()}_PORT"
    return Finding(ok=False, what=f"something else listens on port {port}", fix=fix, code="port")


def _trouble(cause: Exception) -> Finding:
    if isinstance(cause, LeadcoreError):
        return Finding(ok=False, what=cause.message, fix=cause.fix, code=cause.code)
    return Finding(ok=False, what=str(cause), fix="check DATABASE_URL and that the server runs", code="connect")
