"""A shop with at least one row in every tenant table."""

from leadcore.conversations.model import Segment
from leadcore.flows.work import Store
from leadcore.intake.model import PollState
from leadcore.leads.events import LeadArrived
from leadcore.ports.inbound import DeliveryReport
from leadcore.ports.storage import LinkOwner
from leadcore.privacy.model import ErasedContact
from leadcore.testing.builders import (
    NOON,
    a_backfill_run,
    a_cadence,
    a_catalog_entry,
    a_consent,
    a_decision,
    a_merge,
    a_message,
    a_person,
    a_picture,
    a_point,
    a_refused_hook,
    a_rollout,
    a_rollout_move,
    a_score,
    a_service,
    a_suppression,
    a_turn,
    a_version,
    a_write_back,
    a_write_block,
    an_api_key,
    an_appointment,
    an_assignment,
    an_attempt,
    an_entry,
    an_inbox_item,
    new_id,
)
from leadcore.testing.contracts.shop import Shop, open_shop


async def open_full_shop(store: Store) -> Shop:
    shop = await open_shop(store)
    message = a_message(shop.point, lead_id=shop.lead.id, touch_id=shop.touch.id)
    turn = a_turn(shop.conversation, state="running")
    report = DeliveryReport(provider_id="SM1", status="sent")
    owner = LinkOwner(tenant_id=shop.id, target_id=shop.conversation.id)
    nobody = a_point(shop.tenant)
    other = a_person(shop.point, phone_id=None)
    next_version = a_cadence(shop.tenant, version="next")
    rollout = a_rollout(shop.cadence, next_version)
    async with store.begin(shop.id) as uow:
        await uow.leads.put_person(other)
        await uow.merges.add(a_merge(shop.person, other))
        await uow.tenants.put_api_key(an_api_key(shop.tenant))
        await uow.polls.put(PollState(tenant_id=shop.id))
        await uow.inbox.add([an_inbox_item(shop.connection)])
        await uow.inbox.advance(a_version(shop.tenant))
        await uow.refusals.count([a_refused_hook(shop.connection)])
        await uow.backfills.begin(a_backfill_run(shop.connection))
        await uow.catalog.replace_all([a_service(shop.tenant)], tenant_id=shop.id)
        await uow.catalog.keep_entries([a_catalog_entry(shop.tenant)], tenant_id=shop.id)
        await uow.compliance.add_consent(a_consent(shop.point))
        await uow.compliance.suppress(a_suppression(shop.point))
        await uow.compliance.record([a_decision(shop.point, message_id=message.id, lead_id=shop.lead.id)])
        await uow.messages.add(message)
        await uow.messages.add_attempt(an_attempt(message))
        await uow.messages.save_bucket(await uow.messages.bucket("+15125550100", tenant_id=shop.id))
        await uow.messages.add_report(report, message_id=message.id, tenant_id=shop.id)
        await uow.conversations.add_entry(an_entry(shop.conversation))
        await uow.conversations.add_turn(turn)
        await uow.conversations.add_segments([Segment(turn_id=turn.id, gen=0, seq=1, text="Hi")], tenant_id=shop.id)
        await uow.write_backs.begin(a_write_back(shop.lead))
        await uow.write_backs.put_block(a_write_block(shop.lead))
        await uow.life.put_score(a_score(shop.lead))
        await uow.life.assign(an_assignment(shop.lead))
        await uow.life.put_appointment(an_appointment(shop.lead))
        await uow.life.rotation(shop.id)
        await uow.conversations.put_token(new_id().bytes, owner)
        await uow.cadences.put_version(next_version)
        await uow.rollouts.add(rollout)
        await uow.rollouts.add_move(a_rollout_move(rollout, shop.touch))
        await uow.pictures.add(a_picture(shop.conversation, shop.connection))
        uow.publish(LeadArrived(tenant_id=shop.id, at=NOON, lead_id=shop.lead.id, source="web"))
        await uow.commit()
    gone = ErasedContact(contact_point_id=nobody.id, tenant_id=shop.id, digest=b"hash", erased_at=NOON)
    async with store.begin(shop.id) as uow:
        await uow.compliance.ensure_point(nobody)
        await uow.privacy.keep_erased([gone], tenant_id=shop.id)
        await uow.commit()
    await store.shelf.put("0" * 64, b"picture", tenant_id=shop.id)
    return shop
