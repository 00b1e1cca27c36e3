"""`leadcore leads import`: a spreadsheet's rows, tried first, row by row, silently unless asked."""

import time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from cyclopts import Parameter

from leadcore.flows import import_leads as flow
from leadcore.flows.bulk import CHUNK, Tally, tally
from leadcore.flows.import_columns import FIELDS, columns_of, day_of
from leadcore.flows.import_leads import KnownRow, Sifted, UsableRow
from leadcore.flows.import_rows import Problem, RowReader
from leadcore.kernel.ids import RunId
from leadcore.tenants.model import Tenant
from leadcore_cli.bars import bar
from leadcore_cli.options import HERE, Json, Place, Quiet, Shop
from leadcore_cli.session import Session, pairs, within
from leadcore_cli.sheets import Sheet, read_sheet, write_problems
from leadcore_cli.terminal import print_fields, print_json, print_table, say

_SHOWN = 20
Mapped = Annotated[list[str] | None, Parameter(name="--map", help="field=COLUMN, for headers that are not understood.")]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an import came to, or would come to. `columns` says which header was taken for which field."""

    file: str
    tenant: str
    applied: bool
    follow_up: bool
    encoding: str
    separator: str
    columns: dict[str, str]
    not_read: list[str]
    rows: int
    empty: int
    new: int
    with_text_consent: int
    repeated: int
    known: int
    refused_rows: int
    problems: list[Problem]
    problems_file: str
    applied_rows: int = 0
    failed: dict[str, int] = {}
    seconds: float = 0.0


def import_file(
    file: Path,
    /,
    *,
    map: Mapped = None,
    asked_on: str = "",
    follow_up: bool = False,
    apply: bool = False,
    problems: Path | None = None,
    tenant: Shop = "",
    quiet: Quiet = False,
    json: Json = False,
    place: Place = HERE,
) -> int:
    """Bring in leads from a CSV file; without --apply only say what would happen, row by row.

    Reads what spreadsheets write: UTF-8, UTF-16 or Windows-1252, commas, semicolons or tabs. The same file twice makes
    nothing new. Consent is recorded only from columns that give its wording, its date and its channels. Sends nothing
    unless --follow-up is given too.

    Example: `leadcore leads import leads.csv --map phone="Contact #" --asked-on 2026-11-01`

    Parameters
    ----------
    asked_on
        The day (YYYY-MM-DD) on which rows without a date of their own asked.
    follow_up
        Enroll the leads: texts and e-mails follow where the rules permit them.
    apply
        Do it.
    problems
        Where to write what is wrong with rows (default: beside the file, as FILE.problems.csv).
    """

    async def work(session: Session) -> int:
        started = time.monotonic()
        shop = await session.tenant(tenant)
        sheet = read_sheet(file)
        columns = columns_of(sheet.header, pairs(map or [], flag="--map"))
        sifted = await _read(session, shop, sheet, columns, asked_on=asked_on)
        new, known = await _parted(session, shop, sifted, follow_up=follow_up, quiet=quiet or json)
        report = problems or file.with_name(f"{file.name}.problems.csv")
        written = write_problems(report, sifted.problems) if sifted.problems else 0
        outcome = _planned(file, shop, sheet, columns, sifted, new=new, known=known, follow_up=follow_up)
        outcome = msgspec.structs.replace(outcome, problems_file=str(report) if written else "")
        if apply:
            run = flow.run_of(shop.id, sheet.digest, follow_up=follow_up)
            done = await _applied(session, shop, new, run=run, follow_up=follow_up, quiet=quiet or json)
            outcome = msgspec.structs.replace(
                outcome, applied=True, applied_rows=done.done, failed={**done.left_out, **done.refused}
            )
        _show(msgspec.structs.replace(outcome, seconds=round(time.monotonic() - started, 1)), json=json)
        return 1 if outcome.refused_rows else 0

    return within(place, work)


async def _read(session: Session, shop: Tenant, sheet: Sheet, columns: dict[str, int], *, asked_on: str) -> Sifted:
    zone = ZoneInfo(shop.zone)
    async with session.seams.store.begin(shop.id) as uow:
        now = await uow.now()
    reader = RowReader(
        columns,
        sheet.header,
        zone=zone,
        region=shop.region,
        now=now,
        asked_on=day_of(asked_on, zone=zone) if asked_on else None,
    )
    return flow.sift(reader.read(number, cells) for number, cells in sheet.rows)


async def _parted(
    session: Session, shop: Tenant, sifted: Sifted, *, follow_up: bool, quiet: bool
) -> tuple[list[UsableRow], list[KnownRow]]:
    new: list[UsableRow] = []
    known: list[KnownRow] = []
    with bar("comparing with what is known", total=len(sifted.usable), quiet=quiet) as shown:
        for start in range(0, len(sifted.usable), CHUNK):
            chunk = sifted.usable[start : start + CHUNK]
            fresh, old = await flow.part_known(session.seams.store, shop.id, chunk, follow_up=follow_up)
            new += fresh
            known += old
            shown.at(start + len(chunk))
    return new, known


async def _applied(
    session: Session, shop: Tenant, rows: list[UsableRow], *, run: RunId, follow_up: bool, quiet: bool
) -> Tally:
    from leadcore_runtime.bulk import BulkWork

    before = await tally(session.seams.store, run, tenant_id=shop.id)
    with bar("bringing rows in", total=len(rows), quiet=quiet) as shown:
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            await flow.bring_in_rows(session.seams, shop.id, chunk, run_id=run, follow_up=follow_up)
            shown.at(start + len(chunk))
    with bar("applying rows", quiet=quiet) as shown:
        done = await BulkWork(session.seams).until_settled(
            run, tenant_id=shop.id, on_progress=lambda now: shown.at(now.settled, total=now.total)
        )
    return msgspec.structs.replace(done, done=done.done - before.done)


def _planned(
    file: Path,
    shop: Tenant,
    sheet: Sheet,
    columns: dict[str, int],
    sifted: Sifted,
    *,
    new: list[UsableRow],
    known: list[KnownRow],
    follow_up: bool,
) -> Outcome:
    read = set(columns.values())
    return Outcome(
        file=str(file),
        tenant=shop.slug,
        applied=False,
        follow_up=follow_up,
        encoding=sheet.encoding,
        separator=sheet.separator,
        columns={field: sheet.header[columns[field]] for field in FIELDS if field in columns},
        not_read=[text for number, text in enumerate(sheet.header) if number not in read and text],
        rows=len(sheet.rows),
        empty=sheet.empty,
        new=len(new),
        with_text_consent=sum(bool(each.lead.consent and each.lead.consent.sms) for each in new),
        repeated=len(sifted.repeated),
        known=len(known),
        refused_rows=sifted.refused,
        problems=list(sifted.problems),
        problems_file="",
    )


def _show(outcome: Outcome, *, json: bool) -> None:
    if json:
        print_json(outcome)
        return
    taken = ", ".join(f"{field} = {column!r}" for field, column in outcome.columns.items())
    print_fields(
        [
            ("file", f"{outcome.file} ({outcome.encoding}, separated by {outcome.separator!r})"),
            ("shop", outcome.tenant),
            ("columns", taken),
            ("not read", ", ".join(repr(text) for text in outcome.not_read) or "-"),
            ("rows", f"{outcome.rows} and {outcome.empty} empty ones"),
            ("new", f"{outcome.new}, {outcome.with_text_consent} of them with consent to texts"),
            ("repeated in the file", outcome.repeated),
            ("known already", outcome.known),
            ("refused", outcome.refused_rows),
        ]
    )
    if outcome.problems:
        rows = [(each.row, each.severity, each.column, each.value, each.why, each.fix) for each in outcome.problems]
        print()
        print_table(("row", "", "column", "value", "why", "fix"), rows[:_SHOWN])
        more = len(rows) - _SHOWN
        say(f"{f'{more} more; ' if more > 0 else ''}all of them: {outcome.problems_file}")
    _show_end(outcome)


def _show_end(outcome: Outcome) -> None:
    if not outcome.applied:
        say("nothing was changed; with --apply it is done")
        return
    print()
    print_fields([("applied", outcome.applied_rows), ("seconds", outcome.seconds)])
    if outcome.failed:
        print_table(("left out because", "rows"), sorted(outcome.failed.items()))
    if not outcome.follow_up:
        say("nothing is sent to them; the same command with --follow-up enrolls them")
