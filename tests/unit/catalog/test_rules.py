"""The shop's own words for its services."""

from itertools import count
from uuid import UUID

import pytest

from leadcore.catalog.model import Service
from leadcore.catalog.policies.import_services import import_services, read_entry
from leadcore.catalog.policies.rules import SHIPPED, read_rules
from leadcore.flows.tenant_document import checked, with_value
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId
from leadcore.kernel.money import Money
from leadcore.ports.crm import CrmService
from leadcore.tenants.model import Tenant
from leadcore.tenants.values import CatalogRules

TENANT = Tenant(id=TenantId(UUID(int=7)), slug="austin", brand="Hill Country Tint", zone="America/Chicago")
RULES = CatalogRules(
    categories=("tesla package -> tint", "headlight -> detail", "ceramic tint -> ceramic"),
    classes=("exotic -> coupe", "7 seater -> suv van", "wagon -> sedan"),
    leave_out=("shop supplies", "warranty"),
)


class CountingIds:
    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self) -> UUID:
        return UUID(int=next(self._numbers))


def entry(name: str, dollars: int = 100, *, hours: float = 0.0) -> CrmService:
    return CrmService(external_id=name, name=name, price=Money(minor=dollars * 100), labor_hours=hours)


def imported(*entries: CrmService, rules: CatalogRules = RULES) -> dict[str, Service]:
    services = import_services(entries, tenant_id=TENANT.id, ids=CountingIds(), rules=read_rules(rules))
    return {service.name: service for service in services}


def test_the_shops_rules_are_asked_before_ours_and_in_order() -> None:
    rules = read_rules(RULES)

    found = {name: rules.category_of(name) for name in ("Tesla Package", "Ceramic Tint", "Carbon Tint", "Oil")}

    assert {name: category for name, (category, _) in found.items()} == {
        "Tesla Package": "tint",
        "Ceramic Tint": "ceramic",
        "Carbon Tint": "tint",
        "Oil": "other",
    }
    assert SHIPPED.category_of("Ceramic Tint")[0] == "tint"
    own, ours, none = found["Tesla Package"][1], found["Carbon Tint"][1], found["Oil"][1]
    assert own is not None
    assert (own.text, own.is_shops) == ("tesla package -> tint", True)
    assert ours is not None
    assert (ours.text, ours.is_shops) == ("tint -> tint", False)
    assert none is None


@pytest.mark.parametrize(
    ("name", "service", "classes"),
    [
        ("Full Detail - Exotic", "Full Detail", ("coupe",)),
        ("Full Detail - 7 Seater", "Full Detail", ("suv", "van")),
        ("Full Detail 7-seater", "Full Detail", ("suv", "van")),
        ("Full Detail (Wagon)", "Full Detail", ("sedan",)),
        ("Exotic Detail", "Exotic Detail", ("any",)),
        ("Full Detail - Truck", "Full Detail", ("truck",)),
    ],
)
def test_the_shops_words_name_vehicle_classes(name: str, service: str, classes: tuple[str, ...]) -> None:
    reading = read_entry(entry(name), read_rules(RULES))

    assert reading is not None
    assert (reading.name, reading.classes) == (service, classes)


def test_what_the_shop_leaves_out_is_never_a_service() -> None:
    found = imported(entry("Shop Supplies"), entry("Lifetime Warranty - SUV"), entry("Shop Visit"))

    assert list(found) == ["Shop Visit"]


def test_classes_merged_into_one_have_a_range_and_the_longest_hours() -> None:
    found = imported(
        entry("Tint - Coupe", 300, hours=3), entry("Tint - Exotic", 450, hours=5), entry("Tint - SUV", 400, hours=4)
    )

    tint = found["Tint"]
    assert {one: price.minor for one, price in tint.prices.items()} == {"coupe": 45000, "suv": 40000}
    assert {one: price.minor for one, price in tint.lowest.items()} == {"coupe": 30000}
    assert tint.hours_by_class == {"coupe": 5.0, "suv": 4.0}
    assert (tint.hours_for("suv"), tint.hours_for("van"), tint.hours_for(None)) == (4.0, 5.0, 5.0)


@pytest.mark.parametrize(
    ("key", "text", "fix"),
    [
        ("catalog.categories", "clear bra", "write `some words -> tint`"),
        ("catalog.categories", "clear bra -> film", "after the arrow: tint, ppf"),
        ("catalog.categories", "-> tint", "write"),
        ("catalog.classes", "exotic -> car", "coupe, sedan, suv"),
        ("catalog.leave_out", "--", "name words"),
    ],
)
def test_a_rule_that_is_none_is_refused_with_its_setting(key: str, text: str, fix: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        checked(with_value(TENANT, key, text))

    assert refusal.value.field == key
    assert fix in (refusal.value.fix or "")


def test_rules_are_set_like_any_other_list() -> None:
    tenant = checked(with_value(TENANT, "catalog.categories", "clear bra -> ppf, tesla package -> tint"))

    assert tenant.catalog.categories == ("clear bra -> ppf", "tesla package -> tint")
