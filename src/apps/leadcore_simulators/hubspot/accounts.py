"""Accounts: one access token, one portal, its pipeline and its products."""

from hashlib import blake2b

from leadcore_simulators.hubspot.answers import refused
from leadcore_simulators.hubspot.objects import Objects
from leadcore_simulators.shopmonkey.catalog import canned_services
from leadcore_simulators.wire.http import Fields, Request
from leadcore_simulators.wire.ledger import iso
from leadcore_simulators.wire.world import World

DEFAULT_TOKEN = "pat-sim-hubspot"  # noqa: S105 - invented
DEFAULT_SECRET = "sim-hubspot-client-secret"  # noqa: S105 - invented
PIPELINE = "default"
_STAGES = (
    ("websiteleads", "Website Leads", "false", "0.2"),
    ("appointments", "Appointments", "false", "0.6"),
    ("closedwon", "Closed Won", "true", "1.0"),
    ("closedlost", "Closed Lost", "true", "0.0"),
)
FIRST_STAGE = _STAGES[0][0]


def open_account(
    world: World, access_token: str, *, name: str, client_secret: str = DEFAULT_SECRET,
    catalog: list[Fields] | None = None,
) -> Fields:  # fmt: skip
    """Add an account, or rename an existing one; a catalog (properties of products) that is given replaces the old."""
    number = int.from_bytes(blake2b(access_token.encode(), digest_size=3).digest()) + 10**7
    account: Fields = {
        "access_token": access_token,
        "portal": str(number),
        "portalId": number,
        "appId": number + 1,
        "client_secret": client_secret,
        "developer_key": f"dev-{number}",
        "name": name,
    }
    with world.store.transaction():
        fresh = world.store.get("account", "", access_token) is None
        world.store.put("account", "", access_token, account)
        world.store.put("pipeline", account["portal"], PIPELINE, _pipeline())
        if fresh or catalog is not None:
            _stock(world, account, _products() if catalog is None else catalog)
    return account


def account_of(world: World, request: Request) -> Objects:
    """Find the account of a bearer token, or refuse with 401."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    account = world.store.get("account", "", token.strip()) if scheme.lower() == "bearer" else None
    if account is None:
        message = "Authentication credentials not found. This API supports OAuth 2.0 authentication."
        raise refused(401, message, category="INVALID_AUTHENTICATION")
    return Objects(world, account)


def _pipeline() -> Fields:
    at = iso(0)
    stages = [
        {
            "id": ref, "label": label, "displayOrder": place, "archived": False, "createdAt": at, "updatedAt": at,
            "metadata": {"isClosed": closed, "probability": probability},
        }
        for place, (ref, label, closed, probability) in enumerate(_STAGES)
    ]  # fmt: skip
    return {
        "id": PIPELINE, "label": "Sales Pipeline", "displayOrder": 0, "archived": False, "createdAt": at,
        "updatedAt": at, "stages": stages,
    }  # fmt: skip


def _products() -> list[Fields]:
    return [
        {
            "name": entry["name"],
            "description": entry["note"],
            "price": f"{entry['fixedPriceCents'] / 100:.2f}",
            "labor_hours": str(entry["labors"][0]["hours"]),
        }
        for entry in canned_services()
    ]


def _stock(world: World, account: Fields, catalog: list[Fields]) -> None:
    objects = Objects(world, account)
    for old in objects.all("product"):
        world.store.delete("product", objects.portal, old["id"])
    for entry in catalog:
        objects.create("product", {"properties": entry}, told=False)
