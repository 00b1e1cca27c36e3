"""A carrier's report applied: proof of acceptance, and the delivery state as a function of the set of reports."""

from msgspec.structs import replace

from leadcore.flows.reach import judge_reach
from leadcore.flows.seams import Seams
from leadcore.flows.settle import settle_within
from leadcore.flows.work import Work
from leadcore.kernel.errors import NotFoundError
from leadcore.kernel.ids import AttemptId, TenantId
from leadcore.messaging.events import MessageDelivered
from leadcore.messaging.machine import CallbackProof
from leadcore.messaging.policies.delivery import delivery_of
from leadcore.ports.inbound import DeliveryReport


async def receive_report(uow: Work, seams: Seams, report: DeliveryReport, *, tenant_id: TenantId) -> str:
    """Apply one report. Returns why nothing was done, or an empty string."""
    attempt_id = await _attempt_of(uow, report, tenant_id=tenant_id)
    if attempt_id is None:
        return "no attempt of ours is behind this report"
    settled = await settle_within(
        uow, seams, attempt_id, CallbackProof(provider_id=report.provider_id), tenant_id=tenant_id
    )
    message = settled.message
    if not await uow.messages.add_report(report, message_id=message.id, tenant_id=tenant_id):
        return ""
    delivery = delivery_of(await uow.messages.reports(message.id, tenant_id=tenant_id))
    if delivery != message.delivery:
        await uow.messages.save(replace(message, delivery=delivery))
        uow.publish(
            MessageDelivered(
                tenant_id=tenant_id,
                at=await uow.now(),
                message_id=message.id,
                status=delivery or "",
                error_code=report.error_code,
                lead_id=message.lead_id,
            )
        )
    if report.trouble or delivery == "delivered":
        await judge_reach(uow, message, at=await uow.now())
    return ""


async def _attempt_of(uow: Work, report: DeliveryReport, *, tenant_id: TenantId) -> AttemptId | None:
    if report.attempt_id is not None:
        try:
            return (await uow.messages.attempt(report.attempt_id, tenant_id=tenant_id)).id
        except NotFoundError:
            return None
    found = await uow.messages.attempt_by_provider_id(report.provider_id, tenant_id=tenant_id)
    return found.id if found else None
