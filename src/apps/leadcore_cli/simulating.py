"""What `leadcore cadence simulate` needs beside the run: its files, its shop, and its tables."""

import tomllib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from leadcore.cadences.model import CadenceVersion
from leadcore.cadences.policies.calendars import instant_at
from leadcore.cadences.policies.shipped import SHIPPED
from leadcore.flows.cadence_files import all_cadences, cadence_named
from leadcore.flows.tenant_document import checked
from leadcore.flows.work import Store
from leadcore.kernel.errors import InvalidInputError
from leadcore.memory.storage import MemoryStore
from leadcore.simulation.difference import Change, Difference
from leadcore.simulation.outcome import Outcome, Tally
from leadcore.tenants.model import Tenant
from leadcore_cli.terminal import print_table, say

_IMAGINED = UUID(int=7)
_MOST_REASONS = 12


def read_text(file: Path, *, field: str) -> str:
    """Read a file. Raises `InvalidInputError` naming *field*."""
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        text = cause.strerror if isinstance(cause, OSError) else "it is not UTF-8"
        raise InvalidInputError(f"{file}: {text}", field=field, fix="name a text file that exists") from cause


def read_tenant(file: Path) -> Tenant:
    """Read a shop from TOML, or from the JSON that `leadcore tenants show --json` prints.

    It needs `slug`, `brand` and `zone`. Raises `InvalidInputError` naming the key.
    """
    source = read_text(file, field="tenant-file")
    try:
        document = msgspec.json.decode(source) if source.lstrip().startswith("{") else tomllib.loads(source)
        document = {"id": str(_IMAGINED), **document}
        return msgspec.convert(document, Tenant, strict=False, str_keys=True)
    except (tomllib.TOMLDecodeError, msgspec.DecodeError, TypeError) as cause:
        raise InvalidInputError(
            f"{file}: {cause}", field="tenant-file", fix='at least slug, brand and zone = "…"'
        ) from cause


async def cadences_of(
    store: Store, tenant: Tenant, wanted: str, *, named: str
) -> tuple[list[CadenceVersion], CadenceVersion | None]:
    """Return every cadence of the shop, one of each name, and the one that *wanted* means: `NAME`, `VERSION` or both.

    *named* is the file's cadence, which a bare version belongs to. Raises `InvalidInputError`, `NotFoundError`.
    """
    every = await all_cadences(store, tenant.id)
    present = {each.name: each for each in reversed(every)}  # the one published last stands first
    names = {each.name for each in every}
    found = None
    if wanted:
        full = wanted if "@" in wanted or wanted in names else f"{named}@{wanted}"
        found = await cadence_named(store, tenant.id, full)
    return list(present.values()), found


def store_of_file(tenant: Tenant) -> Store:
    """Return a store that knows the shop's shipped cadences alone."""
    checked(tenant, cadences=frozenset({*SHIPPED, tenant.cadence}))
    return MemoryStore()


def start_of(text: str, tenant: Tenant, *, today: datetime) -> datetime:
    """Return the instant the first local day begins: the given date, else tomorrow at the shop.

    Raises `InvalidInputError`.
    """
    zone = ZoneInfo(tenant.zone)
    try:
        day = date.fromisoformat(text) if text else today.astimezone(zone).date() + timedelta(days=1)
    except ValueError as cause:
        raise InvalidInputError(f"{text!r} is no date", field="from", fix="write it like 2026-12-01") from cause
    return instant_at(day, time(), zone)


def print_outcome(outcome: Outcome, assumed: tuple[str, ...]) -> None:
    """Print what a run came to."""
    for each in assumed:
        say(f"note: {each}")
    zone = ZoneInfo(outcome.zone)
    print(
        f"{outcome.cadence}@{outcome.version} at {outcome.tenant}: {outcome.leads} leads in {outcome.days} days"
        f" from {outcome.start.astimezone(zone):%Y-%m-%d} ({outcome.zone}), seed {outcome.seed},"
        f" rules {outcome.rules_version}"
    )
    print()
    rows = [(f"{each.cadence}/{each.step}", each.touches, *_figures(each.tally)) for each in outcome.steps]
    print_table(
        ("step", "touches", "texts", "e-mails", "segments", "held", "dropped", "waiting"),
        [*rows, ("all", sum(each.touches for each in outcome.steps), *_figures(outcome.tally))],
    )
    if outcome.answers:
        print(
            f"besides, {outcome.answers} answers that the law or the carriers prescribe:"
            f" {outcome.answer_segments} segments"
        )
    _print_reasons("held because", outcome.held_because)
    _print_reasons("dropped because", outcome.dropped_because)
    _print_reasons("leads at the end", outcome.left)
    _print_reasons("what customers did", outcome.acts)


def print_difference(found: Difference) -> None:
    """Print what another version does to the same people."""
    print(f"\nthe file beside {found.against}, same people:")
    sections = (
        ("", found.totals),
        ("sent at ", found.steps),
        ("held: ", found.held_because),
        ("dropped: ", found.dropped_because),
        ("leads: ", found.left),
    )
    rows = [(f"{head}{each.what}", each.ours, each.theirs, _signed(each)) for head, every in sections for each in every]
    print_table(("figure", "file", "other", "difference"), rows)


def _figures(tally: Tally) -> tuple[int, ...]:
    return (tally.texts, tally.mails, tally.segments, tally.held, tally.dropped, tally.waiting)


def _print_reasons(title: str, reasons: dict[str, int]) -> None:
    if not reasons:
        return
    print(f"\n{title}:")
    most = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    for reason, count in most[:_MOST_REASONS]:
        print(f"  {count:>7}  {reason}")
    if len(most) > _MOST_REASONS:
        print(f"  … and {len(most) - _MOST_REASONS} more: --json has them all")


def _signed(change: Change) -> str:
    return f"{change.by:+d}" if change.by else "0"
