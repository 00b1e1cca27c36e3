import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import openai
import pytest
import pytest_asyncio

from leadcore_simulators.models.openai import create_app
from tests.apps.simulators.model_server import Simulator, served

MODEL = "gpt-6-luna"
SYSTEM = "You are the assistant of Lone Star Tint.\nVehicle: 2021 Tesla Model 3"
PARAMETERS = {
    "type": "object",
    "properties": {"service": {"type": "string"}, "vehicle": {"type": ["string", "null"]}},
    "required": ["service", "vehicle"],
    "additionalProperties": False,
}
QUOTE_TOOL = {
    "type": "function",
    "name": "quote_service",
    "description": "Price.",
    "parameters": PARAMETERS,
    "strict": True,
}
WANTED = {"service": "ceramic tint", "vehicle": "2021 Tesla Model 3"}
PRICE = '{"amount_minor":45000,"currency":"USD","display":"$450"}'
QUOTE = f'{{"service":"Ceramic tint","vehicle_class":"sedan","price":{PRICE}}}'

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulator]:
    async with served(create_app, tmp_path_factory.mktemp("openai")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def simulator(server: Simulator) -> Simulator:
    return await server.fresh()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gpt(server: Simulator) -> AsyncIterator[openai.AsyncOpenAI]:
    async with client_of(server) as client:
        yield client


def client_of(simulator: Simulator, *, key: str = "sim-openai-key") -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{simulator.url}/v1", api_key=key, max_retries=0)


def asking(text: str, **more: object) -> dict[str, Any]:
    said = [{"role": "user", "content": text}]
    return {"model": MODEL, "instructions": SYSTEM, "input": said, "store": False, **more}


async def events_of(gpt: openai.AsyncOpenAI, asked: dict[str, Any]) -> list[Any]:
    return [event async for event in await gpt.responses.create(**asked, stream=True)]


async def test_events_are_numbered_and_end_with_the_whole_response(
    simulator: Simulator, gpt: openai.AsyncOpenAI
) -> None:
    events = await events_of(gpt, asking("Hi there"))

    kinds = [event.type for event in events]
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    whole = events[-1].response
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert kinds[:3] == ["response.created", "response.in_progress", "response.output_item.added"]
    assert kinds[-1] == "response.completed"
    assert "".join(deltas) == whole.output_text
    assert [item.type for item in whole.output] == ["reasoning", "message"]
    assert whole.usage.total_tokens == whole.usage.input_tokens + whole.usage.output_tokens
    assert whole.usage.output_tokens_details.reasoning_tokens > 0


async def test_a_token_arrives_before_the_next_one_is_generated(simulator: Simulator, gpt: openai.AsyncOpenAI) -> None:
    await simulator.set(token_delay_ms=250, first_token_ms=80, thinking=False)  # longer than a busy machine is away
    arrivals = [
        (event.delta, time.time())
        async for event in await gpt.responses.create(**asking("Thanks"), stream=True)
        if event.type == "response.output_text.delta"
    ]
    emitted = (await simulator.log())[0]["tokens"]

    assert [token["text"] for token in emitted] == [text for text, _ in arrivals]
    assert all(arrived < after["at"] for (_, arrived), after in zip(arrivals, emitted[1:], strict=False))


async def test_the_tool_loop_ends_in_the_tools_own_price(simulator: Simulator, gpt: openai.AsyncOpenAI) -> None:
    asked = asking("How much for ceramic tint?", tools=[QUOTE_TOOL])
    events = await events_of(gpt, asked)
    first = events[-1].response
    call = first.output[-1]
    asked["input"] += [item.to_dict() for item in first.output]
    asked["input"] += [{"type": "function_call_output", "call_id": call.call_id, "output": QUOTE}]
    second = await gpt.responses.create(**asked)

    pieces = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    assert pieces[0] == ""
    assert msgspec.json.decode("".join(pieces)) == msgspec.json.decode(call.arguments) == WANTED
    assert "$450" in second.output_text
    assert (await simulator.log())[0]["tools_called"] == [{"name": "quote_service", "arguments": WANTED}]


async def test_a_call_must_come_back_with_its_reasoning_unchanged(
    simulator: Simulator, gpt: openai.AsyncOpenAI
) -> None:
    asked = asking("How much for ceramic tint?", tools=[QUOTE_TOOL])
    reasoning, call = (item.to_dict() for item in (await gpt.responses.create(**asked)).output)
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": QUOTE}

    with pytest.raises(openai.BadRequestError, match="without its required 'reasoning' item"):
        await gpt.responses.create(**{**asked, "input": [*asked["input"], call, output]})
    forged = {**reasoning, "encrypted_content": "forged"}
    with pytest.raises(openai.BadRequestError, match="could not be verified"):
        await gpt.responses.create(**{**asked, "input": [*asked["input"], forged, call, output]})
    with pytest.raises(openai.BadRequestError, match="No tool output found"):
        await gpt.responses.create(**{**asked, "input": [*asked["input"], reasoning, call]})
    with pytest.raises(openai.BadRequestError, match="No tool call found"):
        await gpt.responses.create(**{**asked, "input": [*asked["input"], output]})

    assert [entry["status"] for entry in await simulator.log()] == [200, 400, 400, 400, 400]


async def test_only_stored_responses_can_be_read_back_and_continued(
    simulator: Simulator, gpt: openai.AsyncOpenAI
) -> None:
    kept = await gpt.responses.create(**asking("Hi", store=True))
    private = await gpt.responses.create(**asking("Hi", store=False))

    read = await gpt.responses.retrieve(kept.id)
    continued = await gpt.responses.create(**asking("Thanks", previous_response_id=kept.id))
    with pytest.raises(openai.NotFoundError):
        await gpt.responses.retrieve(private.id)
    with pytest.raises(openai.BadRequestError, match="not found"):
        await gpt.responses.create(**asking("Thanks", previous_response_id=private.id))

    assert read.output_text == kept.output_text
    assert continued.usage is not None
    assert kept.usage is not None
    assert continued.usage.input_tokens > kept.usage.input_tokens


@pytest.mark.parametrize(
    ("rule", "error", "code"),
    [
        ({"status": 429, "code": "insufficient_quota"}, openai.RateLimitError, "insufficient_quota"),
        ({"status": 429}, openai.RateLimitError, "rate_limit_exceeded"),
        ({"status": 500}, openai.InternalServerError, None),
        ({"status": 503}, openai.InternalServerError, "server_overloaded"),
    ],
)
async def test_an_ordered_failure_is_the_sdks_own_error(
    simulator: Simulator,
    gpt: openai.AsyncOpenAI,
    rule: dict[str, object],
    error: type[openai.APIStatusError],
    code: str | None,
) -> None:
    await simulator.misbehave({"kind": "status", **rule})

    with pytest.raises(error) as caught:
        await gpt.responses.create(**asking("Hi"), stream=True)

    assert caught.value.code == code


async def test_a_wrong_key_and_an_unknown_model_are_told_apart(simulator: Simulator, gpt: openai.AsyncOpenAI) -> None:
    async with client_of(simulator, key="sk-wrong") as stranger:
        with pytest.raises(openai.AuthenticationError) as key_error:
            await stranger.responses.create(**asking("Hi"))
    with pytest.raises(openai.NotFoundError) as model_error:
        await gpt.responses.create(**{**asking("Hi"), "model": "gpt-nobody"})

    assert key_error.value.code == "invalid_api_key"
    assert model_error.value.code == "model_not_found"
    assert MODEL in [model.id async for model in gpt.models.list()]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"temperature": 0.5}, "temperature"),
        ({"extra_body": {"colour": "red"}}, "Unknown parameter: 'colour'"),
        ({"max_output_tokens": 3}, "max_output_tokens"),
        ({"model": "gpt-6.2-sol", "reasoning": {"effort": "none"}}, "none"),
    ],
)
async def test_what_the_vendor_answers_400_to(
    simulator: Simulator, gpt: openai.AsyncOpenAI, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(openai.BadRequestError, match=words):
        await gpt.responses.create(**{**asking("Hi"), **change})


async def test_an_error_event_comes_after_the_tokens_it_was_ordered_for(
    simulator: Simulator, gpt: openai.AsyncOpenAI
) -> None:
    await simulator.set(thinking=False)
    await simulator.misbehave({"kind": "error_event_after_tokens", "tokens": 3, "code": "server_error"})

    events = await events_of(gpt, asking("Hi"))

    assert [event.type for event in events].count("response.output_text.delta") == 3
    assert events[-1].type == "error"
    assert events[-1].code == "server_error"


@pytest.mark.parametrize("how", ["reset", "clean"])
async def test_a_cut_stream_has_no_terminal_event(simulator: Simulator, gpt: openai.AsyncOpenAI, how: str) -> None:
    await simulator.set(thinking=False)
    await simulator.misbehave({"kind": "cut_after_tokens", "tokens": 5, "how": how})
    kinds: list[str] = []
    try:
        async for event in await gpt.responses.create(**asking("Hi"), stream=True):
            kinds.append(event.type)  # noqa: PERF401 - what came before an error counts
        broke = False
    except openai.APIConnectionError:
        broke = True

    assert broke is (how == "reset")
    assert kinds.count("response.output_text.delta") == 5
    assert "response.completed" not in kinds


async def test_a_refusal_is_a_content_part_of_its_own(simulator: Simulator, gpt: openai.AsyncOpenAI) -> None:
    await simulator.misbehave({"kind": "refuse"})

    events = await events_of(gpt, asking("Hi"))

    assert "response.refusal.delta" in [event.type for event in events]
    assert events[-1].response.output[0].content[0].type == "refusal"


async def test_a_stall_holds_the_stream_and_then_goes_on(simulator: Simulator, gpt: openai.AsyncOpenAI) -> None:
    await simulator.misbehave({"kind": "stall_after_tokens", "tokens": 2, "seconds": 0.3})

    events = await events_of(gpt, asking("Hi"))

    emitted = (await simulator.log())[0]["tokens"]
    assert events[-1].type == "response.completed"
    assert emitted[2]["at"] - emitted[1]["at"] >= 0.3


async def test_chat_completions_stream_ends_with_usage_and_done(simulator: Simulator, gpt: openai.AsyncOpenAI) -> None:
    messages: list[Any] = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": "How much for ceramic tint?"},
    ]
    tools: list[Any] = [{"type": "function", "function": {"name": "quote_service", "parameters": PARAMETERS}}]
    stream = await gpt.chat.completions.create(
        model="gpt-4o", messages=messages, tools=tools, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    calls = [call for chunk in chunks for choice in chunk.choices for call in choice.delta.tool_calls or []]
    whole = "".join(call.function.arguments or "" for call in calls if call.function)
    answered = {
        "role": "assistant",
        "tool_calls": [
            {"id": calls[0].id, "type": "function", "function": {"name": "quote_service", "arguments": whole}}
        ],
    }
    messages += [answered, {"role": "tool", "tool_call_id": calls[0].id, "content": QUOTE}]
    second = await gpt.chat.completions.create(model="gpt-4o", messages=messages, tools=tools)

    assert msgspec.json.decode(whole) == WANTED
    assert chunks[-2].choices[0].finish_reason == "tool_calls"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert "$450" in (second.choices[0].message.content or "")


async def test_chat_completions_refuses_tools_with_reasoning(simulator: Simulator, gpt: openai.AsyncOpenAI) -> None:
    tools: list[Any] = [{"type": "function", "function": {"name": "quote_service", "parameters": PARAMETERS}}]
    asked: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}], "tools": tools}

    with pytest.raises(openai.BadRequestError, match="use /v1/responses"):
        await gpt.chat.completions.create(model="gpt-6.2-sol", **asked)
    allowed = await gpt.chat.completions.create(model="gpt-6-luna", reasoning_effort="none", **asked)

    assert allowed.choices[0].finish_reason == "stop"
