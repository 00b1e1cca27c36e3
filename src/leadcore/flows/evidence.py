"""What a lawyer asks for: every consent, every revocation, and what was sent on which of them."""

from datetime import datetime
from typing import Literal

import msgspec

from leadcore.compliance.model import Consent, ContactPoint, Suppression
from leadcore.compliance.policies.chain import ChainCheck
from leadcore.compliance.policies.gate import Allow
from leadcore.compliance.policies.revocation import classify
from leadcore.compliance.values import Channel, Purpose
from leadcore.flows.prints import seal_holds
from leadcore.flows.seams import Seams
from leadcore.flows.work import Work
from leadcore.kernel.contact import ContactKind, parse_email, parse_phone
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import ConsentId, MessageId, TenantId
from leadcore.ports.messaging import DeliveryStatus, SendChannel

_PAGE = 1000


class RevocationShown(msgspec.Struct, frozen=True, kw_only=True):
    """A revocation with the customer's words, and which words and which rule of the classifier decide them today."""

    suppression: Suppression
    read_as: str
    decided_by: str


class SentShown(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to write to the contact, with the line of the ledger it rested on."""

    message_id: MessageId
    started_at: datetime
    channel: SendChannel
    purpose: Purpose
    state: str
    body: str
    why: str
    consent_id: ConsentId | None
    delivery: DeliveryStatus | None


class PermissionStep(msgspec.Struct, frozen=True, kw_only=True):
    """One act that opened or closed the contact, in order: `agreed`, `revoked`, `said START`, `opened again`."""

    at: datetime
    channel: Channel
    what: Literal["agreed", "revoked", "said START", "opened again"]
    detail: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything on record about the permissions of one phone number or e-mail address."""

    point: ContactPoint
    chain: ChainCheck
    consents: list[Consent]
    revocations: list[RevocationShown]
    sent: list[SentShown]
    sequence: list[PermissionStep]


async def evidence_about(seams: Seams, contact: str, *, tenant_id: TenantId) -> Evidence:
    """Return what is on record about *contact*, a phone number or an e-mail address.

    Raises `InvalidInputError` when it is neither, `NotFoundError` when the tenant has never heard of it.
    """
    kind: ContactKind = "email" if "@" in contact else "phone"
    value = parse_email(contact).address if kind == "email" else parse_phone(contact).e164
    async with seams.store.begin(tenant_id) as uow:
        point = await uow.compliance.point(kind, value, tenant_id=tenant_id)
        if point is None:
            raise NotFoundError(f"nothing is on record about {value}", field="contact", fix="look for a typing slip")
        history = await uow.compliance.suppression_history(point.id, tenant_id=tenant_id)
        consents = await uow.compliance.consents(point.id, tenant_id=tenant_id)
        return Evidence(
            point=point,
            chain=await _check(uow, seams, tenant_id),
            consents=consents,
            revocations=[_shown(each) for each in history],
            sent=await _sent(uow, point),
            sequence=_sequence(consents, history),
        )


async def verify_ledger(seams: Seams, *, tenant_id: TenantId) -> ChainCheck:
    """Read the tenant's whole ledger and say whether it is as it was written."""
    async with seams.store.begin(tenant_id) as uow:
        return await _check(uow, seams, tenant_id)


async def _check(uow: Work, seams: Seams, tenant_id: TenantId) -> ChainCheck:
    def proves(line: Consent) -> bool:
        return seal_holds(seams.prints, line)

    check, after = ChainCheck(), None
    # read first: a consent added meanwhile then shows as one line more, never as one missing
    noted = await uow.compliance.ledger_head(tenant_id=tenant_id)
    reached = check.head == noted
    while lines := await uow.compliance.ledger(tenant_id=tenant_id, after=after, limit=_PAGE):
        check, after = check.extended(lines, proves=proves), lines[-1].id
        reached = reached or any(line.digest == noted for line in lines)
    return check if reached else check.ended(noted)


def _shown(suppression: Suppression) -> RevocationShown:
    if not suppression.words:
        return RevocationShown(suppression=suppression, read_as=suppression.reason, decided_by="no words: an event")
    read = classify(suppression.words)
    return RevocationShown(
        suppression=suppression, read_as=suppression.reason, decided_by=f"{read.words!r} ({read.rule or 'no rule'})"
    )


def _sequence(consents: list[Consent], history: list[Suppression]) -> list[PermissionStep]:
    """Everything that opened or closed the contact, oldest first; what happened at one instant as it took effect."""
    steps = [
        PermissionStep(at=each.obtained_at, channel=each.channel, what="agreed", detail=f"{each.scope}, {each.source}")
        for each in consents
    ]
    begins = {(each.channel, each.since) for each in history}
    for each in history:
        said = each.words or each.reason
        steps.append(PermissionStep(at=each.since, channel=each.channel, what="revoked", detail=said))
        if each.restarted_at is not None:
            steps.append(PermissionStep(at=each.restarted_at, channel=each.channel, what="said START", detail=""))
        if each.lifted_at is not None and (each.channel, each.lifted_at) not in begins:
            steps.append(PermissionStep(at=each.lifted_at, channel=each.channel, what="opened again", detail=said))
    return sorted(steps, key=lambda step: step.at)


async def _sent(uow: Work, point: ContactPoint) -> list[SentShown]:
    decisions = await uow.compliance.decisions_about(point.id, tenant_id=point.tenant_id)
    allowed = {
        (each.message_id, each.at): each for each in decisions if isinstance(each.decision, Allow) and each.message_id
    }
    shown = []
    for message, attempts in await uow.messages.to_point(point.id, tenant_id=point.tenant_id):
        for attempt in attempts:
            decision = allowed.get((message.id, attempt.started_at))
            shown.append(
                SentShown(
                    message_id=message.id,
                    started_at=attempt.started_at,
                    channel=message.channel,
                    purpose=message.purpose,
                    state=attempt.state,
                    body=message.body,
                    why=decision.decision.reason if decision else "",
                    consent_id=decision.consent_id if decision else None,
                    delivery=message.delivery,
                )
            )
    return sorted(shown, key=lambda each: each.started_at)
