"""Promises about messages, attempts and delivery reports."""

import pytest
from msgspec.structs import replace

from leadcore.flows.work import Store
from leadcore.kernel.errors import ConflictError, NotFoundError
from leadcore.kernel.ids import MessageId
from leadcore.messaging.values import TextKey
from leadcore.ports.inbound import DeliveryReport
from leadcore.testing.builders import (
    NOON,
    a_message,
    an_attempt,
    new_id,
)
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import open_shop


class MessageContract(Contract):
    """A message is sent at most once."""

    async def test_a_touch_has_one_message_per_channel(self, store: Store) -> None:
        shop = await open_shop(store)
        by_sms = a_message(shop.point, touch_id=shop.touch.id, lead_id=shop.lead.id)

        async with store.begin(shop.id) as uow:
            assert await uow.messages.add(by_sms)
            assert not await uow.messages.add(a_message(shop.point, touch_id=shop.touch.id))
            assert await uow.messages.add(a_message(shop.point, touch_id=shop.touch.id, channel="email"))
            assert await uow.messages.add(a_message(shop.point))
            assert await uow.messages.add(a_message(shop.point))
            assert await uow.messages.get(by_sms.id, tenant_id=shop.id) == by_sms
            assert await uow.messages.peek(by_sms.id, tenant_id=shop.id) == by_sms

    async def test_a_message_is_replaced_as_a_whole(self, store: Store) -> None:
        shop = await open_shop(store)
        message = a_message(shop.point, lead_id=shop.lead.id)
        sent = replace(message, state="accepted", provider_id="SM1", delivery="sent", attempts=1, answers=NOON)

        async with store.begin(shop.id) as uow:
            await uow.messages.add(message)
            await uow.messages.save(sent)

            assert await uow.messages.of_lead(shop.lead.id, tenant_id=shop.id) == [sent]
            with pytest.raises(NotFoundError):
                await uow.messages.save(replace(sent, id=MessageId(new_id())))

    @pytest.mark.parametrize("state", ["started", "unknown", "accepted"])
    async def test_a_message_that_may_have_gone_gets_no_other_attempt(self, store: Store, state: str) -> None:
        shop = await open_shop(store)
        message = a_message(shop.point)

        async with store.begin(shop.id) as uow:
            await uow.messages.add(message)
            await uow.messages.add_attempt(an_attempt(message, state=state))
            with pytest.raises(ConflictError):
                await uow.messages.add_attempt(an_attempt(message, n=2))
            await uow.commit()

    @pytest.mark.parametrize("state", ["rejected", "not_sent", "abandoned"])
    async def test_a_message_that_did_not_go_may_be_tried_again(self, store: Store, state: str) -> None:
        shop = await open_shop(store)
        message = a_message(shop.point)
        first, second = an_attempt(message), an_attempt(message, n=2)

        async with store.begin(shop.id) as uow:
            await uow.messages.add(message)
            await uow.messages.add_attempt(first)
            await uow.messages.save_attempt(replace(first, state=state, settled_at=NOON, how="answer", looks=2))
            await uow.messages.add_attempt(second)

            assert await uow.messages.attempt(second.id, tenant_id=shop.id) == second
            with pytest.raises(ConflictError):
                await uow.messages.save_attempt(replace(first, state="accepted"))

    @pytest.mark.parametrize("state", ["started", "unknown", "accepted"])
    async def test_a_text_is_accepted_once_per_contact_and_local_day(self, store: Store, state: str) -> None:
        shop = await open_shop(store)
        messages = [a_message(shop.point, purpose="marketing") for _ in range(4)]
        key = TextKey(contact_hash=b"c", content_hash=b"t", local_day="2026-11-23")
        first, same, other_day, keyless = (
            an_attempt(messages[0], state=state).with_key(key),
            an_attempt(messages[1]).with_key(key),
            an_attempt(messages[2]).with_key(replace(key, local_day="2026-11-24")),
            an_attempt(messages[3]),
        )

        async with store.begin(shop.id) as uow:
            for message in messages:
                await uow.messages.add(message)
            await uow.messages.add_attempt(first)
            await uow.messages.add_attempt(other_day)
            await uow.messages.add_attempt(keyless)

            with pytest.raises(ConflictError):
                await uow.messages.add_attempt(same)
            assert await uow.messages.has_text(key, but=messages[1].id, tenant_id=shop.id)
            assert not await uow.messages.has_text(key, but=messages[0].id, tenant_id=shop.id)
            await uow.messages.save_attempt(replace(first, state="not_sent"))
            assert not await uow.messages.has_text(key, but=messages[1].id, tenant_id=shop.id)
            await uow.messages.add_attempt(same)
            with pytest.raises(ConflictError):
                await uow.messages.save_attempt(first)
            assert await uow.messages.attempt(same.id, tenant_id=shop.id) == same
            await uow.commit()

    async def test_a_sender_has_one_bucket_that_is_kept(self, store: Store) -> None:
        shop, other = await open_shop(store), await open_shop(store)

        async with store.begin(shop.id) as uow:
            fresh = await uow.messages.bucket("+15125550100", tenant_id=shop.id)
            await uow.messages.save_bucket(replace(fresh, tat=NOON))
            await uow.commit()

        async with store.begin(shop.id) as uow:
            kept = await uow.messages.bucket("+15125550100", tenant_id=shop.id)
            beside = await uow.messages.bucket("+15125550101", tenant_id=shop.id)
        async with store.begin(other.id) as uow:
            theirs = await uow.messages.bucket("+15125550100", tenant_id=other.id)
        assert (fresh.tat, kept.tat, beside.tat, theirs.tat) == (None, NOON, None, None)

    async def test_a_carriers_id_belongs_to_one_attempt(self, store: Store) -> None:
        shop = await open_shop(store)
        messages = [a_message(shop.point), a_message(shop.point)]
        ours, other = (an_attempt(message) for message in messages)

        async with store.begin(shop.id) as uow:
            for message, attempt in zip(messages, (ours, other), strict=True):
                await uow.messages.add(message)
                await uow.messages.add_attempt(attempt)
            bound = replace(ours, state="accepted", provider_id="SM1")
            await uow.messages.save_attempt(bound)

            with pytest.raises(ConflictError):
                await uow.messages.save_attempt(replace(other, state="accepted", provider_id="SM1"))
            assert await uow.messages.attempt_by_provider_id("SM1", tenant_id=shop.id) == bound
            assert await uow.messages.attempt_by_provider_id("", tenant_id=shop.id) is None
            await uow.commit()

    async def test_a_report_is_new_once_per_status_and_code(self, store: Store) -> None:
        shop = await open_shop(store)
        message = a_message(shop.point)
        sent = DeliveryReport(provider_id="SM1", status="sent")
        failed = DeliveryReport(provider_id="SM1", status="failed", error_code="30003")

        async with store.begin(shop.id) as uow:
            await uow.messages.add(message)
            told = [
                await uow.messages.add_report(report, message_id=message.id, tenant_id=shop.id)
                for report in (sent, failed, sent, replace(failed, error_code="30005"))
            ]

            assert told == [True, True, False, True]
            assert await uow.messages.reports(message.id, tenant_id=shop.id) == [
                ("failed", "30003"),
                ("failed", "30005"),
                ("sent", ""),
            ]

    async def test_the_newest_reported_deliveries_are_told_with_the_worst_that_was_said(self, store: Store) -> None:
        shop, other = await open_shop(store), await open_shop(store)
        messages = [a_message(shop.point), a_message(shop.point, delivery="delivered"), a_message(shop.point)]
        off = DeliveryReport(provider_id="SM1", status="undelivered", error_code="30003", trouble="not_now")
        landline = DeliveryReport(provider_id="SM1", status="undelivered", error_code="30006", trouble="never")

        async with store.begin(shop.id) as uow:
            for message in messages:
                await uow.messages.add(message)
            for report in (off, landline, DeliveryReport(provider_id="SM1", status="sent")):
                await uow.messages.add_report(report, message_id=messages[0].id, tenant_id=shop.id)
            arrived = DeliveryReport(provider_id="SM2", status="delivered")
            await uow.messages.add_report(arrived, message_id=messages[1].id, tenant_id=shop.id)
            told = await uow.messages.deliveries_to(shop.point.id, tenant_id=shop.id, limit=9)
            newest = await uow.messages.deliveries_to(shop.point.id, tenant_id=shop.id, limit=1)
            assert await uow.messages.deliveries_to(other.point.id, tenant_id=shop.id, limit=9) == []

        assert [(each.message_id, each.delivery, each.trouble, each.code) for each in told] == [
            (messages[1].id, "delivered", "", ""),
            (messages[0].id, None, "never", "30006"),
        ]
        assert newest == told[:1]

    async def test_what_failed_or_is_held_is_told_the_newest_first_with_its_tries(self, store: Store) -> None:
        shop, other = await open_shop(store), await open_shop(store)
        failed, held, gone = (a_message(shop.point, state=state) for state in ("failed", "held", "accepted"))
        tries = [an_attempt(failed, n=n, state="rejected") for n in (1, 2)]

        async with store.begin(shop.id) as uow:
            for message in (failed, held, gone):
                await uow.messages.add(message)
            for each in tries:
                await uow.messages.add_attempt(each)
            await uow.messages.save(replace(held, released_at=NOON))
            both = await uow.messages.stuck(shop.id, states=("failed", "held"), limit=9)
            only_failed = await uow.messages.stuck(shop.id, states=["failed"], limit=9)
            assert await uow.messages.stuck(shop.id, states=("failed", "held"), limit=1) == both[:1]
            assert await uow.messages.attempts_of(failed.id, tenant_id=shop.id) == tries
            await uow.commit()

        assert only_failed == [failed]
        assert both == [replace(held, released_at=NOON), failed]
        async with store.begin(other.id) as uow:
            assert await uow.messages.stuck(other.id, states=("failed", "held"), limit=9) == []

    async def test_only_messages_not_with_the_carrier_are_cancelled(self, store: Store) -> None:
        shop = await open_shop(store)
        of_lead = {"lead_id": shop.lead.id}
        open_ones = [a_message(shop.point, state=state, **of_lead) for state in ("pending", "held")]
        gone = [a_message(shop.point, state=state, **of_lead) for state in ("dispatching", "unknown", "accepted")]
        typed = a_message(shop.point, purpose="reply", **of_lead)

        async with store.begin(shop.id) as uow:
            for message in (*open_ones, *gone, typed):
                await uow.messages.add(message)
            cancelled = await uow.messages.cancel_open_of_lead(shop.lead.id, tenant_id=shop.id, reason="replied")

            stored = await uow.messages.of_lead(shop.lead.id, tenant_id=shop.id)
        assert cancelled == [message.id for message in open_ones]
        assert stored == [*(replace(each, state="cancelled", reason="replied") for each in open_ones), *gone, typed]

    async def test_an_enrollments_messages_are_cancelled_with_it(self, store: Store) -> None:
        shop = await open_shop(store)
        planned, unrelated = a_message(shop.point, touch_id=shop.touch.id), a_message(shop.point)

        async with store.begin(shop.id) as uow:
            await uow.messages.add(planned)
            await uow.messages.add(unrelated)

            assert await uow.messages.cancel_of_enrollment(shop.enrollment.id, tenant_id=shop.id, reason="replied") == [
                planned.id
            ]
            assert (await uow.messages.get(unrelated.id, tenant_id=shop.id)).state == "pending"
