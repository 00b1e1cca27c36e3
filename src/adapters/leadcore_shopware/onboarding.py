"""Checking and setting up a Shop-Ware account: free of charge, and no customer notices."""

import secrets
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from leadcore.ports.crm import CrmAnswerError, CrmError, CrmRefusedError, CrmWriteRefusedError
from leadcore.ports.plugin import ConnectionUrls, Finding
from leadcore_httpkit.fields import Fields, text
from leadcore_shopware.api import ShopWareApi
from leadcore_shopware.door import SECRET_NAME
from leadcore_shopware.settings import ShopWareSettings

_EVENTS = [
    f"{subject}.{action}"
    for subject in ("repair_order", "customer", "vehicle", "appointment")
    for action in ("created", "updated", "deleted")
]


class ShopWareOnboarding:
    """`Connectable` over the API."""

    def __init__(self, api: ShopWareApi, settings: ShopWareSettings) -> None:
        self._api = api
        self._settings = settings

    async def check(self) -> tuple[Finding, ...]:
        """Try the credentials and find the shop. Never raises."""
        try:
            shops = await self._api.listed("shops")
        except CrmError as cause:
            return (self._trouble(cause),)
        known = {text(shop, "id"): text(shop, "name") for shop in shops}
        opened = Finding(ok=True, what=f"the credentials open Shop-Ware tenant {self._settings.tenant_id}")
        if self._settings.shop_id and self._settings.shop_id not in known:
            listed = ", ".join(f"{ref} ({name})" for ref, name in sorted(known.items())) or "none"
            what = f"there is no shop {self._settings.shop_id}; this tenant has: {listed}"
            return opened, Finding(ok=False, what=what, fix="set `shop_id` to one of them", code="no_shop")
        return (opened,)

    async def register(self, urls: ConnectionUrls) -> tuple[Finding, ...]:
        """Make Shop-Ware call `urls.inbound` with a secret in its query. Never raises.

        Without a secret in *urls* the configured one is kept, else one is made. It is learned as `webhook_secret`.
        """
        secret = urls.secret or self._settings.webhook_secret or secrets.token_urlsafe(32)
        joint = "&" if urlsplit(urls.inbound).query else "?"
        url = f"{urls.inbound}{joint}{urlencode({SECRET_NAME: secret})}"
        wanted: Fields = {"url": url, "events": _EVENTS, "format": None}
        try:
            known = next((hook for hook in await self._api.webhooks() if _same_place(text(hook, "url"), url)), None)
            if known is None:
                await self._api.write("POST", "api/v1/webhooks", wanted)
            else:
                await self._api.write("PUT", f"api/v1/webhooks/{quote(text(known, 'id'), safe='')}", wanted)
        except CrmError as cause:
            return (self._trouble(cause),)
        what = f"hints come to {urls.inbound}, with a secret in the address; polling finds what they miss"
        return (Finding(ok=True, what=what, learned={"webhook_secret": secret}),)

    def _trouble(self, cause: CrmError) -> Finding:
        if isinstance(cause, CrmRefusedError):
            return Finding(ok=False, what=cause.message, fix=cause.fix, code="refused")
        if isinstance(cause, CrmAnswerError | CrmWriteRefusedError):
            fix = "check tenant_id and base_url (SHOPWARE_BASE_URL); webhooks need a public https address"
            return Finding(ok=False, what=f"{self._api.base_url}: {cause.message}", fix=fix, code="unreadable")
        fix = "check this machine's connection, its proxy, and base_url (SHOPWARE_BASE_URL), then try again"
        return Finding(ok=False, what=f"{self._api.base_url}: {cause.message}", fix=fix, code="unreachable")


def _same_place(url: str, other: str) -> bool:
    """Whether both are one connection's address: its path holds the connection's id, also after the host changed.

    An address without our query parameter was not registered by us.
    """
    ours, theirs = urlsplit(url), urlsplit(other)
    return ours.path == theirs.path and SECRET_NAME in parse_qs(ours.query)
