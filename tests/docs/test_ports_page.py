"""The page of ports says what the code says."""

from collections.abc import Callable

import pytest

from tests.docs.pages import ROOT, rows_between
from tests.docs.port_tables import error_rows, lines_of, port_rows

PAGE = ROOT / "docs/reference/ports.md"


@pytest.mark.parametrize(("mark", "read"), [("ports", port_rows), ("errors", error_rows)])
def test_the_table_is_what_the_code_says(mark: str, read: Callable[[], list[list[str]]]) -> None:
    written = rows_between(PAGE.read_text("utf-8"), mark)

    expected = read()

    assert written == expected, f"{PAGE.name} must say between its marks `{mark}`:\n{lines_of(expected)}"


def test_every_capability_that_strangers_write_has_a_contract() -> None:
    kept = {row[0].strip("`"): row[4] for row in port_rows()}

    assert all(kept[port] for port in ("WorkOrders", "CustomerBook", "CatalogSource", "InboundDoor", "Carrier"))
