"""How the registry finds Meta Lead Ads."""

from leadcore.ports.plugin import Plugin
from leadcore_meta.settings import MetaSettings


def open_meta(settings: MetaSettings) -> object:
    """Open the connection: `InboundDoor`, `ChallengedDoor`, `SubmissionSource` and `Connectable` in one."""
    from leadcore_meta.connection import MetaConnection

    return MetaConnection(settings)


PLUGIN = Plugin(
    name="meta",
    port="intake",
    settings=MetaSettings,
    open=open_meta,
    secrets=frozenset({"app_secret", "previous_app_secret", "page_token", "verify_token"}),
    env={
        "app_secret": "META_APP_SECRET",
        "page_token": "META_PAGE_TOKEN",
        "verify_token": "META_VERIFY_TOKEN",
        "base_url": "META_BASE_URL",
    },
)
