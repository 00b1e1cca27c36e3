"""`leadcore cadence simulate`: the real engine over days to come, in memory. It sends nothing to anybody."""

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from leadcore.cadences.model import CadenceVersion
from leadcore.cadences.policies.checking import check_cadence
from leadcore.cadences.policies.definition import read_cadence, read_file
from leadcore.flows.cadence_files import UncheckedCadenceError
from leadcore.simulation.difference import Difference, difference
from leadcore.simulation.mix import read_mix, usual_mix
from leadcore.simulation.outcome import Outcome, outcome_of
from leadcore.simulation.plan import Plan, as_if_ready, checked
from leadcore.simulation.run import Run
from leadcore.tenants.model import Tenant
from leadcore_cli.bars import bar
from leadcore_cli.options import HERE, Json, Place, Quiet, Shop
from leadcore_cli.session import opened
from leadcore_cli.simulating import (
    cadences_of,
    print_difference,
    print_outcome,
    read_tenant,
    read_text,
    start_of,
    store_of_file,
)
from leadcore_cli.terminal import print_json, say

File = Annotated[Path, Parameter(help="A cadence file; see docs/reference/cadence-files.md.")]
_CHAT, _SETTLE_WINDOW_S = "https://chat.example.com", 900.0
"""Of a shop that is only a file: an address about as long as a real one, and the usual patience."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Scene:
    """Who comes, when, and what is compared."""

    days: int = 90
    "How many days are run (default: 90)."
    leads: int | None = None
    "So many leads, spread over the days (default: as many a day as the lead mix says)."
    lead_mix: Path | None = None
    "A lead mix file (default: what is usual); see docs/howto/simulate-a-cadence.md."
    seed: int = 0
    "Decides who comes and what they do: the same seed, the same run (default: 0)."
    since: Annotated[str, Parameter(name="--from")] = ""
    "First day, such as 2026-12-01, at the shop (default: tomorrow)."
    against: str = ""
    "Another version to compare with, on the same people: VERSION of the same name, NAME@VERSION, or NAME."
    tenant_file: Path | None = None
    "A shop as TOML, or as `leadcore tenants show --json` prints it: then no database is needed."


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Sheets:
    """Where the calendar is drawn."""

    html: Path | None = None
    "Write a calendar with every touch and every hold as an HTML page to this file."
    svg: Path | None = None
    "Write the calendar as a picture to this file."


class _Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What was read before anything is run."""

    tenant: Tenant
    cadences: list[CadenceVersion]
    against: CadenceVersion | None
    chat: str
    settle_window_s: float


def simulate(
    file: File,
    /,
    *,
    tenant: Shop = "",
    scene: Scene = Scene(),
    sheets: Sheets = Sheets(),
    json: Json = False,
    quiet: Quiet = False,
    place: Place = HERE,
) -> int:
    """Run a cadence file over days to come: the real planner, gate and flows in memory. Sends nothing, changes nothing.

    Example: `leadcore cadence simulate follow-up.toml --days 90 --html calendar.html`
    """
    source = read_text(file, field="file")
    problems = check_cadence(source)
    if problems:
        raise UncheckedCadenceError(problems)
    stage = asyncio.run(_staged(source, tenant, scene, place))
    ready, assumed = as_if_ready(stage.tenant)
    version = read_cadence(source, tenant_id=ready.id)
    plan = _plan(scene, stage, ready, version)
    outcome, took_s = _ran(plan, what="simulating", quiet=quiet or json)
    found = None
    if stage.against is not None:
        other, _ = _ran(
            msgspec.structs.replace(plan, cadence=stage.against), what="simulating the other", quiet=quiet or json
        )
        found = difference(outcome, other)
    _draw(sheets, outcome, found, assumed)
    if json:
        print_json({"outcome": outcome, "difference": found, "assumed": assumed})
        return 0
    print_outcome(outcome, assumed)
    if found is not None:
        print_difference(found)
    say(f"{outcome.leads} leads x {outcome.days} days in {took_s:.1f} s")
    return 0


async def _staged(source: str, wanted: str, scene: Scene, place: Place) -> _Stage:
    """Read the shop and its cadences: from a file, else from the database, which is only read."""
    name = read_file(source).name
    if scene.tenant_file is not None:
        tenant = read_tenant(scene.tenant_file)
        every, against = await cadences_of(store_of_file(tenant), tenant, scene.against, named=name)
        return _Stage(tenant=tenant, cadences=every, against=against, chat=_CHAT, settle_window_s=_SETTLE_WINDOW_S)
    async with opened(place) as session:
        tenant = await session.tenant(wanted)
        every, against = await cadences_of(session.seams.store, tenant, scene.against, named=name)
        return _Stage(
            tenant=tenant, cadences=every, against=against, chat=session.settings.chat_origin,
            settle_window_s=session.seams.settle_window_s,
        )  # fmt: skip


def _plan(scene: Scene, stage: _Stage, tenant: Tenant, version: CadenceVersion) -> Plan:
    mix = read_mix(read_text(scene.lead_mix, field="lead-mix"), tenant) if scene.lead_mix else usual_mix(tenant)
    leads = scene.leads if scene.leads is not None else max(1, round(mix.leads_per_day * scene.days))
    return checked(
        Plan(
            tenant=tenant,
            cadence=version,
            cadences=tuple(stage.cadences),
            mix=mix,
            start=start_of(scene.since, tenant, today=datetime.now(UTC)),
            days=scene.days,
            leads=leads,
            seed=scene.seed,
            chat=stage.chat,
            settle_window_s=stage.settle_window_s,
        )
    )


def _ran(plan: Plan, *, what: str, quiet: bool) -> tuple[Outcome, float]:
    began = time.perf_counter()
    with _no_collection(), bar(what, total=plan.days, quiet=quiet) as shown:

        def tell(now: datetime, arrived: int) -> None:
            shown.at((now - plan.start).days, now=f"{what}: {now:%Y-%m-%d}, {arrived} leads")

        run = Run(plan).go(tell)
        shown.at(plan.days, now=f"{what}: {run.arrived} leads")
        outcome = outcome_of(run)
    return outcome, time.perf_counter() - began


@contextmanager
def _no_collection() -> Iterator[None]:
    """A run only adds, so looking for cycles among millions of rows would be half of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _draw(sheets: Sheets, outcome: Outcome, found: Difference | None, assumed: tuple[str, ...]) -> None:
    if sheets.html is not None:
        from leadcore_cli.calendar_page import calendar_page

        sheets.html.write_text(calendar_page(outcome, found, assumed=assumed), "utf-8")
        say(f"wrote {sheets.html}")
    if sheets.svg is not None:
        from leadcore_cli.calendar_svg import calendar_svg

        sheets.svg.write_text(calendar_svg(outcome), "utf-8")
        say(f"wrote {sheets.svg}")
