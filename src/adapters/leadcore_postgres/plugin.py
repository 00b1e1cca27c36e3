"""How the registry finds PostgreSQL."""

from importlib import import_module

import msgspec

from leadcore.flows.work import Store
from leadcore.ports.plugin import Plugin


class PostgresSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url` is the runtime role's; `pool_size` connections per process, plus one for the doorbell."""

    url: str
    application: str = "leadcore"
    pool_size: int = 10
    pool_timeout_s: float = 10.0


def open_store(settings: PostgresSettings) -> Store:
    """Return the store of *settings*. It connects when it is first used."""
    # listing plugins must stay cheap: SQLAlchemy and alembic cost more than a second of CPU
    storage = import_module("leadcore_postgres.store")
    opened: Store = storage.PostgresStore(
        settings.url,
        application=settings.application,
        pool_size=settings.pool_size,
        pool_timeout_s=settings.pool_timeout_s,
    )
    return opened


PLUGIN = Plugin(
    name="postgres",
    port="storage",
    settings=PostgresSettings,
    open=open_store,
    secrets=frozenset({"url"}),
    env={"url": "DATABASE_URL"},
)
