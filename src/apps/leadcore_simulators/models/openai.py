"""OpenAI's API on its own wire: `POST /v1/responses`, `POST /v1/chat/completions`, `GET /v1/models`.

Accepts the key `sim-openai-key`. A response is kept only where `store` is not false, and can then be read back and
continued with `previous_response_id`. Prompt caching is simulated for the instructions and tools (1,024 tokens or
more, 5 minutes). The token rule is in this package's docstring.
"""

import time
from hashlib import blake2b
from pathlib import Path

import msgspec

from leadcore_simulators.models import chat_completions as chat
from leadcore_simulators.models import responses_reading as reading
from leadcore_simulators.models import responses_writing as writing
from leadcore_simulators.models import tokens
from leadcore_simulators.models.journal import Facts
from leadcore_simulators.models.openai_errors import RefusedError, body_of, error_body
from leadcore_simulators.models.pacing import BrokenOffError, CallerLeftError, Generation, spent, within
from leadcore_simulators.models.phrases import ENGLISH
from leadcore_simulators.models.stage import Stage, application
from leadcore_simulators.models.talk import Prompt, Thought
from leadcore_simulators.models.wire import Answer, App, Request

KEY = "sim-openai-key"
MODELS = (
    "gpt-6-luna",
    "gpt-6-sol",
    "gpt-6.1-sol",
    "gpt-6.1-terra",
    "gpt-6.2-sol",
    "gpt-6.2-astra",
    "gpt-5.6-luna",
    "gpt-5.4-mini",
    "gpt-4o",
    "gpt-4o-mini",
)
_CACHE_MINIMUM, _CACHE_STEP, _CACHE_LIFETIME_S = 1024, 128, 300.0


def create_app(store_dir: Path, seed: int) -> App:
    """The ASGI app; its journal is `openai.sqlite` in *store_dir*."""
    return application(_route, store=store_dir / "openai.sqlite", seed=seed)


async def _route(stage: Stage, request: Request, answer: Answer) -> None:
    answer.headers = {"x-request-id": "req_" + _mark(stage, id(request)), "openai-version": "2020-10-01"}
    try:
        _admit(request)
        match (request.method, request.path):
            case ("POST", "/v1/responses"):
                await _responses(stage, request, answer)
            case ("POST", "/v1/chat/completions"):
                await _chat(stage, request, answer)
            case ("GET", "/v1/models"):
                await answer.json(200, {"object": "list", "data": [_model(name) for name in MODELS]})
            case ("GET", path) if path.startswith("/v1/models/"):
                await answer.json(200, _model(_known(path.removeprefix("/v1/models/"))))
            case ("GET", path) if path.startswith("/v1/responses/"):
                await answer.json(200, msgspec.Raw(_kept(stage, path.removeprefix("/v1/responses/"), status=404)[0]))
            case _:
                raise RefusedError(f"Invalid URL ({request.method} {request.path})", status=404)
    except RefusedError as refusal:
        stage.note_refusal(request, status=refusal.status, reason=str(refusal))
        await answer.json(refusal.status, refusal.body())


def _admit(request: Request) -> None:
    if request.bearer is None:
        raise RefusedError("You didn't provide an API key.", status=401)
    if request.bearer != KEY:
        shown = request.bearer[:4] + "*" * 8
        raise RefusedError(f"Incorrect API key provided: {shown}.", status=401, code="invalid_api_key")


async def _responses(stage: Stage, request: Request, answer: Answer) -> None:
    body = reading.read_body(request.body)
    _known(body.model)
    items = [*_earlier_items(stage, body.previous_response_id), *body.items]
    reading.check(body, items)
    facts = _facts(request, model=body.model, stream=body.stream, tools=[tool.name for tool in body.tools])
    generation = Generation(stage=stage, answer=answer, facts=facts, rule=stage.faults.draw(model=body.model))
    if await _failed(generation, answer):
        return
    prompt = reading.prompt_of(body, items)
    thought, lost = _thought(stage, prompt, generation, limit=body.max_output_tokens, reasons=body.reasons)
    size, cached = _input_tokens(stage, body, items)
    generation.facts.input_tokens, generation.facts.cached_tokens = size, cached
    outcome = writing.Outcome(
        mark=_mark(stage, generation.serial),
        body=body,
        created_at=int(time.time()),
        thought=thought,
        input_tokens=size,
        cached_tokens=cached,
        lost=lost,
        refused=generation.refuses,
    )
    whole = writing.response(outcome, status="incomplete" if lost else "completed")
    if body.store:
        exchange = [items, writing.output_items(outcome)]
        stage.journal.keep(outcome.id, msgspec.json.encode([whole, exchange]))
    try:
        if body.stream:
            await answer.open_stream()
            await writing.stream(outcome, generation=generation, answer=answer)
        await _conclude(generation, answer, thought, whole=None if body.stream else whole)
    except BrokenOffError as broken:
        await _break_off(broken, generation, answer, named=True)
    except CallerLeftError:
        generation.end("caller_left")


async def _chat(stage: Stage, request: Request, answer: Answer) -> None:
    body = chat.read_chat(request.body)
    _known(body.model)
    prompt = chat.chat_prompt(body)
    facts = _facts(request, model=body.model, stream=body.stream, tools=[tool.function.name for tool in body.tools])
    generation = Generation(stage=stage, answer=answer, facts=facts, rule=stage.faults.draw(model=body.model))
    if await _failed(generation, answer):
        return
    limit = body.max_completion_tokens or body.max_tokens
    thought, lost = _thought(stage, prompt, generation, limit=limit, reasons=False)
    generation.facts.input_tokens = tokens.count(msgspec.json.encode(prompt).decode())
    outcome = chat.ChatOutcome(
        mark=_mark(stage, generation.serial),
        model=body.model,
        created=int(time.time()),
        thought=thought,
        input_tokens=generation.facts.input_tokens,
        lost=lost,
        with_usage=body.stream_options is not None and body.stream_options.include_usage,
    )
    try:
        if body.stream:
            await answer.open_stream()
            await chat.stream_chat(outcome, generation=generation, answer=answer)
        await _conclude(generation, answer, thought, whole=None if body.stream else chat.completion(outcome))
    except BrokenOffError as broken:
        await _break_off(broken, generation, answer, named=False)
    except CallerLeftError:
        generation.end("caller_left")


async def _conclude(generation: Generation, answer: Answer, thought: Thought, *, whole: object) -> None:
    generation.facts.status = 200
    if whole is not None:
        try:
            await generation.silent_wait(thought)
        except BrokenOffError as broken:
            await answer.cut_unstarted()
            raise BrokenOffError("reset") from broken
    generation.said(thought)
    generation.facts.output_tokens = spent(thought)
    generation.end("completed", stop_reason="refusal" if generation.refuses else "stop")
    await (answer.finish_stream() if whole is None else answer.json(200, whole))


async def _failed(generation: Generation, answer: Answer) -> bool:
    rule = generation.rule
    if rule is None or rule.kind != "status":
        return False
    if rule.status == 429:  # noqa: PLR2004
        answer.headers["retry-after"] = str(rule.retry_after_s if rule.retry_after_s is not None else 1)
    generation.facts.status = rule.status
    generation.end(f"status {rule.status}")
    await answer.json(rule.status, body_of(rule))
    return True


async def _break_off(broken: BrokenOffError, generation: Generation, answer: Answer, *, named: bool) -> None:
    rule = generation.rule
    if broken.how == "error_event":
        code, text = (rule.code if rule else None) or "server_error", "The server had an error processing your request."
        if named:
            event = {"type": "error", "sequence_number": 0, "code": code, "message": text, "param": None}
            await answer.event(event, name="error")
        else:
            await answer.event(error_body(text, kind="server_error", code=code))
    if broken.how != "reset":
        await answer.finish_stream()
    generation.end(broken.how)


def _thought(
    stage: Stage, prompt: Prompt, generation: Generation, *, limit: int | None, reasons: bool
) -> tuple[Thought, bool]:
    if generation.refuses:
        return Thought(thinking="", text=ENGLISH["refusal"][0]), False
    thought = stage.thought(prompt)
    if not (reasons and stage.settings.thinking):
        thought = Thought(thinking="", text=thought.text, calls=thought.calls)
    return within(thought, max_tokens=limit)


def _input_tokens(stage: Stage, body: reading.Body, items: list[reading.Item]) -> tuple[int, int]:
    """All input tokens, and how many of them came from the cache."""
    prefix = msgspec.json.encode([body.model, body.prompt_cache_key, body.tools, body.instructions])
    size = tokens.count(prefix.decode())
    total = size + sum(tokens.count(msgspec.json.encode(item).decode()) for item in items)
    if size < _CACHE_MINIMUM:
        return total, 0
    known = stage.cached_prefix(blake2b(prefix).digest(), lifetime_s=_CACHE_LIFETIME_S)
    return total, size // _CACHE_STEP * _CACHE_STEP if known else 0


def _earlier_items(stage: Stage, response_id: str | None) -> list[reading.Item]:
    return [] if response_id is None else _kept(stage, response_id, status=400)[1]


def _kept(stage: Stage, response_id: str, *, status: int) -> tuple[msgspec.Raw, list[reading.Item]]:
    stored = stage.journal.kept(response_id)
    if stored is None:
        text = f"Previous response with id '{response_id}' not found."
        raise RefusedError(text, status=status, code="previous_response_not_found", param="previous_response_id")
    whole, (asked, answered) = msgspec.json.decode(
        stored, type=tuple[msgspec.Raw, tuple[list[reading.Item], list[reading.Item]]]
    )
    return whole, [*asked, *answered]


def _facts(request: Request, *, model: str, stream: bool, tools: list[str]) -> Facts:
    return Facts(
        path=request.path,
        model=model,
        stream=stream,
        auth="bearer",
        tools_offered=tools,
        request=msgspec.Raw(request.body),
    )


def _known(model: str) -> str:
    if model not in MODELS:
        text = f"The model '{model}' does not exist or you do not have access to it."
        raise RefusedError(text, status=404, code="model_not_found", param="model")
    return model


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": 1_790_000_000, "owned_by": "system", "shutdown_date": None}


def _mark(stage: Stage, serial: int) -> str:
    return blake2b(f"{stage.seed}:{serial}".encode(), digest_size=12).hexdigest()
