"""How the registry finds Twilio."""

from leadcore.ports.plugin import Plugin
from leadcore_twilio.settings import TwilioSettings


def open_twilio(settings: TwilioSettings) -> object:
    """Open the connection: a `Carrier`, an `InboundDoor` and a `Connectable` in one."""
    from leadcore_twilio.connection import TwilioConnection

    return TwilioConnection(settings)


PLUGIN = Plugin(
    name="twilio",
    port="messaging",
    settings=TwilioSettings,
    open=open_twilio,
    secrets=frozenset({"auth_token", "previous_auth_token", "shared_key"}),
    env={
        "account_sid": "TWILIO_ACCOUNT_SID",
        "auth_token": "TWILIO_AUTH_TOKEN",
        "sender": "TWILIO_PHONE_NUMBER",
        "base_url": "TWILIO_API_BASE_URL",
    },
    channel="sms",
)
