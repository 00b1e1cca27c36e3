"""A simulated cadence as one HTML page that needs no network: figures, a calendar, and each day's marks on a click."""

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from leadcore.simulation.difference import Change, Difference
from leadcore.simulation.outcome import Outcome, Tally
from leadcore_cli.calendar_page_parts import DAY, SCRIPT, STYLE
from leadcore_cli.calendar_svg import LANES, calendar_svg, placed

_FIGURES = ("texts", "e-mails", "segments", "held", "dropped", "waiting")


def calendar_page(outcome: Outcome, found: Difference | None = None, *, assumed: Sequence[str] = ()) -> str:
    """Draw the page."""
    zone = ZoneInfo(outcome.zone)
    title = f"{outcome.cadence}@{outcome.version} at {outcome.tenant}"
    about = (
        f"{outcome.leads} leads in {outcome.days} days from {outcome.start.astimezone(zone):%Y-%m-%d},"
        f" times of {outcome.zone}; seed {outcome.seed}, rules {outcome.rules_version}"
    )
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1><p class=about>{escape(about)}. Simulated: nothing was sent.</p>",
            *(f"<p class=note>{escape(each)}</p>" for each in assumed),
            _tiles(outcome),
            "<h2>Calendar</h2><p class=about>Choose a day to see every touch and every hold of it with its reason.</p>",
            f"<div class=scroll>{calendar_svg(outcome)}</div>",
            DAY,
            "<h2>Steps</h2>",
            _steps(outcome),
            _reasons("Held because", outcome.held_because),
            _reasons("Dropped because", outcome.dropped_because),
            _reasons("Leads at the end", outcome.left),
            _reasons("What customers did", outcome.acts),
            _compared(found) if found is not None else "",
            f'<script type="application/json" id="data">{_data(outcome)}</script>',
            f"<script>{SCRIPT}</script></body></html>\n",
        ]
    )


def _tiles(outcome: Outcome) -> str:
    tiles = [(str(outcome.leads), "leads"), *zip(map(str, _figures(outcome.tally)), _FIGURES, strict=True)]
    if outcome.answers:
        tiles.append((f"{outcome.answers}", f"prescribed answers ({outcome.answer_segments} segments)"))
    return f"<div class=tiles>{''.join(f'<div><b>{count}</b>{escape(name)}</div>' for count, name in tiles)}</div>"


def _figures(tally: Tally) -> tuple[int, ...]:
    return (tally.texts, tally.mails, tally.segments, tally.held, tally.dropped, tally.waiting)


def _steps(outcome: Outcome) -> str:
    rows = [(f"{each.cadence}/{each.step}", each.touches, *_figures(each.tally)) for each in outcome.steps]
    return _table(("step", "touches", *_FIGURES), rows)


def _reasons(title: str, reasons: dict[str, int]) -> str:
    if not reasons:
        return ""
    rows = [(reason or "(none given)", count) for reason, count in sorted(reasons.items(), key=lambda each: -each[1])]
    return f"<h2>{escape(title)}</h2>{_table(('', 'times'), rows)}"


def _compared(found: Difference) -> str:
    parts = [f"<h2>Beside {escape(found.against)}, the same people</h2>"]
    sections = (
        ("In all", found.totals),
        ("Sent by step", found.steps),
        ("Held because", found.held_because),
        ("Dropped because", found.dropped_because),
        ("Leads at the end", found.left),
    )
    for title, changes in sections:
        if changes:
            parts.append(
                f"<h3>{title}</h3>{_table(('', 'this file', 'other', 'difference'), map(_compared_row, changes))}"
            )
    return "".join(parts)


def _compared_row(change: Change) -> tuple[object, ...]:
    return (change.what, change.ours, change.theirs, f"{change.by:+d}" if change.by else "0")


def _table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f"<th>{escape(each)}" for each in headers)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}' for cell in row)}</tr>" for row in rows)
    return f"<div class=scroll><table class=figures><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _data(outcome: Outcome) -> str:
    """Return the marks by day as rows for the page's script, each word named once."""
    zone = ZoneInfo(outcome.zone)
    words: dict[str, int] = {}

    def word(text: str) -> int:
        return words.setdefault(text, len(words))

    days: dict[date, list[tuple[Any, ...]]] = {}
    for each in placed(outcome):
        mark = each.mark
        until = f"{mark.until.astimezone(zone):%b %d, %H:%M}" if mark.until else ""
        days.setdefault(each.day, []).append(
            (
                each.minute, mark.lead, word(mark.step), LANES.index(each.lane), word(mark.channel), mark.segments,
                word(mark.reason), word(until), word(mark.what),
            )
        )  # fmt: skip
    document = {"days": {str(day): rows for day, rows in days.items()}, "words": list(words)}
    # inside a script element only these could end it or begin a comment
    return (
        msgspec.json.encode(document).decode().replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    )
