"""What one running model simulator holds, its control interface, and the ASGI application around a vendor's routes."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
from msgspec import structs

from leadcore_simulators.models.brain import think
from leadcore_simulators.models.faults import FaultOrder, FaultPlan, Settings, SettingsChange
from leadcore_simulators.models.journal import Entry, Facts, Journal
from leadcore_simulators.models.lies import think_as_liar
from leadcore_simulators.models.talk import Prompt, Thought
from leadcore_simulators.models.wire import Answer, App, Receive, Request, Scope, Send, read_request

Route = Callable[["Stage", Request, Answer], Awaitable[None]]


class Stage:
    """Settings and faults live as long as the process; the journal outlives it."""

    def __init__(self, *, journal: Journal, seed: int) -> None:
        self.journal = journal
        self.seed = seed
        self.settings = Settings()
        self.faults = FaultPlan(FaultOrder())
        self.cached_prefixes: dict[bytes, float] = {}

    def thought(self, prompt: Prompt) -> Thought:
        if self.settings.mode == "liar":
            return think_as_liar(prompt, seed=self.seed, lies=self.settings.lies)
        return think(prompt, seed=self.seed)

    def note_refusal(self, request: Request, *, status: int, reason: str) -> None:
        """Writes down a request that was turned away before a model saw it."""
        now = time.time()
        facts = Facts(
            path=request.path, model="", stream=False, status=status, outcome="refused", text=reason, ended_at=now
        )
        self.journal.open(facts, at=now)

    def reset(self) -> None:
        self.settings = Settings()
        self.faults = FaultPlan(FaultOrder())
        self.cached_prefixes.clear()
        self.journal.clear()

    def cached_prefix(self, prefix: bytes, *, lifetime_s: float) -> bool:
        """True when *prefix* was seen within its lifetime; seeing it starts its lifetime anew."""
        now = time.monotonic()
        known = self.cached_prefixes.get(prefix, 0.0) > now
        self.cached_prefixes[prefix] = now + lifetime_s
        return known


def application(route: Route, *, store: Path, seed: int) -> App:
    """An ASGI app: `/_sim/...` controls the simulator, everything else is the vendor's."""
    stage = Stage(journal=Journal(store), seed=seed)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(stage, receive, send)
        elif scope["type"] == "http":
            request = await read_request(scope, receive)
            answer = Answer(receive, send)
            try:
                await (_control if request.path.startswith("/_sim/") else route)(stage, request, answer)
            finally:
                await answer.close()

    return app


async def _live(stage: Stage, receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    stage.journal.close()
    await send({"type": "lifespan.shutdown.complete"})


async def _control(stage: Stage, request: Request, answer: Answer) -> None:
    try:
        match (request.method, request.path):
            case ("POST", "/_sim/settings"):
                stage.settings = msgspec.json.decode(request.body, type=SettingsChange).on(stage.settings)
                await answer.json(200, stage.settings)
            case ("GET", "/_sim/settings"):
                await answer.json(200, stage.settings)
            case ("POST", "/_sim/faults"):
                order = msgspec.json.decode(request.body, type=FaultOrder)
                stage.faults = FaultPlan(order)
                await answer.json(200, order)
            case ("GET", "/_sim/log"):
                after, limit = int(request.query.get("after", "0")), int(request.query.get("limit", "1000"))
                await answer.json(
                    200, {"requests": [_flat(entry) for entry in stage.journal.entries(after=after, limit=limit)]}
                )
            case ("POST", "/_sim/reset"):
                stage.reset()
                await answer.json(200, {"ok": True})
            case ("GET", "/_sim/health"):
                await answer.json(200, {"ok": True})
            case _:
                await answer.json(404, {"error": f"no such control: {request.method} {request.path}"})
    except (msgspec.DecodeError, ValueError) as refusal:
        await answer.json(400, {"error": str(refusal)})


def _flat(entry: Entry) -> dict[str, object]:
    return {"id": entry.id, "at": entry.at, **structs.asdict(entry.facts), "tokens": entry.tokens}
