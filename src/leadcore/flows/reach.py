"""Contact points at which nothing arrives: flagged when carriers say so, and what a step does instead."""

from datetime import datetime

import msgspec

from leadcore.cadences.model import Step, Template
from leadcore.compliance.events import ContactReachable, ContactUnreachable
from leadcore.compliance.model import ContactPoint
from leadcore.compliance.values import ADVERTISING, Channel
from leadcore.flows.work import Work
from leadcore.kernel.ids import ContactPointId
from leadcore.leads.model import Person
from leadcore.messaging.model import Message
from leadcore.messaging.policies.reach import why_unreachable
from leadcore.ports.messaging import SendChannel
from leadcore.tenants.model import Tenant

NOTHING_ARRIVES = "nothing arrives"
_LOOKED_AT = 20
_SUBJECT = "{{ brand }}: {{ about }}"
_CALLED: dict[SendChannel, tuple[str, str]] = {"sms": ("phone", "texts"), "email": ("e-mail address", "e-mails")}


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One way a step would take: what, to which contact point, or why not. `instead` of a text that cannot arrive."""

    channel: SendChannel
    template: Template
    point: ContactPoint | None
    why_not: str = ""
    instead: bool = False


async def judge_reach(uow: Work, message: Message, *, at: datetime) -> None:
    """Flag the contact point of *message* when its carrier says that nothing arrives there, or take the flag off."""
    tenant_id, point_id = message.tenant_id, message.contact_point_id
    why = why_unreachable(await uow.messages.deliveries_to(point_id, tenant_id=tenant_id, limit=_LOOKED_AT))
    point = await uow.compliance.get_point(point_id, tenant_id=tenant_id)
    if point.unreachable_why == why:
        return
    await uow.compliance.note_reach(point_id, tenant_id=tenant_id, at=at if why else None, why=why)
    channel: Channel = message.channel
    uow.publish(
        ContactUnreachable(
            tenant_id=tenant_id, at=at, contact_point_id=point_id, channel=channel, reason=why, lead_id=message.lead_id
        )
        if why
        else ContactReachable(
            tenant_id=tenant_id, at=at, contact_point_id=point_id, channel=channel, lead_id=message.lead_id
        )
    )


async def routes_of(uow: Work, tenant: Tenant, person: Person, step: Step) -> list[Route]:
    """Return the ways *step* takes to *person* now, one per template.

    A step that is only a text goes by e-mail when the phone cannot get texts and the address may be written to.
    """
    phone = await _point(uow, person.phone_id, person)
    dead = "sms" in step.templates and phone is not None and not phone.is_reachable
    found = [
        await _route(uow, tenant, person, step, channel=channel, template=template, alone=dead)
        for channel, template in step.templates.items()
    ]
    if dead and "email" not in step.templates:
        template = Template(body=step.templates["sms"].body, subject=_SUBJECT)
        route = await _route(uow, tenant, person, step, channel="email", template=template, alone=True)
        found.append(msgspec.structs.replace(route, instead=True))
    return found


def why_by_email(routes: list[Route]) -> str:
    """Return what a touch says of a text that cannot arrive; empty when there is none."""
    text = next((each for each in routes if each.channel == "sms" and each.point), None)
    if text is None or text.point is None or text.point.is_reachable:
        return ""
    email = next((each for each in routes if each.channel == "email"), None)
    if email is not None and not email.why_not:
        return f"by e-mail only: {text.why_not}"
    return f"{NOTHING_ARRIVES}: {text.why_not}; {email.why_not if email else 'no e-mail address is known'}"


async def reach_note(uow: Work, person: Person) -> str:
    """Return what is known of a person's contact points at which nothing arrives; empty when all is well."""
    points = [await _point(uow, point_id, person) for point_id in (person.phone_id, person.email_id)]
    return "; ".join(
        _unreachable("sms" if point.kind == "phone" else "email", point)
        for point in points
        if point is not None and not point.is_reachable
    )


async def _route(
    uow: Work, tenant: Tenant, person: Person, step: Step, *, channel: SendChannel, template: Template, alone: bool
) -> Route:
    """Return one way. When it goes *alone* the address must be free of suppression, or a person has to be asked."""
    point = await _point(uow, person.phone_id if channel == "sms" else person.email_id, person)
    why = ""
    if point is None:
        why = f"no {_CALLED[channel][0]} is known"
    elif channel == "email" and step.purpose in ADVERTISING and not tenant.postal_address:
        why = "the shop has no postal address, which 15 USC 7704(a)(5) wants in such e-mails"
    elif not point.is_reachable:
        why = _unreachable(channel, point)
    elif alone and channel == "email" and await uow.compliance.suppressions(point.id, tenant_id=point.tenant_id):
        why = "the e-mail address is suppressed"
    return Route(channel=channel, template=template, point=point, why_not=why)


async def _point(uow: Work, point_id: ContactPointId | None, person: Person) -> ContactPoint | None:
    return None if point_id is None else await uow.compliance.get_point(point_id, tenant_id=person.tenant_id)


def _unreachable(channel: SendChannel, point: ContactPoint) -> str:
    called, what = _CALLED[channel]
    return f"the {called} cannot get {what}: {point.unreachable_why}"
