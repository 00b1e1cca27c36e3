"""`leadcore cadence`: follow-up as files, who waits in it, and what people do to one lead's."""

import getpass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from cyclopts import App, Parameter

from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import LeadId
from leadcore_cli.commands.cadence_simulate import simulate
from leadcore_cli.commands.rollout import app as rollout
from leadcore_cli.options import HERE, Json, Limit, Place, Shop
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_json, print_table, say

app = App(
    name="cadence", help="Check, publish and roll out cadence files; see who waits; pause, snooze, skip, enroll again."
)
app.command(rollout)
app.command(simulate)
File = Annotated[Path, Parameter(help="A cadence file; see docs/reference/cadence-files.md.")]
By = Annotated[str, Parameter(name="--by", help="Who says so (default: the user of this machine).")]


@app.command
def check(file: File, /, *, json: Json = False) -> int:
    """Say everything that is wrong with a file: line, column, rule, fix. Needs no database.

    Example: `leadcore cadence check follow-up.toml --json`
    """
    from leadcore.cadences.policies.checking import check_cadence

    problems = check_cadence(_read(file))
    if json:
        print_json(problems)
    else:
        for each in problems:
            print(f"{file}:{each.line}:{each.column}: {each.rule}: {each.message} ({each.path})\n  fix: {each.fix}")
        say(
            f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'}"
            if problems
            else "nothing wrong: it may be published"
        )
    return 1 if problems else 0


@app.command
def publish(file: File, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Publish a file that passes the check. Leads that enter it from now on get this version; others keep theirs.

    Example: `leadcore cadence publish follow-up.toml --tenant hill-country`
    """
    source = _read(file)

    async def work(session: Session) -> None:
        from leadcore.flows.cadence_files import publish_cadence

        shop = await session.tenant(tenant)
        done = await publish_cadence(session.seams.store, shop.id, source)
        if json:
            print_json(done)
            return
        print(f"{done.name}@{done.version}: {'published' if done.is_new else 'was present already'}")
        if shop.cadence != done.name:
            say(f"new leads enter {shop.cadence}; to change: leadcore tenants set {shop.slug} cadence {done.name}")

    return within(place, work)


@app.command(name="list")
def list_cadences(*, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """List the shop's published versions, and what comes with leadcore.

    Example: `leadcore cadence list`
    """

    async def work(session: Session) -> None:
        from leadcore.flows.cadence_files import all_cadences

        shop = await session.tenant(tenant)
        found = await all_cadences(session.seams.store, shop.id)
        if json:
            print_json(found)
            return
        rows = [
            (
                f"{each.name}@{each.version}",
                len(each.steps) - 1,
                each.published_at or "shipped",
                each.name == shop.cadence,
            )
            for each in found
        ]
        print_table(("cadence", "steps", "published", "of new leads"), rows)

    return within(place, work)


@app.command
def show(name: str, /, *, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Print the file of a cadence, `NAME` or `NAME@VERSION`.

    Example: `leadcore cadence show seven-in-eight > mine.toml`
    """

    async def work(session: Session) -> None:
        from leadcore.flows.cadence_files import cadence_named

        shop = await session.tenant(tenant)
        found = await cadence_named(session.seams.store, shop.id, name)
        print_json(found) if json else print(found.source.strip())

    return within(place, work)


@app.command
def waiting(*, limit: Limit = 100, tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Say who waits on which step, and until when it would still go; the next first.

    Example: `leadcore cadence waiting --json`

    Parameters
    ----------
    limit
        At most this many (default: 100).
    """

    async def work(session: Session) -> None:
        from leadcore.flows.explain_touch import waiting as who_waits

        shop = await session.tenant(tenant)
        found = await who_waits(session.seams, shop.id, limit=limit)
        if json:
            print_json(found)
            return
        rows = [
            (each.lead_id, each.name or "-", f"{each.cadence}@{each.version}", each.step, each.due_at, each.not_after,
             "; ".join(filter(None, ("paused" if each.paused else "", each.note))))
            for each in found
        ]  # fmt: skip
        print_table(("lead", "name", "cadence", "step", "due", "useful until", ""), rows, empty="nobody waits")

    return within(place, work)


@app.command
def pause(lead_id: UUID, /, *, by: By = "", tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Hold a lead's follow-up until it is resumed; what has not left is cancelled.

    Example: `leadcore cadence pause 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 --by Sam`
    """

    async def work(session: Session) -> None:
        from leadcore.flows import steer

        shop = await session.tenant(tenant)
        _said(await steer.pause(session.seams, LeadId(lead_id), tenant_id=shop.id, by=_who(by)), "paused", json=json)

    return within(place, work)


@app.command
def resume(lead_id: UUID, /, *, by: By = "", tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Let a paused follow-up go on; what became stale meanwhile expires.

    Example: `leadcore cadence resume 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11`
    """

    async def work(session: Session) -> None:
        from leadcore.flows import steer

        shop = await session.tenant(tenant)
        _said(await steer.resume(session.seams, LeadId(lead_id), tenant_id=shop.id, by=_who(by)), "resumed", json=json)

    return within(place, work)


@app.command
def snooze(
    lead_id: UUID,
    /,
    *,
    until: datetime,
    by: By = "",
    tenant: Shop = "",
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Put a lead's next touch off. A time without a zone is the shop's.

    Example: `leadcore cadence snooze 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 --until 2026-12-01T10:00`

    Parameters
    ----------
    until
        When it is due instead.
    """

    async def work(session: Session) -> None:
        from leadcore.cadences.policies.calendars import instant_at
        from leadcore.flows import steer

        shop = await session.tenant(tenant)
        at = until if until.tzinfo else instant_at(until.date(), until.time(), ZoneInfo(shop.zone))
        touch = await steer.snooze(session.seams, LeadId(lead_id), until=at, tenant_id=shop.id, by=_who(by))
        _said(touch, f"{touch.step} is due {touch.due_at:%Y-%m-%d %H:%M}Z", json=json)

    return within(place, work)


@app.command
def skip(lead_id: UUID, /, *, by: By = "", tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Leave out a lead's next touch and plan the one after it.

    Example: `leadcore cadence skip 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11`
    """

    async def work(session: Session) -> None:
        from leadcore.flows import steer

        shop = await session.tenant(tenant)
        touch = await steer.skip(session.seams, LeadId(lead_id), tenant_id=shop.id, by=_who(by))
        _said(touch, f"{touch.step} is left out", json=json)

    return within(place, work)


@app.command
def enroll(lead_id: UUID, /, *, cadence: str = "", tenant: Shop = "", json: Json = False, place: Place = HERE) -> int:
    """Begin another rotation for an open lead, if nothing is running and somebody may still be written to.

    Example: `leadcore cadence enroll 01999f3e-7c5b-7d2a-9a50-2f6c1f0e4b11 --cadence win-back`

    Parameters
    ----------
    cadence
        Which one (default: the shop's).
    """

    async def work(session: Session) -> None:
        from leadcore.flows import steer

        shop = await session.tenant(tenant)
        done = await steer.enroll_again(session.seams, LeadId(lead_id), cadence=cadence, tenant_id=shop.id)
        _said(done, f"in {done.cadence}@{done.version}, rotation {done.rotation}", json=json)

    return within(place, work)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        text = cause.strerror if isinstance(cause, OSError) else "it is not UTF-8"
        raise InvalidInputError(f"{file}: {text}", field="file", fix="name a cadence file") from cause


def _who(by: str) -> str:
    return by or getpass.getuser()


def _said(what: msgspec.Struct, text: str, *, json: bool) -> None:
    print_json(what) if json else print(text)
