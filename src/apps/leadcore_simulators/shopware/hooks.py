"""Webhooks as far as Shop-Ware documents them: an address and event names. Unsigned; body and retries are invented."""

from uuid import uuid4

import msgspec

from leadcore_simulators.wire.courier import Attempt, Manners, Parcel
from leadcore_simulators.wire.http import Fields
from leadcore_simulators.wire.store import Store
from leadcore_simulators.wire.world import World

_MAX_ATTEMPTS = 3
_PAUSE_S = 0.1


def fire(world: World, account: Fields, *, kind: str, action: str, ref: int) -> None:
    """Tell every webhook that wants the event; call it inside the transaction of the change."""
    name = f"{kind}.{action}"
    body = msgspec.json.encode({"event": name, "tenant_id": account["tenant_id"], "id": ref})
    for hook in world.store.find("webhook", account["partner_id"]):
        if name in hook["events"]:
            parcel = Parcel(
                id=f"sw_{uuid4().hex}", op="webhook", account=account["tenant"], ref=str(ref), url=hook["url"],
                content_type="application/json", body=body,
            )  # fmt: skip
            world.send(parcel, cause=name)


def manners(_: Store) -> Manners:
    """Give the vendor's way to deliver."""
    return Manners(dress=lambda _parcel, _number: {"user-agent": "Shop-Ware"}, pause_s=_pause_s)


def _pause_s(_: Parcel, attempt: Attempt) -> float | None:
    return None if attempt.number >= _MAX_ATTEMPTS else _PAUSE_S
