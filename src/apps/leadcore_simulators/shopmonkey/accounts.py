"""Accounts: one API key, one company, one location, its columns, people and catalog."""

from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from leadcore_simulators.shopmonkey.answers import refused
from leadcore_simulators.shopmonkey.catalog import canned_services
from leadcore_simulators.shopmonkey.records import Records, now_iso
from leadcore_simulators.shopmonkey.shapes import CANNED_SERVICE
from leadcore_simulators.wire.http import Request
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]

DEFAULT_KEY = "sim-shopmonkey-key"
COLUMNS = ("Website Leads", "Appointments", "In Progress", "Invoiced")
_PEOPLE = (("Dana", "Whitfield", "dana@example.com"), ("Luis", "Ortega", "luis@example.com"))


def open_account(
    world: World, api_key: str, *, location_name: str, timezone: str, catalog: list[Fields] | None = None
) -> Fields:
    """Add an account, or rename an existing one; a catalog that is given replaces the old one."""
    company = str(uuid5(NAMESPACE_DNS, f"company.{api_key}"))
    account = {
        "api_key": api_key,
        "companyId": company,
        "locationId": str(uuid5(NAMESPACE_DNS, f"location.{api_key}")),
        "firstColumnId": _column_id(company, COLUMNS[0]),
        "location_name": location_name,
        "timezone": timezone,
    }
    with world.store.transaction():
        fresh = world.store.get("account", "", api_key) is None
        world.store.put("account", "", api_key, account)
        _furnish(world, account)
        if fresh or catalog is not None:
            _stock(world, account, canned_services() if catalog is None else catalog)
    return account


def account_of(world: World, request: Request) -> Records:
    """Find the account of a bearer key, or refuse with 401."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    account = world.store.get("account", "", key.strip()) if scheme.lower() == "bearer" else None
    if account is None:
        raise refused(401, "Unauthorized")
    return Records(world, account)


def _furnish(world: World, account: Fields) -> None:
    company, location = account["companyId"], account["locationId"]
    at = now_iso()
    place = {
        "id": location, "companyId": company, "name": account["location_name"], "timezone": account["timezone"],
        "address1": "100 Example Ave", "city": account["location_name"], "state": None, "postalCode": None,
        "country": "US", "phone": "+15125550100", "email": "shop@example.com", "website": "https://shop.example.com",
        "createdDate": at, "updatedDate": at,
    }  # fmt: skip
    world.store.put("location", company, location, place)
    for position, name in enumerate(COLUMNS):
        column = {
            "id": _column_id(company, name), "companyId": company, "locationId": location, "name": name,
            "position": position, "daysToArchive": None, "archiveWhenInactive": False, "archiveWhenPaid": False,
            "invoiceWorkflow": name == "Invoiced", "repairOrderWorkflow": name == "In Progress",
            "createdDate": at, "updatedDate": at,
        }  # fmt: skip
        world.store.put("workflow_status", company, column["id"], column)
    for first, last, email in _PEOPLE:
        person = {
            "id": str(uuid5(NAMESPACE_DNS, f"{email}.{company}")), "companyId": company, "firstName": first,
            "lastName": last, "email": email, "phone": None, "active": True, "color": "blue",
        }  # fmt: skip
        world.store.put("user", company, person["id"], person)


def _stock(world: World, account: Fields, catalog: list[Fields]) -> None:
    records = Records(world, account)
    for old in records.all("canned_service"):
        world.store.delete("canned_service", records.company, old["id"])
    for entry in catalog:
        records.create(CANNED_SERVICE, entry, silent=True)


def _column_id(company: str, name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, f"{name}.{company}"))
