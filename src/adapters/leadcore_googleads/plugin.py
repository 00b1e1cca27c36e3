"""How the registry finds Google Ads lead forms."""

from leadcore.ports.plugin import Plugin
from leadcore_googleads.settings import GoogleAdsSettings


def open_googleads(settings: GoogleAdsSettings) -> object:
    """Open the connection: an `InboundDoor` and a `Connectable` in one."""
    from leadcore_googleads.connection import GoogleAdsConnection

    return GoogleAdsConnection(settings)


PLUGIN = Plugin(
    name="googleads",
    port="intake",
    settings=GoogleAdsSettings,
    open=open_googleads,
    secrets=frozenset({"google_key", "previous_google_key"}),
    env={"google_key": "GOOGLE_ADS_WEBHOOK_KEY", "consent_wording": "GOOGLE_ADS_CONSENT_WORDING"},
)
