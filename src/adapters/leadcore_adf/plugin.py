"""How the registry finds ADF/XML."""

from leadcore.ports.plugin import Plugin
from leadcore_adf.settings import AdfSettings


def open_adf(settings: AdfSettings) -> object:
    """Open the connection: an `InboundDoor` and a `Connectable` in one."""
    from leadcore_adf.connection import AdfConnection

    return AdfConnection(settings)


PLUGIN = Plugin(
    name="adf",
    port="intake",
    settings=AdfSettings,
    open=open_adf,
    secrets=frozenset({"secret", "previous_secret"}),
    env={"secret": "ADF_SECRET"},
)
