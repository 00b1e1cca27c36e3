"""What any store promises about what can be proved: the ledger, revocations that ended, the consent of a decision."""

from msgspec.structs import replace

from leadcore.flows.work import Store
from leadcore.testing.builders import (
    NOON,
    a_consent,
    a_decision,
    a_message,
    a_suppression,
    an_attempt,
)
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import open_shop


class EvidenceContract(Contract):
    """What can be proved afterwards."""

    async def test_the_ledger_is_read_in_the_order_it_was_written_page_by_page(self, store: Store) -> None:
        shop = await open_shop(store)
        other = await open_shop(store)
        async with store.begin(shop.id) as uow:
            kept = [await uow.compliance.add_consent(a_consent(shop.point)) for _ in range(3)]
            await uow.commit()
        async with store.begin(other.id) as uow:
            await uow.compliance.add_consent(a_consent(other.point))
            await uow.commit()

        async with store.begin(shop.id) as uow:
            first = await uow.compliance.ledger(tenant_id=shop.id, limit=2)
            rest = await uow.compliance.ledger(tenant_id=shop.id, after=first[-1].id)
            head = await uow.compliance.ledger_head(tenant_id=shop.id)

        assert [*first, *rest] == kept
        assert head == kept[-1].digest

    async def test_the_history_of_suppressions_keeps_those_that_ended(self, store: Store) -> None:
        shop = await open_shop(store)
        stop = a_suppression(shop.point)

        async with store.begin(shop.id) as uow:
            await uow.compliance.suppress(stop)
            await uow.compliance.lift(shop.point.id, tenant_id=shop.id, channel="sms", at=NOON)
            history = await uow.compliance.suppression_history(shop.point.id, tenant_id=shop.id)

        assert history == [replace(stop, lifted_at=NOON)]

    async def test_a_decision_names_the_consent_it_rested_on(self, store: Store) -> None:
        shop = await open_shop(store)
        message = a_message(shop.point)

        async with store.begin(shop.id) as uow:
            consent = await uow.compliance.add_consent(a_consent(shop.point))
            await uow.messages.add(message)
            attempt = an_attempt(message)
            await uow.messages.add_attempt(attempt)
            decided = a_decision(shop.point, message_id=message.id, consent_id=consent.id)
            await uow.compliance.record([decided, a_decision(shop.point)])
            await uow.commit()

        async with store.begin(shop.id) as uow:
            assert await uow.compliance.decisions_about(shop.point.id, tenant_id=shop.id) == [decided]
            sent = await uow.messages.to_point(shop.point.id, tenant_id=shop.id)
        assert (message, [attempt]) in sent
