"""What any store promises about erasing somebody: theirs goes, others' stays, what must stay is bare."""

import pytest
from msgspec.structs import replace

from leadcore.conversations.model import Segment
from leadcore.flows.work import Store, Work
from leadcore.kernel.errors import NotFoundError
from leadcore.leads.events import LeadArrived
from leadcore.ports.inbound import DeliveryReport
from leadcore.ports.storage import LinkOwner
from leadcore.privacy.model import Belongings, BlankedRow, ErasedContact, SealedConsent
from leadcore.testing.builders import (
    NOON,
    a_consent,
    a_decision,
    a_merge,
    a_message,
    a_person,
    a_picture,
    a_score,
    a_suppression,
    a_turn,
    a_version,
    a_write_back,
    an_assignment,
    an_attempt,
    an_entry,
    an_inbox_item,
    new_id,
)
from leadcore.testing.contracts.contract import Contract
from leadcore.testing.contracts.shop import Shop, open_shop

_ERASED = {
    "person", "lead", "conversation", "enrollment", "touch", "entry", "turn", "segment", "picture", "decision",
    "delivery_report", "write_back", "lead_score", "assignment", "person_merge", "outbox",
}  # fmt: skip
_LEFT = {"message", "attempt", "suppression", "consent", "contact_point"}


class PrivacyContract(Contract):
    """Erasing is complete, stays within its tenant, and leaves others alone."""

    async def test_belongings_name_everything_of_a_person_and_of_whoever_was_merged_into_them(
        self, store: Store
    ) -> None:
        shop = await _busy(store)
        other = a_person(shop.point, phone_id=None, merged_into=shop.person.id)

        async with store.begin(shop.id) as uow:
            await uow.leads.put_person(other)
            by_owner = await uow.privacy.belongings(shop.person.id, None, tenant_id=shop.id)
            by_other = await uow.privacy.belongings(other.id, None, tenant_id=shop.id)
            alone = await uow.privacy.belongings(None, shop.point.id, tenant_id=shop.id)

        assert by_owner == by_other
        assert {each.id for each in by_owner.people} == {shop.person.id, other.id}
        assert by_owner.points == (shop.point,)
        assert (by_owner.leads, by_owner.conversations) == ((shop.lead.id,), (shop.conversation.id,))
        assert (len(by_owner.messages), len(by_owner.attempts), len(by_owner.turns)) == (2, 1, 1)
        assert by_owner.digests == ("1" * 64,)
        assert (alone.people, alone.leads, len(alone.messages)) == ((), (), 2)

    async def test_an_unknown_or_foreign_person_has_no_belongings(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)

        async with store.begin(ours.id) as uow:
            with pytest.raises(NotFoundError):
                await uow.privacy.belongings(theirs.person.id, None, tenant_id=ours.id)

    async def test_erasing_takes_every_row_of_theirs_and_none_of_anybody_elses(self, store: Store) -> None:
        shop, neighbour = await _busy(store), await _busy(store)
        async with store.begin(neighbour.id) as uow:
            untouched = await uow.privacy.rows_of(await _theirs(uow, neighbour), tenant_id=neighbour.id)

        async with store.begin(shop.id) as uow:
            belongings = await _theirs(uow, shop)
            before = await uow.privacy.rows_of(belongings, tenant_id=shop.id)
            counts = await uow.privacy.erase(belongings, tenant_id=shop.id, reason="erased", at=NOON)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            after = await uow.privacy.rows_of(belongings, tenant_id=shop.id)
        async with store.begin(neighbour.id) as uow:
            still = await uow.privacy.rows_of(await _theirs(uow, neighbour), tenant_id=neighbour.id)
        assert set(before) >= _ERASED | _LEFT
        assert set(after) == _LEFT
        assert counts.items() >= {table: len(before[table]) for table in _ERASED}.items()
        assert still == untouched

    async def test_a_message_that_had_not_left_ends_with_the_reason_and_says_nothing_any_more(
        self, store: Store
    ) -> None:
        shop = await _busy(store)

        async with store.begin(shop.id) as uow:
            belongings = await _theirs(uow, shop)
            await uow.privacy.erase(belongings, tenant_id=shop.id, reason="they were erased", at=NOON)
            sent = await uow.messages.to_point(shop.point.id, tenant_id=shop.id)

        assert {(each.state, each.reason, each.body, each.recipient) for each, _ in sent} == {
            ("cancelled", "they were erased", "", "")
        }
        attempts = [attempt for _, tried in sent for attempt in tried]
        assert [(each.state, each.recipient, each.body_digest) for each in attempts] == [("abandoned", "", b"")]

    async def test_the_hash_of_a_contact_brings_its_open_suppressions_back_within_the_tenant(
        self, store: Store
    ) -> None:
        shop, neighbour = await _busy(store), await open_shop(store)
        kept = ErasedContact(contact_point_id=shop.point.id, tenant_id=shop.id, digest=b"hash", erased_at=NOON)

        async with store.begin(shop.id) as uow:
            before = await uow.privacy.has_erased(shop.id)
            await uow.privacy.keep_erased([kept], tenant_id=shop.id)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            found = await uow.privacy.suppressions_of_erased([b"other", b"hash"], tenant_id=shop.id)
            point = await uow.compliance.get_point(shop.point.id, tenant_id=shop.id)
            assert (before, await uow.privacy.has_erased(shop.id)) == (False, True)
            assert await uow.privacy.suppressions_of_erased([b"other"], tenant_id=shop.id) == []
        assert [(each.contact_point_id, each.reason) for each in found] == [(shop.point.id, "stop_word")]
        assert (point.zones, point.value) == ((), f"erased:{shop.point.id}")
        async with store.begin(neighbour.id) as uow:
            assert not await uow.privacy.has_erased(neighbour.id)
            assert await uow.privacy.suppressions_of_erased([b"hash"], tenant_id=neighbour.id) == []

    async def test_only_a_line_of_an_erased_contact_goes_on_without_its_evidence(self, store: Store) -> None:
        shop = await _busy(store)
        kept = ErasedContact(contact_point_id=shop.point.id, tenant_id=shop.id, digest=b"hash", erased_at=NOON)
        async with store.begin(shop.id) as uow:
            (line,) = await uow.compliance.ledger(tenant_id=shop.id)

        async with store.begin(shop.id) as uow:
            await uow.privacy.seal_consents([SealedConsent(id=line.id, seal=b"seal")], tenant_id=shop.id)
            too_early = await uow.compliance.ledger(tenant_id=shop.id)
            await uow.privacy.keep_erased([kept], tenant_id=shop.id)
            await uow.privacy.seal_consents([SealedConsent(id=line.id, seal=b"seal")], tenant_id=shop.id)
            sealed = await uow.compliance.ledger(tenant_id=shop.id)

        assert too_early == [line]
        assert sealed == [replace(line, evidence={}, seal=b"seal")]

    async def test_bodies_are_read_in_pages_and_blanked_for_good(self, store: Store) -> None:
        shop = await open_shop(store)
        rows = [an_inbox_item(shop.connection, state=state) for state in ("new", "done", "dead")]
        async with store.begin(shop.id) as uow:
            await uow.inbox.add(rows)
            for row in rows:
                await uow.inbox.settle(row)
            await uow.due.arm("inbox", rows[0].id, tenant_id=shop.id, at=await uow.now())
            await uow.commit()

        async with store.begin(shop.id) as uow:
            first = await uow.privacy.bodies(shop.id, after=None, limit=2)
            rest = await uow.privacy.bodies(shop.id, after=first[-1].id, limit=2)
            blanked = [BlankedRow(id=row.id, dedupe_key=f"erased:{row.id}", entity_key=None) for row in rows]
            await uow.privacy.blank_bodies(blanked, tenant_id=shop.id, at=NOON)
            await uow.commit()

        async with store.begin(shop.id) as uow:
            after = [await uow.inbox.get(row.id, tenant_id=shop.id) for row in rows]
            assert await uow.privacy.bodies(shop.id, after=None, limit=9) == []
        assert sorted(row.id for row in (*first, *rest)) == sorted(row.id for row in rows)
        assert [(row.state, row.body, row.digest, row.entity_key) for row in after] == [
            (state, b"", b"", None) for state in ("ignored", "done", "ignored")
        ]
        assert await store.due.claim(("inbox",), limit=9, lease_s=9, worker="w") == []

    async def test_records_are_read_in_pages_and_forgotten(self, store: Store) -> None:
        shop, neighbour = await open_shop(store), await open_shop(store)
        async with store.begin(shop.id) as uow:
            for kind in ("order", "customer"):
                await uow.inbox.advance(a_version(shop.tenant, kind=kind, external_id="7"))
            await uow.commit()
        async with store.begin(neighbour.id) as uow:
            await uow.inbox.advance(a_version(neighbour.tenant, external_id="7"))
            await uow.commit()

        async with store.begin(shop.id) as uow:
            first = await uow.privacy.records(shop.id, after=None, limit=1)
            rest = await uow.privacy.records(shop.id, after=("shopmonkey", "customer", "7"), limit=9)
            gone = await uow.privacy.forget_records(
                [("shopmonkey", "order", "7"), ("shopmonkey", "order", "8")], tenant_id=shop.id
            )
            left = await uow.privacy.records(shop.id, after=None, limit=9)
            await uow.commit()

        assert ([each.kind for each in first], [each.kind for each in rest]) == (["customer"], ["order"])
        assert (gone, [each.kind for each in left]) == (1, ["customer"])
        async with store.begin(neighbour.id) as uow:
            assert len(await uow.privacy.records(neighbour.id, after=None, limit=9)) == 1

    async def test_bytes_on_the_shelf_are_destroyed_for_one_tenant(self, store: Store) -> None:
        ours, theirs = await open_shop(store), await open_shop(store)
        for shop in (ours, theirs):
            await store.shelf.put("2" * 64, b"picture", tenant_id=shop.id)

        await store.shelf.discard("2" * 64, tenant_id=ours.id)
        await store.shelf.discard("3" * 64, tenant_id=ours.id)

        assert await store.shelf.fetch_content("2" * 64, tenant_id=theirs.id) == b"picture"
        with pytest.raises(NotFoundError):
            await store.shelf.fetch_content("2" * 64, tenant_id=ours.id)


async def _theirs(uow: Work, shop: Shop) -> Belongings:
    return await uow.privacy.belongings(shop.person.id, None, tenant_id=shop.id)


async def _busy(store: Store) -> Shop:
    """A shop whose customer has a row in every table that knows customers."""
    shop = await open_shop(store)
    message = a_message(shop.point, lead_id=shop.lead.id, touch_id=shop.touch.id)
    turn = a_turn(shop.conversation, state="running")
    other = a_person(shop.point, phone_id=None)
    picture = a_picture(shop.conversation, shop.connection, state="kept", digest="1" * 64)
    async with store.begin(shop.id) as uow:
        await uow.leads.put_person(other)
        await uow.merges.add(a_merge(shop.person, other))
        await uow.compliance.add_consent(a_consent(shop.point))
        await uow.compliance.suppress(a_suppression(shop.point))
        await uow.compliance.record([a_decision(shop.point, message_id=message.id, lead_id=shop.lead.id)])
        await uow.messages.add(message)
        await uow.messages.add(a_message(shop.point))
        await uow.messages.add_attempt(an_attempt(message))
        report = DeliveryReport(provider_id="SM1", status="sent")
        await uow.messages.add_report(report, message_id=message.id, tenant_id=shop.id)
        await uow.conversations.add_entry(an_entry(shop.conversation))
        await uow.conversations.add_turn(turn)
        await uow.conversations.add_segments([Segment(turn_id=turn.id, gen=0, seq=1, text="Hi")], tenant_id=shop.id)
        await uow.write_backs.begin(a_write_back(shop.lead))
        await uow.life.put_score(a_score(shop.lead))
        await uow.life.assign(an_assignment(shop.lead))
        owner = LinkOwner(tenant_id=shop.id, target_id=shop.conversation.id)
        await uow.conversations.put_token(new_id().bytes, owner)
        await uow.pictures.add(picture)
        uow.publish(LeadArrived(tenant_id=shop.id, at=NOON, lead_id=shop.lead.id, source="web"))
        await uow.commit()
    return shop
