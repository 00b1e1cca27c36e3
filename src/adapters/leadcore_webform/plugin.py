"""How the registry finds web forms."""

from leadcore.ports.plugin import Plugin
from leadcore_webform.settings import WebFormSettings


def open_webform(settings: WebFormSettings) -> object:
    """Open the connection: an `InboundDoor`, a `BrowserDoor` and a `Connectable` in one."""
    from leadcore_webform.connection import WebFormConnection

    return WebFormConnection(settings)


PLUGIN = Plugin(
    name="webform",
    port="intake",
    settings=WebFormSettings,
    open=open_webform,
    secrets=frozenset({"secret", "previous_secret"}),
    env={
        "origins": "WEBFORM_ORIGINS",
        "form_key": "WEBFORM_KEY",
        "secret": "WEBFORM_SECRET",
    },
)
