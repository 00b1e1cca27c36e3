"""The facade an embedding service holds: every use case and query by name, on any storage and any adapters.

It performs one step at a time and never waits for due work: whoever embeds it runs `claim` and the verb that fits the
kind of work, as `leadcore_scheduler` does.
"""

from datetime import datetime

from leadcore.catalog.policies.differences import CatalogDiff
from leadcore.conversations.model import Conversation, Entry
from leadcore.flows import lead_moves, people
from leadcore.flows.apply import apply_inbox
from leadcore.flows.assign import reassign
from leadcore.flows.catalog_sync import sync_catalog
from leadcore.flows.dispatch import Departure, open_attempt
from leadcore.flows.fetch_picture import fetch_due_picture
from leadcore.flows.ingest import Ingested, ingest
from leadcore.flows.lead_views import response_speed
from leadcore.flows.merge import MergeReport, merge_people
from leadcore.flows.merge_plan import Choices
from leadcore.flows.reconcile import look_for
from leadcore.flows.scoring import score_due
from leadcore.flows.seams import Seams
from leadcore.flows.settle import settle_attempt
from leadcore.flows.show_pictures import Shown, picture_content, pictures_of_lead
from leadcore.flows.tell_crm import Writing
from leadcore.flows.touch import decide_touch
from leadcore.flows.turn import Answered, OpenTurn, begin_turn, finish_turn
from leadcore.flows.unmerge import UnmergeReport, unmerge_people
from leadcore.flows.unsubscribe import unsubscribe
from leadcore.flows.win_back import win_back_due
from leadcore.flows.write_back import open_write, settle_write
from leadcore.kernel.ids import AttemptId, ConversationId, LeadId, MergeId, PersonId, PictureId, TenantId, TurnId
from leadcore.leads.model import Assignment, Lead
from leadcore.leads.policies.response_times import Speed
from leadcore.leads.repository import TimelineEntry
from leadcore.leads.values import LostReason
from leadcore.messaging.machine import Outcome
from leadcore.ports.inbound import InboundDoor, RawRequest
from leadcore.ports.storage import DueItem, WorkKind
from leadcore.tenants.model import Connection
from leadcore.write_back.machine import Outcome as WriteOutcome
from leadcore.write_back.values import WriteState


class Orchestrator:
    """All of leadcore for one deployment. Every verb is one unit of work unless its name says more."""

    def __init__(self, seams: Seams) -> None:
        self._seams = seams

    async def take_webhook(
        self, connection: Connection, door: InboundDoor, request: RawRequest, *, wall_clock: datetime
    ) -> Ingested:
        """Store what a vendor sent. When this returns, it is durable and customers' revocations hold."""
        return await ingest(self._seams, connection, door, request, wall_clock=wall_clock)

    async def claim(self, kinds: tuple[WorkKind, ...], *, limit: int, lease_s: float, worker: str) -> list[DueItem]:
        """Claim due work over all tenants."""
        return await self._seams.store.due.claim(kinds, limit=limit, lease_s=lease_s, worker=worker)

    async def apply(self, item: DueItem) -> None:
        """Apply a due inbox row."""
        await apply_inbox(self._seams, item)

    async def decide(self, item: DueItem) -> None:
        """Turn a due touch into messages."""
        await decide_touch(self._seams, item)

    async def depart(self, item: DueItem) -> Departure | None:
        """Judge a due message; what comes back must be handed to its carrier once, at once, and then settled."""
        return await open_attempt(self._seams, item)

    async def settle(self, attempt_id: AttemptId, outcome: Outcome, *, tenant_id: TenantId) -> str:
        """Write down what became of an attempt."""
        return await settle_attempt(self._seams, attempt_id, outcome, tenant_id=tenant_id)

    async def reconcile(self, item: DueItem) -> str | None:
        """Ask the provider what became of a due attempt."""
        return await look_for(self._seams, item)

    async def open_write(self, item: DueItem) -> Writing | None:
        """Write ahead what the CRM is told next about a lead; give what comes back to `flows.tell_crm.tell`, once."""
        return await open_write(self._seams, item)

    async def settle_write(self, writing: Writing, outcome: WriteOutcome) -> WriteState:
        """Write down what became of telling the CRM."""
        return await settle_write(self._seams, writing, outcome)

    async def fetch_picture(self, item: DueItem) -> None:
        """Fetch a due picture from the vendor that keeps it."""
        await fetch_due_picture(self._seams, item)

    async def begin_turn(self, turn_id: TurnId, *, tenant_id: TenantId) -> OpenTurn | None:
        """Start answering a customer."""
        return await begin_turn(self._seams, turn_id, tenant_id=tenant_id)

    async def finish_turn(self, opened: OpenTurn, answer: Answered) -> Entry | None:
        """Put an answer into the thread and on its way."""
        return await finish_turn(self._seams, opened, answer)

    async def sync_catalog(self, tenant_id: TenantId, *, dry_run: bool = False, accept: bool = False) -> CatalogDiff:
        """Read the price list from the CRM."""
        return await sync_catalog(self._seams, tenant_id, dry_run=dry_run, accept=accept)

    async def take(self, conversation_id: ConversationId, *, tenant_id: TenantId, by: str) -> Conversation:
        """Let a person speak."""
        return await people.take(self._seams, conversation_id, tenant_id=tenant_id, by=by)

    async def reply(
        self, conversation_id: ConversationId, text: str, *, tenant_id: TenantId, by: str, ref: str
    ) -> Entry:
        """Say something as a person."""
        return await people.reply(self._seams, conversation_id, text, tenant_id=tenant_id, by=by, ref=ref)

    async def release(self, conversation_id: ConversationId, *, tenant_id: TenantId, by: str) -> Conversation:
        """Give the word back to the assistant."""
        return await people.release(self._seams, conversation_id, tenant_id=tenant_id, by=by)

    async def merge_people(
        self, keep_id: PersonId, other_id: PersonId, *, tenant_id: TenantId, by: str, choices: Choices, dry_run: bool
    ) -> MergeReport:
        """Make two people one, or say what that would do."""
        return await merge_people(
            self._seams, keep_id, other_id, tenant_id=tenant_id, by=by, choices=choices, dry_run=dry_run
        )

    async def unmerge_people(self, merge_id: MergeId, *, tenant_id: TenantId, by: str, dry_run: bool) -> UnmergeReport:
        """Take a merge back, or say whether it can be."""
        return await unmerge_people(self._seams, merge_id, tenant_id=tenant_id, by=by, dry_run=dry_run)

    async def unsubscribe(self, token: str) -> None:
        """Stop e-mail to whoever holds the token."""
        await unsubscribe(self._seams, token)

    async def lead(self, lead_id: LeadId, *, tenant_id: TenantId) -> Lead:
        """Return a lead. Raises `NotFoundError`."""
        async with self._seams.store.begin(tenant_id) as uow:
            return await uow.leads.get(lead_id, tenant_id=tenant_id)

    async def timeline(
        self, lead_id: LeadId, *, tenant_id: TenantId, after: int = 0, limit: int | None = None
    ) -> list[TimelineEntry]:
        """Return a lead's story, oldest first, from behind the line with the id *after*. Raises `NotFoundError`."""
        async with self._seams.store.begin(tenant_id) as uow:
            lead = await uow.leads.get(lead_id, tenant_id=tenant_id)
            return await uow.leads.timeline(lead.id, tenant_id=tenant_id, after=after, limit=limit)

    async def score(self, item: DueItem) -> None:
        """Score a due lead."""
        await score_due(self._seams, item)

    async def win_back(self, item: DueItem) -> None:
        """Ask a lost lead once more, or say why not."""
        await win_back_due(self._seams, item)

    async def lose(self, lead_id: LeadId, reason: LostReason, *, tenant_id: TenantId, by: str) -> Lead:
        """Close a lead as lost."""
        return await lead_moves.lose(self._seams, lead_id, reason, tenant_id=tenant_id, by=by)

    async def win(self, lead_id: LeadId, *, tenant_id: TenantId, by: str) -> Lead:
        """Close a lead as won."""
        return await lead_moves.win(self._seams, lead_id, tenant_id=tenant_id, by=by)

    async def reopen(self, lead_id: LeadId, *, tenant_id: TenantId, by: str, follow_up: bool = False) -> Lead:
        """Open a lost lead again."""
        return await lead_moves.reopen(self._seams, lead_id, tenant_id=tenant_id, by=by, follow_up=follow_up)

    async def assign(self, lead_id: LeadId, staff: str, *, tenant_id: TenantId, by: str) -> Assignment:
        """Give a lead to one of the staff."""
        return await reassign(self._seams, lead_id, staff, tenant_id=tenant_id, by=by)

    async def speed(self, *, tenant_id: TenantId, days: int = 30) -> tuple[Speed, ...]:
        """Return how fast leads were first answered, by kind of answer."""
        return await response_speed(self._seams, tenant_id=tenant_id, days=days)

    async def pictures(self, lead_id: LeadId, *, tenant_id: TenantId) -> list[Shown]:
        """Return a lead's pictures, also those that wait or were refused. Raises `NotFoundError`."""
        return await pictures_of_lead(self._seams, lead_id, tenant_id=tenant_id)

    async def picture(self, lead_id: LeadId, picture_id: PictureId, *, tenant_id: TenantId) -> tuple[Shown, bytes]:
        """Return one picture with its bytes. Raises `NotFoundError` unless it is kept."""
        return await picture_content(self._seams, lead_id, picture_id, tenant_id=tenant_id)
