"""OpenAI's list prices in USD per million tokens, as known on 22 November 2026.

A first price counts from the start of the year the model came out in: nobody can have used it before. Prices are
configuration: the setting `prices` adds to and overrides this table. From 6.0 on, prompts above 272k tokens double
input and cache and raise output by half, on the whole request.
"""

from datetime import date

from leadcore.ports.ai import ModelPrice

DEFAULT_MODEL = "gpt-6-luna"

_YEAR = date(2026, 1, 1)
_LONG_PROMPT = 272_000


def _sixth(model: str, per_million: tuple[float, float, float, float]) -> ModelPrice:
    """A model of the sixth generation; *per_million* is input, cached input, output, cache write."""
    fresh, cached, output, write = per_million
    return ModelPrice(
        model=model,
        effective_from=_YEAR,
        input_usd=fresh,
        output_usd=output,
        cached_input_usd=cached,
        cache_write_usd=write,
        long_prompt_tokens=_LONG_PROMPT,
        long_input_factor=2.0,
        long_output_factor=1.5,
    )


def _older(model: str, per_million: tuple[float, float, float], *, since: date) -> ModelPrice:
    """A model whose cache writes cost what input costs; *per_million* is input, cached input, output."""
    fresh, cached, output = per_million
    return ModelPrice(
        model=model,
        effective_from=since,
        input_usd=fresh,
        output_usd=output,
        cached_input_usd=cached,
        cache_write_usd=fresh,
    )


DEFAULT_PRICES: tuple[ModelPrice, ...] = (
    _sixth(DEFAULT_MODEL, (0.10, 0.01, 0.50, 0.125)),
    _sixth("gpt-6-sol", (2.0, 0.20, 10.0, 2.0)),
    _sixth("gpt-6.1-sol", (2.0, 0.10, 10.0, 2.0)),
    _sixth("gpt-6.1-terra", (1.0, 0.05, 5.0, 1.25)),
    _sixth("gpt-6.2-sol", (2.0, 0.10, 10.0, 2.50)),
    _older("gpt-5.6-luna", (0.20, 0.02, 1.20), since=date(2026, 7, 30)),
    _older("gpt-5.4-mini", (0.75, 0.075, 4.50), since=_YEAR),
    _older("gpt-4o", (2.50, 1.25, 10.0), since=date(2025, 1, 1)),
    _older("gpt-4o-mini", (0.15, 0.075, 0.60), since=date(2025, 1, 1)),
)
