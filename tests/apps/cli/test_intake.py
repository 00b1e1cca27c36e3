"""Bringing in many leads, and the inbox's desk, by command."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from leadcore.flows.import_rows import Problem
from leadcore.flows.refusals import note_refusals
from leadcore.intake.model import InboxItem
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import ConnectionId, InboxId
from leadcore.tenants.model import Connection
from leadcore.testing.builders import a_refused_hook
from leadcore_cli.options import Place
from leadcore_cli.session import Session, within
from leadcore_cli.sheets import sheet_of, write_problems
from tests.apps.cli.conftest import Leadcore, only_these

Here = tuple[str | Path, ...]
ROWS = (
    'Name;Cell;E-Mail;Date;Notes\r\nPat;512-555-0142;pat@example.com;2026-11-03;"one\ntwo; three"\r\nLee;call me;;;\r\n'
)


@pytest.fixture
def here(data_dir: Path, shop: str) -> Here:
    return ("--tenant", shop, "--data-dir", data_dir)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_sheet_is_read_in_any_usual_encoding_and_separation(encoding: str, separator: str) -> None:
    text = (
        f'Name{separator}"Note{"," if separator != "," else ";"} long"\r\nJosé{separator}"a\nb"\r\n{separator}\r\n\r\n'
    )

    found = sheet_of(text.encode(encoding))

    assert found.header[0] == "Name"
    assert found.rows == [(2, ["José", "a\nb"])]
    assert found.separator == separator
    assert found.empty == 2


def test_excels_own_first_line_is_obeyed() -> None:
    assert sheet_of(b"sep=;\r\na,b;c\r\n1,2;3\r\n").header == ["a,b", "c"]


@pytest.mark.parametrize(
    ("raw", "why"), [(b"PK\x03\x04...", "a workbook"), (b"", "no rows"), (b"name,phone\n", "no rows")]
)
def test_what_is_no_sheet_is_refused_with_what_to_do(raw: bytes, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why) as refusal:
        sheet_of(raw)

    assert refusal.value.fix


def test_an_import_is_tried_first_then_done_then_known(leadcore: Leadcore, here: Here, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_bytes(ROWS.encode("cp1252"))

    tried = leadcore("leads", "import", file, *here)
    nothing = leadcore("leads", "list", "--json", *here).document
    done = leadcore("leads", "import", file, "--apply", "--json", *here)
    again = leadcore("leads", "import", file, "--apply", "--json", *here).document
    listed = leadcore("leads", "list", "--json", *here).document
    timeline = leadcore("leads", "timeline", listed[0]["id"], *here)

    assert tried.code == 1  # a row was refused
    assert "call me" in tried.out
    assert "with --apply it is done" in tried.err
    assert nothing == []
    assert (done.document["new"], done.document["applied_rows"], done.document["refused_rows"]) == (1, 1, 1)
    assert (again["new"], again["known"], again["applied_rows"]) == (0, 1, 0)
    assert [(each["source"], each["status"]) for each in listed] == [("import", "new")]
    assert "lead.follow_up_withheld" in timeline.out
    with (tmp_path / "leads.csv.problems.csv").open(encoding="utf-8-sig") as report:
        problems = list(csv.DictReader(report))
    assert {(each["row"], each["column"], each["severity"]) for each in problems} == {
        ("3", "Cell", "error"),
        ("3", "Date", "error"),
    }


def test_the_problem_file_holds_no_formulas(tmp_path: Path) -> None:

    evil = Problem(row=2, column="Cell", value="=HYPERLINK(1)", why="no phone", fix="+1 512 555 0142")

    write_problems(tmp_path / "p.csv", [evil])

    assert "'=HYPERLINK" in (tmp_path / "p.csv").read_text("utf-8-sig")


def test_a_column_nobody_understands_is_named_with_what_the_file_has(
    leadcore: Leadcore, here: Here, tmp_path: Path
) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("who,where\nPat,512-555-0142\n")

    said = leadcore("leads", "import", file, *here)
    mapped = leadcore(
        "leads", "import", file, "--map", "phone=where", "--asked-on", "2026-11-01", "--json", *here
    ).document

    assert said.code == 1
    assert "field: --map" in said.err
    assert "'where'" in said.err
    assert (mapped["new"], mapped["columns"]["phone"]) == (1, "where")


def test_a_backfill_without_a_crm_says_what_to_connect(leadcore: Leadcore, here: Here) -> None:
    said = leadcore("leads", "backfill", "--dry-run", *here)

    assert said.code == 1
    assert "connect" in said.err


def test_dead_rows_go_again_together_and_refusals_are_explained(
    leadcore: Leadcore, here: Here, data_dir: Path, shop: str
) -> None:
    _kept(data_dir, shop)

    listed = leadcore("inbox", "list", "--source", "shopmonkey", "--since", "2026-11-01", "--json", *here).document
    tried = leadcore("inbox", "replay", "--state", "dead", "--json", *here).document
    gone = leadcore("inbox", "replay", "--state", "dead", "--all", "--by", "Dana", "--json", *here).document
    wrong = leadcore("inbox", "list", "--since", "yesterday", *here)
    misses = leadcore("inbox", "misses", "--json", *here).document
    refused = leadcore("inbox", "refused", *here)
    checked = leadcore("tenants", "check", shop, "--data-dir", data_dir)
    doctor = leadcore("doctor", "--data-dir", data_dir)

    assert len(listed) == 2
    assert (tried["found"], tried["replayed"], gone["replayed"]) == (2, 0, 2)
    assert "field: --since" in wrong.err
    assert (misses["missed"], misses["late"]) == (0, 0)
    assert "forged_request" in refused.out
    assert "compare the secrets" in refused.err
    for said in (checked, doctor):
        assert "shopmonkey: 1 webhooks refused in a day as forged_request" in said.out
        assert "fix: compare the secrets" in said.out


def _kept(data_dir: Path, shop: str) -> None:
    at = datetime(2026, 11, 22, 15, tzinfo=UTC)

    async def work(session: Session) -> None:
        tenant = await session.tenant(shop)
        connection = Connection(
            id=ConnectionId(uuid4()), tenant_id=tenant.id, port="crm", plugin="shopmonkey", settings={}, sealed=b""
        )
        async with session.seams.store.begin(tenant.id) as uow:
            await uow.tenants.put_connection(connection)
            await uow.inbox.add(
                [
                    InboxItem(
                        id=InboxId(uuid4()), tenant_id=tenant.id, connection_id=connection.id, source="shopmonkey",
                        dedupe_key=f"d-{n}", entity_key=None, occurred_at=at, received_at=at, body=b"{}",
                        state="dead", error="crm_answer: not JSON",
                    )
                    for n in range(2)
                ]
            )  # fmt: skip
            await uow.commit()
        await note_refusals(session.seams.store, [a_refused_hook(connection)], tenant_id=tenant.id)

    with only_these({}):
        assert within(Place(data_dir=data_dir), work) == 0
