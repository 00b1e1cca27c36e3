"""What a tenant configures for OpenAI."""

from typing import Literal

import msgspec

from leadcore.ports.ai import ModelPrice
from leadcore_openai.prices import DEFAULT_MODEL


class OpenAISettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`base_url` may name any server that speaks the Responses API, version path included.

    `effort` empty sends no reasoning options, for models and servers that know none. `organization` and `project`
    are sent only when given. `prices` adds to the shipped list; for the same model the latest `effective_from` not in
    the future wins, and of two with the same date the one given here.
    """

    api_key: str
    base_url: str = "https://api.openai.com/v1"
    model: str = DEFAULT_MODEL
    effort: Literal["", "none", "minimal", "low", "medium", "high", "xhigh", "max"] = "low"
    organization: str = ""
    project: str = ""
    prices: tuple[ModelPrice, ...] = ()
    connect_s: float = 5.0
    first_token_s: float = 8.0
    idle_s: float = 20.0
    total_s: float = 90.0
