"""Anthropic's list prices in USD per million tokens, as published on 22 November 2026.

A first price counts from the start of the year the model came out in: nobody can have used it before. Prices are
configuration: the setting `prices` adds to and overrides this table.
"""

from datetime import date

from leadcore.ports.ai import ModelPrice

DEFAULT_MODEL = "claude-haiku-5-5"

_YEAR = date(2026, 1, 1)

DEFAULT_PRICES: tuple[ModelPrice, ...] = (
    ModelPrice(
        model=DEFAULT_MODEL,
        effective_from=_YEAR,
        input_usd=0.10,
        output_usd=0.50,
        cached_input_usd=0.01,
        cache_write_usd=0.125,
        long_prompt_tokens=100_000,
        long_input_factor=5.0,
        long_output_factor=5.0,
    ),
    ModelPrice(
        model="claude-sonnet-5-5",
        effective_from=date(2026, 10, 7),
        input_usd=2.0,
        output_usd=10.0,
        cached_input_usd=0.10,
        cache_write_usd=2.50,
    ),
    ModelPrice(
        model="claude-opus-5-5",
        effective_from=_YEAR,
        input_usd=4.0,
        output_usd=20.0,
        cached_input_usd=0.20,
        cache_write_usd=5.0,
    ),
    ModelPrice(
        model="claude-sonnet-5",
        effective_from=_YEAR,
        input_usd=2.0,
        output_usd=10.0,
        cached_input_usd=0.20,
        cache_write_usd=2.50,
    ),
    ModelPrice(
        model="claude-haiku-4-5",
        effective_from=date(2025, 1, 1),
        input_usd=1.0,
        output_usd=5.0,
        cached_input_usd=0.10,
        cache_write_usd=1.25,
    ),
)
