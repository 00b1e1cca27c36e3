"""Anthropic's Messages API on its own wire: `POST /v1/messages` and `GET /v1/models`.

Takes both API versions and both authentication headers. Accepts the key `sim-anthropic-key`. Prompt caching is
simulated for the tools and system prefix (512 tokens or more, 5 minutes). The token rule is in this package's
docstring.
"""

from hashlib import blake2b
from pathlib import Path

import msgspec

from leadcore_simulators.models import tokens
from leadcore_simulators.models.anthropic_reading import NEW, OLD, Body, RefusedError, check, prompt_of, read_body
from leadcore_simulators.models.anthropic_writing import Outcome, message, signature_for, stream
from leadcore_simulators.models.faults import Rule
from leadcore_simulators.models.journal import Facts
from leadcore_simulators.models.pacing import BrokenOffError, CallerLeftError, Generation, spent, within
from leadcore_simulators.models.phrases import ENGLISH
from leadcore_simulators.models.stage import Stage, application
from leadcore_simulators.models.talk import Thought
from leadcore_simulators.models.wire import Answer, App, Request

KEY = "sim-anthropic-key"
MODELS = {
    "claude-haiku-5-5": "Claude Haiku 5.5",
    "claude-sonnet-5-5": "Claude Sonnet 5.5",
    "claude-opus-5-5": "Claude Opus 5.5",
    "claude-sonnet-5": "Claude Sonnet 5",
    "claude-opus-5": "Claude Opus 5",
    "claude-haiku-4-5": "Claude Haiku 4.5",
    "claude-sonnet-4-6": "Claude Sonnet 4.6",
}
_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_CACHE_MINIMUM = 512
_CACHE_LIFETIME_S = 300.0


def create_app(store_dir: Path, seed: int) -> App:
    """The ASGI app; its journal is `anthropic.sqlite` in *store_dir*."""
    return application(_route, store=store_dir / "anthropic.sqlite", seed=seed)


async def _route(stage: Stage, request: Request, answer: Answer) -> None:
    answer.headers = {"request-id": "req_" + _fresh(request), "anthropic-organization-id": "org-simulated"}
    try:
        version = _admitted(request)
        match (request.method, request.path):
            case ("POST", "/v1/messages"):
                await _messages(stage, request, answer, version=version)
            case ("GET", "/v1/models"):
                listed = [_model(name) for name in MODELS]
                ends = {"first_id": listed[0]["id"], "last_id": listed[-1]["id"]}
                await answer.json(200, {"data": listed, "has_more": False, **ends})
            case ("GET", path) if path.startswith("/v1/models/"):
                await answer.json(200, _model(_known(path.removeprefix("/v1/models/"))))
            case _:
                raise RefusedError("Not Found", status=404, kind="not_found_error")
    except RefusedError as refusal:
        stage.note_refusal(request, status=refusal.status, reason=str(refusal))
        await answer.json(refusal.status, _error(refusal.kind, str(refusal), answer))


def _admitted(request: Request) -> str:
    if KEY not in {request.headers.get("x-api-key"), request.bearer}:
        missing = "x-api-key" not in request.headers and request.bearer is None
        raise RefusedError(
            "Could not resolve authentication." if missing else "invalid x-api-key",
            status=401,
            kind="authentication_error",
        )
    version = request.headers.get("anthropic-version")
    if version is None:
        raise RefusedError("anthropic-version: header is required")
    if version not in {OLD, NEW}:
        raise RefusedError(f'anthropic-version: "{version}" is not a valid version')
    return version


async def _messages(stage: Stage, request: Request, answer: Answer, *, version: str) -> None:
    body = read_body(request.body)
    _known(body.model)
    check(body, version=version)
    _check_signatures(body)
    facts = Facts(
        path=request.path,
        model=body.model,
        stream=body.stream,
        api_version=version,
        auth="x-api-key" if "x-api-key" in request.headers else "bearer",
        tools_offered=[tool.name for tool in body.tools],
        request=msgspec.Raw(request.body),
    )
    rule = stage.faults.draw(model=body.model)
    generation = Generation(stage=stage, answer=answer, facts=facts, rule=rule)
    if rule and rule.kind == "status":
        await _fail(rule, generation, answer)
        return
    outcome = _outcome(stage, body, generation)
    try:
        await _deliver(outcome, generation, answer, streamed=body.stream)
    except BrokenOffError as broken:
        if broken.how == "error_event":
            kind = (rule.error_type if rule else None) or "overloaded_error"
            await answer.event(_error(kind, "Overloaded", answer), name="error")
        if broken.how != "reset":
            await answer.finish_stream()
        generation.end(broken.how)
    except CallerLeftError:
        generation.end("caller_left")


async def _deliver(outcome: Outcome, generation: Generation, answer: Answer, *, streamed: bool) -> None:
    generation.facts.status = 200
    if streamed:
        await answer.open_stream()
        await stream(outcome, generation=generation, answer=answer)
    else:
        try:
            await generation.silent_wait(outcome.thought)
        except BrokenOffError as broken:
            await answer.cut_unstarted()
            raise BrokenOffError("reset") from broken
    generation.said(outcome.thought)
    generation.facts.output_tokens = spent(outcome.thought)
    generation.end("completed", stop_reason=outcome.stop_reason)
    if streamed:
        await answer.finish_stream()
    else:
        await answer.json(200, message(outcome))


def _outcome(stage: Stage, body: Body, generation: Generation) -> Outcome:
    refused = generation.refuses
    thought = stage.thought(prompt_of(body)) if not refused else Thought(thinking="", text=ENGLISH["refusal"][0])
    if not (body.thinks and stage.settings.thinking):
        thought = Thought(thinking="", text=thought.text, calls=thought.calls)
    thought, lost = within(thought, max_tokens=body.max_tokens)
    stop = "max_tokens" if lost else "refusal" if refused else "tool_use" if thought.calls else "end_turn"
    plain, written, read = _input_tokens(stage, body)
    generation.facts.input_tokens, generation.facts.cached_tokens = plain + written + read, read
    return Outcome(
        id="msg_01" + _serial_hex(stage, generation.serial),
        model=body.model,
        thought=thought,
        stop_reason=stop,
        input_tokens=plain,
        cache_write=written,
        cache_read=read,
        shown=body.thinking is None or body.thinking.display != "omitted",
        refused=refused,
    )


def _input_tokens(stage: Stage, body: Body) -> tuple[int, int, int]:
    """Plain, cache-written and cache-read tokens of the request."""
    prefix = "".join(msgspec.json.encode(tool).decode() for tool in body.tools) + "\n".join(
        block.text for block in body.system_blocks
    )
    rest = sum(tokens.count(msgspec.json.encode(item.content).decode()) for item in body.messages)
    size = tokens.count(prefix)
    marked = body.cache_control or any(
        [tool.cache_control for tool in body.tools] + [block.cache_control for block in body.system_blocks]
    )
    if not marked or size < _CACHE_MINIMUM:
        return size + rest, 0, 0
    key = blake2b(f"{body.model}:{prefix}".encode()).digest()
    return (rest, 0, size) if stage.cached_prefix(key, lifetime_s=_CACHE_LIFETIME_S) else (rest, size, 0)


async def _fail(rule: Rule, generation: Generation, answer: Answer) -> None:
    if rule.status == 429:  # noqa: PLR2004
        answer.headers["retry-after"] = str(rule.retry_after_s if rule.retry_after_s is not None else 1)
    kind = rule.error_type or _ERROR_TYPES.get(rule.status, "api_error")
    generation.facts.status = rule.status
    generation.end(f"status {rule.status}")
    await answer.json(rule.status, _error(kind, rule.message or "Simulated failure", answer, code=rule.code))


def _check_signatures(body: Body) -> None:
    for index, item in enumerate(body.messages):
        for place, block in enumerate(item.blocks):
            if block.type == "thinking" and block.signature != signature_for(block.thinking):
                raise RefusedError(f"messages.{index}.content.{place}: Invalid `signature` in `thinking` block")


def _error(kind: str, text: str, answer: Answer, *, code: str | None = None) -> dict[str, object]:
    error: dict[str, object] = {"type": kind, "message": text}
    if code:
        error["details"] = {"error_code": code}
    return {"type": "error", "error": error, "request_id": answer.headers["request-id"]}


def _known(model: str) -> str:
    if model not in MODELS:
        raise RefusedError(f"model: {model}", status=404, kind="not_found_error")
    return model


def _model(name: str) -> dict[str, object]:
    line = name.split("-")[1]
    return {
        "type": "model",
        "id": name,
        "display_name": MODELS[name],
        "created_at": "2026-09-01T00:00:00Z",
        "lifecycle": "active",
        "line": line,
        "deprecated_at": None,
        "retires_at": None,
        "max_input_tokens": 200_000,
        "max_tokens": 64_000,
        "capabilities": None,
    }


def _serial_hex(stage: Stage, serial: int) -> str:
    return blake2b(f"{stage.seed}:{serial}".encode(), digest_size=11).hexdigest()


def _fresh(request: Request) -> str:
    return blake2b(request.body + str(id(request)).encode(), digest_size=12).hexdigest()
