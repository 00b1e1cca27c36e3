from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.catalog.model import NeedsVehicle, NotSold, Quote, QuoteOutcome, Service, WhichService
from leadcore.catalog.policies.import_services import category_of
from leadcore.catalog.policies.quote import quote
from leadcore.catalog.values import VehicleClass
from leadcore.kernel.ids import ServiceId, TenantId
from leadcore.kernel.money import Money


def service(n: int, name: str, **dollars: int) -> Service:
    return Service(
        id=ServiceId(UUID(int=n)),
        tenant_id=TenantId(UUID(int=99)),
        slug=f"s{n}",
        name=name,
        category=category_of(name),
        prices={one: Money(minor=dollars[one] * 100) for one in get_args(VehicleClass) if one in dollars},
    )


CERAMIC = service(1, "Ceramic Tint - Full Vehicle", coupe=449, sedan=499, suv=599, truck=549)
CARBON = service(2, "Carbon Tint - Full Vehicle", sedan=279, suv=329)
WINDSHIELD = service(3, "Ceramic Windshield Tint", any=249)
REMOVAL = service(4, "Tint Removal - Full Vehicle", any=199)
PARTIAL = service(5, "PPF - Partial Front", any=899)
FRONT = service(6, "PPF - Full Front", any=1899)
COAT_1 = service(7, "Ceramic Coating - 1 Year", any=599)
COAT_5 = service(8, "Ceramic Coating - 5 Year", any=1499)
RESTORE = service(9, "Headlight Restoration", any=99)
CATALOG = (CERAMIC, CARBON, WINDSHIELD, REMOVAL, PARTIAL, FRONT, COAT_1, COAT_5, RESTORE)


def ask(asked: str, *, of_class: VehicleClass | None = "sedan", label: str = "2021 Honda Accord") -> QuoteOutcome:
    return quote(CATALOG, asked, vehicle_label=label, vehicle_class=of_class, quote_id="q1")


@pytest.mark.parametrize(
    ("asked", "sold", "dollars"),
    [
        ("How much for ceramic tint?", CERAMIC, 499),
        ("ceramic tint", CERAMIC, 499),
        ("what would ceramic window film run me on my 2021 Accord", CERAMIC, 499),
        ("ceremic tint price", CERAMIC, 499),
        ("cermaic tinting", CERAMIC, 499),
        ("¿Cuánto cuesta el polarizado cerámico?", CERAMIC, 499),
        ("carbon tint whole car", CARBON, 279),
        ("ceramic tint for my SUV", CERAMIC, 599),
        ("ceramic windshield", WINDSHIELD, 249),
        ("tint the windshield", WINDSHIELD, 249),
        ("how much to remove old tint", REMOVAL, 199),
        ("clear bra full front", FRONT, 1899),
        ("paint protection film, partial front", PARTIAL, 899),
        ("5 year ceramic coating", COAT_5, 1499),
        ("one yr ceramic coat", COAT_1, 599),
        ("headlight restoration please, my wife insists", RESTORE, 99),
    ],
)
def test_what_is_asked_for_has_its_price(asked: str, sold: Service, dollars: int) -> None:
    answer = ask(asked)

    assert isinstance(answer, Quote)
    assert (answer.service, answer.price.minor) == (sold.name, dollars * 100)


@pytest.mark.parametrize(
    "asked",
    [
        "oil change",
        "windshield replacement",
        "tint my house",
        "ceramic coating for a boat",
        "headlight tint",
        "vinyl wrap",
        "ppf repair",
        "haircut and massage",
        "full",
    ],
)
def test_what_is_not_sold_has_no_price(asked: str) -> None:
    answer = ask(asked)

    assert isinstance(answer, NotSold)
    assert answer.choices


@pytest.mark.parametrize(
    ("asked", "choices"),
    [
        ("how much is tint", {CERAMIC.name, CARBON.name}),
        ("ppf", {PARTIAL.name, FRONT.name}),
        ("ceramic coating", {COAT_1.name, COAT_5.name}),
        ("ceramic tint and ppf", {CERAMIC.name, PARTIAL.name, FRONT.name}),
        ("ppf on the hood", {PARTIAL.name, FRONT.name}),
        ("7 year ceramic coating", {COAT_1.name, COAT_5.name}),
    ],
)
def test_what_fits_several_is_asked_back(asked: str, choices: set[str]) -> None:
    answer = ask(asked)

    assert isinstance(answer, WhichService)
    assert set(answer.choices) == choices


def test_a_bare_question_lists_what_is_sold() -> None:
    answer = ask("what are your prices?")

    assert isinstance(answer, WhichService)
    assert CERAMIC.name in answer.choices


def test_an_empty_catalog_sells_nothing() -> None:
    assert quote((), "price?", quote_id="q") == NotSold(asked="price?", choices=())
    assert quote((replace(CERAMIC, active=False),), "ceramic tint", quote_id="q") == NotSold(
        asked="ceramic tint", choices=()
    )


def test_without_a_vehicle_the_range_is_named() -> None:
    answer = ask("ceramic tint", of_class=None, label="")

    assert answer == NeedsVehicle(service=CERAMIC.name, lowest=Money(minor=44900), highest=Money(minor=59900))


def test_a_class_without_a_price_is_not_guessed() -> None:
    answer = ask("ceramic tint for a van")

    assert isinstance(answer, NotSold)
    assert answer.asked == "Ceramic Tint - Full Vehicle for a van"


def test_assumptions_are_said() -> None:
    answer, other = ask("ceramic tint"), ask("ceramic tint for our suv")

    assert isinstance(answer, Quote)
    assert isinstance(other, Quote)
    assert answer.vehicle == "2021 Honda Accord"
    assert answer.assumptions == (
        "a sedan (2021 Honda Accord)",
        "the full vehicle",
        "no old film on the glass (otherwise: Tint Removal - Full Vehicle)",
    )
    assert (other.vehicle, other.assumptions[0]) == ("an SUV", "an SUV")


# --------------------------------------------------------------------------------------------------- any question

_WORDS = st.lists(
    st.sampled_from(
        [
            "how",
            "much",
            "for",
            "ceramic",
            "tint",
            "carbon",
            "full",
            "vehicle",
            "ppf",
            "front",
            "partial",
            "coating",
            "1",
            "5",
            "year",
            "suv",
            "van",
            "truck",
            "accord",
            "removal",
            "windshield",
            "headlight",
            "restoration",
            "clear",
            "bra",
            "film",
            "house",
            "polarizado",
            "wrap",
            "detail",
            "oil",
            "my",
            "2021",
            "the",
            "and",
        ]
    ),
    max_size=8,
).map(" ".join)
_CATALOGS = st.lists(st.sampled_from(CATALOG), unique_by=lambda one: one.slug, max_size=9)


@given(_CATALOGS, st.one_of(_WORDS, st.text(max_size=60)), st.sampled_from([None, *get_args(VehicleClass)]))
def test_a_quoted_price_is_literally_in_the_catalog(
    catalog: list[Service], asked: str, of_class: VehicleClass | None
) -> None:
    answer = quote(catalog, asked, vehicle_label="2021 Honda Accord", vehicle_class=of_class, quote_id="q1")

    if isinstance(answer, Quote):
        sold = next(one for one in catalog if one.id == answer.service_id)
        assert sold.prices[answer.vehicle_class] == answer.price
        assert sold.name == answer.service
        assert answer.vehicle_class in {"any", of_class} or answer.vehicle_class in asked
    if isinstance(answer, NeedsVehicle):
        sold = next(one for one in catalog if one.name == answer.service)
        assert {answer.lowest, answer.highest} <= set(sold.prices.values())
    if isinstance(answer, WhichService | NotSold):
        assert set(answer.choices) <= {one.name for one in catalog}


@given(_CATALOGS, _WORDS, st.data())
def test_the_order_of_the_catalog_does_not_matter(catalog: list[Service], asked: str, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(catalog))

    assert quote(shuffled, asked, vehicle_class="suv", quote_id="q") == quote(
        catalog, asked, vehicle_class="suv", quote_id="q"
    )


@given(_CATALOGS, st.lists(st.sampled_from(["haircut", "pizza", "mortgage", "brakes", "transmission"]), min_size=1))
def test_what_no_shop_of_this_kind_sells_never_gets_a_price(catalog: list[Service], wanted: list[str]) -> None:
    answer = quote(catalog, f"how much for {' and '.join(wanted)}?", vehicle_class="sedan", quote_id="q")

    assert isinstance(answer, NotSold)
