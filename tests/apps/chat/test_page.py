from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar

from leadcore_chat.page import page_routes

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Chat</title>")
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / "assets" / "index-1a2b.js").write_text("export {};")
    (tmp_path / "assets" / "index-1a2b.css").write_text("body{}")
    (tmp_path / "secret.txt").write_text("no")
    return tmp_path


@pytest.fixture
async def browser(built: Path) -> AsyncIterator[httpx.AsyncClient]:
    app: Any = Litestar(route_handlers=page_routes(built))  # httpx spells ASGI with plain mappings
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://chat.example.com") as client:
        yield client


async def test_the_page_is_found_with_and_without_its_slash(browser: httpx.AsyncClient) -> None:
    without = await browser.get("/c")
    page = await browser.get("/c/")

    assert (without.status_code, without.headers["location"]) == (308, "/c/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/c/", "/c/favicon.svg", "/c/assets/index-1a2b.js"])
async def test_every_file_is_served_under_the_strict_policy(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)

    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/c/assets/index-1a2b.js", "text/javascript; charset=utf-8"),
        ("/c/assets/index-1a2b.css", "text/css; charset=utf-8"),
    ],
)
async def test_assets_carry_their_type_and_never_change(browser: httpx.AsyncClient, path: str, kind: str) -> None:
    answer = await browser.get(path)

    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    [
        "/c/assets/none.js",
        "/c/assets/%2e%2e%2fsecret.txt",
        "/c/assets/..%2findex.html",
        "/c/assets/%2e%2e",
        "/c/assets/index-1a2b.map",
        "/c/secret.txt",
    ],
)
async def test_nothing_but_built_files_is_served(browser: httpx.AsyncClient, path: str) -> None:
    answer = await browser.get(path)

    assert answer.status_code == 404


async def test_an_unbuilt_page_says_how_to_build_it(built: Path, browser: httpx.AsyncClient) -> None:
    (built / "index.html").unlink()

    answer = await browser.get("/c/")

    assert answer.status_code == 503
    assert "make web" in answer.text
