"""Putting a Messages stream together: events in, our events out, the terminal one only at `message_stop`."""

import re

import msgspec

from leadcore.ports.ai import (
    FinishReason,
    ModelEvent,
    ModelFinished,
    ModelUsage,
    TextDelta,
    ToolCall,
    ToolCallReady,
)
from leadcore_anthropic.state import Block, pack
from leadcore_anthropic.wire import ReportedError, WireDelta, WireEvent, WireUsage, decode_event

_REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "tool_use": "tool_use",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}


class Assembly:
    """One answer in the making. `moved`: the last events brought content. `over`: the terminal one has come."""

    def __init__(self, asked_model: str) -> None:
        self._asked_model = asked_model
        self.moved = False
        self.over = False
        self._model = ""
        self._blocks: dict[int, Block] = {}
        self._arguments: dict[int, list[str]] = {}
        self._counts: dict[str, int] = {}
        self._stop_reason = ""

    def take(self, payloads: list[bytes]) -> list[ModelEvent]:
        """Return what *payloads* mean; text that arrived together is one delta.

        Raises `ReportedError` for the vendor's error event and `ValueError` for what is not its protocol.
        """
        self.moved = False
        texts: list[str] = []
        for payload in payloads:
            event = decode_event(payload)
            if event.type == "content_block_delta" and event.delta is not None:
                self._continue(event.index, event.delta, texts)
            else:
                self._note(event)
        events: list[ModelEvent] = [TextDelta(text="".join(texts))] if texts else []
        return events + self._conclusion() if self.over else events

    def _continue(self, index: int, delta: WireDelta, texts: list[str]) -> None:
        self.moved = True
        if delta.type == "text_delta":
            if delta.text:
                texts.append(delta.text)
        elif delta.type == "input_json_delta":
            self._arguments.setdefault(index, []).append(delta.partial_json)
        elif delta.type in {"thinking_delta", "signature_delta"} and index in self._blocks:
            block, key = self._blocks[index], delta.type.removesuffix("_delta")
            block[key] = block.get(key, "") + getattr(delta, key)

    def _note(self, event: WireEvent) -> None:
        if event.type == "content_block_start" and event.content_block and "type" in event.content_block:
            self._blocks[event.index] = event.content_block
        elif event.type == "message_start" and event.message is not None:
            self._model = event.message.model
            self._count(event.message.usage)
        elif event.type == "message_delta":
            self._stop_reason = (event.delta.stop_reason if event.delta else None) or self._stop_reason
            self._count(event.usage)
        elif event.type == "message_stop":
            self.over = True
        elif event.type == "error":
            raise ReportedError(event.error.type if event.error else "api_error")

    def _count(self, usage: WireUsage | None) -> None:
        if usage is not None:
            self._counts.update({name: n for name, n in msgspec.structs.asdict(usage).items() if n is not None})

    def _conclusion(self) -> list[ModelEvent]:
        reason = _REASONS.get(self._stop_reason, "stop")
        # A call cut short by the token limit may look whole; only the vendor's word that it wants tools run counts.
        calls = self._calls() if reason == "tool_use" else []
        finished = ModelFinished(
            reason=reason,
            usage=self._usage(),
            model=_named(self._asked_model, self._model),
            provider_state=pack(self._asked_model, [self._blocks[index] for index in sorted(self._blocks)]),
        )
        return [*calls, finished]

    def _calls(self) -> list[ToolCallReady]:
        ready = []
        for index in sorted(self._blocks):
            block = self._blocks[index]
            if block.get("type") == "tool_use":
                arguments = "".join(self._arguments.get(index, ())) or "{}"
                if not isinstance(msgspec.json.decode(arguments), dict):
                    raise TypeError("the arguments of a tool call are no JSON object")
                ready.append(
                    ToolCallReady(
                        call=ToolCall(call_id=block.get("id", ""), name=block.get("name", ""), arguments=arguments)
                    )
                )
        return ready

    def _usage(self) -> ModelUsage:
        written = self._counts.get("cache_creation_input_tokens", 0)
        read = self._counts.get("cache_read_input_tokens", 0)
        return ModelUsage(
            input_tokens=self._counts.get("input_tokens", 0) + written + read,
            output_tokens=self._counts.get("output_tokens", 0),
            cached_input_tokens=read,
            cache_write_tokens=written,
        )


def _named(asked: str, answered: str) -> str:
    """The model that answered; its alias where the vendor only added the date, for that is what has a price."""
    dated = answered.startswith(asked) and re.fullmatch(r"-[\d-]+", answered.removeprefix(asked))
    return asked if dated or not answered else answered
