"""What a tenant configures for Anthropic."""

from typing import Literal

import msgspec

from leadcore.ports.ai import ModelPrice
from leadcore_anthropic.prices import DEFAULT_MODEL


class AnthropicSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`base_url` may name any server that speaks the Messages API. `effort` empty leaves it to the model.

    `prices` adds to the shipped list; for the same model the latest `effective_from` not in the future wins, and of
    two with the same date the one given here.
    """

    api_key: str
    base_url: str = "https://api.anthropic.com"
    model: str = DEFAULT_MODEL
    effort: Literal["", "low", "medium", "high", "xhigh", "max"] = ""
    prompt_cache: bool = True
    prices: tuple[ModelPrice, ...] = ()
    connect_s: float = 5.0
    first_token_s: float = 8.0
    idle_s: float = 20.0
    total_s: float = 90.0
