"""What can be proved afterwards: the consent under every text, the law's lines in every e-mail, one confirmation."""

import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from leadcore.cadences.policies.shipped import SEVEN_IN_EIGHT
from leadcore.compliance.policies.chain import ChainCheck
from leadcore.flows.evidence import Evidence, evidence_about, verify_ledger
from leadcore.kernel.errors import InvalidInputError, NotFoundError
from leadcore.ports.inbound import CustomerMessage
from leadcore_sendgrid.letters import payload
from leadcore_sendgrid.settings import SendGridSettings
from tests.unit.flows.world import PHONE, TENANT, World

STEPS = SEVEN_IN_EIGHT.count("sms =")
_SENDGRID = SendGridSettings(api_key="k", sender="shop@example.com", sender_name="Shop")
_ADVERTISING_WORDS = ("offer", "deal", "discount", "free", "sale", "price", "quote", "book", "tint today")


async def _after_the_cadence(**tenant: Any) -> World:
    world = await World(**tenant).open()
    await world.lead_arrives()
    await world.pass_time(timedelta(days=12))
    return world


async def test_every_marketing_attempt_names_an_intact_consent_for_marketing_by_this_contact() -> None:
    world = await _after_the_cadence()

    found = await evidence_about(world.seams, PHONE, tenant_id=TENANT)

    assert _unproved(found) == []
    assert len(found.sent) == STEPS
    assert found.chain.is_intact


async def test_an_attempt_without_its_consent_would_be_seen() -> None:
    world = await _after_the_cadence()
    found = await evidence_about(world.seams, PHONE, tenant_id=TENANT)

    forgotten = msgspec.structs.replace(found.sent[-1], consent_id=None)

    assert _unproved(msgspec.structs.replace(found, sent=[*found.sent[:-1], forgotten])) == [forgotten.message_id]


async def test_the_evidence_has_the_wording_the_words_of_the_revocation_and_what_was_sent() -> None:
    world = await World().open()
    await world.lead_arrives()
    await world.drain()
    await world.text_from_customer("please stop texting me")
    await world.drain()

    found = await evidence_about(world.seams, "(512) 555-0142", tenant_id=TENANT)

    assert all(each.wording and each.source for each in found.consents)
    [revoked] = found.revocations
    assert revoked.suppression.words == "please stop texting me"
    assert "told to stop sending" in revoked.decided_by
    assert [each.purpose for each in found.sent] == ["first_response", "optout_confirm"]


@pytest.mark.parametrize(("contact", "error"), [("+15125550177", NotFoundError), ("nobody", InvalidInputError)])
async def test_an_unknown_or_unreadable_contact_is_said_so(contact: str, error: type[Exception]) -> None:
    world = await World().open()

    with pytest.raises(error):
        await evidence_about(world.seams, contact, tenant_id=TENANT)


async def test_a_changed_a_removed_and_a_missing_last_line_are_detected() -> None:
    world = await World().open()
    for number in range(4):
        await world.lead_arrives(order_id=f"o{number}", phone=f"+1512555010{number}")
        await world.drain()
    async with world.store.begin(TENANT) as uow:
        lines = await uow.compliance.ledger(tenant_id=TENANT)
        head = await uow.compliance.ledger_head(tenant_id=TENANT)
    changed = [*lines]
    changed[1] = msgspec.structs.replace(lines[1], wording="I agree to everything")

    assert (await verify_ledger(world.seams, tenant_id=TENANT)).is_intact
    assert ChainCheck().extended(lines).ended(head).is_intact
    assert ChainCheck().extended(changed).broken_at == lines[1].id
    assert ChainCheck().extended([lines[0], *lines[2:]]).broken_at == lines[2].id
    assert ChainCheck().extended(lines[:-1]).ended(head).problem == "the newest lines are missing"


async def test_every_shipped_e_mail_says_who_where_and_how_to_leave() -> None:
    world = await _after_the_cadence()

    mails = [each.message for each in world.email.accepted]

    assert len(mails) == SEVEN_IN_EIGHT.count("{{ postal_address }}")
    for mail in mails:
        assert world.tenant.postal_address in mail.body
        assert world.tenant.brand in mail.body + mail.sender_name
        assert mail.body.rstrip().endswith(f"Unsubscribe: {mail.unsubscribe_url}")
        headers = payload(mail, _SENDGRID)["personalizations"][0]["headers"]
        assert headers["List-Unsubscribe"] == f"<{mail.unsubscribe_url}>"
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail.unsubscribe_url.startswith("https://")


async def test_without_a_postal_address_no_advertising_e_mail_goes_and_the_reason_is_kept() -> None:
    world = await _after_the_cadence(postal_address="")

    assert world.email.handed_over == []
    verdicts = [event.verdicts.get("email", "") for event in world.happened("touch.decided")]
    assert any("no postal address" in each for each in verdicts)


@pytest.mark.parametrize("words", ["STOP", "please stop texting me"])
@pytest.mark.parametrize("who", ["provider", "ours"])
async def test_many_stops_with_duplicates_are_confirmed_exactly_once_by_one_of_us(words: str, who: str) -> None:
    luck = random.Random(4)
    world = await World(stop_confirmation=who).open()
    phones = [f"+1512555{number:04d}" for number in range(110, 160)]
    events = [
        CustomerMessage(channel="sms", sender=phone, recipient="+15125550100", text=words, provider_id=f"SM{phone}-{n}")
        for phone in phones
        for n in range(luck.randint(1, 3))
    ]
    deliveries = [(event, event.provider_id) for event in events for _ in range(luck.randint(1, 3))]
    luck.shuffle(deliveries)
    asked = world.clock.now()

    for event, key in deliveries:
        await world.webhook(event, webhook_id=key)
    await world.drain()

    confirmed = [each.message.recipient for each in world.sms.accepted]
    by_provider = words == "STOP" and who == "provider"
    assert sorted(confirmed) == ([] if by_provider else phones)
    assert all(each.at - asked <= timedelta(minutes=5) for each in world.sms.accepted)
    assert not [body for body in world.texts if any(word in body.lower() for word in _ADVERTISING_WORDS)]


def _unproved(found: Evidence) -> list[object]:
    """The marketing attempts that do not rest on an intact, complete consent for marketing on their channel."""
    good = {
        each.id: each
        for each in found.consents
        if each.is_intact and each.scope == "marketing" and each.wording and each.source
    }
    return [
        each.message_id
        for each in found.sent
        if each.purpose == "marketing"
        and (each.consent_id not in good or good[each.consent_id].obtained_at > each.started_at)
    ]
