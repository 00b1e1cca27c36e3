"""Rows of people's files: read as they were meant, refused with the reason, brought in once, silent unless asked."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.flows.bulk import Tally, tally
from leadcore.flows.import_columns import FIELDS, clean, clean_number, columns_of, day_of, instant_of, lost_digits
from leadcore.flows.import_leads import Sifted, bring_in_rows, part_known, run_of, sift
from leadcore.flows.import_rows import ReadRow, RowReader
from leadcore.kernel.errors import InvalidInputError
from leadcore.leads.model import Lead
from leadcore.leads.values import LeadStatus
from tests.unit.flows.world import PHONE, TENANT, World, nothing_wrong

ZONE = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
HEADER = ["Full Name", "Phone Number", "E-Mail", "Vehicle", "Date", "Notes", "Consent Text", "Consent Date", "Channels"]
PAT = ["Pat Reyes", "(512) 555-0142", "pat@example.com", "2022 Tesla Model Y", "11/03/2026 2:30 PM", "soon", "", "", ""]
WORDING = "We may text you offers. Reply STOP to opt out."


def reader(header: Sequence[str] = HEADER, *, asked_on: datetime | None = None) -> RowReader:
    return RowReader(columns_of(header, {}), header, zone=ZONE, region="US", now=NOW, asked_on=asked_on)


def read(cells: Sequence[str], header: Sequence[str] = HEADER) -> ReadRow:
    return reader(header).read(2, cells)


def changed(**cells: str) -> list[str]:
    row = dict(zip(HEADER, PAT, strict=True))
    return list({**row, **{name.replace("_", " "): text for name, text in cells.items()}}.values())


def test_a_row_is_understood() -> None:
    found = read(PAT)

    assert found.problems == ()
    assert found.lead is not None
    assert (found.lead.name, found.lead.phones, found.lead.emails) == ("Pat Reyes", (PHONE,), ("pat@example.com",))
    assert (found.lead.vehicle.year, found.lead.vehicle.make, found.lead.vehicle.model) == (2022, "Tesla", "Model Y")
    assert found.lead.submitted_at == datetime(2026, 11, 3, 20, 30, tzinfo=UTC)
    assert found.lead.consent is None


@pytest.mark.parametrize(
    "text",
    ["5.125550142E+09", '="5125550142"', "5125550142.0", "'5125550142", " 512\u00a0555-0142 ", "512-555-0142 / x"],
)
def test_a_phone_survives_what_spreadsheets_do_to_it(text: str) -> None:
    found = read(changed(Phone_Number=text))

    assert found.lead is not None
    assert found.lead.phones == (PHONE,)


def test_a_number_that_the_spreadsheet_has_rounded_is_not_believed() -> None:
    found = read(changed(Phone_Number="5.12555E+09"))

    [problem] = found.problems
    assert problem.severity == "warning"
    assert "rounded" in problem.why
    assert found.lead is not None
    assert found.lead.phones == ()


@pytest.mark.parametrize(
    ("cells", "column", "severity"),
    [
        (changed(Phone_Number="call me"), "Phone Number", "warning"),
        (changed(Phone_Number="call me", **{"E-Mail": ""}), "Phone Number", "error"),
        (changed(Phone_Number="", **{"E-Mail": ""}), "Phone Number", "error"),
        (changed(Date="soon"), "Date", "error"),
        (changed(Date=""), "Date", "error"),
        (changed(Date="11/03/2030"), "Date", "error"),
        ([*PAT, "one too many"], "", "error"),
        (changed(Consent_Text=WORDING), "Consent Date", "warning"),
        (changed(Consent_Text=WORDING, Consent_Date="soon", Channels="sms"), "Consent Date", "warning"),
        (changed(Consent_Date="11/03/2026", Channels="sms"), "Consent Text", "warning"),
        (changed(Consent_Text=WORDING, Consent_Date="11/03/2026", Channels="fax"), "Channels", "warning"),
    ],
)
def test_what_is_wrong_names_row_column_reason_and_fix(cells: list[str], column: str, severity: str) -> None:
    found = read(cells)

    problem = found.problems[0]
    assert (problem.row, problem.column, problem.severity) == (2, column, severity)
    assert problem.why
    assert problem.fix
    assert (found.lead is None) == (severity == "error")
    assert found.lead is None or found.lead.consent is None


def test_a_name_that_is_no_name_is_cut_and_said_so() -> None:
    found = read(changed(Full_Name="x" * 5000))

    assert found.lead is not None
    assert found.lead.name == "x" * 120
    assert [(each.column, each.severity) for each in found.problems] == [("Full Name", "warning")]


def test_a_consent_counts_with_its_wording_its_date_and_its_channels() -> None:
    found = read(changed(Consent_Text=WORDING, Consent_Date="11/03/2026", Channels="SMS & E-Mail"))

    assert found.lead is not None
    consent = found.lead.consent
    assert consent is not None
    assert (consent.sms, consent.email, consent.wording, consent.reported_by) == (True, True, WORDING, "operator")
    assert consent.at == datetime(2026, 11, 3, 6, tzinfo=UTC)


def test_a_yes_alone_is_no_consent() -> None:
    header = ["phone", "opt in", "date"]

    found = read(["512-555-0142", "yes", "2026-11-03"], header)
    unasked = read(["512-555-0142", "no", "2026-11-03"], header)

    assert found.lead is not None
    assert found.lead.consent is None
    assert [problem.severity for problem in found.problems] == ["warning"]
    assert unasked.problems == ()


def test_rows_without_a_date_take_the_one_the_operator_named() -> None:
    asked_on = day_of("2026-11-01", zone=ZONE)

    found = reader(["phone"], asked_on=asked_on).read(2, ["512-555-0142"])

    assert found.lead is not None
    assert found.lead.submitted_at == asked_on == datetime(2026, 11, 1, 5, tzinfo=UTC)
    with pytest.raises(InvalidInputError, match="no date"):
        day_of("soon", zone=ZONE)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-03",
        "11/03/2026",
        "11/3/26",
        "46329",
        "Nov 3, 2026",
        "3 November 2026",
        "03.11.2026",
        "2026-11-03T00:00",
    ],
)
def test_days_are_read_in_the_shops_zone(text: str) -> None:
    assert instant_of(text, zone=ZONE) == datetime(2026, 11, 3, 6, tzinfo=UTC)


def test_columns_are_found_by_many_names_and_by_what_the_operator_says() -> None:
    assert columns_of(["PHONE-NUMBER", "e mail", "Cell"], {}) == {"phone": 0, "email": 1}
    assert columns_of(["Phone", "Call back on"], {"phone": "call back on"}) == {"phone": 1}


@pytest.mark.parametrize(
    ("header", "given", "fix"),
    [
        (["phone"], {"telefon": "phone"}, "one of name"),
        (["phone"], {"email": "mail"}, "'phone'"),
        (["a", "b"], {}, "--map phone=COLUMN"),
    ],
)
def test_a_mapping_that_fits_nothing_is_refused_with_what_there_is(
    header: list[str], given: dict[str, str], fix: str
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        columns_of(header, given)

    assert refusal.value.field == "--map"
    assert fix in str(refusal.value.fix)


def test_no_two_fields_claim_the_same_header() -> None:
    claimed = [
        {"".join(c for c in name.casefold() if c.isalnum()) for name in (field, *FIELDS[field])} for field in FIELDS
    ]

    assert sum(len(names) for names in claimed) == len(set().union(*claimed))


def test_the_same_person_and_vehicle_is_taken_once_from_a_file() -> None:
    again = changed(Phone_Number="+1 512.555.0142", Notes="really soon")
    other_car = changed(Vehicle="2019 Ford F-150")

    found = sift(reader().read(number, cells) for number, cells in enumerate([PAT, again, other_car], start=2))

    assert [each.row for each in found.usable] == [2, 4]
    assert [(each.row, each.why) for each in found.repeated] == [(3, "the same person and vehicle as row 2")]


@given(st.lists(st.text(max_size=20), max_size=12))
def test_no_row_of_any_file_is_a_surprise(cells: list[str]) -> None:
    found = read(cells)

    assert (found.lead is None) == any(problem.severity == "error" for problem in found.problems)


@given(st.integers(min_value=2_000_000_000, max_value=9_999_999_999))
def test_a_whole_number_survives_scientific_notation(number: int) -> None:
    text = f"{number:.9E}"

    assert clean_number(text) == str(number)
    assert not lost_digits(text)
    assert clean(f'="{number}"') == str(number)


async def bring(world: World, cells: Sequence[Sequence[str]], *, follow_up: bool = False) -> tuple[Sifted, int, Tally]:
    """Import rows as the command does and let the scheduler apply them."""
    sifted = sift(reader().read(number, each) for number, each in enumerate(cells, start=2))
    new, _ = await part_known(world.store, TENANT, sifted.usable, follow_up=follow_up)
    run = run_of(TENANT, "a file", follow_up=follow_up)
    brought = await bring_in_rows(world.seams, TENANT, new, run_id=run, follow_up=follow_up)
    await world.drain()
    return sifted, brought, await tally(world.store, run, tenant_id=TENANT, why=True)


async def leads(world: World) -> list[Lead]:
    async with world.store.begin(TENANT) as uow:
        return await uow.leads.listing(TENANT, status=None, limit=50, before=None)


async def test_a_file_makes_leads_once_and_sends_nothing() -> None:
    world = await World().open()

    _, first, done = await bring(world, [PAT, changed(Phone_Number="call me", **{"E-Mail": ""})])
    _, second, _ = await bring(world, [PAT])
    await world.pass_time(timedelta(days=40))

    [lead] = await leads(world)
    assert (first, second, done.done) == (1, 0, 1)
    assert (lead.status, lead.source, lead.vehicle.label) == (LeadStatus.NEW, "import", "2022 Tesla Model Y")
    assert [event.found_by for event in world.happened("lead.arrived")] == ["import"]
    assert (world.texts, world.email.accepted) == ([], [])
    await nothing_wrong(world)


async def test_the_same_file_with_follow_up_enrolls_its_leads_once() -> None:
    world = await World().open()
    row = changed(Consent_Text=WORDING, Consent_Date="11/03/2026", Channels="sms")
    await bring(world, [row])

    for _ in range(2):
        await bring(world, [row], follow_up=True)

    assert len(world.happened("cadence.enrolled")) == 1
    assert len(await leads(world)) == 1


async def test_without_consent_follow_up_never_texts_marketing() -> None:
    world = await World().open()
    await bring(world, [PAT], follow_up=True)
    await world.pass_time(timedelta(days=40))

    silent = list(world.texts)
    consented = await World().open()
    words = consented.tenant.consent_wording
    await bring(consented, [changed(Consent_Text=words, Consent_Date="11/03/2026", Channels="sms")], follow_up=True)
    await consented.pass_time(timedelta(days=40))

    assert len(silent) <= 1  # the answer to the customer's own request, if the rules still let it go
    assert len(consented.texts) > len(silent)


async def test_somebody_whom_the_shop_has_in_hand_is_known() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()

    sifted = sift([read(PAT), reader().read(3, changed(Vehicle="2019 Ford F-150"))])
    new, known = await part_known(world.store, TENANT, sifted.usable, follow_up=False)

    assert [each.row for each in new] == [3]
    assert [(each.row, each.why) for each in known] == [(2, "an open lead of shopmonkey says the same")]
