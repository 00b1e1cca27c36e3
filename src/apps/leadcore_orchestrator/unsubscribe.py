"""Unsubscribing: one click for mailbox providers (RFC 8058), a page of choices for people. GET never changes anything.

No cookie and no login take part, so another site has nothing to borrow: whoever acts must hold the token in the path.
"""

from html import escape

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from leadcore.compliance.values import Channel
from leadcore.flows.seams import Seams
from leadcore.flows.unsubscribe import Preferences, preferences, stop_channels, unsubscribe
from leadcore.kernel.errors import NotFoundError

_STYLE = """
:root{color-scheme:light dark;--ink:#1c1c1c;--paper:#fff;--line:#767676;--act:#0b5cad;--on-act:#fff;--quiet:#505050}
@media(prefers-color-scheme:dark){:root{--ink:#f2f2f2;--paper:#161616;--line:#8d8d8d;--act:#8cc4ff;--on-act:#0a0a0a;
--quiet:#c4c4c4}}
body{font:1.0625rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0}
main{max-width:34rem;margin:0 auto;padding:2rem 1.25rem 3rem}h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
ul{list-style:none;margin:1.25rem 0;padding:0}li{border:1px solid var(--line);border-radius:.5rem;padding:1rem;
margin:0 0 .75rem}h2{font-size:1.0625rem;margin:0}p{margin:.25rem 0 .75rem}.quiet{color:var(--quiet)}
button{font:inherit;font-weight:600;width:100%;min-height:2.875rem;padding:.5rem 1rem;border:2px solid var(--act);
border-radius:.5rem;background:var(--paper);color:var(--act);cursor:pointer}
button.all{background:var(--act);color:var(--on-act)}
button:focus-visible{outline:3px solid var(--ink);outline-offset:2px}
[role=status]{border-left:.25rem solid var(--act);padding:.25rem .75rem;margin:0 0 1rem}
"""
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>{title}</title><style>{style}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>"""
_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
_NAMES: dict[Channel, tuple[str, str]] = {"sms": ("Text messages", "texts"), "email": ("E-mails", "emails")}
_ASK = (
    "<p>You will receive no more e-mails about your request.</p>"
    '<form method="post"><button class="all">Unsubscribe</button></form>'
)


def unsubscribe_routes(seams: Seams) -> list[HTTPRouteHandler]:
    """Return the routes behind List-Unsubscribe and the preference page."""

    @get("/u/{token:str}", media_type="text/html", operation_id="askUnsubscribe")
    async def ask(token: FromPath[str]) -> Response[str]:
        """Show what is on, and a button for each way to end it. Mail scanners open links: this changes nothing."""
        try:
            return _choices(await preferences(seams, token), token)
        except NotFoundError:  # who only looks learns nothing about what exists
            return _page("Unsubscribe?", _ASK)

    @post("/u/{token:str}", media_type="text/html", status_code=200, operation_id="unsubscribe")
    async def act(token: FromPath[str]) -> Response[str]:
        """Unsubscribe from e-mail at once (RFC 8058); a second time changes nothing and says the same."""
        await unsubscribe(seams, token)
        return _choices(
            await preferences(seams, token), token, done="You are unsubscribed. No more e-mails will be sent."
        )

    @post("/u/{token:str}/texts", media_type="text/html", status_code=200, operation_id="stopTexts")
    async def stop_texts(token: FromPath[str]) -> Response[str]:
        """End text messages."""
        left = await stop_channels(seams, token, channels=frozenset({"sms"}))
        return _choices(left, token, done="No more texts will be sent.")

    @post("/u/{token:str}/emails", media_type="text/html", status_code=200, operation_id="stopEmails")
    async def stop_emails(token: FromPath[str]) -> Response[str]:
        """End e-mails."""
        left = await stop_channels(seams, token, channels=frozenset({"email"}))
        return _choices(left, token, done="You are unsubscribed. No more e-mails will be sent.")

    @post("/u/{token:str}/all", media_type="text/html", status_code=200, operation_id="stopAll")
    async def stop_all(token: FromPath[str]) -> Response[str]:
        """End everything."""
        left = await stop_channels(seams, token, channels=frozenset({"sms", "email"}))
        return _choices(left, token, done="You are unsubscribed from everything.")

    return [ask, act, stop_texts, stop_emails, stop_all]


def _choices(found: Preferences, token: str, *, done: str = "") -> Response[str]:
    brand = escape(found.brand)
    rows = "".join(_row(found, channel, token) for channel in _NAMES if channel in found.open_channels)
    status = f'<p role="status">{done}</p>' if done else ""
    everything = (
        f'<form method="post" action="/u/{escape(token)}/all"><button class="all">Stop everything</button></form>'
        if sum(found.open_channels.values()) > 1
        else ""
    )
    note = '<p class="quiet">It takes effect at once. Texts begin again only when you ask for them.</p>'
    title = "What may we send you?" if any(found.open_channels.values()) else "You are unsubscribed"
    return _page(f"{brand}: {title}", f"{status}<ul>{rows}</ul>{everything}{note}")


def _row(found: Preferences, channel: Channel, token: str) -> str:
    name, path = _NAMES[channel]
    whom = escape(found.masked[channel])
    if not found.open_channels[channel]:
        return f'<li><h2>{name}: off</h2><p class="quiet">To {whom}</p></li>'
    action = f' action="/u/{escape(token)}/{path}"'  # said in full: this page is also the answer to another button
    button = f"<button>Stop {'e-mails' if channel == 'email' else 'texts'}</button>"
    return f'<li><h2>{name}: on</h2><p class="quiet">To {whom}</p><form method="post"{action}>{button}</form></li>'


def _page(title: str, body: str) -> Response[str]:
    return Response(_PAGE.format(title=title, style=_STYLE, body=body), headers=_HEADERS)
