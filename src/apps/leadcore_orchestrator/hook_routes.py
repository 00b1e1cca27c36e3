"""The webhook routes as the framework knows them: for its document, and for what the front door leaves to it."""

from uuid import UUID

from litestar import Response, get, post, route
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from leadcore_orchestrator.hooks import Hooks, Incoming


def hook_routes(hooks: Hooks, *, max_upload: int) -> list[HTTPRouteHandler]:
    """Return the webhook routes of every connection. At most *max_upload* bytes are read by the framework."""

    @post(
        "/hooks/{connection_id:uuid}",
        status_code=200,
        operation_id="takeWebhook",
        tags=["webhooks"],
        request_max_body_size=max_upload,
    )
    async def events(request: Incoming, connection_id: FromPath[UUID]) -> Response[bytes]:
        """Take what a vendor sends for one connection. 2xx means durably stored; anything else: send it again."""
        return await hooks.take(request.scope, request.receive, connection_id)

    @post("/hooks/{connection_id:uuid}/status", status_code=200, operation_id="takeStatus", tags=["webhooks"])
    async def status(request: Incoming, connection_id: FromPath[UUID]) -> Response[bytes]:
        """Take delivery callbacks; the query carries our attempt id and is covered by the signature."""
        return await hooks.take(request.scope, request.receive, connection_id)

    @get("/hooks/{connection_id:uuid}", operation_id="echoChallenge", tags=["webhooks"])
    async def challenge(request: Incoming, connection_id: FromPath[UUID]) -> Response[bytes]:
        """Echo a vendor's challenge (Meta's `hub.challenge`) if it shows the verify token."""
        return await hooks.echo(request, connection_id)

    @route("/hooks/{connection_id:uuid}", http_method="OPTIONS", include_in_schema=False)
    async def preflight(request: Incoming, connection_id: FromPath[UUID]) -> Response[bytes]:
        """Tell a browser whether a page of its origin may post here."""
        return await hooks.preflight(request, connection_id)

    # First: the framework answers OPTIONS itself on every path that has no handler for it when it is registered.
    return [preflight, events, status, challenge]
