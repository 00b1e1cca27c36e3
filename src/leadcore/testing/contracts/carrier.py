"""What every `Carrier` promises. Subclass it and supply the fixtures `carrier` and `mishaps`."""

from datetime import timedelta
from typing import Literal, Protocol

import pytest

from leadcore.ports.messaging import (
    AcceptedMessage,
    Carrier,
    CarrierUnavailableError,
    LookupUnsupportedError,
    OutboundMessage,
    OutcomeUnknownError,
    RecipientRefusedError,
    SenderHistory,
)
from leadcore.testing.builders import NOON, an_outbound_message
from leadcore.testing.contracts.contract import Contract

Mishap = Literal["lose_answer", "refuse", "opted_out", "unavailable"]


class Mishaps(Protocol):
    """Makes the carrier's other side misbehave at the next call, and counts what it accepted.

    The other side's clock must stand at `builders.NOON` or later, and its lists must show what it accepted at once.
    """

    def next(self, mishap: Mishap) -> None:
        """Let the next `send` meet *mishap*."""
        ...

    def silence_lists(self) -> None:
        """Let no list answer from now on; messages are taken as before."""
        ...

    def accepted(self) -> list[str]:
        """Return the recipients of what the other side accepted."""
        ...


class CarrierContract(Contract, port="Carrier"):
    """One call is one message; what went wrong says whether it perhaps happened."""

    async def test_an_accepted_message_has_the_carriers_id(self, carrier: Carrier, mishaps: Mishaps) -> None:
        message = an_outbound_message()

        receipt = await carrier.send(message)

        assert receipt.provider_id
        assert mishaps.accepted() == [message.recipient]

    async def test_two_messages_have_different_ids(self, carrier: Carrier, mishaps: Mishaps) -> None:
        first = await carrier.send(an_outbound_message())

        second = await carrier.send(an_outbound_message())

        assert first.provider_id != second.provider_id

    async def test_a_lost_answer_is_unknown_and_sent_once(self, carrier: Carrier, mishaps: Mishaps) -> None:
        mishaps.next("lose_answer")

        with pytest.raises(OutcomeUnknownError):
            await carrier.send(an_outbound_message())

        assert len(mishaps.accepted()) == 1

    async def test_a_message_whose_answer_was_lost_is_found_in_the_list(
        self, carrier: Carrier, mishaps: Mishaps
    ) -> None:
        message = an_outbound_message()
        mishaps.next("lose_answer")

        with pytest.raises(OutcomeUnknownError):
            await carrier.send(message)

        found = await self._listed(carrier, message)
        assert [(each.recipient, each.body, each.sender) for each in found] == [
            (message.recipient, message.body, message.sender)
        ]

    async def test_the_list_names_the_id_of_the_receipt(self, carrier: Carrier, mishaps: Mishaps) -> None:
        message = an_outbound_message()

        receipt = await carrier.send(message)

        assert receipt.provider_id in {each.provider_id for each in await self._listed(carrier, message)}

    async def test_a_history_names_what_a_sender_sent_newest_first_and_nobody_elses(
        self, carrier: Carrier, mishaps: Mishaps
    ) -> None:
        if not isinstance(carrier, SenderHistory):
            pytest.skip("this carrier keeps no list by sender")
        message = an_outbound_message()
        first, second = await carrier.send(message), await carrier.send(message)

        found = await carrier.accepted_from(message.sender, since=NOON - timedelta(minutes=5))
        newest = await carrier.accepted_from(message.sender, since=NOON - timedelta(minutes=5), limit=1)
        nobody = await carrier.accepted_from("+15125550177", since=NOON - timedelta(minutes=5))

        assert {each.provider_id for each in found} == {first.provider_id, second.provider_id}
        assert [each.created_at for each in found] == sorted((each.created_at for each in found), reverse=True)
        assert (len(newest), nobody) == (1, ())

    async def test_a_list_that_does_not_answer_is_unavailable_and_not_empty(
        self, carrier: Carrier, mishaps: Mishaps
    ) -> None:
        message = an_outbound_message()
        await carrier.send(message)
        mishaps.silence_lists()

        with pytest.raises(CarrierUnavailableError):
            await self._listed(carrier, message)
        if isinstance(carrier, SenderHistory):
            with pytest.raises(CarrierUnavailableError):
                await carrier.accepted_from(message.sender, since=NOON - timedelta(minutes=5))

    async def test_a_refused_recipient_is_refused_for_good(self, carrier: Carrier, mishaps: Mishaps) -> None:
        mishaps.next("refuse")

        with pytest.raises(RecipientRefusedError) as refusal:
            await carrier.send(an_outbound_message())

        assert not refusal.value.opted_out
        assert mishaps.accepted() == []

    async def test_a_recipient_who_opted_out_is_told_apart(self, carrier: Carrier, mishaps: Mishaps) -> None:
        mishaps.next("opted_out")

        with pytest.raises(RecipientRefusedError) as refusal:
            await carrier.send(an_outbound_message())

        assert refusal.value.opted_out

    async def test_an_unavailable_carrier_has_accepted_nothing(self, carrier: Carrier, mishaps: Mishaps) -> None:
        mishaps.next("unavailable")

        with pytest.raises(CarrierUnavailableError):
            await carrier.send(an_outbound_message())

        assert mishaps.accepted() == []

    async def test_it_can_be_closed_twice(self, carrier: Carrier, mishaps: Mishaps) -> None:
        await carrier.aclose()

        await carrier.aclose()

    async def _listed(self, carrier: Carrier, message: OutboundMessage) -> tuple[AcceptedMessage, ...]:
        try:
            return await carrier.accepted_for(message.recipient, since=NOON - timedelta(minutes=5))
        except LookupUnsupportedError:
            pytest.skip("this carrier keeps no list; only its events settle an unknown attempt")
