"""Checking and setting up a SendGrid account: free of charge, and no customer notices."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlsplit

from leadcore.ports.plugin import ConnectionUrls, Finding
from leadcore_httpkit import Answer, NoAnswerError, VendorHttp
from leadcore_sendgrid.errors import FORBIDDEN, KEY_FIX, UNAUTHORIZED, first_error
from leadcore_sendgrid.settings import SendGridSettings

_EVENTS = "/v3/user/webhooks/event/settings"
_PARSE = "/v3/user/webhooks/parse/settings"
_WANTED_EVENTS = (
    "processed", "deferred", "delivered", "bounce", "dropped", "spam_report", "unsubscribe", "group_unsubscribe",
)  # fmt: skip
_UNWANTED_EVENTS = ("open", "click", "group_resubscribe")
_SCOPES_FIX = "edit the API key under Settings > API Keys: Mail Send, and Mail Settings > Event Notification and Parse"


class SendGridOnboarding:
    """`Connectable` over the settings API."""

    def __init__(self, http: VendorHttp, settings: SendGridSettings) -> None:
        self._http = http
        self._settings = settings

    async def check(self) -> tuple[Finding, ...]:
        """Try the key and its scopes. Never raises."""
        try:
            answer = await self._http.call("GET", "/v3/scopes")
        except NoAnswerError as cause:
            return (self._unreachable(cause),)
        if not answer.is_success:
            return (self._refused(answer),)
        scopes = answer.json_object().get("scopes")
        if not isinstance(scopes, list):
            return (self._unreadable(),)
        if "mail.send" not in scopes:
            return (Finding(ok=False, what="the API key may not send mail", fix=_SCOPES_FIX, code="no_scope"),)
        return (Finding(ok=True, what=f"the API key may send mail, from {self._settings.sender}"),)

    async def register(self, urls: ConnectionUrls) -> tuple[Finding, ...]:
        """Point the event webhook, its signing and Inbound Parse at *urls*. Never raises."""
        try:
            events = await self._event_webhook(urls.status)
            return (*events, *(await self._parse(urls.inbound)))
        except NoAnswerError as cause:
            return (self._unreachable(cause),)

    async def _event_webhook(self, url: str) -> tuple[Finding, ...]:
        listed = await self._http.call("GET", f"{_EVENTS}/all")
        if not listed.is_success:
            return (self._refused(listed),)
        known = _same_path(_objects(listed.json_object().get("webhooks")), url)
        wanted = _event_fields(url)
        if known is None:
            saved = await self._http.call("POST", _EVENTS, json={**wanted, "friendly_name": "leadcore"})
        elif any(known.get(name) != value for name, value in wanted.items()):
            saved = await self._http.call("PATCH", f"{_EVENTS}/{_part(known.get('id'))}", json=wanted)
        else:
            return await self._signing(str(known.get("id")), url)
        if not saved.is_success:
            return (self._refused(saved),)
        return await self._signing(str(saved.json_object().get("id") or (known or {}).get("id") or ""), url)

    async def _signing(self, hook: str, url: str) -> tuple[Finding, ...]:
        path = f"{_EVENTS}/signed/{_part(hook)}"
        answer = await self._http.call("GET", path)
        if answer.is_success and not answer.json_object().get("public_key"):
            answer = await self._http.call("PATCH", path, json={"enabled": True})
        key = answer.json_object().get("public_key")
        if not answer.is_success:
            return (self._refused(answer),)
        if not isinstance(key, str) or not key:
            return (self._unreadable(),)
        learned = {"verification_key": key}
        return (Finding(ok=True, what=f"signed delivery events come to {url}", learned=learned),)

    async def _parse(self, url: str) -> tuple[Finding, ...]:
        domain = self._settings.parse_domain
        if not domain:
            fix = (
                "choose a host name such as reply.example.com, point its MX record to mx.sendgrid.net, set parse_domain"
            )
            return (Finding(ok=False, what="replies by e-mail do not reach us", fix=fix, code="no_parse_domain"),)
        wanted = {"url": url, "spam_check": False, "send_raw": False}
        listed = await self._http.call("GET", _PARSE)
        if not listed.is_success:
            return (self._refused(listed),)
        rows = _objects(listed.json_object().get("result"))
        known = next((row for row in rows if str(row.get("hostname")).lower() == domain.lower()), None)
        if known is None:
            saved = await self._http.call("POST", _PARSE, json={"hostname": domain, **wanted})
        elif any(known.get(name) != value for name, value in wanted.items()):
            saved = await self._http.call("PATCH", f"{_PARSE}/{_part(domain)}", json=wanted)
        else:
            saved = listed
        if not saved.is_success:
            return (self._refused(saved),)
        return (Finding(ok=True, what=f"mail to {domain} comes to {url}, once its MX record is mx.sendgrid.net"),)

    def _unreachable(self, cause: NoAnswerError) -> Finding:
        what = f"{self._settings.base_url} gives no answer ({cause.reason})"
        fix = "check this machine's connection, its proxy, and base_url (SENDGRID_API_BASE_URL)"
        return Finding(ok=False, what=what, fix=fix, code="unreachable")

    def _refused(self, answer: Answer) -> Finding:
        message, _ = first_error(answer)
        if answer.status == UNAUTHORIZED:
            return Finding(ok=False, what=f"SendGrid refuses the API key: {message}", fix=KEY_FIX, code="unauthorized")
        if answer.status == FORBIDDEN:
            return Finding(ok=False, what=f"the API key may not do this: {message}", fix=_SCOPES_FIX, code="no_scope")
        what = f"SendGrid refused: {message} (HTTP {answer.status})"
        fix = "remove what stands in the way under Settings > Mail Settings or Inbound Parse, or try again later"
        return Finding(ok=False, what=what, fix=fix, code="refused")

    def _unreadable(self) -> Finding:
        what = f"{self._settings.base_url} gives an answer that cannot be read"
        fix = "check base_url (SENDGRID_API_BASE_URL): this does not look like SendGrid"
        return Finding(ok=False, what=what, fix=fix, code="unreadable")


def _event_fields(url: str) -> dict[str, Any]:
    wanted: dict[str, Any] = {"enabled": True, "url": url}
    return {**wanted, **dict.fromkeys(_WANTED_EVENTS, True), **dict.fromkeys(_UNWANTED_EVENTS, False)}


def _same_path(rows: Iterable[dict[str, Any]], url: str) -> dict[str, Any] | None:
    """Find our own webhook also after the public host has changed: the path holds the connection's id."""
    path = urlsplit(url).path
    return next((row for row in rows if urlsplit(str(row.get("url") or "")).path == path), None)


def _objects(value: object) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _part(value: object) -> str:
    return quote(str(value or ""), safe="")
