"""Webhook registrations: unique name, https, known triggers."""

import secrets
from urllib.parse import urlsplit

from leadcore_simulators.shopmonkey.answers import body_of, many, one, refused
from leadcore_simulators.shopmonkey.records import Records, known
from leadcore_simulators.shopmonkey.resources import deleted, with_account
from leadcore_simulators.shopmonkey.shapes import TRIGGERS, WEBHOOK
from leadcore_simulators.wire.http import Answer, Fields, Request
from leadcore_simulators.wire.simulator import Route
from leadcore_simulators.wire.world import World

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def registration_routes(world: World) -> tuple[Route, ...]:
    """Give the routes of the webhook resource."""
    found = (
        ("list_webhooks", "GET", "/v3/webhook", _all),
        ("create_webhook", "POST", "/v3/webhook", _create),
        ("get_webhook", "GET", "/v3/webhook/{id}", _read),
        ("update_webhook", "PUT", "/v3/webhook/{id}", _update),
        ("delete_webhook", "DELETE", "/v3/webhook/{id}", lambda records, request: deleted(records, WEBHOOK, request)),
    )
    return tuple(
        Route(op=op, method=method, path=path, handler=with_account(world, handler))
        for op, method, path, handler in found
    )


def _all(records: Records, _: Request) -> Answer:
    hooks = [_without_secret(hook) for hook in records.all("webhook")]
    return many(hooks, total=len(hooks), has_more=False)


def _read(records: Records, request: Request) -> Answer:
    return one(_without_secret(records.get("webhook", request.params["id"])))


def _create(records: Records, request: Request) -> Answer:
    body = body_of(request)
    _check(records, body, own_id=None)
    extra: Fields = {"createdById": records.all("user")[0]["id"]}
    if not body.get("secret"):
        extra["secret"] = secrets.token_urlsafe(24)
    return one(records.create(WEBHOOK, body, extra=extra, faults=request.faults))


def _update(records: Records, request: Request) -> Answer:
    body = body_of(request)
    ref = request.params["id"]
    records.get("webhook", ref)
    _check(records, body, own_id=ref)
    updated = records.update(WEBHOOK, ref, known(WEBHOOK, body), body=body, faults=request.faults)
    return one(_without_secret(updated))


def _check(records: Records, body: Fields, *, own_id: str | None) -> None:
    url = body.get("url")
    if url is not None and not _allowed(str(url)):
        raise refused(400, "body/url must be a valid https URL")
    triggers = body.get("triggers")
    if triggers is not None and not (isinstance(triggers, list) and triggers and TRIGGERS.issuperset(triggers)):
        raise refused(400, "body/triggers must be equal to one of the allowed values")
    others = (hook for hook in records.all("webhook") if hook["id"] != own_id)
    if any(hook["name"] == body.get("name") for hook in others):
        raise refused(400, "a webhook with this name already exists")


def _allowed(url: str) -> bool:
    """Accept https as the vendor does, and plain http to this machine, which only a simulator would."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )


def _without_secret(hook: Fields) -> Fields:
    return {name: value for name, value in hook.items() if name != "secret"}
