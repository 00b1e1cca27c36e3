"""`leadcore connect VENDOR`: one command per installed plugin, its settings in the help."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from leadcore.kernel.errors import InvalidInputError
from leadcore.ports.plugin import Plugin
from leadcore_cli.connecting import Outcome, connect
from leadcore_cli.options import HERE, Json, Place, Shop
from leadcore_cli.session import Session, pairs, within
from leadcore_cli.terminal import print_findings, print_json, say
from leadcore_runtime.registry import plugins
from leadcore_runtime.settings import secret_from

_CONNECTABLE = ("crm", "messaging", "ai", "intake")
Values = Annotated[list[str], Parameter(name="--set", negative=(), help="key=value; key=@file reads it from a file.")]
FromEnv = Annotated[bool, Parameter(help="Read what is not given from the environment, once, and store it.")]
Force = Annotated[bool, Parameter(help="Keep the settings although the vendor refuses them.")]

app = App(
    name="connect",
    help="Connect a shop to its CRM, carriers, models and lead forms. Credentials are tried first and stored sealed.",
)


def read_values(given: list[str], chosen: Plugin, *, from_env: bool) -> dict[str, str]:
    """Return the settings that were given: --set wins over the environment. Raises `InvalidInputError`."""
    read: dict[str, str] = {}
    if from_env:
        read = {field: value for field, name in chosen.env.items() if (value := secret_from(os.environ, name))}
    for key, value in pairs(given).items():
        if key not in chosen.settings.__struct_fields__:
            raise InvalidInputError(
                f"{chosen.name} has no setting {key!r}", field=key, fix=f"settings: {_names(chosen)}"
            )
        read[key] = _from_file(key, value[1:]) if value.startswith("@") else value
    return read


def _from_file(key: str, path: str) -> str:
    try:
        return sys.stdin.read().strip() if path == "-" else Path(path).read_text("utf-8").strip()
    except OSError as cause:
        raise InvalidInputError(f"{cause.strerror}: {path}", field=key, fix="check the path") from cause


def _command(chosen: Plugin) -> Callable[..., int]:
    def run(
        *,
        values: Values = [],  # noqa: B006 - read only; the parser copies it
        from_env: FromEnv = False,
        force: Force = False,
        tenant: Shop = "",
        json: Json = False,
        place: Place = HERE,
    ) -> int:
        given = read_values(values, chosen, from_env=from_env)

        async def work(session: Session) -> int:
            shop = await session.tenant(tenant)
            return _told(await connect(session, shop, chosen, given, force=force), json=json)

        return within(place, work)

    run.__doc__ = _help(chosen)
    return run


def _told(outcome: Outcome, *, json: bool) -> int:
    if json:
        print_json(outcome)
        return 0 if outcome.kept else 1
    well = print_findings(outcome.findings, title=f"{outcome.vendor} for {outcome.tenant}")
    if not outcome.kept:
        say("nothing was stored; mend the line marked ✗ and run it again")
        return 1
    say(f"{outcome.vendor} is connected" + ("" if well else "; mind the lines marked ✗"))
    if outcome.past:
        say(outcome.past)
    return 0


def _help(chosen: Plugin) -> str:
    example = " ".join(f"--set {field.name}=…" for field in msgspec.structs.fields(chosen.settings) if field.required)
    lines = [_line(chosen, field) for field in msgspec.structs.fields(chosen.settings)]
    return "\n".join(
        [
            f"Connect a shop to {chosen.name} ({chosen.port}).",
            "",
            "The credentials are tried, stored sealed, and the vendor is told where to reach us. Run it again to",
            "change single settings. Nothing is kept when the vendor refuses, unless --force is given.",
            "",
            "Settings:",
            "",
            *lines,
            "",
            f"Example: `leadcore connect {chosen.name} --tenant hill-country {example}`",
        ]
    )


def _line(chosen: Plugin, field: Any) -> str:
    marks = ["needed"] if field.required else []
    marks += ["secret"] if field.name in chosen.secrets else []
    marks += [f"env {chosen.env[field.name]}"] if field.name in chosen.env else []
    plain = field.default not in ("", (), msgspec.NODEFAULT)
    marks += [f"default {field.default}"] if plain else []
    return f"- {field.name}" + (f" ({', '.join(marks)})" if marks else "")


def _names(chosen: Plugin) -> str:
    return ", ".join(chosen.settings.__struct_fields__)


for (_port, _name), _plugin in sorted(plugins().items()):
    if _port in _CONNECTABLE:
        app.command(_command(_plugin), name=_name)
