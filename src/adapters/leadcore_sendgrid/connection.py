"""One tenant's SendGrid connection: everything the plugin promises, in one object."""

from leadcore_httpkit import VendorHttp
from leadcore_sendgrid.carrier import SendGridCarrier
from leadcore_sendgrid.door import SendGridDoor
from leadcore_sendgrid.onboarding import SendGridOnboarding
from leadcore_sendgrid.settings import SendGridSettings


class SendGridConnection(SendGridCarrier, SendGridDoor, SendGridOnboarding):
    """`Carrier`, `InboundDoor` and `Connectable` over one connection pool."""

    def __init__(self, settings: SendGridSettings) -> None:
        """Raises `InvalidInputError` for a `base_url` we may not call or a `verification_key` that is none."""
        http = VendorHttp(settings.base_url, headers={"authorization": f"Bearer {settings.api_key}"})
        SendGridCarrier.__init__(self, http, settings)
        SendGridDoor.__init__(self, settings)
        SendGridOnboarding.__init__(self, http, settings)
        self._http = http

    async def aclose(self) -> None:
        """Give back sockets. Idempotent."""
        await self._http.aclose()
