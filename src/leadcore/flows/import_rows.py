"""One row of somebody's file: a lead as a form would have told it, or what is wrong with it. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from leadcore.flows.import_columns import clean, clean_number, instant_of, lost_digits
from leadcore.kernel.contact import parse_email, parse_phone
from leadcore.kernel.errors import InvalidInputError
from leadcore.ports.inbound import LeadSubmitted, SubmittedConsent, SubmittedVehicle

_MANY = re.compile(r"[;,/|\n]+")
_YEAR = re.compile(r"\b(19[5-9]\d|20\d\d)\b")
_CHANNELS = {
    "sms": {"sms"}, "text": {"sms"}, "texts": {"sms"}, "mms": {"sms"}, "phone": {"sms"}, "email": {"email"},
    "emails": {"email"}, "mail": {"email"}, "both": {"sms", "email"}, "all": {"sms", "email"},
}  # fmt: skip
_NO = {"", "no", "n", "false", "0", "none"}
_AHEAD = timedelta(days=1)
_LONGEST_NAME = 120
_ASKED_FIX = "add a column with the date, or say --asked-on YYYY-MM-DD"
_CONSENT_FIX = "fill the consent columns wording, date and channels (sms, email or both)"
Severity = Literal["error", "warning"]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a row and how to mend it. A row with an `error` is left out, one with a `warning` is not."""

    row: int
    column: str
    value: str
    why: str
    fix: str
    severity: Severity = "error"


class ReadRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row as understood; `lead` is None when it cannot be used."""

    row: int
    lead: LeadSubmitted | None
    problems: tuple[Problem, ...]


class RowReader:
    """Reads rows of one file. *asked_on* dates rows that have no date of their own."""

    def __init__(
        self,
        columns: Mapping[str, int],
        header: Sequence[str],
        *,
        zone: ZoneInfo,
        region: str,
        now: datetime,
        asked_on: datetime | None = None,
    ) -> None:
        self._columns = columns
        self._header = header
        self._zone = zone
        self._region = region
        self._now = now
        self._asked_on = asked_on

    def read(self, row: int, cells: Sequence[str]) -> ReadRow:
        """Return the lead of a row, or why there is none."""
        problems: list[Problem] = []
        if len(cells) > len(self._header) and any(clean(cell) for cell in cells[len(self._header) :]):
            why = f"the row has {len(cells)} cells under {len(self._header)} headers"
            fix = "put cells that hold the separator into quotes"
            problems.append(Problem(row=row, column="", value=cells[-1], why=why, fix=fix))
        phones = self._phones(row, cells, problems)
        emails = self._emails(row, cells, problems)
        if not phones and not emails:
            problems = [msgspec.structs.replace(each, severity="error") for each in problems]
            if not problems:
                fix = "fill one of them, or delete the row"
                problems.append(self._problem(row, cells, "phone", "neither phone nor e-mail address", fix))
        asked_at = self._asked_at(row, cells, problems)
        vehicle = self._vehicle(row, cells, problems)
        consent = self._consent(row, cells, problems)
        if asked_at is None or any(each.severity == "error" for each in problems):
            return ReadRow(row=row, lead=None, problems=tuple(problems))
        lead = LeadSubmitted(
            external_id=self._identity(cells, phones, emails, vehicle),
            submitted_at=asked_at,
            name=self._name(row, cells, "name", problems),
            first_name=self._name(row, cells, "first_name", problems),
            last_name=self._name(row, cells, "last_name", problems),
            phones=tuple(phones),
            emails=tuple(emails),
            vehicle=vehicle,
            services=tuple(part.strip() for part in re.split(r"[;,|]", self._text(cells, "services")) if part.strip()),
            message=self._text(cells, "message"),
            consent=consent,
        )
        return ReadRow(row=row, lead=lead, problems=tuple(problems))

    def _name(self, row: int, cells: Sequence[str], field: str, problems: list[Problem]) -> str:
        text = self._text(cells, field)
        if len(text) > _LONGEST_NAME:
            why = f"a name of {len(text)} characters: only the first {_LONGEST_NAME} are kept"
            problems.append(self._problem(row, cells, field, why, "put the name alone into this column", "warning"))
        return text[:_LONGEST_NAME]

    def _phones(self, row: int, cells: Sequence[str], problems: list[Problem]) -> list[str]:
        found: list[str] = []
        for field in ("phone", "phone_2"):
            raw = self._raw(cells, field)
            if lost_digits(raw):
                fix = "format the column as text in the spreadsheet and export it again"
                problems.append(
                    self._problem(row, cells, field, "the spreadsheet has rounded this number", fix, "warning")
                )
                continue
            for part in filter(None, (each.strip() for each in _MANY.split(clean_number(raw)))):
                try:
                    found.append(parse_phone(part, region=self._region).e164)
                except InvalidInputError as refusal:
                    fix = refusal.fix or "write it with its area code"
                    problems.append(self._problem(row, cells, field, refusal.message, fix, "warning"))
        return list(dict.fromkeys(found))

    def _emails(self, row: int, cells: Sequence[str], problems: list[Problem]) -> list[str]:
        found: list[str] = []
        for part in filter(None, (each.strip() for each in _MANY.split(self._text(cells, "email")))):
            try:
                found.append(parse_email(part.removeprefix("mailto:")).address)
            except InvalidInputError as refusal:
                fix = refusal.fix or "write it as name@example.com"
                problems.append(self._problem(row, cells, "email", refusal.message, fix, "warning"))
        return list(dict.fromkeys(found))

    def _asked_at(self, row: int, cells: Sequence[str], problems: list[Problem]) -> datetime | None:
        text = self._text(cells, "asked_at")
        if not text:
            if self._asked_on is None:
                why = "it does not say when the customer asked"
                problems.append(self._problem(row, cells, "asked_at", why, _ASKED_FIX))
            return self._asked_on
        found = instant_of(text, zone=self._zone)
        if found is None:
            fix = "write 2026-11-23 14:30 or 11/23/2026 2:30 PM"
            problems.append(self._problem(row, cells, "asked_at", "it is no date we can read", fix))
        elif found > self._now + _AHEAD:
            problems.append(self._problem(row, cells, "asked_at", "it lies in the future", "correct the date"))
        return found

    def _vehicle(self, row: int, cells: Sequence[str], problems: list[Problem]) -> SubmittedVehicle:
        free, year = self._text(cells, "vehicle"), clean_number(self._raw(cells, "vehicle_year"))
        make, model = self._text(cells, "vehicle_make"), self._text(cells, "vehicle_model")
        if free and not (make or model):
            found = _YEAR.search(free)
            year = year or (found[0] if found else "")
            make, _, model = _YEAR.sub(" ", free, count=1).strip().partition(" ")
        if year and not _YEAR.fullmatch(year):
            fix = "write four digits, such as 2022"
            problems.append(self._problem(row, cells, "vehicle_year", "it is no model year", fix, "warning"))
            year = ""
        body = self._text(cells, "vehicle_body")
        return SubmittedVehicle(year=int(year) if year else None, make=make, model=model.strip(), body=body)

    def _consent(self, row: int, cells: Sequence[str], problems: list[Problem]) -> SubmittedConsent | None:
        wording, at_text = self._text(cells, "consent_wording"), self._text(cells, "consent_at")
        channel_text, flag = self._text(cells, "consent_channels"), self._text(cells, "consent_flag")
        if not (wording or at_text or channel_text) and flag.casefold() in _NO:
            return None
        at = instant_of(at_text, zone=self._zone) if at_text else None
        words = re.findall(r"[a-z]+", channel_text.casefold().replace("e-mail", "email"))
        channels: set[str] = set().union(*(_CHANNELS.get(word, set()) for word in words))
        missing = [
            field
            for field, value in (("consent_wording", wording), ("consent_at", at), ("consent_channels", channels))
            if not value
        ]
        if missing or at is None or at > self._now + _AHEAD:
            field = missing[0] if missing else "consent_at"
            why = "the consent is incomplete or unreadable, so none is recorded"
            problems.append(self._problem(row, cells, field, why, _CONSENT_FIX, "warning"))
            return None
        return SubmittedConsent(
            sms="sms" in channels, email="email" in channels, wording=wording, at=at, reported_by="operator"
        )

    def _identity(
        self, cells: Sequence[str], phones: Sequence[str], emails: Sequence[str], vehicle: SubmittedVehicle
    ) -> str:
        """Return an id that the same row has in every file: its own, else made of person and vehicle."""
        own = clean_number(self._raw(cells, "external_id"))
        if own:
            return f"id-{own}"[:200]
        who = phones[0] if phones else emails[0]
        what = (str(vehicle.year or ""), vehicle.make.casefold(), vehicle.model.casefold())
        return "row-" + hashlib.sha256("\x1f".join((who, *what)).encode()).hexdigest()[:32]

    def _raw(self, cells: Sequence[str], field: str) -> str:
        place = self._columns.get(field)
        return cells[place] if place is not None and place < len(cells) else ""

    def _text(self, cells: Sequence[str], field: str) -> str:
        return clean(self._raw(cells, field))

    def _problem(  # noqa: PLR0917 - one line of a table
        self, row: int, cells: Sequence[str], field: str, why: str, fix: str, severity: Severity = "error"
    ) -> Problem:
        place = self._columns.get(field)
        column = self._header[place] if place is not None else field
        return Problem(row=row, column=column, value=self._raw(cells, field)[:80], why=why, fix=fix, severity=severity)
