"""One tenant's form: its door, and what a person has to put into the page."""

import base64
import secrets
from urllib.parse import urlsplit

from leadcore.ports.plugin import ConnectionUrls, Finding
from leadcore_webform.door import WebFormDoor
from leadcore_webform.settings import WebFormSettings


class WebFormConnection(WebFormDoor):
    """`InboundDoor`, `BrowserDoor` and `Connectable`. Nothing is ever called."""

    def __init__(self, settings: WebFormSettings) -> None:
        super().__init__(settings)
        self._of = settings

    async def check(self) -> tuple[Finding, ...]:
        """Look at the origins; there is nothing to call. Never raises."""
        wrong = sorted(each for each in self._of.allowed if not _is_origin(each))
        if wrong:
            fix = "write origins like https://www.example.com, separated by commas, without a path"
            return (Finding(ok=False, what=f"not an origin: {', '.join(wrong)}", fix=fix, code="bad_origin"),)
        return (Finding(ok=True, what="a form calls us: there are no credentials to try"),)

    async def register(self, urls: ConnectionUrls) -> tuple[Finding, ...]:
        """Make the key for browsers or the secret for servers, where missing, and say what to paste. Never raises."""
        if self._of.allowed:
            key = self._of.form_key or f"form_{secrets.token_urlsafe(18)}"
            pages = ", ".join(sorted(self._of.allowed))
            fix = f"let the form on {pages} send to {urls.inbound} with the field form_key={key} (it is no secret)"
            return (_by_hand("the form has to be pointed at us", fix, {"form_key": key}),)
        if self._of.secret:
            fix = f"let the server send to {urls.inbound}, signed with the stored secret"
            return (_by_hand("the form's server has to be pointed at us", fix, {}),)
        made = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        fix = f"let the server send to {urls.inbound}, signed (Standard Webhooks) with {made}, shown only now"
        return (_by_hand("the form's server has to be pointed at us", fix, {"secret": made}),)

    async def aclose(self) -> None:
        """There is nothing to give back."""


def _by_hand(what: str, fix: str, learned: dict[str, str]) -> Finding:
    return Finding(ok=False, what=what, fix=fix, code="by_hand", learned=learned)


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - raises for a port that is no number
    except ValueError:
        return False
    return parts.scheme in {"https", "http"} and bool(parts.hostname) and text == f"{parts.scheme}://{parts.netloc}"
