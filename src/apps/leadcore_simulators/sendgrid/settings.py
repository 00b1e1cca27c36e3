"""Webhook settings: event webhooks (one or several), their signing key, inbound parse hostnames."""

from typing import Any
from uuid import uuid4

from leadcore_simulators.sendgrid.answers import refused
from leadcore_simulators.sendgrid.events import Events, sample_event
from leadcore_simulators.wire.http import Answer, Request, json_answer
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]

_EVENT_NAMES = (
    "processed", "dropped", "deferred", "delivered", "bounce", "open", "click", "spam_report", "unsubscribe",
    "group_unsubscribe", "group_resubscribe",
)  # fmt: skip
_EDITABLE = frozenset({"enabled", "url", "friendly_name", *_EVENT_NAMES})
_PARSE_FIELDS = ("hostname", "url", "spam_check", "send_raw")


class EventSettings:
    """The event webhook resource. Without an id in the path the oldest webhook is meant."""

    def __init__(self, world: World, events: Events) -> None:
        self._world = world
        self._events = events

    def all(self, account: Fields, _: Request) -> Answer:
        """List the event webhooks."""
        hooks = [_hook_view(hook) for hook in self._world.store.find("event_webhook", account["api_key"])]
        return json_answer({"max_allowed": 5, "webhooks": hooks})

    def create(self, account: Fields, request: Request) -> Answer:
        """Add an event webhook."""
        body = request.json_object()
        if not body.get("url"):
            raise refused(400, "url is required", field="url")
        hook = {**_new_hook(), **_edited(body)}
        self._save(account, hook, request, op="create_event_webhook", body=body)
        return json_answer(_hook_view(hook), status=201)

    def read(self, account: Fields, request: Request) -> Answer:
        """Give one event webhook."""
        return json_answer(_hook_view(self._hook(account, request)))

    def change(self, account: Fields, request: Request) -> Answer:
        """Change one event webhook."""
        body = request.json_object()
        hook = {**self._hook(account, request), **_edited(body)}
        self._save(account, hook, request, op="update_event_webhook", body=body)
        return json_answer(_hook_view(hook))

    def delete(self, account: Fields, request: Request) -> Answer:
        """Remove one event webhook."""
        if not self._world.store.delete("event_webhook", account["api_key"], request.params["id"]):
            raise refused(404, "webhook not found")
        return Answer(status=204)

    def signing(self, account: Fields, request: Request) -> Answer:
        """Give the public key; it is empty while signing is off."""
        hook = self._hook(account, request)
        return json_answer({"id": hook["id"], "public_key": account["public_key"] if hook["signed"] else ""})

    def sign(self, account: Fields, request: Request) -> Answer:
        """Switch signing on or off."""
        body = request.json_object()
        hook = {**self._hook(account, request), "signed": bool(body.get("enabled"))}
        self._save(account, hook, request, op="sign_event_webhook", body=body)
        return json_answer({"id": hook["id"], "public_key": account["public_key"] if hook["signed"] else ""})

    def test(self, account: Fields, _: Request) -> Answer:
        """Post a sample event, as the vendor's test button does."""
        with self._world.store.transaction():
            self._events.emit(account["api_key"], "sample", [sample_event()])
        return Answer(status=204)

    def _hook(self, account: Fields, request: Request) -> Fields:
        if ref := request.params.get("id"):
            found = self._world.store.get("event_webhook", account["api_key"], ref)
            if found is None:
                raise refused(404, "webhook not found")
            return found
        return next(iter(self._world.store.find("event_webhook", account["api_key"])), _new_hook())

    def _save(self, account: Fields, hook: Fields, request: Request, *, op: str, body: Fields) -> None:
        if hook["enabled"] and not str(hook["url"]).startswith(("http://", "https://")):
            raise refused(400, "invalid url", field="url")
        with self._world.store.transaction():
            self._world.store.put("event_webhook", account["api_key"], hook["id"], hook)
            self._world.ledger.record(
                op=op, account=account["api_key"], ref=hook["id"], fields=body, same=body, faults=request.faults
            )


class ParseSettings:
    """Inbound parse: which hostname posts where."""

    def __init__(self, world: World) -> None:
        self._world = world

    def all(self, account: Fields, _: Request) -> Answer:
        """List the hostnames."""
        return json_answer({"result": self._world.store.find("parse", account["api_key"])})

    def create(self, account: Fields, request: Request) -> Answer:
        """Add a hostname; it may be taken only once."""
        body = request.json_object()
        if not body.get("hostname") or not body.get("url"):
            raise refused(400, "hostname and url are required", field="hostname")
        if self._world.store.find("parse", tag_a=str(body["hostname"]).lower()):
            raise refused(400, "duplicate hostname", field="hostname")
        setting = {
            "spam_check": False,
            "send_raw": False,
            **{name: body[name] for name in _PARSE_FIELDS if name in body},
        }
        return self._saved(account, setting, request, status=201)

    def read(self, account: Fields, request: Request) -> Answer:
        """Give one hostname."""
        return json_answer(self._setting(account, request))

    def change(self, account: Fields, request: Request) -> Answer:
        """Change one hostname's target."""
        body = request.json_object()
        changes = {name: body[name] for name in _PARSE_FIELDS[1:] if name in body}
        return self._saved(account, {**self._setting(account, request), **changes}, request, status=200)

    def delete(self, account: Fields, request: Request) -> Answer:
        """Remove a hostname."""
        if not self._world.store.delete("parse", account["api_key"], request.params["hostname"].lower()):
            raise refused(404, "not found")
        return Answer(status=204)

    def _setting(self, account: Fields, request: Request) -> Fields:
        found = self._world.store.get("parse", account["api_key"], request.params["hostname"].lower())
        if found is None:
            raise refused(404, "not found")
        return found

    def _saved(self, account: Fields, setting: Fields, request: Request, *, status: int) -> Answer:
        key = str(setting["hostname"]).lower()
        with self._world.store.transaction():
            self._world.store.put("parse", account["api_key"], key, setting, tag_a=key)
            self._world.ledger.record(
                op="save_parse",
                account=account["api_key"],
                ref=key,
                fields=setting,
                same=setting,
                faults=request.faults,
            )
        return json_answer(setting, status=status)


def _new_hook() -> Fields:
    every_event = dict.fromkeys(_EVENT_NAMES, True)
    return {"id": str(uuid4()), "enabled": False, "url": "", "friendly_name": "", "signed": False, **every_event}


def _edited(body: Fields) -> Fields:
    return {name: value for name, value in body.items() if name in _EDITABLE}


def _hook_view(hook: Fields) -> Fields:
    return {name: value for name, value in hook.items() if name != "signed"}
