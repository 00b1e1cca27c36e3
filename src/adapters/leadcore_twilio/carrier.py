"""Handing one SMS to Twilio, which has no idempotency key: one call, and an honest word about its outcome."""

from datetime import UTC, datetime, timedelta
from typing import Any

from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from leadcore.ports.messaging import (
    AcceptedMessage,
    CarrierError,
    CarrierUnavailableError,
    OutboundMessage,
    OutcomeUnknownError,
    Receipt,
    SenderRefusedError,
)
from leadcore_httpkit import NeverLeftError, NoAnswerError
from leadcore_twilio.errors import TwilioRefusalError, fix_for, is_unauthorized, refusal_of
from leadcore_twilio.settings import TwilioSettings
from leadcore_twilio.statuses import delivery_status

_PAGE = 1000
_MAX_PAGES = 50
_SLACK = timedelta(minutes=5)
_SHORTEST_S, _LONGEST_S = 1, 36_000


class TwilioCarrier:
    """`Carrier` over the SDK's Messages resource."""

    def __init__(self, client: Client, settings: TwilioSettings, *, page_size: int = _PAGE) -> None:
        self._page_size = page_size
        self._client = client
        self._settings = settings

    async def send(self, message: OutboundMessage) -> Receipt:
        """Hand *message* over once. Raises as the port says."""
        try:
            created = await self._client.messages.create_async(**_fields(message))
        except NeverLeftError as cause:
            raise CarrierUnavailableError(f"twilio could not be reached: {cause.reason}") from cause
        except NoAnswerError as cause:
            raise OutcomeUnknownError(f"twilio's answer was lost: {cause.reason}") from cause
        except TwilioRefusalError as cause:
            raise refusal_of(cause) from cause
        except (TwilioException, ValueError, TypeError, AttributeError) as cause:
            raise OutcomeUnknownError("twilio's answer cannot be read: it may have been sent") from cause
        if not created.sid:
            raise OutcomeUnknownError("twilio's answer has no message id: it may have been sent")
        return Receipt(provider_id=str(created.sid), status=delivery_status(str(created.status or "")))

    async def accepted_for(self, recipient: str, *, since: datetime) -> tuple[AcceptedMessage, ...]:
        """List what was accepted for *recipient*, complete or not at all.

        There is no filter by date: the vendor's filters look at `date_sent`, which is null until a message is sent.
        """
        try:
            return await self._accepted(recipient, since=since - _SLACK)
        except NoAnswerError as cause:
            raise CarrierUnavailableError(f"twilio could not be reached: {cause.reason}") from cause
        except TwilioRefusalError as cause:
            raise _lookup_refused(cause) from cause
        except (TwilioException, ValueError, TypeError, AttributeError, KeyError) as cause:
            raise CarrierUnavailableError("twilio's message list cannot be read") from cause

    async def accepted_from(
        self, sender: str, *, since: datetime, limit: int | None = None
    ) -> tuple[AcceptedMessage, ...]:
        """List what an API call made *sender* send, newest first. A messaging service has no filter of the vendor's."""
        try:
            return await self._sent(sender, since=since, limit=limit)
        except NoAnswerError as cause:
            raise CarrierUnavailableError(f"twilio could not be reached: {cause.reason}") from cause
        except TwilioRefusalError as cause:
            raise _lookup_refused(cause) from cause
        except (TwilioException, ValueError, TypeError, AttributeError, KeyError) as cause:
            raise CarrierUnavailableError("twilio's message list cannot be read") from cause

    async def _sent(self, sender: str, *, since: datetime, limit: int | None) -> tuple[AcceptedMessage, ...]:
        in_service = sender.startswith("MG")
        found: list[AcceptedMessage] = []
        wanted: dict[str, Any] = {} if in_service else {"from_": sender}
        page = await self._client.messages.page_async(page_size=self._page_size, **wanted)
        for _ in range(_MAX_PAGES):
            rows = list(page)
            mine = [row for row in rows if str(row.direction or "") == "outbound-api"]
            listed = [accepted for row in mine if (accepted := _accepted_message(row, since)) is not None]
            found += [each for each in listed if each.sender == sender or not in_service]
            is_older = bool(rows) and all(row.date_created is not None and row.date_created < since for row in rows)
            if is_older or (limit is not None and len(found) >= limit):
                return tuple(found[:limit])
            following = await page.next_page_async()
            if following is None:
                return tuple(found[:limit])
            page = following
        raise CarrierUnavailableError("twilio lists more messages of this sender than we read")

    async def _accepted(self, recipient: str, *, since: datetime) -> tuple[AcceptedMessage, ...]:
        found: list[AcceptedMessage] = []
        page = await self._client.messages.page_async(to=recipient, page_size=self._page_size)
        for _ in range(_MAX_PAGES):
            found += [accepted for row in page if (accepted := _accepted_message(row, since)) is not None]
            following = await page.next_page_async()
            if following is None:
                return tuple(found)
            page = following
        # Half a list would prove that something was not accepted: that is how messages are sent twice.
        raise CarrierUnavailableError("twilio lists more messages for this recipient than we read")


def _fields(message: OutboundMessage) -> dict[str, Any]:
    sender = "messaging_service_sid" if message.sender.startswith("MG") else "from_"
    fields: dict[str, Any] = {"to": message.recipient, sender: message.sender, "body": message.body}
    if message.status_url:
        fields["status_callback"] = message.status_url
    if message.validity_s is not None:
        fields["validity_period"] = min(max(message.validity_s, _SHORTEST_S), _LONGEST_S)
    return fields


def _accepted_message(row: Any, since: datetime) -> AcceptedMessage | None:
    created_at = row.date_created or since  # unknown age: better found once too often than sent twice
    if not str(row.direction or "").startswith("outbound") or not row.sid or created_at < since:
        return None
    return AcceptedMessage(
        provider_id=str(row.sid),
        sender=str(row.messaging_service_sid or row.from_ or ""),
        recipient=str(row.to or ""),
        body=str(row.body or ""),
        created_at=created_at.astimezone(UTC),
        status=delivery_status(str(row.status or "")),
    )


def _lookup_refused(cause: TwilioRefusalError) -> CarrierError:
    if is_unauthorized(cause):
        return SenderRefusedError(
            f"twilio refused the lookup: {cause.message}", provider_code=str(cause.code or ""), fix=fix_for(cause)
        )
    return CarrierUnavailableError(
        f"twilio refused the lookup: {cause.message}", provider_code=str(cause.code or ""), retry_after_s=cause.wait_s
    )
