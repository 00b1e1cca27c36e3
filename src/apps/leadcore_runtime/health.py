"""Health of a process: cheap, spends no tokens, stands behind no authentication."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from leadcore.flows.seams import Seams
from leadcore.kernel.errors import LeadcoreError
from leadcore_runtime.metrics import Metrics

Probe = Callable[[], Awaitable[None]]
Note = Callable[[], Awaitable[str]]
"""Says something of interest that is no reason to send traffic elsewhere."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What `/health` says. `status` is `ok` or `degraded`; `notes` tell what does not make it so, such as a hold."""

    status: str
    app: str
    checks: dict[str, str]
    notes: dict[str, str] = {}


_NONE: dict[str, Note] = {}


def sending_note(opened: "Opened") -> dict[str, Note]:
    """Return the note that says whether sending is held: what comes in is stored all the same."""

    async def sending() -> str:
        state = await opened.seams.store.deployment.state()
        return f"held by {state.held_by}: {state.held_because}" if state.held else "ok"

    return {"sending": sending}


def carriers_note(metrics: Metrics) -> dict[str, Note]:
    """Return the note that counts connections not called as usual: away, returning, or slowed by their carrier."""

    async def carriers() -> str:
        found = {condition: n for condition, n in metrics.carriers().items() if n}
        return ", ".join(f"{n} {condition}" for condition, n in sorted(found.items())) or "ok"

    return {"carriers": carriers}


class Opened(Protocol):
    """What has a store, once it is open."""

    @property
    def seams(self) -> Seams:
        """What flows are given."""
        ...


async def look(app: str, probes: dict[str, Probe], notes: dict[str, Note] = _NONE) -> Response[Health]:
    """Try every probe; 200 when all are well, 503 otherwise, naming what is not."""
    checks: dict[str, str] = {}
    for name, probe in probes.items():
        try:
            await probe()
            checks[name] = "ok"
        except LeadcoreError as refusal:
            checks[name] = f"{refusal.code}: {refusal.fix or refusal.message}"
        except Exception as surprise:  # noqa: BLE001 - a health check reports whatever is wrong
            checks[name] = type(surprise).__name__
    ok = all(value == "ok" for value in checks.values())
    said = {name: await note() for name, note in notes.items()} if ok else {}
    found = Health(status="ok" if ok else "degraded", app=app, checks=checks, notes=said)
    return Response(found, status_code=200 if ok else 503)


def health_routes(
    app: str, *, metrics: Metrics, probes: dict[str, Probe], notes: dict[str, Note] = _NONE
) -> list[HTTPRouteHandler]:
    """Return /health, /livez, /readyz and /metrics. Each probe raises when its part is not ready."""

    @get("/health", operation_id=f"{app}Health", tags=["operations"])
    async def health() -> Response[Health]:
        """Say whether the process and what it needs are well. Always cheap."""
        return await look(app, probes, notes)

    @get("/livez", operation_id=f"{app}Livez", tags=["operations"], sync_to_thread=False)
    def livez() -> dict[str, str]:
        """Say that the process runs; needs nothing else."""
        return {"status": "ok"}

    @get("/readyz", operation_id=f"{app}Readyz", tags=["operations"])
    async def readyz() -> Response[Health]:
        """Say whether traffic should come here."""
        return await look(app, probes, notes)

    @get("/metrics", operation_id=f"{app}Metrics", tags=["operations"], media_type="text/plain", sync_to_thread=False)
    def exposition() -> Response[bytes]:
        """Prometheus exposition."""
        return Response(metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return [health, livez, readyz, exposition]
