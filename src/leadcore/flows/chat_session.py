"""A chat link becomes a session: both are 128-bit tokens remembered by digest only, and both end when revoked."""

from datetime import datetime, timedelta

import msgspec

from leadcore.compliance.policies.quiet_hours import is_zone
from leadcore.conversations.model import Conversation
from leadcore.conversations.values import ShopFacts
from leadcore.flows.seams import Seams, new_token, token_digest
from leadcore.flows.work import Work
from leadcore.kernel.errors import LeadcoreError, NotFoundError, RefusedError
from leadcore.kernel.ids import ConversationId, LeadId, TenantId
from leadcore.ports.storage import LinkOwner
from leadcore.tenants.model import Tenant

SESSION_LIVES = timedelta(days=7)


class ChatAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Whose words may be said and read: one conversation of one tenant, about `lead_id`."""

    tenant_id: TenantId
    conversation_id: ConversationId
    lead_id: LeadId


class ShopCard(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach the shop: all that somebody without a session may learn of it."""

    brand: str
    phone: str | None


class LinkUnknownError(NotFoundError):
    """No such link, or it was revoked: the digest of a revoked one is gone, so nobody can tell."""

    code = "link_unknown"


class LinkExpiredError(RefusedError):
    """The link was good once."""

    code = "link_expired"

    def __init__(self, *, shop: ShopCard) -> None:
        super().__init__("this link has expired", field="token", fix="use the link of a newer message")
        self.shop = shop


class SessionRequiredError(LeadcoreError):
    """No session, an ended one, or a revoked one. `shop` is known only when the session was."""

    code = "session_required"

    def __init__(self, *, shop: ShopCard | None = None) -> None:
        super().__init__("there is no chat session", fix="open the link of a message, or send an API key")
        self.shop = shop


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows before a word is read. No more of the customer than a first name and the vehicle."""

    access: ChatAccess
    shop: ShopFacts
    open_now: bool
    first_name: str
    vehicle: str
    expires_at: datetime

    @property
    def disclosure(self) -> str:
        """Who answers here (Cal. B&P 17940, Utah 13-75): shown before the customer can write."""
        return f"You are chatting with {self.shop.brand}’s AI assistant. Ask for a person at any time."


async def open_session(seams: Seams, token: str, *, zone: str = "") -> tuple[str, SessionView]:
    """Exchange a link's token for a session token, which is returned once and never stored.

    *zone* is what the browser says its zone is: evidence of where the person is; what is no zone is ignored. Links are
    not single-use: people open a text again. Raises `LinkUnknownError` or `LinkExpiredError`.
    """
    link = token_digest(token)
    owner = await seams.store.directory.chat_token(link)
    if owner is None:
        raise _unknown()
    session, _ = new_token(seams.chance)
    async with seams.store.begin(owner.tenant_id) as uow:
        conversation = await _locked(uow, owner)
        tenant = await uow.tenants.get(owner.tenant_id)
        now = await uow.now()
        if owner.expires_at is not None and owner.expires_at <= now:
            raise LinkExpiredError(shop=shop_card(tenant))
        expires_at = now + SESSION_LIVES
        await uow.conversations.put_token(
            session_digest(session),
            LinkOwner(tenant_id=tenant.id, target_id=conversation.id, expires_at=expires_at),
        )
        view = await _view(uow, conversation, tenant, expires_at=expires_at)
        await uow.commit()
    await _unless_revoked(seams, link, conversation)
    if is_zone(zone):
        await _note_zone(seams, conversation, zone)
    return session, view


async def _note_zone(seams: Seams, conversation: Conversation, zone: str) -> None:
    """Keep the browser's zone with the person's phone. By itself: elsewhere the phone is locked before the thread."""
    tenant_id = conversation.tenant_id
    async with seams.store.begin(tenant_id) as uow:
        person = await uow.leads.person(conversation.person_id, tenant_id=tenant_id)
        if person.phone_id is not None:
            await uow.compliance.note_browser(person.phone_id, tenant_id=tenant_id, zone=zone, at=await uow.now())
            await uow.commit()


async def view_session(seams: Seams, token: str) -> SessionView:
    """Return what `open_session` returned, from the session's token. Raises `SessionRequiredError`."""
    owner = await seams.store.directory.chat_token(session_digest(token))
    if owner is None:
        raise SessionRequiredError
    async with seams.store.begin(owner.tenant_id) as uow:
        conversation = await uow.conversations.get(ConversationId(owner.target_id), tenant_id=owner.tenant_id)
        tenant = await uow.tenants.get(owner.tenant_id)
        expires_at = await _alive(uow, owner)
        return await _view(uow, conversation, tenant, expires_at=expires_at)


async def session_of(seams: Seams, token: str) -> ChatAccess:
    """Return what a session may reach, asked anew at each use. Raises `SessionRequiredError`."""
    owner = await seams.store.directory.chat_token(session_digest(token))
    if owner is None:
        raise SessionRequiredError
    async with seams.store.begin(owner.tenant_id) as uow:
        await _alive(uow, owner)
        conversation = await uow.conversations.get(ConversationId(owner.target_id), tenant_id=owner.tenant_id)
    return ChatAccess(tenant_id=owner.tenant_id, conversation_id=conversation.id, lead_id=conversation.lead_id)


async def access_to_lead(seams: Seams, lead_id: LeadId, *, tenant_id: TenantId) -> ChatAccess:
    """Return access to the thread of the person behind a lead. Raises `NotFoundError`: a foreign lead is no lead."""
    async with seams.store.begin(tenant_id) as uow:
        lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
        conversation = await uow.conversations.of_lead(lead_id, tenant_id=tenant_id)
        if conversation is None:
            conversation = await uow.conversations.ensure(
                Conversation(
                    id=ConversationId(seams.ids.new()), tenant_id=tenant_id, person_id=lead.person_id, lead_id=lead.id
                )
            )
            await uow.commit()
    return ChatAccess(tenant_id=tenant_id, conversation_id=conversation.id, lead_id=lead_id)


def session_digest(token: str) -> bytes:
    """Return what is stored of a session. Another domain than a link's, so that neither can stand for the other."""
    return token_digest(f"session:{token}")


def shop_card(tenant: Tenant) -> ShopCard:
    """Return the tenant's card."""
    return ShopCard(brand=tenant.brand, phone=tenant.phone or None)


async def _locked(uow: Work, owner: LinkOwner) -> Conversation:
    try:
        return await uow.conversations.lock(ConversationId(owner.target_id), tenant_id=owner.tenant_id)
    except NotFoundError as cause:  # the token of something else, such as an unsubscribe link
        raise _unknown() from cause


async def _unless_revoked(seams: Seams, link: bytes, conversation: Conversation) -> None:
    """Take the session back when the link was revoked while it was exchanged.

    Revoking holds the conversation's lock, as we did: it came wholly before (then the link is gone) or it comes wholly
    after (then the session goes with it).
    """
    if await seams.store.directory.chat_token(link) is not None:
        return
    async with seams.store.begin(conversation.tenant_id) as uow:
        await uow.conversations.lock(conversation.id, tenant_id=conversation.tenant_id)
        await uow.conversations.revoke_tokens(conversation.id, tenant_id=conversation.tenant_id)
        await uow.commit()
    raise _unknown()


async def _alive(uow: Work, owner: LinkOwner) -> datetime:
    now = await uow.now()
    if owner.expires_at is None or owner.expires_at <= now:
        raise SessionRequiredError(shop=shop_card(await uow.tenants.get(owner.tenant_id)))
    return owner.expires_at


async def _view(uow: Work, conversation: Conversation, tenant: Tenant, *, expires_at: datetime) -> SessionView:
    lead = await uow.leads.get(conversation.lead_id, tenant_id=tenant.id)
    person = await uow.leads.person(conversation.person_id, tenant_id=tenant.id)
    shop = facts_shown(tenant)
    return SessionView(
        access=ChatAccess(tenant_id=tenant.id, conversation_id=conversation.id, lead_id=lead.id),
        shop=shop,
        open_now=shop.is_open(await uow.now()),
        first_name=person.first_name,
        vehicle=lead.vehicle.label,
        expires_at=expires_at,
    )


def facts_shown(tenant: Tenant) -> ShopFacts:
    """Return what a page shows of the shop."""
    return ShopFacts(
        brand=tenant.brand, zone=tenant.zone, phone=tenant.phone, address=tenant.address, hours=tenant.hours
    )


def _unknown() -> LinkUnknownError:
    return LinkUnknownError("this link is not known", field="token", fix="use the link of a newer message")
