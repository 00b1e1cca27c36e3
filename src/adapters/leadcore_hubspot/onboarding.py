"""Checking and setting up a HubSpot portal: free of charge, and no customer notices."""

from urllib.parse import quote

from leadcore.ports.crm import CrmAnswerError, CrmError, CrmRefusedError, CrmWriteRefusedError
from leadcore.ports.plugin import ConnectionUrls, Finding
from leadcore_httpkit.fields import rows, text
from leadcore_hubspot.api import HubSpotApi
from leadcore_hubspot.settings import HubSpotSettings
from leadcore_hubspot.translate import is_here, stages_of

_EVENTS: tuple[tuple[str, str], ...] = (
    ("deal.creation", ""),
    ("deal.deletion", ""),
    ("deal.propertyChange", "dealstage"),
    ("deal.propertyChange", "dealname"),
    ("contact.creation", ""),
    ("contact.propertyChange", "phone"),
    ("contact.propertyChange", "mobilephone"),
    ("contact.propertyChange", "email"),
)
_NAMED = ", ".join(dict.fromkeys(event for event, _ in _EVENTS))


class HubSpotOnboarding:
    """`Connectable` over the API."""

    def __init__(self, api: HubSpotApi, settings: HubSpotSettings) -> None:
        self._api = api
        self._settings = settings

    async def check(self) -> tuple[Finding, ...]:
        """Try the token, the rights it needs and the pipeline it names. Never raises."""
        try:
            details = await self._api.one("account-info/v3/details")
            if details is None:
                raise CrmAnswerError("there is no account at this address")
            await self._api.one("crm/v3/objects/deals", query={"limit": 1})
            await self._api.one("crm/v3/objects/contacts", query={"limit": 1})
            await self._api.one("crm/v3/objects/products", query={"limit": 1})
            stages = stages_of(await self._api.listed("crm/v3/pipelines/deals"))
        except CrmError as cause:
            return (self._trouble(cause),)
        portal = text(details, "portalId")
        token = Finding(
            ok=True, what=f"the access token opens portal {portal}", learned={"portal_id": portal} if portal else {}
        )
        if any(is_here(stage, self._settings.pipeline) for stage in stages.values()):
            return (token,)
        known = ", ".join(sorted({stage.pipeline_label for stage in stages.values()})) or "none"
        what = f"there is no deal pipeline {self._settings.pipeline!r}; this portal has: {known}"
        return token, Finding(ok=False, what=what, fix="set `pipeline` to one of them", code="no_pipeline")

    async def register(self, urls: ConnectionUrls) -> tuple[Finding, ...]:
        """Point the app's webhooks at `urls.inbound`, or say what a person has to click. Never raises.

        Only a developer key may write them; HubSpot signs with the app's own client secret, so `urls.secret` is not
        used.
        """
        findings: tuple[Finding, ...] = ()
        if not self._settings.client_secret:
            what = "without the app's client secret no webhook is believed; leads are found by polling only"
            fix = "copy it from your app's Auth page and store it as client_secret"
            findings = (Finding(ok=False, what=what, fix=fix, code="no_secret"),)
        if not (self._settings.app_id and self._settings.developer_key):
            fix = f"in your app's Webhooks page set the target URL {urls.inbound} and subscribe to {_NAMED}"
            what = "a private app's webhooks have to be set up by hand"
            return (*findings, Finding(ok=False, what=what, fix=fix, code="by_hand"))
        try:
            await self._subscribe(urls.inbound)
        except CrmError as cause:
            return (*findings, self._trouble(cause))
        return (*findings, Finding(ok=True, what=f"signed webhooks for {_NAMED} come to {urls.inbound}"))

    async def _subscribe(self, url: str) -> None:
        app = f"webhooks/v3/{quote(self._settings.app_id, safe='')}"
        key: dict[str, str | int] = {"hapikey": self._settings.developer_key}
        target = {"targetUrl": url, "throttling": {"maxConcurrentRequests": 10, "period": "SECONDLY"}}
        await self._api.write("PUT", f"{app}/settings", target, query=key)
        listed = await self._api.one(f"{app}/subscriptions", query=key)
        known = {
            (text(row, "eventType"), text(row, "propertyName"))
            for row in rows((listed or {}).get("results"))
            if row.get("active") is True
        }
        for event, name in _EVENTS:
            if (event, name) not in known:
                wanted = {"eventType": event, "active": True} | ({"propertyName": name} if name else {})
                await self._api.write("POST", f"{app}/subscriptions", wanted, query=key)

    def _trouble(self, cause: CrmError) -> Finding:
        if isinstance(cause, CrmRefusedError):
            return Finding(ok=False, what=cause.message, fix=cause.fix, code="refused")
        if isinstance(cause, CrmAnswerError | CrmWriteRefusedError):
            fix = "check base_url (HUBSPOT_BASE_URL); usually it is https://api.hubapi.com"
            return Finding(ok=False, what=f"{self._api.base_url}: {cause.message}", fix=fix, code="unreadable")
        fix = "check this machine's connection, its proxy, and base_url (HUBSPOT_BASE_URL), then try again"
        return Finding(ok=False, what=f"{self._api.base_url}: {cause.message}", fix=fix, code="unreachable")
