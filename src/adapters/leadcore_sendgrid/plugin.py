"""How the registry finds SendGrid."""

from leadcore.ports.plugin import Plugin
from leadcore_sendgrid.settings import SendGridSettings


def open_sendgrid(settings: SendGridSettings) -> object:
    """Open the connection: a `Carrier`, an `InboundDoor` and a `Connectable` in one."""
    from leadcore_sendgrid.connection import SendGridConnection

    return SendGridConnection(settings)


PLUGIN = Plugin(
    name="sendgrid",
    port="messaging",
    settings=SendGridSettings,
    open=open_sendgrid,
    secrets=frozenset({"api_key"}),
    env={
        "api_key": "SENDGRID_API_KEY",
        "sender": "SENDGRID_FROM_EMAIL",
        "sender_name": "SENDGRID_FROM_NAME",
        "verification_key": "SENDGRID_VERIFICATION_KEY",
        "parse_domain": "SENDGRID_PARSE_DOMAIN",
        "base_url": "SENDGRID_API_BASE_URL",
    },
    channel="email",
)
