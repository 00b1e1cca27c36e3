"""Shops and people."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from leadcore.compliance.model import Consent, ContactPoint, Suppression
from leadcore.compliance.policies.gate import Allow, GateFacts
from leadcore.compliance.repository import RecordedDecision
from leadcore.intake.model import BackfillRun, EntityVersion, InboxArrival, InboxItem, RefusedHook
from leadcore.kernel.ids import (
    ConnectionId,
    ConsentId,
    ContactPointId,
    DecisionId,
    InboxId,
    LeadId,
    MergeId,
    PersonId,
    RunId,
    TenantId,
)
from leadcore.leads.model import Appointment, Assignment, Lead, LeadScore, Person, PersonMerge, RowChange
from leadcore.leads.values import ScoreReason, Vehicle
from leadcore.memory.chance import SeededIds
from leadcore.ports.storage import ApiKey
from leadcore.tenants.model import Connection, Tenant

NOON = datetime(2026, 6, 1, 17, 0, tzinfo=UTC)
"""Monday noon in Texas."""
_IDS = SeededIds("builders")


def new_id() -> UUID:
    """Return an id nobody has."""
    return _IDS.new()


def a_tenant(**changes: Any) -> Tenant:
    """Return a shop in Texas."""
    tenant_id = TenantId(new_id())
    tenant = Tenant(id=tenant_id, slug=f"shop-{tenant_id.hex}", brand="Sun Shield Tint", zone="America/Chicago")
    return replace(tenant, **changes)


def a_connection(tenant: Tenant, **changes: Any) -> Connection:
    """Return the tenant's CRM connection."""
    connection = Connection(
        id=ConnectionId(new_id()),
        tenant_id=tenant.id,
        port="crm",
        plugin="shopmonkey",
        settings={"base_url": "http://127.0.0.1:1"},
        sealed=b"\x00sealed",
    )
    return replace(connection, **changes)


def an_api_key(tenant: Tenant, **changes: Any) -> ApiKey:
    """Return a key of the tenant."""
    key_id = new_id().hex
    key = ApiKey(
        key_id=key_id,
        tenant_id=tenant.id,
        digest=key_id.encode(),
        label="front desk",
        scopes=("chat",),
        created_at=NOON,
    )
    return replace(key, **changes)


def an_inbox_item(connection: Connection, **changes: Any) -> InboxItem:
    """Return something new that came in over *connection*."""
    item_id = InboxId(new_id())
    item = InboxItem(
        id=item_id,
        tenant_id=connection.tenant_id,
        connection_id=connection.id,
        source="shopmonkey",
        dedupe_key=item_id.hex,
        entity_key="order:1",
        occurred_at=NOON,
        received_at=NOON,
        body=b'{"id": 1, "nul": "\\u0000"}\xff',
    )
    return replace(item, **changes)


def an_arrival(connection: Connection, **changes: Any) -> InboxArrival:
    """Return something on its way into the inbox over *connection*."""
    item = an_inbox_item(connection)
    arrival = InboxArrival(
        **{name: getattr(item, name) for name in InboxArrival.__struct_fields__ if name not in {"wait_s", "lane"}}
    )
    return replace(arrival, **changes)


def a_version(tenant: Tenant, **changes: Any) -> EntityVersion:
    """Return a version of an order that was changed at noon."""
    version = EntityVersion(
        tenant_id=tenant.id, source="shopmonkey", kind="order", external_id=new_id().hex, at=NOON, body=b"{}"
    )
    return replace(version, **changes)


def a_refused_hook(connection: Connection, **changes: Any) -> RefusedHook:
    """Return a counter of refused webhooks of *connection*."""
    refused = RefusedHook(
        tenant_id=connection.tenant_id,
        connection_id=connection.id,
        day=NOON.date(),
        reason="forged_request",
        count=1,
        last_at=NOON,
        detail="the signature is wrong",
        fix="compare the secrets",
    )
    return replace(refused, **changes)


def a_backfill_run(connection: Connection, **changes: Any) -> BackfillRun:
    """Return a backfill that has just begun."""
    run = BackfillRun(
        id=RunId(new_id()),
        tenant_id=connection.tenant_id,
        connection_id=connection.id,
        since=NOON - timedelta(days=30),
        follow_up=False,
        started_at=NOON,
    )
    return replace(run, **changes)


def a_point(tenant: Tenant, **changes: Any) -> ContactPoint:
    """Return a phone number in Texas."""
    point_id = ContactPointId(new_id())
    point = ContactPoint(
        id=point_id,
        tenant_id=tenant.id,
        kind="phone",
        value=f"+1512555{point_id.int % 10**9}",
        zones=("America/Chicago",),
    )
    return replace(point, **changes)


def a_person(point: ContactPoint, **changes: Any) -> Person:
    """Return the owner of a phone number."""
    person = Person(
        id=PersonId(new_id()), tenant_id=point.tenant_id, first_name="Ana", last_name="Ruiz", phone_id=point.id
    )
    return replace(person, **changes)


def a_lead(person: Person, **changes: Any) -> Lead:
    """Return a fresh wish of *person*."""
    lead_id = LeadId(new_id())
    lead = Lead(
        id=lead_id,
        tenant_id=person.tenant_id,
        person_id=person.id,
        source="shopmonkey",
        external_ref=f"order-{lead_id.hex}",
        requested_at=NOON,
        created_at=NOON,
        vehicle=Vehicle(year=2022, make="Tesla", model="Model Y", body="SUV"),
        interest="ceramic tint",
    )
    return replace(lead, **changes)


def a_score(lead: Lead, **changes: Any) -> LeadScore:
    """Return a middling score."""
    score = LeadScore(
        tenant_id=lead.tenant_id,
        lead_id=lead.id,
        total=40,
        reasons=(ScoreReason(reason="wrote back", points=40),),
        scored_at=NOON,
    )
    return replace(score, **changes)


def an_assignment(lead: Lead, **changes: Any) -> Assignment:
    """Return a lead given to Ana in turn."""
    assignment = Assignment(tenant_id=lead.tenant_id, lead_id=lead.id, staff="ana", how="round_robin", at=NOON)
    return replace(assignment, **changes)


def an_appointment(lead: Lead, **changes: Any) -> Appointment:
    """Return an appointment two days from noon, for four hours, booked by Dana."""
    starts_at = NOON + timedelta(days=2)
    appointment = Appointment(
        tenant_id=lead.tenant_id,
        lead_id=lead.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=4),
        service="Ceramic tint",
        booked_at=NOON,
        booked_by="dana",
    )
    return replace(appointment, **changes)


def a_merge(keep: Person, other: Person, **changes: Any) -> PersonMerge:
    """Return a merge of *other* into *keep*."""
    change = RowChange(table="person", id=other.id, before={"merged_into": None}, after={"merged_into": str(keep.id)})
    merge = PersonMerge(
        id=MergeId(new_id()),
        tenant_id=keep.tenant_id,
        keep_id=keep.id,
        other_id=other.id,
        merged_at=NOON,
        merged_by="Dana",
        changes=(change,),
    )
    return replace(merge, **changes)


def a_consent(point: ContactPoint, **changes: Any) -> Consent:
    """Return a consent given on the web form."""
    consent = Consent(
        id=ConsentId(new_id()),
        tenant_id=point.tenant_id,
        contact_point_id=point.id,
        channel="sms",
        scope="marketing",
        wording="I agree to receive texts",
        source="web form",
        obtained_at=NOON,
        evidence={"user_agent": "Firefox", "ip": "192.0.2.7"},  # no database keeps that order
    )
    return replace(consent, **changes)


def a_suppression(point: ContactPoint, **changes: Any) -> Suppression:
    """Return a STOP by text."""
    suppression = Suppression(
        contact_point_id=point.id,
        tenant_id=point.tenant_id,
        channel="sms",
        reason="stop_word",
        since=NOON,
        words="STOP",
    )
    return replace(suppression, **changes)


def a_decision(point: ContactPoint, **changes: Any) -> RecordedDecision:
    """Return a decision to send."""
    facts = GateFacts(
        now=NOON,
        tenant_id=point.tenant_id,
        contact_point_id=point.id,
        channel="sms",
        purpose="marketing",
        decided_at=NOON,
        not_after=NOON + timedelta(hours=1),
        zones=point.zones,
        consent="marketing",
    )
    decision = RecordedDecision(
        id=DecisionId(new_id()),
        tenant_id=point.tenant_id,
        facts=facts,
        decision=Allow(window_closes=NOON + timedelta(hours=8)),
        at=NOON,
        rules_version="2026-11-22",
    )
    return replace(decision, **changes)
