import time
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import msgspec
import pytest
import pytest_asyncio
from anthropic.types import ToolParam

from leadcore_simulators.models.anthropic import create_app
from tests.apps.simulators.model_server import Simulator, served

MODEL = "claude-haiku-5-5"
SYSTEM = "You are the assistant of Lone Star Tint.\nHours: Mon-Fri 9:00-18:00\nVehicle: 2021 Tesla Model 3"
QUOTE_TOOL: ToolParam = {
    "name": "quote_service",
    "description": "The shop's price.",
    "input_schema": {
        "type": "object",
        "properties": {"service": {"type": "string"}, "vehicle": {"type": ["string", "null"]}},
        "required": ["service", "vehicle"],
    },
}
PRICE = '{"amount_minor":45000,"currency":"USD","display":"$450"}'
QUOTE = f'{{"quote_id":"q1","service":"Ceramic tint","vehicle_class":"sedan","price":{PRICE}}}'


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulator]:
    async with served(create_app, tmp_path_factory.mktemp("anthropic")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def simulator(server: Simulator) -> Simulator:
    return await server.fresh()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def claude(server: Simulator) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with client_of(server) as client:
        yield client


def client_of(simulator: Simulator, *, key: str = "sim-anthropic-key") -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(base_url=simulator.url, api_key=key, max_retries=0)


def asking(text: str, **more: object) -> dict[str, Any]:
    return {
        "model": MODEL,
        "max_tokens": 1024,
        "messages": [{"role": "user", "content": text}],
        "system": SYSTEM,
        **more,
    }


async def collect(stream: AsyncIterator[Any], *, into: list[Any]) -> None:
    async for event in stream:
        into.append(event)  # noqa: PERF401 - what came before an error counts


async def test_thinking_comes_first_and_every_text_token_is_its_own_event(claude: anthropic.AsyncAnthropic) -> None:
    events = [event async for event in await claude.messages.create(**asking("Hi there"), stream=True)]

    kinds = [event.type for event in events]
    started = [event.content_block.type for event in events if event.type == "content_block_start"]
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]
    assert started == ["thinking", "text"]
    texts = [
        event.delta.text for event in events if event.type == "content_block_delta" and event.delta.type == "text_delta"
    ]
    assert len(texts) > 5
    assert all(len(text.encode()) <= 4 for text in texts)


async def test_a_token_arrives_before_the_next_one_is_generated(
    simulator: Simulator, claude: anthropic.AsyncAnthropic
) -> None:
    await simulator.set(token_delay_ms=250, first_token_ms=80, thinking=False)
    began = time.time()
    arrivals = [
        (event.delta.text, time.time())
        async for event in await claude.messages.create(**asking("Thanks"), stream=True)
        if event.type == "content_block_delta" and event.delta.type == "text_delta"
    ]
    emitted = (await simulator.log())[0]["tokens"]

    assert [token["text"] for token in emitted] == [text for text, _ in arrivals]
    assert emitted[0]["at"] - began >= 0.07
    assert all(arrived < after["at"] for (_, arrived), after in zip(arrivals, emitted[1:], strict=False))


async def test_the_tool_loop_ends_in_the_tools_own_price(
    simulator: Simulator, claude: anthropic.AsyncAnthropic
) -> None:
    asked = asking("How much for ceramic tint?", tools=[QUOTE_TOOL])
    async with claude.messages.stream(**asked) as stream:
        first = await stream.get_final_message()
    call = next(block for block in first.content if block.type == "tool_use")
    result = {"type": "tool_result", "tool_use_id": call.id, "content": QUOTE}
    asked["messages"] += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    second = await claude.messages.create(**asked)

    assert first.stop_reason == "tool_use"
    assert call.input == {"service": "ceramic tint", "vehicle": "2021 Tesla Model 3"}
    assert second.stop_reason == "end_turn"
    assert "$450" in "".join(block.text for block in second.content if block.type == "text")
    assert [entry["tools_called"] for entry in await simulator.log()] == [
        [{"name": "quote_service", "arguments": {"service": "ceramic tint", "vehicle": "2021 Tesla Model 3"}}],
        [],
    ]


async def test_tool_arguments_come_in_pieces_that_are_no_json(claude: anthropic.AsyncAnthropic) -> None:
    stream = await claude.messages.create(**asking("How much for ceramic tint?", tools=[QUOTE_TOOL]), stream=True)

    pieces = [
        event.delta.partial_json
        async for event in stream
        if event.type == "content_block_delta" and event.delta.type == "input_json_delta"
    ]

    assert pieces[0] == ""
    assert len(pieces) > 5
    assert msgspec.json.decode("".join(pieces)) == {"service": "ceramic tint", "vehicle": "2021 Tesla Model 3"}


async def test_an_altered_thinking_block_is_refused(claude: anthropic.AsyncAnthropic) -> None:
    asked = asking("How much for ceramic tint?", tools=[QUOTE_TOOL])
    first = await claude.messages.create(**asked)
    thinking, call = (block.to_dict() for block in first.content)
    thinking["thinking"] = "something else"
    result = {"type": "tool_result", "tool_use_id": call["id"], "content": QUOTE}
    asked["messages"] += [{"role": "assistant", "content": [thinking, call]}, {"role": "user", "content": [result]}]

    with pytest.raises(anthropic.BadRequestError, match="signature"):
        await claude.messages.create(**asked)


async def test_a_call_without_its_result_is_refused(claude: anthropic.AsyncAnthropic) -> None:
    asked = asking("How much for ceramic tint?", tools=[QUOTE_TOOL])
    first = await claude.messages.create(**asked)
    asked["messages"] += [{"role": "assistant", "content": first.content}, {"role": "user", "content": "Well?"}]

    with pytest.raises(anthropic.BadRequestError, match="tool_result"):
        await claude.messages.create(**asked)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"extra_body": {"temperature": 1}}, "temperature"),
        ({"extra_body": {"colour": "red"}}, "colour: Extra inputs"),
        ({"messages": []}, "at least one message"),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}, "prefill"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2048}}, "adaptive"),
        ({"model": "claude-opus-5-5", "thinking": {"type": "disabled"}}, "disabled"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"tools": [{"name": "a b", "input_schema": {"type": "object"}}]}, "pattern"),
    ],
)
async def test_what_the_vendor_answers_400_to(
    claude: anthropic.AsyncAnthropic, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(anthropic.BadRequestError, match=words):
        await claude.messages.create(**{**asking("Hi"), **change})


async def test_the_old_version_and_the_old_header_still_work(simulator: Simulator) -> None:
    body = {
        "model": "claude-haiku-4-5",
        "max_tokens": 300,
        "messages": [{"role": "user", "content": "Hi"}],
        "temperature": 0.2,
    }
    headers = {"x-api-key": "sim-anthropic-key", "anthropic-version": "2023-06-01"}

    answer = await simulator.post("/v1/messages", json=body, headers=headers)
    bare = await simulator.post("/v1/messages", json=body, headers={"x-api-key": "sim-anthropic-key"})

    assert answer.status_code == 200
    assert [block["type"] for block in answer.json()["content"]] == ["text"]
    assert bare.status_code == 400
    assert "anthropic-version" in bare.json()["error"]["message"]


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"status": 429, "retry_after_s": 7, "code": "enforced_spend_limit_reached"}, anthropic.RateLimitError),
        ({"status": 500}, anthropic.InternalServerError),
        ({"status": 503}, anthropic.ServiceUnavailableError),
        ({"status": 529}, anthropic.OverloadedError),
    ],
)
async def test_an_ordered_failure_is_the_sdks_own_error(
    simulator: Simulator,
    claude: anthropic.AsyncAnthropic,
    rule: dict[str, object],
    error: type[anthropic.APIStatusError],
) -> None:
    await simulator.misbehave({"kind": "status", "times": 1, **rule})

    with pytest.raises(error) as caught:
        await claude.messages.create(**asking("Hi"))
    recovered = await claude.messages.create(**asking("Hi"))

    assert caught.value.error_code == rule.get("code")
    assert caught.value.response.headers.get("retry-after") == ("7" if "retry_after_s" in rule else None)
    assert recovered.stop_reason == "end_turn"


async def test_a_wrong_key_and_an_unknown_model_are_told_apart(
    simulator: Simulator, claude: anthropic.AsyncAnthropic
) -> None:
    async with client_of(simulator, key="sk-wrong") as stranger:
        with pytest.raises(anthropic.AuthenticationError):
            await stranger.messages.create(**asking("Hi"))
    with pytest.raises(anthropic.NotFoundError):
        await claude.messages.create(**{**asking("Hi"), "model": "claude-nobody-9"})

    assert MODEL in [model.id async for model in claude.models.list()]


async def test_an_error_event_after_200_reaches_the_reader(
    simulator: Simulator, claude: anthropic.AsyncAnthropic
) -> None:
    await simulator.set(thinking=False)
    await simulator.misbehave({"kind": "error_event_after_tokens", "tokens": 3})
    stream = await claude.messages.create(**asking("Hi"), stream=True)

    events: list[Any] = []
    with pytest.raises(anthropic.APIStatusError) as caught:
        await collect(stream, into=events)

    assert [event.type for event in events].count("content_block_delta") == 3
    assert caught.value.type == "overloaded_error"


@pytest.mark.parametrize("how", ["reset", "clean"])
async def test_a_cut_stream_has_no_end(simulator: Simulator, claude: anthropic.AsyncAnthropic, how: str) -> None:
    await simulator.misbehave({"kind": "cut_after_tokens", "tokens": 5, "how": how})
    events: list[Any] = []
    try:
        await collect(await claude.messages.create(**asking("Hi"), stream=True), into=events)
        broke = False
    except Exception as error:  # noqa: BLE001 - whichever error the SDK's HTTP library has for this
        broke = "peer closed" in str(error)

    kinds = [event.type for event in events]
    assert broke is (how == "reset")
    assert kinds.count("content_block_delta") == 5
    assert "message_stop" not in kinds
    assert (await simulator.log())[0]["outcome"] == how


async def test_a_refusal_has_its_own_stop_reason(simulator: Simulator, claude: anthropic.AsyncAnthropic) -> None:
    await simulator.misbehave({"kind": "refuse"})

    answer = await claude.messages.create(**asking("Hi"))

    assert answer.stop_reason == "refusal"
    assert answer.stop_details is not None
    assert answer.stop_details.category == "general_harms"


async def test_max_tokens_counts_thinking_too(claude: anthropic.AsyncAnthropic) -> None:
    answer = await claude.messages.create(**{**asking("Hi"), "max_tokens": 4})

    assert answer.stop_reason == "max_tokens"
    assert [block.type for block in answer.content] == ["thinking"]
    assert answer.usage.output_tokens == 4


async def test_a_marked_long_prefix_is_written_once_and_read_from_cache_after(claude: anthropic.AsyncAnthropic) -> None:
    asked = asking("Hi", cache_control={"type": "ephemeral"})
    asked["system"] = "Lone Star Tint does everything to glass. " * 60

    first = (await claude.messages.create(**asked)).usage
    second = (await claude.messages.create(**asked)).usage

    assert first.cache_creation_input_tokens == 615
    assert (second.cache_creation_input_tokens, second.cache_read_input_tokens) == (0, 615)
    assert first.input_tokens == second.input_tokens < 10


async def test_a_caller_who_leaves_stops_the_generation(simulator: Simulator, claude: anthropic.AsyncAnthropic) -> None:
    await simulator.set(token_delay_ms=30)
    stream = await claude.messages.create(**asking("Hi"), stream=True)
    async for event in stream:
        if event.type == "content_block_delta":
            break

    await stream.close()
    again = await claude.messages.create(**asking("Hi"))

    left = (await simulator.log())[0]
    assert left["outcome"] == "caller_left"
    assert len(left["tokens"]) < again.usage.output_tokens
