"""What every `InboundDoor` promises. Subclass it and say which door, and which requests its vendor really sends."""

from abc import ABC, abstractmethod
from datetime import datetime

import msgspec
import pytest

from leadcore.ports.inbound import (
    AdmittedItem,
    CustomerMessage,
    ForgedRequestError,
    InboundDoor,
    InboundEvent,
    RawRequest,
    RefusedSubmissionError,
    StaleRequestError,
    TrappedSubmissionError,
    UnreadableBodyError,
    UnsubscribeRequested,
)
from leadcore.testing.contracts.contract import Contract

_REFUSALS = (
    ForgedRequestError,
    StaleRequestError,
    UnreadableBodyError,
    RefusedSubmissionError,
    TrappedSubmissionError,
)


class InboundDoorContract(Contract, ABC, port="InboundDoor"):
    """What is signed is believed, what is not is refused by type, and what is admitted can be read."""

    @abstractmethod
    def door(self) -> InboundDoor:
        """The door under test."""
        ...

    @abstractmethod
    def signed(self) -> tuple[RawRequest, ...]:
        """Genuine, signed requests, each about something else."""
        ...

    def unsigned(self) -> tuple[RawRequest, ...]:
        """Genuine requests that the vendor does not sign; only their path protects them."""
        return ()

    @abstractmethod
    def now(self) -> datetime:
        """The wall clock at which the requests arrive."""
        ...

    def test_genuine_requests_are_admitted_under_distinct_keys(self) -> None:
        items = self._items()

        keys = [item.dedupe_key for item in items]

        assert items
        assert all(keys)
        assert len(set(keys)) == len(keys)

    def test_a_replay_gives_the_same_keys_and_bodies(self) -> None:
        first = self._items()

        again = self._items()

        assert [(item.dedupe_key, item.body) for item in again] == [(item.dedupe_key, item.body) for item in first]

    def test_a_signed_body_with_one_changed_byte_is_forged(self) -> None:
        door = self.door()

        for request in self.signed():
            for place in range(0, len(request.body), max(1, len(request.body) // 25)):
                body = bytearray(request.body)
                body[place] ^= 1
                with pytest.raises(ForgedRequestError):
                    door.admit(msgspec.structs.replace(request, body=bytes(body)), now=self.now())

    def test_a_signed_request_without_its_headers_is_forged(self) -> None:
        door = self.door()

        for request in self.signed():
            kind = tuple(pair for pair in request.headers if pair[0].lower() == "content-type")
            with pytest.raises(ForgedRequestError):
                door.admit(msgspec.structs.replace(request, headers=kind), now=self.now())

    def test_names_of_headers_may_come_in_any_case(self) -> None:
        door = self.door()

        for request in self.signed():
            shouted = tuple((name.upper(), value) for name, value in request.headers)
            assert door.admit(msgspec.structs.replace(request, headers=shouted), now=self.now())

    def test_only_the_refusals_of_the_port_are_ever_raised(self) -> None:
        door = self.door()
        bodies = (b"", b"\x00\xff\xfe", b"[" * 5000, b"{}", b"null", b'"text"')

        for request in (*self.signed(), *self.unsigned()):
            for body in bodies:
                try:
                    items = door.admit(msgspec.structs.replace(request, body=body), now=self.now())
                except _REFUSALS:
                    continue
                for item in items:
                    self._read(item)

    def test_what_is_admitted_can_be_read_into_neutral_events(self) -> None:
        door = self.door()

        for item in self._items():
            assert all(isinstance(event, InboundEvent) for event in door.read(item))

    def test_words_of_customers_and_unsubscribes_are_urgent(self) -> None:
        door = self.door()

        for item in self._items():
            for event in door.read(item):
                wish = isinstance(event, UnsubscribeRequested) and event.reason != "bounce"
                if wish or isinstance(event, CustomerMessage):
                    assert item.urgent

    def test_bytes_that_are_no_item_are_unreadable_not_fatal(self) -> None:
        for body in (b"", b"\xff", b"[]", b"{}", b"0", b"[" * 5000):
            self._read(AdmittedItem(dedupe_key="k", body=body))

    def _items(self) -> list[AdmittedItem]:
        door = self.door()
        requests = (*self.signed(), *self.unsigned())
        return [item for request in requests for item in door.admit(request, now=self.now())]

    def _read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        try:
            return self.door().read(item)
        except UnreadableBodyError:
            return ()
