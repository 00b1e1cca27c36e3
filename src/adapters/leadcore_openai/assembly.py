"""Putting a Responses stream together: events in, our events out, the terminal one only at the protocol's own."""

import re
from typing import Any

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
from leadcore_openai.state import Item, pack
from leadcore_openai.wire import ReportedError, WireEvent, WireResponse, WireUsage, decode_event

_INCOMPLETE: dict[str | None, FinishReason] = {"max_output_tokens": "length", "content_filter": "filtered"}


class Assembly:
    """One answer in the making. `moved`: the last events brought content. `over`: the terminal one has come."""

    def __init__(self, asked_model: str) -> None:
        self._asked_model = asked_model
        self.moved = False
        self.over = False
        self._items: dict[int, Item] = {}
        self._response: WireResponse | None = None

    def take(self, payloads: list[bytes]) -> list[ModelEvent]:
        """Return what *payloads* mean; text that arrived together is one delta.

        Raises `ReportedError` for an error or a failed response and `ValueError` for what is not the protocol.
        """
        self.moved = False
        texts: list[str] = []
        for payload in payloads:
            if payload == b"[DONE]":  # servers that imitate the vendor's older wire close with it
                continue
            event = decode_event(payload)
            self.moved = self.moved or event.type.endswith((".delta", ".done"))
            if event.type == "response.output_text.delta" and isinstance(event.delta, str):
                texts.append(event.delta)
            else:
                self._note(event)
        events: list[ModelEvent] = [TextDelta(text="".join(texts))] if any(texts) else []
        return [*events, *self._conclusion(self._response)] if self._response is not None else events

    def _note(self, event: WireEvent) -> None:
        match event.type:
            case "response.output_item.done" if event.item is not None and "type" in event.item:
                self._items[event.output_index] = event.item
            case "response.completed" | "response.incomplete":
                self._response = event.response or WireResponse()
                self.over = True
            case "response.failed":
                error = event.response.error if event.response else None
                raise ReportedError((error.code if error else None) or "")
            case "error":
                raise ReportedError(event.code or (event.error.code if event.error else None) or "")

    def _conclusion(self, response: WireResponse) -> list[ModelEvent]:
        items = [self._items[index] for index in sorted(self._items)]
        reason = _reason(response, items)
        # A call in an answer cut short may look whole; only a completed response means its calls.
        calls = [_ready(item) for item in items if item["type"] == "function_call"] if reason == "tool_use" else []
        finished = ModelFinished(
            reason=reason,
            usage=_usage(response.usage),
            model=_named(self._asked_model, response.model),
            provider_state=pack(self._asked_model, items),
        )
        return [*calls, finished]


def _reason(response: WireResponse, items: list[Item]) -> FinishReason:
    if response.incomplete_details is not None:
        return _INCOMPLETE.get(response.incomplete_details.reason, "length")
    if any(item["type"] == "function_call" for item in items):
        return "tool_use"
    parts: list[Any] = [part for item in items if item["type"] == "message" for part in item.get("content", ())]
    refused = any(isinstance(part, dict) and part.get("type") == "refusal" for part in parts)
    return "refusal" if refused else "stop"


def _ready(item: Item) -> ToolCallReady:
    arguments = item.get("arguments") or "{}"
    if not isinstance(msgspec.json.decode(arguments), dict):
        raise TypeError("the arguments of a tool call are no JSON object")
    call = ToolCall(call_id=item.get("call_id", ""), name=item.get("name", ""), arguments=arguments)
    return ToolCallReady(call=call)


def _usage(usage: WireUsage | None) -> ModelUsage:
    if usage is None:
        return ModelUsage()
    details = usage.input_tokens_details
    return ModelUsage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_input_tokens=(details.cached_tokens if details else None) or 0,
        cache_write_tokens=(details.cache_write_tokens if details else None) or 0,
    )


def _named(asked: str, answered: str) -> str:
    """The model that answered; its alias where the vendor only added the date, for that is what has a price."""
    dated = answered.startswith(asked) and re.fullmatch(r"-[\d-]+", answered.removeprefix(asked))
    return asked if dated or not answered else answered
