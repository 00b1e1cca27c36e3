"""A simulated cadence as a calendar: a row per week, a cell per day, and in it the hours from left to right.

Each cell has four lanes: texts, e-mails, what was held back, what was dropped. While a day has few marks every one is
drawn, with its reason as a tooltip; of many, every hour is one block, as high as it is full.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

import msgspec

from leadcore.simulation.outcome import Mark, Outcome

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 150, 104, 58, 44, 6
_INNER, _LANES_TOP, _LANE, _TALL = 138, 36, 16, 13
_FEW = 150
_MINUTES = 24 * 60
_MORNING, _EVENING = 8 * 60, 21 * 60
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TOOLTIP_REASONS = 4
LANES = ("text", "e-mail", "held", "dropped")
COLOURS = {"text": "#1f6feb", "e-mail": "#0f8a6d", "held": "#d4850b", "dropped": "#8b949e"}
_STYLE = (
    "text{font:11px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#24292f}"
    ".n{font-weight:600;font-size:12px}.s{fill:#57606a;font-size:10px}.m{font-weight:700;font-size:13px}"
    ".k{font-weight:600;word-spacing:6px}.c{fill:#fff;stroke:#d0d7de}.q{fill:#eef1f5}.o{fill:#f6f8fa;stroke:#eaeef2}"
)


class PlacedMark(msgspec.Struct, frozen=True, kw_only=True):
    """A mark in the shop's own time: its local day, minute of that day, and lane."""

    mark: Mark
    day: date
    minute: int
    lane: str


def placed(outcome: Outcome) -> list[PlacedMark]:
    """Return the marks in the shop's time, oldest first."""
    zone = ZoneInfo(outcome.zone)
    found = []
    for mark in outcome.marks:
        local = mark.at.astimezone(zone)
        minute = local.hour * 60 + local.minute
        found.append(PlacedMark(mark=mark, day=local.date(), minute=minute, lane=lane_of(mark)))
    return found


def lane_of(mark: Mark) -> str:
    """Return the lane a mark is drawn in; what still waits at the end is held."""
    if mark.what == "sent":
        return "text" if mark.channel == "sms" else "e-mail"
    return "dropped" if mark.what == "dropped" else "held"


def calendar_svg(outcome: Outcome) -> str:
    """Draw the whole run."""
    zone = ZoneInfo(outcome.zone)
    first = outcome.start.astimezone(zone).date()
    last = first + timedelta(days=outcome.days - 1)
    monday = first - timedelta(days=first.weekday())
    weeks = (last - monday).days // 7 + 1
    by_day: dict[date, list[PlacedMark]] = defaultdict(list)
    for each in placed(outcome):
        by_day[each.day].append(each)
    fullest = max((count for marks in by_day.values() for count in _by_hour(marks).values()), default=1)
    width, height = _LEFT + 7 * (_WIDTH + _GAP), _TOP + weeks * (_HEIGHT + _GAP) + 8
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f"<title>{escape(f'{outcome.cadence}@{outcome.version}, {outcome.leads} leads, {outcome.days} days')}</title>",
        f"<style>{_STYLE}</style>",
        *_legend(),
    ]
    for n in range(weeks * 7):
        day = monday + timedelta(days=n)
        x, y = _LEFT + (n % 7) * (_WIDTH + _GAP), _TOP + (n // 7) * (_HEIGHT + _GAP)
        if n % 7 == 0:
            parts.append(
                f'<text x="4" y="{y + 16}" class="m">{day:%b %d}</text>'
                f'<text x="4" y="{y + 31}" class="s">{day:%Y}</text>'
            )
        if first <= day <= last:
            parts += _cell(day, by_day[day], x, y, fullest=fullest)
        else:
            parts.append(f'<rect class="o" x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="4"/>')
    return "\n".join([*parts, "</svg>\n"])


def _legend() -> Iterator[str]:
    for n, name in enumerate(LANES):
        yield f'<rect x="{_LEFT + n * 90}" y="6" width="11" height="11" rx="2" fill="{COLOURS[name]}"/>'
        yield f'<text x="{_LEFT + n * 90 + 16}" y="16">{name}</text>'
    yield f'<text x="{_LEFT + 380}" y="16" class="s">hours of the shop from left to right; 21:00 to 8:00 shaded</text>'
    for n, name in enumerate(_WEEKDAYS):
        yield f'<text x="{_LEFT + n * (_WIDTH + _GAP) + 6}" y="37" class="s">{name}</text>'


def _cell(day: date, marks: Sequence[PlacedMark], x: int, y: int, *, fullest: int) -> Iterator[str]:
    counts = Counter(each.lane for each in marks)
    charged = sum(each.mark.segments for each in marks)
    told = " ".join(f'<tspan fill="{COLOURS[lane]}">{counts[lane]}</tspan>' for lane in LANES if counts[lane])
    yield f'<g class="d" data-day="{day}"><rect class="c" x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="4"/>'
    left, top, deep = x + 6, y + _LANES_TOP, _LANE * len(LANES)
    for start, end in ((0, _MORNING), (_EVENING, _MINUTES)):
        wide = _across(end) - _across(start)
        yield f'<rect class="q" x="{left + _across(start):.1f}" y="{top}" width="{wide:.1f}" height="{deep}"/>'
    yield f'<text class="n" x="{x + 6}" y="{y + 15}">{day.day}</text>'
    if charged:
        cost = f"{charged} segment{'s' * (charged != 1)}"
        yield f'<text class="s" x="{x + _WIDTH - 6}" y="{y + 15}" text-anchor="end">{cost}</text>'
    yield f'<text class="k" x="{x + 6}" y="{y + 30}" xml:space="preserve">{told}</text>'
    yield from (_ticks(marks, left, top) if len(marks) <= _FEW else _blocks(marks, left, top, fullest=fullest))
    yield "</g>"


def _ticks(marks: Iterable[PlacedMark], left: int, top: int) -> Iterator[str]:
    for each in marks:
        at, y = left + _across(each.minute), top + LANES.index(each.lane) * _LANE + 2
        told = escape(sentence(each))
        yield (
            f'<rect x="{at:.1f}" y="{y}" width="2.2" height="{_TALL - 1}" fill="{COLOURS[each.lane]}"'
            f' fill-opacity=".75"><title>{told}</title></rect>'
        )


def _blocks(marks: Sequence[PlacedMark], left: int, top: int, *, fullest: int) -> Iterator[str]:
    by_block: dict[tuple[str, int], list[PlacedMark]] = defaultdict(list)
    for each in marks:
        by_block[each.lane, each.minute // 60].append(each)
    for (lane, hour), found in sorted(by_block.items()):
        tall = max(1.5, _TALL * (len(found) / fullest) ** 0.5)
        at, floor = left + _across(hour * 60), top + (LANES.index(lane) + 1) * _LANE - 1
        told = escape(_summary(lane, hour, found))
        yield (
            f'<rect x="{at:.1f}" y="{floor - tall:.1f}" width="{_across(60) - 0.6:.1f}" height="{tall:.1f}"'
            f' fill="{COLOURS[lane]}"><title>{told}</title></rect>'
        )


def sentence(each: PlacedMark) -> str:
    """Say what one mark stands for."""
    mark = each.mark
    head = f"{each.minute // 60:02}:{each.minute % 60:02} lead {mark.lead}, {mark.step}"
    how = f"{mark.what} {'text' if mark.channel == 'sms' else mark.channel}".strip()
    cost = f", {mark.segments} segments" if mark.segments else ""
    until = f" until {_utc(mark.until)}" if mark.until else ""
    return f"{head}: {how}{until}{cost}{': ' + mark.reason if mark.reason else ''}"


def _summary(lane: str, hour: int, found: Sequence[PlacedMark]) -> str:
    reasons = Counter(each.mark.reason for each in found if each.mark.reason).most_common(_TOOLTIP_REASONS)
    told = "; ".join(f"{count} {reason}" for reason, count in reasons)
    return f"{hour:02}:00 to {hour:02}:59: {len(found)} {lane}{' (' + told + ')' if told else ''}"


def _by_hour(marks: Iterable[PlacedMark]) -> Counter[tuple[str, int]]:
    return Counter((each.lane, each.minute // 60) for each in marks)


def _across(minute: int) -> float:
    return _INNER * minute / _MINUTES


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z"
