"""The customer's page under /c/: built files, a strict policy, and nothing from anywhere else."""

import asyncio
import re
from pathlib import Path

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from leadcore_runtime.problems import problem

STATIC = Path(__file__).parent / "static"
_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_GUARDED = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".png": "image/png",
}
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_FOREVER = "public, max-age=31536000, immutable"
_UNBUILT = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Chat</title>
<h1>The chat page is not built</h1><p>Run <code>make web</code>, then load this page again.</p></html>"""


def page_routes(folder: Path = STATIC) -> list[HTTPRouteHandler]:
    """Return the page's routes; *folder* is read anew at each request, so that a new build shows at once."""

    @get("/c", include_in_schema=False)
    async def index(request: Request[object, object, State]) -> Response[bytes] | Redirect:
        if not request.scope["raw_path"].endswith(b"/"):  # routing has taken the slash off the other path
            return Redirect("/c/", status_code=308)  # browsers keep the fragment, which carries the token
        content = await _read(folder / "index.html")
        return _file(content or _UNBUILT, ".html", cache="no-cache", status=200 if content else 503)

    @get("/c/favicon.svg", include_in_schema=False)
    async def icon() -> Response[bytes]:
        content = await _read(folder / "favicon.svg")
        return _file(content, ".svg", cache="public, max-age=86400") if content else _missing()

    @get("/c/assets/{name:str}", include_in_schema=False)
    async def asset(name: FromPath[str]) -> Response[bytes]:
        path = folder / "assets" / name
        if not _NAME.fullmatch(name) or path.suffix not in _TYPES:
            return _missing()
        content = await _read(path)
        return _file(content, path.suffix, cache=_FOREVER) if content is not None else _missing()

    return [index, icon, asset]


async def _read(path: Path) -> bytes | None:
    try:
        return await asyncio.to_thread(path.read_bytes)
    except OSError:
        return None


def _file(content: bytes, suffix: str, *, cache: str, status: int = 200) -> Response[bytes]:
    return Response(
        content, status_code=status, media_type=_TYPES[suffix], headers={**_GUARDED, "Cache-Control": cache}
    )


def _missing() -> Response[bytes]:
    return problem(404, "not_found", "there is no such file")
