"""Checking and setting up a Shopmonkey account: free of charge, and no customer notices."""

import secrets
from typing import Any
from urllib.parse import quote, urlsplit

from leadcore.ports.crm import CrmAnswerError, CrmError, CrmRefusedError, CrmWriteRefusedError
from leadcore.ports.plugin import ConnectionUrls, Finding
from leadcore_httpkit.fields import Fields, text
from leadcore_shopmonkey.api import ShopmonkeyApi
from leadcore_shopmonkey.settings import ShopmonkeySettings

_TRIGGERS = ["Order", "Customer", "Vehicle", "Appointment", "Message"]
_SWEEPS = 3


class ShopmonkeyOnboarding:
    """`Connectable` over the API."""

    def __init__(self, api: ShopmonkeyApi, settings: ShopmonkeySettings) -> None:
        self._api = api
        self._settings = settings

    async def check(self) -> tuple[Finding, ...]:
        """Try the key. Never raises."""
        try:
            status = await self._api.one("auth", "api_key", "status")
        except CrmError as cause:
            return (self._trouble(cause),)
        if status is None:
            return (self._trouble(CrmAnswerError("there is no key check at this address")),)
        return (Finding(ok=True, what="the API key opens the Shopmonkey account"),)

    async def register(self, urls: ConnectionUrls) -> tuple[Finding, ...]:
        """Make Shopmonkey call `urls.inbound`, signed with `urls.secret`. Never raises.

        Without a secret the configured one is kept, else one is made. The secret in use is learned as
        `webhook_secret`: the vendor never shows it again.
        """
        secret = urls.secret or self._settings.webhook_secret or f"lc_{secrets.token_urlsafe(32)}"
        wanted: dict[str, Any] = {
            "name": _name(urls.inbound),
            "url": urls.inbound,
            "triggers": _TRIGGERS,
            "enabled": True,
            "version": "3",
            "secret": secret,
        }
        if self._settings.location_id:
            wanted["locationId"] = self._settings.location_id
        try:
            saved = await self._save(wanted)
        except CrmError as cause:
            return (self._trouble(cause),)
        if ignored := [name for name, value in wanted.items() if name in saved and not _same(saved[name], value)]:
            # Unknown or unwelcome fields are answered with success all the same (providers.md 1.4).
            what = f"Shopmonkey accepted the webhook but did not keep {', '.join(ignored)}"
            fix = f"set it by hand under Settings > Integration > Webhooks for {urls.inbound}"
            return (Finding(ok=False, what=what, fix=fix, code="not_kept", learned={"webhook_secret": secret}),)
        what = f"signed webhooks for {', '.join(_TRIGGERS)} come to {urls.inbound}"
        return (Finding(ok=True, what=what, learned={"webhook_secret": secret}),)

    async def _save(self, wanted: Fields) -> Fields:
        known = await self._known(str(wanted["name"]))
        if known:
            return await self._api.write("PUT", f"webhook/{quote(known, safe='')}", wanted)
        return await self._api.write("POST", "webhook", wanted)

    async def _known(self, name: str) -> str:
        """Find our webhook's id; lists may leave rows out, so one miss is no proof."""
        for _ in range(_SWEEPS):
            for hook in await self._api.sweep("webhook"):
                if text(hook, "name") == name:
                    return text(hook, "id")
        return ""

    def _trouble(self, cause: CrmError) -> Finding:
        if isinstance(cause, CrmRefusedError):
            return Finding(ok=False, what=cause.message, fix=cause.fix, code="refused")
        if isinstance(cause, CrmAnswerError | CrmWriteRefusedError):
            fix = cause.fix or "check base_url (SHOPMONKEY_BASE_URL); it ends in /v3"
            return Finding(ok=False, what=f"{self._api.base_url}: {cause.message}", fix=fix, code="unreadable")
        fix = "check this machine's connection, its proxy, and base_url (SHOPMONKEY_BASE_URL), then try again"
        return Finding(ok=False, what=f"{self._api.base_url}: {cause.message}", fix=fix, code="unreachable")


def _name(url: str) -> str:
    """Names are unique per company; the path holds the connection's id, also after the public host changed."""
    return f"leadcore {urlsplit(url).path.strip('/')}"[:100]


def _same(kept: object, wanted: object) -> bool:
    if isinstance(kept, list) and isinstance(wanted, list):
        return sorted(map(str, kept)) == sorted(map(str, wanted))
    return str(kept) == str(wanted)
