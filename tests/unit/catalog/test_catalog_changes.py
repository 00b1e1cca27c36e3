"""What a sync may change, what it must keep, and what it must not believe: over random price lists."""

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.catalog.model import CatalogEntry, HandSet, NeedsVehicle, Quote, Service
from leadcore.catalog.policies.by_hand import key_of, overlaid, read_wish
from leadcore.catalog.policies.differences import compare
from leadcore.catalog.policies.entries import Listing, Remembered, remember
from leadcore.catalog.policies.import_services import import_services
from leadcore.catalog.policies.quote import quote
from leadcore.catalog.policies.revise import is_too_much, revised
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.ids import TenantId
from leadcore.kernel.money import Money
from leadcore.ports.crm import CrmService

TENANT = TenantId(UUID(int=7))
NOON = datetime(2026, 11, 23, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
WORDS = ["Ceramic Tint", "PPF Full Front", "Wash", "Vinyl Wrap"]
CLASSES = ["", " - Sedan", " - SUV", " - Truck", " - Car"]


class CountingIds:
    """Ids that no two imports share."""

    numbers = count(1)

    def new(self) -> UUID:
        return UUID(int=next(self.numbers))


def entry(name: str, dollars: int, *, ref: str = "", currency: str = "USD") -> CrmService:
    return CrmService(external_id=ref or name, name=name, price=Money(minor=dollars * 100, currency=currency))


def catalog(*entries: CrmService, before: list[Service] | None = None, accept: bool = False) -> list[Service]:
    fresh = import_services(entries, tenant_id=TENANT, ids=CountingIds(), now=NOON)
    return revised(fresh, before or [], accept=accept)


def read(known: tuple[CatalogEntry, ...], *refs: str, hours: float, complete: bool = True) -> Remembered:
    listing = Listing(services=tuple(entry(f"Service {ref}", 100, ref=ref) for ref in refs), complete=complete)
    return remember(known, listing, tenant_id=TENANT, now=NOON + hours * HOUR)


def by_hand(service: Service, **values: str) -> Service:
    set_now = {key.replace("_", "."): HandSet(value=value, by="Sam", at=NOON) for key, value in values.items()}
    return overlaid(service, by_hand=set_now, is_listed=True)


def test_an_entry_is_sold_for_48_hours_after_it_was_last_seen_and_comes_back() -> None:
    first = read((), "a", "b", "c", "d", hours=0)

    day = read(first.entries, "a", "b", "c", hours=47.9)
    gone = read(day.entries, "a", "b", "c", hours=48)
    back = read(gone.entries, "a", "b", "c", "d", hours=72)

    assert (len(day.sold), day.unseen) == (4, ("Service d",))
    assert (len(gone.sold), gone.unseen, gone.missed) == (3, (), ())
    assert len(back.sold) == 4


def test_a_list_that_did_not_settle_takes_nothing_away() -> None:
    first = read((), "a", "b", "c", "d", hours=0)

    later = read(first.entries, "a", hours=500, complete=False)

    assert len(later.sold) == 4
    assert len(later.unseen) == 3


def test_half_the_catalog_is_missed_until_somebody_accepts() -> None:
    first = read((), "a", "b", "c", "d", hours=0)

    later = read(first.entries, "a", "b", hours=50)
    none = read(first.entries, hours=50)
    accepted = remember(later.entries, Listing(services=()), tenant_id=TENANT, now=NOON + 50 * HOUR, accept=True)

    assert (len(later.sold), later.missed) == (4, ("Service c", "Service d"))
    assert len(none.sold) == 4
    assert len(accepted.sold) == 2  # a and b were seen two days ago at most
    assert len(read(later.entries, "a", "b", "c", "d", hours=51).missed) == 0


@given(st.lists(st.tuples(st.sets(st.sampled_from("abcdefgh")), st.floats(0, 60), st.booleans()), max_size=12))
def test_whatever_a_vendor_shows_what_was_seen_within_48_hours_is_sold(
    answers: list[tuple[set[str], float, bool]],
) -> None:
    state = read((), *"abcdefgh", hours=0)
    seen = dict.fromkeys("abcdefgh", 0.0)
    hours = 0.0

    for refs, wait, complete in answers:
        hours += wait
        sold_before = {each.external_id for each in state.sold}
        state = read(state.entries, *sorted(refs), hours=hours, complete=complete)
        seen |= dict.fromkeys(refs, hours)
        sold = {each.external_id for each in state.sold}

        assert {ref for ref, at in seen.items() if hours - at < 47.99} <= sold
        assert refs <= sold
        assert not complete or 2 * len(sold_before - sold) < max(len(sold_before), 3)
        assert complete or sold_before <= sold


@pytest.mark.parametrize(
    ("old", "new", "much"), [(100, 150, False), (100, 151, True), (100, 50, False), (100, 49, True), (100, 100, False)]
)
def test_more_than_half_is_too_much(old: int, new: int, much: bool) -> None:
    assert is_too_much(Money(minor=old), Money(minor=new)) is much
    assert is_too_much(Money(minor=old), Money(minor=new, currency="EUR"))


def test_a_suspicious_price_is_held_however_often_it_is_read_until_accepted() -> None:
    was = catalog(entry("Tint - SUV", 500, ref="s"), entry("Tint - Sedan", 400, ref="d"))

    once = catalog(entry("Tint - SUV", 50, ref="s"), entry("Tint - Sedan", 410, ref="d"), before=was)
    twice = catalog(entry("Tint - SUV", 50, ref="s"), entry("Tint - Sedan", 410, ref="d"), before=once)
    accepted = catalog(entry("Tint - SUV", 50, ref="s"), entry("Tint - Sedan", 410, ref="d"), before=twice, accept=True)
    righted = catalog(entry("Tint - SUV", 520, ref="s"), entry("Tint - Sedan", 410, ref="d"), before=twice)

    for one in (*once, *twice):
        assert {kind: price.display for kind, price in one.prices.items()} == {"sedan": "$410", "suv": "$500"}
        assert one.held["suv"].display == "$50"
    assert (accepted[0].prices["suv"].display, accepted[0].held) == ("$50", {})
    assert (righted[0].prices["suv"].display, righted[0].held) == ("$520", {})
    assert compare(was, once).held == ("Tint (suv): $500 is quoted, the CRM says $50",)


def test_values_set_by_hand_outlive_syncs_renames_and_absences_and_show_what_the_crm_says() -> None:
    [service] = catalog(entry("Tint - SUV", 500, ref="s"), entry("Tint - Sedan", 400, ref="d"))
    corrected = by_hand(
        service, price_suv="$1,599.50", name="Window Tint", category="wrap", hours="2.5", bookable="yes"
    )

    [renamed] = catalog(
        entry("Best Tint - SUV", 520, ref="s"), entry("Best Tint - Sedan", 420, ref="d"), before=[corrected]
    )
    [back] = catalog(entry("Tint - SUV", 2000, ref="new"), before=[replace(renamed, active=False)])

    assert (renamed.slug, renamed.id, renamed.name, renamed.category) == ("tint", service.id, "Window Tint", "wrap")
    assert {kind: price.display for kind, price in renamed.prices.items()} == {"sedan": "$420", "suv": "$1,599.50"}
    assert (renamed.hours, renamed.bookable) == (2.5, True)
    assert renamed.listed is not None
    assert (renamed.listed.name, renamed.listed.prices["suv"].display) == ("Best Tint", "$520")
    assert (back.prices["suv"].display, back.held) == ("$1,599.50", {})
    [free] = [overlaid(renamed, by_hand={}, is_listed=True)]
    assert (free.name, free.prices["suv"].display, free.category) == ("Best Tint", "$520", "tint")


def test_what_is_hidden_by_hand_stays_hidden() -> None:
    [service] = catalog(entry("Tint", 500))
    hidden = by_hand(service, sold="no")

    [again] = catalog(entry("Tint", 510), before=[hidden])

    assert not again.active
    assert compare([service], [again]).removed == ("Tint",)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("price.suv", "0"), ("price.suv", "-5"), ("price.suv", "free"), ("price.suv", "1e3"), ("price.suv", "٣٠٠"),
        ("name", " - "), ("category", "film"), ("hours", "nan"), ("hours", "soon"), ("bookable", "maybe"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_with_its_key(key: str, value: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        read_wish(key_of(key), value)

    assert (refusal.value.field, bool(refusal.value.fix)) == (key, True)


@pytest.mark.parametrize("key", ["price.boat", "colour", "prices", "id"])
def test_a_key_that_is_none_is_refused_with_those_that_are(key: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        key_of(key)

    assert refusal.value.fix


_ENTRIES = st.lists(
    st.builds(
        entry,
        st.builds("{}{}".format, st.sampled_from(WORDS), st.sampled_from(CLASSES)),
        st.integers(1, 900),
        ref=st.sampled_from("abcdefghijkl"),
    ),
    max_size=8,
    unique_by=lambda one: one.external_id,
)
_LISTS = st.lists(st.tuples(_ENTRIES, st.booleans()), min_size=1, max_size=4)


@given(_LISTS, st.sampled_from(WORDS), st.sampled_from(["coupe", "sedan", "suv", "truck", None]))
def test_no_price_is_quoted_that_no_entry_ever_had_and_none_below_the_dearest_believed_one(
    lists: list[tuple[list[CrmService], bool]], asked: str, vehicle: object
) -> None:
    services: list[Service] = []
    ever: set[Money] = set()
    for entries, accept in lists:
        ever |= {one.price for one in entries}
        before, services = services, catalog(*entries, before=services, accept=accept)

        for one in services:
            assert one.listed is not None
            assert set(one.prices.values()) <= ever
            assert all(one.lowest[kind] < one.prices[kind] for kind in one.lowest)
            old = next((each for each in before if each.slug == one.slug and each.active), None)
            for kind, price in one.prices.items():
                if old is not None and kind in old.prices and not accept:
                    assert not is_too_much(old.prices[kind], price)
        said = quote(services, asked, vehicle_class=vehicle, quote_id="q")  # type: ignore[arg-type]
        match said:
            case Quote():
                [sold] = [one for one in services if one.id == said.service_id]
                assert said.price == sold.prices[said.vehicle_class]
                assert said.price in ever
                lowest = sold.lowest.get(said.vehicle_class)
                assert (lowest is None) or any(lowest.display in text for text in said.assumptions)
            case NeedsVehicle():
                assert {said.lowest, said.highest} <= ever


@given(_ENTRIES, st.integers(1, 99999), _ENTRIES)
def test_a_price_set_by_hand_is_quoted_whatever_the_crm_says_next(
    entries: list[CrmService], cents: int, later: list[CrmService]
) -> None:
    for service in catalog(*entries):
        kind = next(iter(service.prices))
        text = f"{cents // 100}.{cents % 100:02d}"
        corrected = overlaid(service, by_hand={f"price.{kind}": HandSet(value=text, by="Sam", at=NOON)}, is_listed=True)

        for one in catalog(*later, before=[corrected]):
            if one.slug == service.slug:
                assert one.prices[kind] == Money(minor=cents)
                assert kind not in one.lowest
