"""One-click unsubscribe (RFC 8058): POST acts without cookies or login, GET only asks."""

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from leadcore.flows.seams import Seams
from leadcore.flows.unsubscribe import unsubscribe

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><body style="font:18px/1.5 system-ui;max-width:34rem;margin:15vh auto;padding:0 1.5rem">
<h1 style="font-size:1.5rem">{title}</h1>{body}</body></html>"""
_FORM = (
    '<p>You will receive no more e-mails about your request.</p><form method="post"><button>Unsubscribe</button></form>'
)


def unsubscribe_routes(seams: Seams) -> list[HTTPRouteHandler]:
    """Return the routes behind List-Unsubscribe."""

    @get("/u/{token:str}", media_type="text/html", operation_id="askUnsubscribe", sync_to_thread=False)
    def ask(token: FromPath[str]) -> Response[str]:  # noqa: ARG001 - mail scanners open links: a GET must change nothing
        """Show the question."""
        return Response(_PAGE.format(title="Unsubscribe?", body=_FORM), headers={"Referrer-Policy": "no-referrer"})

    @post("/u/{token:str}", media_type="text/html", status_code=200, operation_id="unsubscribe")
    async def act(token: FromPath[str]) -> Response[str]:
        """Unsubscribe at once; a second time changes nothing and says the same."""
        await unsubscribe(seams, token)
        return Response(_PAGE.format(title="You are unsubscribed", body="<p>No more e-mails will be sent.</p>"))

    return [ask, act]
