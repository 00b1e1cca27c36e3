"""Permission after a revocation: what still stands, the customer's START, and the new consent that opens again."""

from collections.abc import Iterable

from leadcore.compliance.events import ContactReopened
from leadcore.compliance.model import Consent, ContactPoint
from leadcore.compliance.policies.consenting_again import reopens, standing
from leadcore.flows.work import Work
from leadcore.kernel.ids import ContactPointId, TenantId


async def standing_consents(uow: Work, point_id: ContactPointId, *, tenant_id: TenantId) -> list[Consent]:
    """Return the point's consents that no later revocation took back, oldest first."""
    lines = await uow.compliance.consents(point_id, tenant_id=tenant_id)
    if not lines:
        return []
    return standing(lines, await uow.compliance.suppression_history(point_id, tenant_id=tenant_id))


async def hear_start(uow: Work, point: ContactPoint) -> None:
    """Note on the locked *point* that its holder said START; a consent given since the revocation opens it at once."""
    now = await uow.now()
    for each in await uow.compliance.suppressions(point.id, tenant_id=point.tenant_id):
        await uow.compliance.note_start(point.id, tenant_id=point.tenant_id, channel=each.channel, at=now)
    await open_again(uow, point)


async def open_again(uow: Work, point: ContactPoint) -> None:
    """End what START and a consent in writing, both given since, take back. *point* must be locked."""
    suppressed = await uow.compliance.suppressions(point.id, tenant_id=point.tenant_id)
    if not suppressed:
        return
    lines = await uow.compliance.consents(point.id, tenant_id=point.tenant_id)
    now = await uow.now()
    for each in suppressed:
        consent = reopens(each, lines)
        if consent is None:
            continue
        await uow.compliance.lift(point.id, tenant_id=point.tenant_id, channel=each.channel, at=now)
        uow.publish(
            ContactReopened(
                tenant_id=point.tenant_id, at=now, contact_point_id=point.id, channel=each.channel,
                consent_id=consent.id, scope=consent.scope,
            )
        )  # fmt: skip


async def lock_suppressed(uow: Work, points: Iterable[ContactPoint]) -> list[ContactPoint]:
    """Lock those of *points* that are suppressed, in id order, as a revocation does; return them.

    To be called before the ledger is written to: a new line may open them.
    """
    return [
        await uow.compliance.lock_point(point.id, tenant_id=point.tenant_id)
        for point in sorted(points, key=lambda one: one.id)
        if await uow.compliance.suppressions(point.id, tenant_id=point.tenant_id)
    ]
