"""Health of a process: cheap, spends no tokens, stands behind no authentication."""

from collections.abc import Awaitable, Callable

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from leadcore.kernel.errors import LeadcoreError
from leadcore_runtime.metrics import Metrics

Probe = Callable[[], Awaitable[None]]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What `/health` says. `status` is `ok` or `degraded`."""

    status: str
    app: str
    checks: dict[str, str]


async def look(app: str, probes: dict[str, Probe]) -> Response[Health]:
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
    found = Health(status="ok" if ok else "degraded", app=app, checks=checks)
    return Response(found, status_code=200 if ok else 503)


def health_routes(app: str, *, metrics: Metrics, probes: dict[str, Probe]) -> list[HTTPRouteHandler]:
    """Return /health, /livez, /readyz and /metrics. Each probe raises when its part is not ready."""

    @get("/health", operation_id=f"{app}Health", tags=["operations"])
    async def health() -> Response[Health]:
        """Say whether the process and what it needs are well. Always cheap."""
        return await look(app, probes)

    @get("/livez", operation_id=f"{app}Livez", tags=["operations"], sync_to_thread=False)
    def livez() -> dict[str, str]:
        """Say that the process runs; needs nothing else."""
        return {"status": "ok"}

    @get("/readyz", operation_id=f"{app}Readyz", tags=["operations"])
    async def readyz() -> Response[Health]:
        """Say whether traffic should come here."""
        return await look(app, probes)

    @get("/metrics", operation_id=f"{app}Metrics", tags=["operations"], media_type="text/plain", sync_to_thread=False)
    def exposition() -> Response[bytes]:
        """Prometheus exposition."""
        return Response(metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return [health, livez, readyz, exposition]
