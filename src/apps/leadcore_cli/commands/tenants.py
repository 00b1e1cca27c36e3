"""`leadcore tenants`: the shops of this deployment."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from leadcore.flows.onboard import add_tenant, change_tenant, list_tenants, readiness
from leadcore.flows.tenant_document import with_value
from leadcore.kernel.ids import TenantId
from leadcore.tenants.model import Tenant
from leadcore_cli.options import HERE, Json, Place
from leadcore_cli.refusing import refusal_findings
from leadcore_cli.session import Session, within
from leadcore_cli.terminal import print_fields, print_findings, print_json, print_table, say

app = App(name="tenants", help="Add, check and change shops. A shop is one location of a brand.")
Slug = Annotated[str, Parameter(help="Slug or id of the shop (default: TENANT_ID, else the only one).")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Details:
    """What may be said of a new shop at once; `tenants set` changes the rest."""

    phone: str = ""
    "Number customers may call."
    address: str = ""
    "Where it is, as told to customers."
    postal_address: str = ""
    "Physical address for the foot of e-mails (the law wants one)."
    sms: str = ""
    "Number texts come from, such as +15125550100."
    email: str = ""
    "Address e-mails come from."
    email_name: str = ""
    "Name beside that address."
    staff_phone: str = ""
    "Who is texted when a person is needed."
    staff_email: str = ""
    "Who is mailed when a person is needed."
    region: str = "US"
    "Country of numbers written without one."
    cadence: str = ""
    "Follow-up to use."


@app.command
def add(
    *, slug: str, brand: str, zone: str, details: Details = Details(), json: Json = False, place: Place = HERE
) -> int:
    """Add a shop.

    Example: `leadcore tenants add --slug round-rock --brand "Round Rock Tint" --zone America/Chicago`

    Parameters
    ----------
    slug
        Its short name in commands: a-z, 0-9 and -.
    brand
        What customers call it.
    zone
        Its time zone, an IANA name such as America/Chicago.
    """

    async def work(session: Session) -> None:
        tenant = Tenant(id=TenantId(session.seams.ids.new()), slug=slug, brand=brand, zone=zone)
        for key, text in _given(details):
            tenant = with_value(tenant, key, text)
        tenant = await add_tenant(session.seams.store, tenant)
        if json:
            print_json(tenant)
            return
        print(tenant.id)
        say(f"{tenant.slug} is there; next: `leadcore tenants check {tenant.slug}`")

    return within(place, work)


@app.command
def check(slug: Slug = "", /, *, json: Json = False, place: Place = HERE) -> int:
    """Say what a shop still lacks to answer its leads, and try its connections. Costs nothing, reaches no customer.

    Example: `leadcore tenants check round-rock`
    """

    async def work(session: Session) -> int:
        from leadcore_cli.connecting import check_connections

        tenant = await session.tenant(slug)
        findings = (
            *await readiness(session.seams.store, tenant.id),
            *await check_connections(session, tenant),
            *await refusal_findings(session, tenant),
        )
        well = all(each.ok for each in findings)
        if json:
            print_json({"tenant": tenant.slug, "ready": well, "findings": findings})
        else:
            print_findings(findings, title=f"{tenant.brand} ({tenant.slug})")
        return 0 if well else 1

    return within(place, work)


@app.command(name="list")
def list_all(*, json: Json = False, place: Place = HERE) -> int:
    """List the shops.

    Example: `leadcore tenants list --json`
    """

    async def work(session: Session) -> None:
        found = await list_tenants(session.seams.store)
        if json:
            print_json(found)
            return
        rows = [(each.slug, each.brand, each.zone, each.senders.sms or "-", each.paused, each.id) for each in found]
        print_table(("slug", "brand", "zone", "texts from", "paused", "id"), rows, empty="no shops: `tenants add`")

    return within(place, work)


@app.command
def show(slug: Slug = "", /, *, json: Json = False, place: Place = HERE) -> int:
    """Show everything that is set for a shop; the keys are those that `tenants set` takes.

    Example: `leadcore tenants show round-rock`
    """

    async def work(session: Session) -> None:
        tenant = await session.tenant(slug)
        if json:
            print_json(tenant)
        else:
            print_fields(_flat(msgspec.to_builtins(tenant, str_keys=True)))

    return within(place, work)


@app.command(name="set")
def set_value(slug: str, key: str, value: str, /, *, json: Json = False, place: Place = HERE) -> int:
    """Change one setting of a shop; running apps follow within seconds.

    Example: `leadcore tenants set round-rock hours.sat 10:00-14:00`

    More: `providers.assistant "anthropic, openai"`, `lead_rule.columns "Website Leads, Walk-ins"`, `paused true`.

    Parameters
    ----------
    slug
        Slug or id of the shop.
    key
        The setting, dotted: senders.sms, hours.mon, lead_rule.max_age_days …
    value
        Text, a list as `a, b` or JSON, or hours as 09:00-18:00.
    """

    async def work(session: Session) -> None:
        tenant = await session.tenant(slug)
        changed = await change_tenant(session.seams.store, tenant.id, {key: value})
        if json:
            print_json(changed)
        elif changed.version == tenant.version:
            say(f"{key} was that already")
        else:
            say(f"{key} is set; {changed.slug} is at version {changed.version}")

    return within(place, work)


def _given(details: Details) -> Iterator[tuple[str, str]]:
    renamed = {"sms": "senders.sms", "email": "senders.email", "email_name": "senders.email_name"}
    for field in fields(details):
        text = getattr(details, field.name)
        if text:
            yield renamed.get(field.name, field.name), text


def _flat(value: Any, above: str = "") -> Iterator[tuple[str, object]]:
    for key, each in value.items():
        if isinstance(each, dict) and each:
            yield from _flat(each, f"{above}{key}.")
        else:
            yield f"{above}{key}", each if isinstance(each, str | bool | int) else msgspec.json.encode(each).decode()
