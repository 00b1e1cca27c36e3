"""The DI container: process-wide things only. Litestar reaches it through bridge functions, never through wiring."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import msgspec
from dependency_injector import containers, providers

from leadcore.flows.seams import ProcessEpoch, PublicUrls, Seams
from leadcore.flows.work import Store
from leadcore.kernel.errors import RefusedError
from leadcore.pictures.values import PictureLimits
from leadcore.ports.vault import Vault
from leadcore_runtime.adapters import AdapterBook
from leadcore_runtime.identity import SystemChance, TimeOrderedIds
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.registry import plugin
from leadcore_runtime.settings import Settings


def open_vault(settings: Settings) -> Vault:
    """Open the vault the deployment uses: LEADCORE_VAULT_KEY, else a key file in the data folder."""
    found = plugin("vault", "file")
    return cast(
        "Vault",
        found.open(
            msgspec.convert({"key": settings.vault_key, "key_file": f"{settings.data_dir}/vault.key"}, found.settings)
        ),
    )


async def _store(settings: Settings) -> AsyncIterator[Store]:
    if not settings.database_url:
        raise RefusedError(
            "no database is configured", field="database_url", fix="set DATABASE_URL, or run `leadcore up`"
        )
    found = plugin("storage", "postgres")
    store = found.open(
        msgspec.convert({"url": settings.database_url, "pool_size": settings.database_pool}, found.settings)
    )
    try:
        yield store
    finally:
        await store.aclose()


async def _adapters(
    store: Store, vault: Vault, settings: Settings, monotonic: Callable[[], float]
) -> AsyncIterator[AdapterBook]:
    book = AdapterBook(
        store=store,
        vault=vault,
        limit=settings.adapter_cache,
        monotonic=monotonic,
        env_tenant=settings.tenant_id,
        ai_provider=settings.ai_provider,
    )
    try:
        yield book
    finally:
        await book.aclose()


def _seams(store: Store, adapters: AdapterBook, vault: Vault, settings: Settings) -> Seams:
    return Seams(
        store=store,
        adapters=adapters,
        ids=TimeOrderedIds(),
        chance=SystemChance(),
        urls=PublicUrls(hooks=settings.hooks_origin, chat=settings.chat_origin),
        settle_window_s=settings.settle_window_s,
        epoch=ProcessEpoch(value=0),  # until whoever watches has heard the witnesses
        picture_limits=PictureLimits(max_bytes=settings.max_picture_bytes, max_count=settings.max_pictures),
        prints=vault,
    )


class Container(containers.DeclarativeContainer):
    """What a process is made of. Tests override `settings` and nothing else.

    `store` and `adapters` are resources: `init_resources` opens them, `shutdown_resources` closes them.
    """

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    monotonic = providers.Object(time.monotonic)
    metrics = providers.Singleton(Metrics)
    vault = providers.Singleton(open_vault, settings)
    store: Any = providers.Resource(_store, settings)
    adapters: Any = providers.Resource(_adapters, store, vault, settings, monotonic)
    seams: Any = providers.Resource(_seams, store, adapters, vault, settings)
