"""Customers: contact points are sub-resources, so a flat `email` or `phone` in a body vanishes."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from leadcore_simulators.shopmonkey.answers import body_of, many, missing, one, refused
from leadcore_simulators.shopmonkey.listing import listed, searched
from leadcore_simulators.shopmonkey.records import Records
from leadcore_simulators.shopmonkey.resources import with_account
from leadcore_simulators.shopmonkey.shapes import CUSTOMER
from leadcore_simulators.wire.http import Answer, Fields, Request
from leadcore_simulators.wire.simulator import Route
from leadcore_simulators.wire.world import World

_NOT_DIGITS = re.compile(r"\D")
_NATIONAL_DIGITS = 10
_EMAIL = ("emails", "email", {"primary": False, "subscribed": True})
_PHONE = (
    "phoneNumbers",
    "number",
    {
        "primary": False, "type": "Mobile", "optIn": False, "optInVerifiedDate": None, "carrierName": None,
        "country": "US", "extension": None,
    },
)  # fmt: skip
_PointKind = tuple[str, str, Fields]


def customer_routes(world: World) -> tuple[Route, ...]:
    """Give the routes of customers beyond plain read and merge."""
    found = (
        ("create_customer", "POST", "/v3/customer", _create),
        ("search_customers", "POST", "/v3/customer/search", lambda records, ask: searched(records, "customer", ask)),
        ("search_customer_emails", "POST", "/v3/customer/email/search", _by_email),
        ("search_customer_phones", "POST", "/v3/customer/phone_number/search", _by_phone),
        ("list_customer_vehicles", "GET", "/v3/customer/{id}/vehicle", _vehicles),
        ("list_customer_orders", "GET", "/v3/customer/{id}/order", _orders),
        ("add_customer_email", "POST", "/v3/customer/{id}/email", lambda records, ask: _add(records, ask, _EMAIL)),
        (
            "add_customer_phone",
            "POST",
            "/v3/customer/{id}/phone_number",
            lambda records, ask: _add(records, ask, _PHONE),
        ),
        (
            "update_customer_email",
            "PUT",
            "/v3/customer/{id}/email/{point}",
            lambda records, ask: _change(records, ask, _EMAIL),
        ),
        (
            "update_customer_phone",
            "PUT",
            "/v3/customer/{id}/phone_number/{point}",
            lambda records, ask: _change(records, ask, _PHONE),
        ),
    )
    return tuple(
        Route(op=op, method=method, path=path, handler=with_account(world, handler))
        for op, method, path, handler in found
    )


def contact_points(kind: _PointKind, given: Sequence[object]) -> list[Fields]:
    """Give each contact point its id and defaults; the first one is primary when none says so."""
    plural, key, defaults = kind
    points = []
    for entry in given:
        if not isinstance(entry, dict) or not entry.get(key):
            raise missing(f"{plural}/{key}")
        kept = {name: value for name, value in entry.items() if name == key or name in defaults}
        points.append({"id": str(uuid4()), **defaults, **kept})
    if points and not any(point["primary"] for point in points):
        points[0]["primary"] = True
    return points


def emails(given: Sequence[object]) -> list[Fields]:
    """Make the `emails` of a customer."""
    return contact_points(_EMAIL, given)


def phone_numbers(given: Sequence[object]) -> list[Fields]:
    """Make the `phoneNumbers` of a customer."""
    return contact_points(_PHONE, given)


def with_name(body: Fields) -> Fields:
    """Derive the name that the vendor shows."""
    name = body.get("firstName") or body.get("companyName")
    return {"coalescedFirstNameOrCompanyName": name, "locationIds": body.get("locationIds") or []}


def _create(records: Records, request: Request) -> Answer:
    body = body_of(request)
    extra = {
        "emails": emails(body.get("emails") or []),
        "phoneNumbers": phone_numbers(body.get("phoneNumbers") or []),
        **with_name(body),
    }
    return one(records.create(CUSTOMER, body, extra=extra, faults=request.faults))


def _add(records: Records, request: Request, kind: _PointKind) -> Answer:
    plural, _, _ = kind
    body = body_of(request)
    customer = records.get("customer", request.params["id"])
    points = [*customer[plural], *contact_points(kind, [body])]
    for point in points[1:]:
        point["primary"] = point["primary"] and point is points[-1] and bool(body.get("primary"))
    records.update(CUSTOMER, customer["id"], {plural: points}, body=body, faults=request.faults)
    return one(points[-1])


def _change(records: Records, request: Request, kind: _PointKind) -> Answer:
    plural, key, defaults = kind
    body = body_of(request)
    customer = records.get("customer", request.params["id"])
    points = [dict(point) for point in customer[plural]]
    found = next((point for point in points if point["id"] == request.params["point"]), None)
    if found is None:
        raise refused(404, f"{plural} not found")
    found |= {name: value for name, value in body.items() if name == key or name in defaults}
    records.update(CUSTOMER, customer["id"], {plural: points}, body=body, faults=request.faults)
    return one(found)


def _by_email(records: Records, request: Request) -> Answer:
    wanted = {str(email).strip().lower() for email in _required_list(request, "emails")}
    return _holders(records, lambda customer: any(point["email"].lower() in wanted for point in customer["emails"]))


def _by_phone(records: Records, request: Request) -> Answer:
    entries = _required_list(request, "phoneNumbers")
    wanted = {_digits(entry["number"] if isinstance(entry, dict) else entry) for entry in entries}
    return _holders(
        records, lambda customer: any(_digits(point["number"]) in wanted for point in customer["phoneNumbers"])
    )


def _holders(records: Records, holds: Callable[[Fields], bool]) -> Answer:
    found = [customer for customer in records.all("customer") if holds(customer)]
    return many(found, total=len(found), has_more=False)


def _vehicles(records: Records, request: Request) -> Answer:
    vehicles = records.all("vehicle", owner=records.get("customer", request.params["id"])["id"])
    return many(vehicles, total=len(vehicles), has_more=False)


def _orders(records: Records, request: Request) -> Answer:
    return listed(records, "order", request, owner=records.get("customer", request.params["id"])["id"])


def _required_list(request: Request, name: str) -> list[Any]:
    found = body_of(request).get(name)
    if not isinstance(found, list):
        raise missing(name)
    return found


def _digits(number: object) -> str:
    return _NOT_DIGITS.sub("", str(number))[-_NATIONAL_DIGITS:]
