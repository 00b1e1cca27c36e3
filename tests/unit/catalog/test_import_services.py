from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.catalog.model import Service
from leadcore.catalog.policies.import_services import category_of, import_services
from leadcore.kernel.ids import TenantId
from leadcore.kernel.money import Money
from leadcore.ports.crm import CrmService

TENANT = TenantId(UUID(int=7))


class CountingIds:
    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self) -> UUID:
        return UUID(int=next(self._numbers))


def entry(name: str, dollars: int = 100, *, ref: str = "") -> CrmService:
    return CrmService(external_id=ref or name, name=name, price=Money(minor=dollars * 100))


def imported(*entries: CrmService) -> list[Service]:
    return import_services(entries, tenant_id=TENANT, ids=CountingIds())


def prices_of(service: Service) -> dict[str, int]:
    return {name: price.minor // 100 for name, price in service.prices.items()}


def test_one_entry_per_class_becomes_one_service_with_prices() -> None:
    (service,) = imported(
        entry("Ceramic Tint - Full Vehicle - Sedan", 499),
        entry("Ceramic Tint - Full Vehicle - SUV", 599),
        entry("Ceramic Tint - Full Vehicle - Truck", 549),
        entry("Ceramic Tint - Full Vehicle - Coupe", 449),
        entry("Ceramic Tint - Full Vehicle - Van", 649),
    )

    assert (service.name, service.slug) == ("Ceramic Tint - Full Vehicle", "ceramic-tint-full-vehicle")
    assert service.category == "tint"
    assert prices_of(service) == {"coupe": 449, "sedan": 499, "suv": 599, "truck": 549, "van": 649}
    assert len(service.external_ids) == 5


@pytest.mark.parametrize(
    "name",
    [
        "Ceramic Tint - SUV",
        "Ceramic Tint (SUV)",
        "Ceramic Tint [suv]",
        "Ceramic Tint | SUVs",
        "Ceramic Tint – Crossover",
        "Ceramic Tint: SUV",
        "Ceramic  Tint SUV",
        "SUV - Ceramic Tint",
        "Ceramic Tint / SUV",
    ],
)
def test_shops_part_the_class_from_the_name_in_many_ways(name: str) -> None:
    (service,) = imported(entry(name, 599))

    assert (service.slug, prices_of(service)) == ("ceramic-tint", {"suv": 599})


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("Detail - Sedan/Coupe", {"sedan", "coupe"}),
        ("Detail - SUV, Truck & Van", {"van"}),
        ("Detail (Truck or SUV)", {"truck", "suv"}),
        ("Detail - Car", {"coupe", "sedan"}),
        ("Detail - Pick-up", {"truck"}),
        ("Detail - 4 door", {"sedan"}),
        ("Detail", {"any"}),
    ],
)
def test_an_entry_may_be_for_several_classes(name: str, classes: set[str]) -> None:
    services = imported(entry(name))

    assert classes <= {one for service in services for one in service.prices}


def test_sizes_of_a_class_stay_apart() -> None:
    services = imported(entry("Wash - Small SUV", 50), entry("Wash - Large SUV", 70))

    assert [(one.name, prices_of(one)) for one in services] == [
        ("Wash (large)", {"suv": 70}),
        ("Wash (small)", {"suv": 50}),
    ]


def test_a_class_word_in_front_belongs_to_the_name() -> None:
    (service,) = imported(entry("Truck Bed Coating"))

    assert (service.name, set(service.prices)) == ("Truck Bed Coating", {"any"})


def test_what_has_no_price_is_not_for_sale() -> None:
    assert imported(entry("Free Look", 0), entry("Refund", -5), entry(" - ", 5)) == []


def test_of_two_prices_for_the_same_the_dearer_counts() -> None:
    (service,) = imported(entry("Wash", 50, ref="a"), entry("wash", 60, ref="b"))

    assert prices_of(service) == {"any": 60}
    assert service.external_ids == ("a", "b")


def test_slugs_are_unique_even_when_cut() -> None:
    services = imported(entry("x " * 60 + "one"), entry("x " * 60 + "two"))

    assert len({one.slug for one in services}) == 2


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("Carbon Window Film", "tint"),
        ("Tint Removal", "tint"),
        ("Clear Bra - Full Front", "ppf"),
        ("Paint Protection Film", "ppf"),
        ("Ceramic Coating - 1 Year", "ceramic"),
        ("Ceramic Pro Gold", "ceramic"),
        ("Vinyl Roof", "wrap"),
        ("Full Detail", "detail"),
        ("Speaker Install", "audio"),
        ("Oil Change", "other"),
    ],
)
def test_words_name_the_category(name: str, category: str) -> None:
    assert category_of(name) == category


_NAMES = st.builds(
    "{}{}{}".format,
    st.sampled_from(["Ceramic Tint", "PPF - Full Front", "Wash", "Truck Bed", "", "Ångström Film"]),
    st.sampled_from([" - ", " ", " (", "/", " | ", " – "]),
    st.sampled_from(["Sedan", "SUV", "Sedan/Coupe", "Van", "", "Full Size Truck", "3 Year", "Car"]),
)
_ENTRIES = st.lists(st.builds(entry, _NAMES, st.integers(-5, 900)), max_size=12).map(
    lambda entries: [replace(one, external_id=f"e{n}") for n, one in enumerate(entries)]
)


@given(_ENTRIES, st.data())
def test_every_price_comes_from_an_entry_and_order_does_not_matter(
    entries: list[CrmService], data: st.DataObject
) -> None:
    services = imported(*entries)
    shuffled = imported(*data.draw(st.permutations(entries)))

    listed = {one.external_id: one.price for one in entries}
    assert shuffled == services
    assert len({one.slug for one in services}) == len(services)
    for service in services:
        assert service.prices
        assert set(service.prices.values()) <= {listed[ref] for ref in service.external_ids}
        assert all(price.minor > 0 for price in service.prices.values())
    sold = [ref for service in services for ref in service.external_ids]
    assert len(sold) == len(set(sold))
