"""What browsers must be told before pages of other origins may call a door (WHATWG Fetch, section 3.2)."""

from leadcore.ports.inbound import BrowserDoor

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "content-type, idempotency-key, x-form-key",
    "Access-Control-Max-Age": "600",
}


def shared_with(door: object, origin: str) -> dict[str, str]:
    """Return the headers that let a page of *origin* read the answer; none where the door does not allow it."""
    if not isinstance(door, BrowserDoor):
        return {}
    allowed = {"Access-Control-Allow-Origin": origin} if door.allows_origin(origin) else {}
    return {**allowed, "Vary": "Origin"}


def preflight_for(door: object, origin: str) -> dict[str, str]:
    """Return what answers the browser's question whether it may post; without an allowance it will not."""
    shared = shared_with(door, origin)
    return {**shared, **_PREFLIGHT} if "Access-Control-Allow-Origin" in shared else shared
