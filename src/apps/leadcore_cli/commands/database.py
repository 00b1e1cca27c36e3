"""`leadcore migrate`: schema, roles and rights."""

import asyncio
import re
from typing import Annotated

from cyclopts import Parameter

from leadcore.kernel.errors import InvalidInputError
from leadcore_cli.options import HERE, Json, Place
from leadcore_cli.session import environment_of, file_of, settings_at
from leadcore_cli.terminal import print_fields, print_json, say
from leadcore_runtime.settings import Settings, layered

_PASSWORD = re.compile(r"(?<=:)[^:@/]+(?=@)")


def migrate(
    *,
    admin_url: Annotated[str | None, Parameter(name="--admin-url")] = None,
    create_roles: bool = False,
    show: bool = False,
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Bring the database to this version. Safe to run again, and by several at once.

    It connects as DATABASE_ADMIN_URL, a superuser or a role that may create roles; the apps get DATABASE_URL, a role
    that owns nothing. Without either, the embedded database is meant.

    Example: `DATABASE_ADMIN_URL=postgresql://postgres:…@db.example.com/leadcore leadcore migrate --create-roles --show`

    Parameters
    ----------
    admin_url
        Database as its owner (default: DATABASE_ADMIN_URL).
    create_roles
        Make the owner's and the runtime role, the latter with a new password.
    show
        Print the runtime URL with its password.
    """
    from leadcore_runtime.database import migrate as bring_up
    from leadcore_runtime.database import prepare

    settings = settings_at(place, database_admin_url=admin_url)
    if not settings.database_admin_url and not settings.database_url:
        database = prepare(settings, say)
        database.stop()
        return _print("embedded", database.url, show=show, json=json)
    if not settings.database_admin_url:
        raise InvalidInputError(
            "migrating needs the owner of the database",
            field="database_admin_url",
            fix="set DATABASE_ADMIN_URL, or use --admin-url",
        )
    report = asyncio.run(
        bring_up(settings.database_admin_url, create_roles=create_roles, environment=_named(settings, place))
    )
    went = f"{report.came_from or 'an empty database'} -> {report.went_to}"
    return _print(went, report.runtime_url if create_roles else settings.database_url, show=show, json=json)


def _named(settings: Settings, place: Place) -> str | None:
    """Return the environment if somebody said it: a default must not turn a production database into another one."""
    said = layered(place.flags(), env=environment_of(place), file=file_of(place))
    return settings.environment if "environment" in said else None


def _print(went: str, url: str, *, show: bool, json: bool) -> int:
    shown = url if show else _PASSWORD.sub("***", url)
    if json:
        print_json({"revision": went, "database_url": shown})
        return 0
    print_fields([("revision", went), ("DATABASE_URL", shown or "unchanged")])
    if url and not show:
        say("the password is hidden; --show prints it")
    return 0
