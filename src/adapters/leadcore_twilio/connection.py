"""One tenant's Twilio connection: everything the plugin promises, in one object."""

from leadcore_httpkit import VendorHttp
from leadcore_twilio.carrier import TwilioCarrier
from leadcore_twilio.door import TwilioDoor
from leadcore_twilio.onboarding import TwilioOnboarding
from leadcore_twilio.pictures import TwilioPictures
from leadcore_twilio.settings import TwilioSettings
from leadcore_twilio.transport import sdk_client


class TwilioConnection(TwilioCarrier, TwilioDoor, TwilioPictures, TwilioOnboarding):
    """`Carrier`, `InboundDoor`, `PictureSource` and `Connectable` over one connection pool."""

    def __init__(self, settings: TwilioSettings) -> None:
        """Raises `InvalidInputError` when `base_url` is not an address we may call."""
        http = VendorHttp(settings.base_url)
        client = sdk_client(settings, http)
        TwilioCarrier.__init__(self, client, settings)
        TwilioDoor.__init__(self, settings)
        TwilioPictures.__init__(self, http, settings)
        TwilioOnboarding.__init__(self, client, settings)
        self._http = http

    async def aclose(self) -> None:
        """Give back sockets. Idempotent."""
        await self._http.aclose()
