"""`leads explain-rule` over all three CRMs: one rule for webhook and poll, and it says which clause decided."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from leadcore.flows.explain_rule import explain_rule
from leadcore.kernel.errors import NotFoundError
from leadcore.tenants.values import LeadRule
from tests.chaos.crm_shop import CrmShop, crm_shop
from tests.unit.flows.world import TENANT

CRMS = ["shopmonkey", "hubspot", "shopware"]


@pytest.mark.parametrize("crm", CRMS)
async def test_the_explanation_names_the_clause_that_decided_and_webhook_and_poll_obey_it(
    tmp_path: Path, crm: str
) -> None:
    async with crm_shop(crm, tmp_path) as shop:
        order_id = await shop.vendor.lead(1, fire_webhooks=False)
        before = await explain_rule(shop.seams, TENANT, order_id)

        await _rule(shop, LeadRule(columns=("Nowhere",), service_words=("gold plating",)))
        refused = await explain_rule(shop.seams, TENANT, order_id)
        await shop.poll()
        nothing = await shop.found()

        await _rule(shop, LeadRule())
        await shop.poll()
        after = await explain_rule(shop.seams, TENANT, order_id)

        assert (before.crm, before.is_lead, before.decided_by, before.poll_notes) == (crm, True, (), True)
        assert (before.lead_id, before.order.external_id) == (None, order_id)
        assert (refused.is_lead, refused.decided_by, refused.poll_notes) == (False, ("column", "service"), False)
        assert [clause.name for clause in refused.clauses if not clause.holds] == ["column", "service"]
        assert nothing == {}
        assert await shop.found() == {order_id: ["poll"]}
        assert after.lead_id is not None
        assert (after.is_lead, after.poll_notes) == (True, False)
        assert "open in both" in after.poll_why
        assert set(msgspec.json.decode(msgspec.json.encode(after))) >= {"decided_by", "clauses", "poll_why", "is_lead"}


async def test_an_unknown_order_is_named_with_its_crm(tmp_path: Path) -> None:
    async with crm_shop("shopmonkey", tmp_path) as shop:
        with pytest.raises(NotFoundError, match="shopmonkey has no order nothing"):
            await explain_rule(shop.seams, TENANT, "nothing")


async def test_the_age_is_judged_on_the_vendors_clock_although_ours_was_moved(tmp_path: Path) -> None:
    async with crm_shop("shopmonkey", tmp_path) as shop:
        order_id = await shop.vendor.lead(1, fire_webhooks=False)
        await shop.store.deployment.set_clock_offset(timedelta(days=60).total_seconds())

        found = await explain_rule(shop.seams, TENANT, order_id)

        assert (found.is_lead, found.decided_by) == (True, ())


async def _rule(shop: CrmShop, rule: LeadRule) -> None:
    async with shop.store.begin(TENANT) as uow:
        tenant = await uow.tenants.get(TENANT)
        await uow.tenants.save(replace(tenant, lead_rule=rule, version=tenant.version + 1))
        await uow.commit()
