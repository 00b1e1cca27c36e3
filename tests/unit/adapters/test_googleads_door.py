"""Google's door: the key in the body, test leads, and what the columns mean."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from leadcore.ports.inbound import (
    AdmittedItem,
    ForgedRequestError,
    LeadSubmitted,
    NotFollowed,
    RawRequest,
    RefusedSubmissionError,
    SubmittedConsent,
)
from leadcore.ports.plugin import ConnectionUrls
from leadcore.testing.contracts.inbound_door import InboundDoorContract
from leadcore_googleads.connection import GoogleAdsConnection
from leadcore_googleads.door import GoogleAdsDoor
from leadcore_googleads.plugin import PLUGIN
from leadcore_googleads.settings import GoogleAdsSettings

KEY = "shared-secret"
NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
COLUMNS = [
    {"column_id": "FULL_NAME", "column_name": "Full name", "string_value": "Pat Sample"},
    {"column_id": "WORK_EMAIL", "string_value": "pat@work.example.com"},
    {"column_id": "EMAIL", "string_value": "pat@example.com"},
    {"column_id": "PHONE_NUMBER", "string_value": "+15125550142"},
    {"column_id": "CITY", "string_value": "Austin"},
    {"column_id": "what_do_you_drive", "column_name": "What do you drive?", "string_value": "Model Y"},
]


def delivery(**changes: Any) -> RawRequest:
    body = {
        "lead_id": "TeSter-1", "user_column_data": COLUMNS, "api_version": "1.0", "form_id": 2**62, "campaign_id": 2,
        "google_key": KEY, "gcl_id": "x", "adgroup_id": 3, "creative_id": 4, **changes,
    }  # fmt: skip
    return RawRequest(
        method="POST", url="https://hooks.example.com/hooks/7", headers=(("content-type", "application/json"),),
        body=msgspec.json.encode(body),
    )  # fmt: skip


def door(**changes: str) -> GoogleAdsDoor:
    return GoogleAdsDoor(GoogleAdsSettings(**({"google_key": KEY} | changes)))


def admit(request: RawRequest, **changes: str) -> AdmittedItem:
    return door(**changes).admit(request, now=NOW)[0]


def lead(request: RawRequest, **changes: str) -> LeadSubmitted:
    (event,) = door(**changes).read(admit(request, **changes))
    assert isinstance(event, LeadSubmitted)
    return event


class TestContract(InboundDoorContract):
    def door(self) -> GoogleAdsDoor:
        return door()

    def signed(self) -> tuple[RawRequest, ...]:
        return ()  # the key covers nothing but itself

    def unsigned(self) -> tuple[RawRequest, ...]:
        return delivery(), delivery(lead_id="2", is_test=True)

    def now(self) -> datetime:
        return NOW


def test_columns_become_a_lead_and_questions_of_the_form_become_its_message() -> None:
    assert lead(delivery()) == LeadSubmitted(
        external_id="TeSter-1",
        submitted_at=NOW,
        name="Pat Sample",
        phones=("+15125550142",),
        emails=("pat@example.com", "pat@work.example.com"),
        message="What do you drive?: Model Y",
    )


def test_a_lead_is_known_by_its_id_and_dated_by_google() -> None:
    asked_at = NOW - timedelta(hours=2)

    item = admit(delivery(lead_submit_time=asked_at.isoformat()))

    assert item.dedupe_key == "TeSter-1"
    assert item.occurred_at == asked_at


@pytest.mark.parametrize(
    "told", ["yesterday", "2026-11-22T15:00:00", "2030-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_a_date_that_cannot_be_true_gives_way_to_the_arrival(told: str) -> None:
    assert admit(delivery(lead_submit_time=told)).occurred_at == NOW


def test_a_test_lead_is_marked_and_makes_no_lead() -> None:
    item = admit(delivery(is_test=True))

    (event,) = door().read(item)

    assert isinstance(event, NotFollowed)
    assert "test lead" in event.reason


def test_the_key_is_not_kept() -> None:
    assert KEY.encode() not in admit(delivery()).body


def test_consent_is_the_forms_own_disclosure_or_none() -> None:
    assert lead(delivery()).consent is None
    assert lead(delivery(), consent_wording="By submitting you agree to texts.").consent == SubmittedConsent(
        sms=True, email=True, wording="By submitting you agree to texts.", at=NOW, reported_by="vendor"
    )


@pytest.mark.parametrize(
    ("change", "field"), [({"lead_id": ""}, "lead_id"), ({"user_column_data": []}, "user_column_data")]
)
def test_a_refusal_names_the_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(RefusedSubmissionError) as refusal:
        admit(delivery(**change))

    assert refusal.value.field == field


def test_without_a_configured_key_not_even_an_empty_one_is_believed() -> None:
    with pytest.raises(ForgedRequestError):
        admit(delivery(google_key=""), google_key="")


def test_the_previous_key_is_believed_while_it_changes() -> None:
    assert admit(delivery(), google_key="new", previous_google_key=KEY).dedupe_key == "TeSter-1"


def test_two_thousand_wrong_keys_are_all_refused() -> None:
    chance = random.Random(3)
    accepted = []

    for _ in range(2000):
        at = chance.randrange(len(KEY))
        other = chance.choice(["", "x", KEY[at].upper(), "\u00e9", KEY[at] * 2, " "])
        wrong = KEY[:at] + other + KEY[at + 1 :]
        if wrong == KEY:
            wrong = KEY + KEY[at]
        try:
            accepted.append((wrong, admit(delivery(google_key=wrong))))
        except ForgedRequestError:
            continue

    assert accepted == []


async def test_connecting_makes_a_key_once_and_says_where_it_goes() -> None:
    urls = ConnectionUrls(inbound="https://hooks.example.com/hooks/7", status="")
    fresh = GoogleAdsConnection(GoogleAdsSettings())

    (made,) = await fresh.register(urls)
    (known,) = await GoogleAdsConnection(GoogleAdsSettings(google_key=KEY)).register(urls)

    assert (await fresh.check())[0].ok
    assert made.learned["google_key"] in (made.fix or "")
    assert known.learned == {}
    assert KEY not in (known.fix or "")
    assert urls.inbound in (known.fix or "")


def test_the_plugin_hides_its_secrets() -> None:
    assert isinstance(PLUGIN.open(GoogleAdsSettings(google_key=KEY)), GoogleAdsConnection)
    assert KEY not in repr(GoogleAdsSettings(google_key=KEY))
    assert PLUGIN.secrets <= set(PLUGIN.settings.__struct_fields__)
