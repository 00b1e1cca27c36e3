"""The door for Google Ads lead forms (providers.md 6.2). The key in the body is all the proof there is."""

import hmac
import re
from datetime import UTC, datetime

import msgspec

from leadcore.ports.inbound import (
    AdmittedItem,
    ForgedRequestError,
    InboundEvent,
    LeadSubmitted,
    NotFollowed,
    RawRequest,
    RefusedSubmissionError,
    SubmittedConsent,
    UnreadableBodyError,
)
from leadcore_googleads.settings import GoogleAdsSettings

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LEAD_ID = re.compile(r"[\x21-\x7e]{1,200}")
_KNOWN = frozenset(
    {
        "FULL_NAME", "FIRST_NAME", "LAST_NAME", "EMAIL", "WORK_EMAIL", "PHONE_NUMBER", "WORK_PHONE", "POSTAL_CODE",
        "CITY", "REGION", "COUNTRY", "STREET_ADDRESS", "COMPANY_NAME", "JOB_TITLE",
    }
)  # fmt: skip


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of the form."""

    column_id: str = ""
    column_name: str = ""
    string_value: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """What Google sends. Ids of campaigns and forms exceed 2^53, so they are left alone."""

    lead_id: str = ""
    google_key: str = ""
    user_column_data: list[Column] = []
    is_test: bool = False
    lead_submit_time: str = ""


class GoogleAdsDoor:
    """`InboundDoor` of one Google Ads connection."""

    def __init__(self, settings: GoogleAdsSettings) -> None:
        self._keys = [key.encode() for key in (settings.google_key, settings.previous_google_key) if key]
        self._wording = settings.consent_wording

    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        """Compare the key, then see whether there is somebody to reach. Raises as the port says."""
        delivery = self._believed(request.body)
        if not _LEAD_ID.fullmatch(delivery.lead_id):
            raise RefusedSubmissionError(
                "there is no usable lead_id", field="lead_id", fix="send Google's body unchanged"
            )
        if not delivery.is_test and not (_answers(delivery, "PHONE") or _answers(delivery, "EMAIL")):
            fix = "let the lead form ask for a phone number or an e-mail address"
            raise RefusedSubmissionError("the lead cannot be reached", field="user_column_data", fix=fix)
        # The key goes no further than here: what is kept is read by people.
        kept = msgspec.json.encode(msgspec.structs.replace(delivery, google_key=""))
        return (AdmittedItem(dedupe_key=delivery.lead_id, body=kept, occurred_at=_submitted(delivery, now)),)

    def read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        """Return the lead; Google's test leads are set aside."""
        try:
            delivery = msgspec.json.decode(item.body, type=Delivery)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
            raise UnreadableBodyError("this is not a lead of Google Ads") from cause
        if delivery.is_test:
            why = "a test lead of Google Ads: the webhook works, nobody is followed up"
            return (NotFollowed(reason=why),)
        if not delivery.lead_id or item.occurred_at is None:
            raise UnreadableBodyError("the lead has no id or no time")
        return (self._lead(delivery, item.occurred_at),)

    def _believed(self, body: bytes) -> Delivery:
        if not self._keys:
            raise ForgedRequestError("no key is configured, so nothing can be believed", fix="connect googleads again")
        try:
            delivery = msgspec.json.decode(body, type=Delivery)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
            raise ForgedRequestError("the body is no lead, so no key can be found in it") from cause
        claimed = delivery.google_key.encode("utf-8", "surrogatepass")
        if not any([hmac.compare_digest(key, claimed) for key in self._keys]):  # noqa: C419 - compare with every key
            raise ForgedRequestError("google_key is missing or wrong", fix="compare the Key in the form's webhook")
        return delivery

    def _lead(self, delivery: Delivery, submitted_at: datetime) -> LeadSubmitted:
        first, last = _answers(delivery, "FIRST_NAME"), _answers(delivery, "LAST_NAME")
        questions = [each for each in delivery.user_column_data if each.column_id not in _KNOWN and each.string_value]
        agreed = self._wording.strip()
        return LeadSubmitted(
            external_id=delivery.lead_id,
            submitted_at=submitted_at,
            name="".join(_answers(delivery, "FULL_NAME")[:1]),
            first_name="".join(first[:1]),
            last_name="".join(last[:1]),
            phones=_answers(delivery, "PHONE"),
            emails=_answers(delivery, "EMAIL"),
            message="\n".join(f"{each.column_name or each.column_id}: {each.string_value}" for each in questions),
            consent=SubmittedConsent(sms=True, email=True, wording=agreed, at=submitted_at, reported_by="vendor")
            if agreed
            else None,
        )


def _answers(delivery: Delivery, word: str) -> tuple[str, ...]:
    """Return the answers to a standard question; the private phone and address stand before those of work."""
    found = [each for each in delivery.user_column_data if each.column_id in _KNOWN and word in each.column_id]
    ranked = sorted(found, key=lambda each: each.column_id.startswith("WORK_"))
    return tuple(each.string_value for each in ranked if each.string_value.strip())


def _submitted(delivery: Delivery, now: datetime) -> datetime:
    try:
        told = datetime.fromisoformat(delivery.lead_submit_time)
    except ValueError:
        return now
    return told.astimezone(UTC) if told.tzinfo and _EARLIEST < told < now else now
