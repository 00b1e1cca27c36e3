"""The page on HTTP names every route that the two apps serve."""

import re
from collections.abc import Callable

import pytest
from litestar import Litestar

from leadcore_chat.app import create_app as create_chat
from leadcore_orchestrator.app import create_app as create_orchestrator
from leadcore_runtime.settings import Settings
from tests.docs.pages import ROOT, code_spans_of

PAGE = ROOT / "docs/reference/http.md"
_CALL = re.compile(r"^(?P<method>GET|POST) (?P<path>/\S+)$")
_ON_EVERY_APP = {"/health", "/livez", "/readyz", "/metrics"}
"""Described once, for all three."""
_NOT_IN_THE_SCHEMA = ("/c/", "/health", "/hooks/", "/p/", "/u/")
"""The customer's page, and what an app serves only once it has its database."""


def _named() -> set[tuple[str, str]]:
    found = (_CALL.match(span) for span in code_spans_of(PAGE.read_text("utf-8")))
    return {(call["method"], _plain(call["path"])) for call in found if call}


def _served(app: Litestar) -> set[tuple[str, str]]:
    paths = app.openapi_schema.paths or {}
    return {
        (method.upper(), _plain(path))
        for path, item in paths.items()
        for method in ("get", "post", "put", "patch", "delete")
        if getattr(item, method) is not None and path not in _ON_EVERY_APP
    }


def _plain(path: str) -> str:
    """Without the names of what varies."""
    return re.sub(r"\{[^}]+\}", "{}", path)


@pytest.mark.parametrize("create", [create_chat, create_orchestrator])
def test_every_route_is_described(create: Callable[[Settings], Litestar]) -> None:
    assert _served(create(Settings())) - _named() == set()


def test_every_route_that_is_described_exists() -> None:
    served = _served(create_chat(Settings())) | _served(create_orchestrator(Settings()))

    assert {call for call in _named() if not call[1].startswith(_NOT_IN_THE_SCHEMA)} - served == set()
