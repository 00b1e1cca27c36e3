"""One tenant's Google Ads lead forms: the door, and what to enter into Google Ads."""

import secrets

from leadcore.ports.plugin import ConnectionUrls, Finding
from leadcore_googleads.door import GoogleAdsDoor
from leadcore_googleads.settings import GoogleAdsSettings


class GoogleAdsConnection(GoogleAdsDoor):
    """`InboundDoor` and `Connectable`. Nothing is ever called."""

    def __init__(self, settings: GoogleAdsSettings) -> None:
        super().__init__(settings)
        self._key = settings.google_key

    async def check(self) -> tuple[Finding, ...]:
        """There is nothing to call. Never raises."""
        return (Finding(ok=True, what="Google Ads calls us: there are no credentials to try"),)

    async def register(self, urls: ConnectionUrls) -> tuple[Finding, ...]:
        """Make a key where none is set, and say where URL and key go. Never raises."""
        made = "" if self._key else secrets.token_urlsafe(24)
        shown = f"the Key {made} (shown only now)" if made else "the stored Key"
        fix = (
            f"in Google Ads > Assets > Lead form > Export leads > Webhook integration enter the URL {urls.inbound} and "
            f"{shown}, then press Send test data"
        )
        return (
            Finding(
                ok=False,
                what="the lead form has to be pointed at us by hand",
                fix=fix,
                code="by_hand",
                learned={"google_key": made} if made else {},
            ),
        )

    async def aclose(self) -> None:
        """There is nothing to give back."""
