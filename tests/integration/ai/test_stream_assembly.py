"""Whatever the network does to a stream's bytes, it says the same or it is not finished."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.ports.ai import ModelEvent, ModelFinished, TextDelta, ToolCallReady
from leadcore_anthropic.assembly import Assembly as AnthropicAssembly
from leadcore_httpkit.event_stream import EventReader, StreamLimits, Watch
from leadcore_openai.assembly import Assembly as OpenAIAssembly
from leadcore_simulators.models import anthropic, openai
from tests.apps.simulators.model_server import serving

Assembly = AnthropicAssembly | OpenAIAssembly
PARAMETERS = {"type": "object", "properties": {"service": {"type": "string"}}, "required": ["service"]}
CLAUDE_TOOL = {"name": "quote_service", "input_schema": PARAMETERS}
GPT_TOOL = {"type": "function", "name": "quote_service", "parameters": PARAMETERS}


class Recording(NamedTuple):
    """What one vendor sent, byte by byte, and who reads it."""

    vendor: str
    raw: bytes
    assembly: Callable[[], Assembly]

    def __repr__(self) -> str:
        return f"<{len(self.raw)} bytes of {self.vendor}>"


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Recording]:
    """A plain answer and a tool call from each vendor."""
    return [*_recorded(tmp_path_factory.mktemp("streams"))]


def _recorded(folder: Path) -> Iterator[Recording]:
    quick = {"token_delay_ms": 0, "first_token_ms": 0}
    for question in ("Hola, ¿qué tal?", "How much for ceramic tint?"):
        body: dict[str, Any] = {"stream": True, "model": "claude-haiku-5-5", "max_tokens": 900, "tools": [CLAUDE_TOOL]}
        body["messages"] = [{"role": "user", "content": question}]
        headers = {"x-api-key": anthropic.KEY, "anthropic-version": "2026-10-21"}
        with serving(anthropic.create_app, folder) as url:
            httpx.post(f"{url}/_sim/settings", json=quick)
            raw = httpx.post(f"{url}/v1/messages", json=body, headers=headers).raise_for_status().content
        yield Recording("anthropic", raw, lambda: AnthropicAssembly("claude-haiku-5-5"))
        body = {"stream": True, "model": "gpt-6-luna", "input": question, "tools": [GPT_TOOL]}
        with serving(openai.create_app, folder) as url:
            httpx.post(f"{url}/_sim/settings", json=quick)
            headers = {"authorization": f"Bearer {openai.KEY}"}
            raw = httpx.post(f"{url}/v1/responses", json=body, headers=headers).raise_for_status().content
        yield Recording("openai", raw, lambda: OpenAIAssembly("gpt-6-luna"))


async def read(chunks: list[bytes], assembly: Assembly) -> list[ModelEvent]:
    async def arriving() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    reader = EventReader(arriving(), Watch(StreamLimits()))
    events: list[ModelEvent] = []
    while (batch := await reader.next_batch()) is not None:
        events += assembly.take(batch)
    return events


def meaning(events: list[ModelEvent]) -> tuple[str, list[ModelEvent]]:
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    return text, [event for event in events if not isinstance(event, TextDelta)]


def parted(raw: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted({cut % len(raw) for cut in cuts}), len(raw)]
    return [raw[start:end] for start, end in pairwise(places)]


@given(data=st.data())
async def test_where_the_network_cuts_a_stream_and_how_lines_end_changes_nothing(
    recordings: list[Recording], data: st.DataObject
) -> None:
    recording = data.draw(st.sampled_from(recordings))
    cuts = data.draw(st.lists(st.integers(min_value=0, max_value=100_000), max_size=30))
    line_end = data.draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
    expected = meaning(await read([recording.raw], recording.assembly()))

    found = meaning(await read(parted(recording.raw.replace(b"\n", line_end), cuts), recording.assembly()))

    assert found == expected
    assert isinstance(found[1][-1], ModelFinished)


@given(data=st.data())
async def test_a_stream_cut_before_its_last_event_is_complete_is_not_finished_and_calls_nothing(
    recordings: list[Recording], data: st.DataObject
) -> None:
    recording = data.draw(st.sampled_from(recordings))
    whole = len(recording.raw.rstrip(b"\n")) + 2
    kept = data.draw(st.integers(min_value=0, max_value=whole - 1))

    events = await read([recording.raw[:kept]], recording.assembly())

    assert not any(isinstance(event, ModelFinished | ToolCallReady) for event in events)


@given(st.binary(max_size=200))
async def test_nonsense_on_the_wire_is_refused_or_ignored_but_never_finished(noise: bytes) -> None:
    for assembly in (AnthropicAssembly("m"), OpenAIAssembly("m")):
        try:
            events = await read([b"data: ", noise, b"\n\n"], assembly)
        except (ValueError, TypeError):
            events = []

        assert events == []


async def test_unknown_events_blocks_and_fields_are_skipped() -> None:
    claude = [
        b'{"type":"message_start","message":{"model":"m","usage":{"input_tokens":3,"new_kind_of_tokens":9}}}',
        b'{"type":"something_new","index":0,"delta":{"type":"text_delta","text":"not for us"}}',
        b'{"type":"content_block_start","index":0,"content_block":{"type":"hologram","light":7}}',
        b'{"type":"content_block_delta","index":0,"delta":{"type":"hologram_delta","light":8}}',
        b'{"type":"message_delta","delta":{"stop_reason":"sunset"},"usage":{"output_tokens":2}}',
        b'{"type":"message_stop"}',
    ]
    gpt = [
        b'{"type":"response.hologram.delta","delta":{"light":7},"output_index":0}',
        b'{"type":"response.output_item.done","output_index":0,"item":{"type":"hologram"}}',
        b'{"type":"response.completed","response":{"model":"m","usage":{"input_tokens":3,"output_tokens":2}}}',
    ]

    for payloads, assembly in ((claude, AnthropicAssembly("m")), (gpt, OpenAIAssembly("m"))):
        (finished,) = assembly.take(payloads)
        assert isinstance(finished, ModelFinished)
        assert (finished.reason, finished.usage.input_tokens, finished.usage.output_tokens) == ("stop", 3, 2)


@pytest.mark.parametrize(
    ("asked", "answered", "named"),
    [
        ("claude-haiku-5-5", "claude-haiku-5-5-20260901", "claude-haiku-5-5"),
        ("gpt-4o", "gpt-4o-mini", "gpt-4o-mini"),
        ("gpt-4o", "gpt-4o-2024-11-20", "gpt-4o"),
    ],
)
def test_a_dated_model_id_is_called_by_the_alias_that_has_a_price(asked: str, answered: str, named: str) -> None:
    start = f'{{"type":"message_start","message":{{"model":"{answered}"}}}}'.encode()
    done = f'{{"type":"response.completed","response":{{"model":"{answered}"}}}}'.encode()

    (claude,) = AnthropicAssembly(asked).take([start, b'{"type":"message_stop"}'])
    (gpt,) = OpenAIAssembly(asked).take([done])

    assert isinstance(claude, ModelFinished)
    assert isinstance(gpt, ModelFinished)
    assert claude.model == gpt.model == named


async def test_tokens_that_arrive_together_are_one_delta(recordings: list[Recording]) -> None:
    events = await read([recordings[0].raw], recordings[0].assembly())

    assert [type(event) for event in events] == [TextDelta, ModelFinished]


async def test_a_silent_stream_times_out_at_the_first_limit_then_at_the_idle_limit() -> None:
    async def silent() -> AsyncIterator[bytes]:
        yield b"data: {}\n\n"
        await asyncio.Event().wait()

    watch = Watch(StreamLimits(first_s=0.02, idle_s=0.04, total_s=5))
    reader = EventReader(silent(), watch)
    assert await reader.next_batch() == [b"{}"]
    watch.progressed()

    with pytest.raises(TimeoutError):
        await reader.next_batch()

    assert watch.complaint == "silent for 0.04 s"


async def test_an_event_without_end_is_refused() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"data: " + b"x" * 1_000_000

    reader = EventReader(endless(), Watch(StreamLimits()))

    with pytest.raises(ValueError, match="too long"):
        await reader.next_batch()
