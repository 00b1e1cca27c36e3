"""What belongs to an app or a portal: account details, pipelines, the webhook's address and its subscriptions."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from leadcore_simulators.hubspot.answers import refused
from leadcore_simulators.hubspot.objects import Objects
from leadcore_simulators.hubspot.resources import with_portal
from leadcore_simulators.wire.http import Answer, Fields, Request, json_answer
from leadcore_simulators.wire.simulator import Route
from leadcore_simulators.wire.world import World

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
EVENTS = frozenset(
    f"{subject}.{change}"
    for subject in ("contact", "deal", "product", "line_item")
    for change in ("creation", "deletion", "propertyChange", "merge", "restore", "associationChange")
) | {"contact.privacyDeletion"}
_AppHandler = Callable[[Fields, Request], Answer]


def app_routes(world: World) -> tuple[Route, ...]:
    """Give the routes beside the objects."""

    def details(objects: Objects, _: Request) -> Answer:
        return json_answer(
            {"portalId": objects.account["portalId"], "accountType": "STANDARD", "timeZone": "US/Central",
             "companyCurrency": "USD", "uiDomain": "app.hubspot.com"}
        )  # fmt: skip

    def pipelines(objects: Objects, _: Request) -> Answer:
        return json_answer({"results": world.store.find("pipeline", objects.portal)})

    def settings(account: Fields, request: Request) -> Answer:
        body = request.json_object()
        point(world, account, str(body.get("targetUrl", "")))
        return json_answer(body)

    def subscriptions(account: Fields, _: Request) -> Answer:
        return json_answer({"results": world.store.find("subscription", account["portal"])})

    def subscribe(account: Fields, request: Request) -> Answer:
        body = request.json_object()
        made = add_subscription(world, account, str(body.get("eventType")), body.get("propertyName"))
        return json_answer(made, status=201)

    app = "/webhooks/v3/{app}"
    return (
        Route(op="details", method="GET", path="/account-info/v3/details", handler=with_portal(world, details)),
        Route(op="list_pipelines", method="GET", path="/crm/v3/pipelines/deals", handler=with_portal(world, pipelines)),
        Route(op="set_webhook", method="PUT", path=f"{app}/settings", handler=_with_app(world, settings)),
        Route(
            op="list_subscriptions", method="GET", path=f"{app}/subscriptions", handler=_with_app(world, subscriptions)
        ),
        Route(op="subscribe", method="POST", path=f"{app}/subscriptions", handler=_with_app(world, subscribe)),
    )


def point(world: World, account: Fields, url: str) -> None:
    """Set the address that takes the webhooks: https, or plain http to this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise refused(400, "targetUrl must be a valid https URL")
    world.store.put("hook", account["portal"], "settings", {"targetUrl": url})


def add_subscription(world: World, account: Fields, event_type: str, name: str | None) -> Fields:
    """Subscribe to an event; a property change needs the property's name."""
    if event_type not in EVENTS or (event_type.endswith(".propertyChange") and not name):
        raise refused(400, f"eventType {event_type} cannot be subscribed to")
    ref = str(world.store.count("subscription", account["portal"]) + 1)
    made = {"id": ref, "eventType": event_type, "propertyName": name, "active": True}
    world.store.put("subscription", account["portal"], ref, made)
    return made


def _with_app(world: World, handler: _AppHandler) -> Callable[[Request], Awaitable[Answer]]:
    async def handle(request: Request) -> Answer:
        accounts = world.store.find("account", "")
        mine = (one for one in accounts if str(one["appId"]) == request.params["app"])
        account = next(mine, None)
        if account is None or request.asked("hapikey") != account["developer_key"]:
            raise refused(401, "The API key provided is invalid.", category="INVALID_AUTHENTICATION")
        return handler(account, request)

    return handle
