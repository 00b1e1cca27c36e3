"""Contact points and money: read as people write them, shown as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.kernel.contact import contact_digest, country_of, parse_email, parse_phone, zones_of
from leadcore.kernel.errors import InvalidInputError
from leadcore.kernel.money import Money


@pytest.mark.parametrize(
    "text", ["512-555-0142", "(512) 555 0142", "+1 512 555 0142", "1.512.555.0142", " 5125550142 "]
)
def test_one_phone_has_one_form(text: str) -> None:
    assert parse_phone(text).e164 == "+15125550142"


@pytest.mark.parametrize("text", ["", "abc", "555", "+1 512 555 01423456"])
def test_what_cannot_be_a_phone_names_the_field(text: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse_phone(text)

    assert refusal.value.field == "phone"


def test_an_area_code_tells_its_zones_and_a_non_geographic_one_tells_too_many() -> None:
    austin, personal = parse_phone("+15125550142"), parse_phone("+15005550006")

    assert zones_of(austin) == ("America/Chicago",)
    assert len(zones_of(personal)) > 10
    assert country_of(austin) == "US"


def test_a_logged_phone_or_address_does_not_tell_who_it_is() -> None:
    assert parse_phone("+15125550142").masked == "+1…42"
    assert parse_email("Pat@Example.com").masked == "p…@example.com"


@pytest.mark.parametrize("text", ["pat@example.com", " PAT@EXAMPLE.COM "])
def test_one_address_has_one_form(text: str) -> None:
    assert parse_email(text).address == "pat@example.com"


@given(
    st.text(st.characters(exclude_categories=("Z", "C"), exclude_characters='<>,;"()@.'), min_size=1, max_size=20),
    st.sampled_from(["example.com", "EXAMPLE.com", "münchen.example.com", "mu\u0308nchen.example.com"]),
)
def test_an_address_is_normalised_once_and_for_all_and_no_provider_is_guessed(local: str, domain: str) -> None:
    once = parse_email(f"{local}@{domain}").address

    assert parse_email(once).address == once
    assert parse_email(f" {local}@{domain.upper()} ").address == once
    assert parse_email(f"{local}+tint@{domain}").address != once
    assert parse_email(f"x.{local}@{domain}").address != parse_email(f"x{local}@{domain}").address


@given(
    st.integers(0, 99),
    st.sampled_from(["+1 512 555 01{:02}", "(512) 555-01{:02}", "512.555.01{:02}", "151255501{:02}"]),
)
def test_a_phone_is_one_number_in_every_writing(last: int, writing: str) -> None:
    assert parse_phone(writing.format(last)).e164 == f"+151255501{last:02}"


def test_a_number_without_a_country_is_the_tenants_regions() -> None:
    assert parse_phone("020 7946 0958", region="GB").e164 == "+442079460958"
    assert parse_phone("+44 20 7946 0958", region="US").e164 == "+442079460958"


@pytest.mark.parametrize("text", ["", "pat", "@example.com", "pat@com", "p at@example.com", "a@b..com", "<a@b.com>"])
def test_what_cannot_be_an_address_names_the_field(text: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse_email(text)

    assert refusal.value.field == "email"


def test_a_digest_needs_its_pepper() -> None:
    assert contact_digest("+15125550142", pepper=b"a") != contact_digest("+15125550142", pepper=b"b")


@pytest.mark.parametrize(("minor", "shown"), [(45000, "$450"), (125050, "$1,250.50"), (5, "$0.05"), (-100, "-$1")])
def test_money_reads_like_money(minor: int, shown: str) -> None:
    assert Money(minor=minor).display == shown


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_money_adds_exactly(left: int, right: int) -> None:
    assert (Money(minor=left) + Money(minor=right)).minor == left + right


def test_two_currencies_do_not_add_up() -> None:
    with pytest.raises(InvalidInputError):
        Money(minor=1) + Money(minor=1, currency="CAD")
