"""Accounts: a partner's credentials, one tenant, its shop, statuses and canned jobs."""

from typing import Any

from leadcore_simulators.shopmonkey.catalog import canned_services
from leadcore_simulators.shopware.answers import refused
from leadcore_simulators.shopware.records import Records
from leadcore_simulators.shopware.shapes import CANNED_JOB
from leadcore_simulators.wire.http import Fields, Request
from leadcore_simulators.wire.ledger import iso
from leadcore_simulators.wire.world import World

PARTNER, SECRET, TENANT = "71", "sim-shopware-secret", 1
_STATUSES = ("Website Leads", "Appointments", "In Progress", "Ready")
_SHOP = 10


def open_account(
    world: World,
    tenant_id: int,
    *,
    shop_name: str,
    timezone: str = "America/Chicago",
    catalog: list[Fields] | None = None,
) -> Fields:
    """Add a tenant, or rename an existing one; a catalog (canned jobs) that is given replaces the old one."""
    tenant = str(tenant_id)
    account: dict[str, Any] = {
        "tenant": tenant,
        "tenant_id": tenant_id,
        "partner_id": PARTNER,
        "api_secret": SECRET,
        "shop_id": tenant_id * 100 + _SHOP,
        "first_status_id": 1,
    }
    with world.store.transaction():
        fresh = world.store.get("account", "", tenant) is None
        world.store.put("account", "", tenant, account)
        at = iso(0)
        shop = {
            "id": account["shop_id"], "identifier": shop_name.lower(), "name": shop_name, "address": "100 Example Ave",
            "phone": "+15125550100", "time_zone": timezone, "created_at": at, "updated_at": at,
        }  # fmt: skip
        world.store.put("shop", tenant, str(shop["id"]), shop)
        for place, text in enumerate(_STATUSES, start=1):
            world.store.put(
                "status", tenant, str(place), {"id": place, "text": text, "created_at": at, "updated_at": at}
            )
        if fresh or catalog is not None:
            _stock(world, account, _canned_jobs() if catalog is None else catalog)
    return account


def account_of(world: World, request: Request) -> Records:
    """Find the tenant that the path names for the partner of the headers, or refuse with 401 or 403."""
    check_partner(request)
    account = world.store.get("account", "", request.params["tenant"])
    if account is None:
        raise refused(403, "this tenant has not authorized the partner")
    return Records(world, account)


def check_partner(request: Request) -> None:
    """Refuse wrong credentials with 401."""
    given = request.headers.get("x-api-partner-id", ""), request.headers.get("x-api-secret", "")
    if given != (PARTNER, SECRET):
        raise refused(401, "Invalid partner credentials")


def _canned_jobs() -> list[Fields]:
    return [
        {
            "title": entry["name"],
            "is_fixed_price_service": True,
            "fixed_price_cents": entry["fixedPriceCents"],
            "labors": [{"id": 1, "name": entry["note"], "taxable": True, "hours": entry["labors"][0]["hours"]}],
        }
        for entry in canned_services()
    ]


def _stock(world: World, account: Fields, catalog: list[Fields]) -> None:
    records = Records(world, account)
    for old in records.all(CANNED_JOB):
        world.store.delete("canned_job", records.tenant, str(old["id"]))
    for entry in catalog:
        add_canned_job(records, entry, told=False)


def add_canned_job(records: Records, entry: Fields, *, told: bool = True) -> Fields:
    """Add a canned job, as somebody at the shop does: partners may only read them."""
    extra = {"shop_id": records.account["shop_id"]}
    return records.create(CANNED_JOB, entry, extra=extra, told=told, writable=frozenset(entry))
