"""Records of one tenant: whole numbers as ids, whole seconds as dates, every change logged and told."""

import time
from datetime import UTC, datetime

from leadcore_simulators.shopware.answers import refused
from leadcore_simulators.shopware.hooks import fire
from leadcore_simulators.shopware.shapes import APPOINTMENT, CUSTOMER, NOTE, REPAIR_ORDER, STATUS, Shape
from leadcore_simulators.wire.faults import NO_FAULTS, FiredFaults
from leadcore_simulators.wire.http import Fields
from leadcore_simulators.wire.world import World


def now_iso() -> str:
    """Give the present the way Shop-Ware writes dates."""
    return datetime.fromtimestamp(int(time.time()), UTC).isoformat().replace("+00:00", "Z")


class Records:
    """The records of one account (a tenant)."""

    def __init__(self, world: World, account: Fields) -> None:
        self._world = world
        self.account = account
        self.tenant: str = account["tenant"]

    def get(self, shape: Shape, ref: str) -> Fields:
        """Give a record or refuse with 404."""
        found = self._world.store.get(shape.kind, self.tenant, ref)
        if found is None:
            raise refused(404, f"Couldn't find {shape.kind} with 'id'={ref}")
        return found

    def all(self, shape: Shape, *, created_before: float | None = None) -> list[Fields]:
        """List records in the order of creation."""
        return self._world.store.find(shape.kind, self.tenant, created_before=created_before)

    def create(
        self, shape: Shape, body: Fields, *, extra: Fields | None = None, faults: FiredFaults = NO_FAULTS,
        told: bool = True, writable: frozenset[str] | None = None,
    ) -> Fields:  # fmt: skip
        """Create a record; *extra* is what the vendor sets itself. Unknown fields are dropped."""
        for name in shape.required:
            if body.get(name) in (None, ""):
                raise refused(422, f"{name} can't be blank")
        _check(self, shape, body)
        known = shape.writable if writable is None else writable
        at = now_iso()
        ref = max((row["id"] for row in self.all(shape)), default=1000) + 1
        kept = {name: value for name, value in body.items() if name in known}
        record = {"id": ref, "created_at": at, "updated_at": at, **shape.defaults, **kept, **(extra or {})}
        if shape is REPAIR_ORDER:
            record["number"] = ref
            record["status_id"] = record["status_id"] or self.account["first_status_id"]
        with self._world.store.transaction():
            self._world.store.put(shape.kind, self.tenant, str(ref), record)
            self._log("create", shape, ref, body, faults)
            if told:
                self.tell(shape, "created", ref)
        return record

    def update(self, shape: Shape, ref: str, changes: Fields, *, faults: FiredFaults = NO_FAULTS) -> Fields:
        """Merge changes into a record."""
        if changes.get("status_id") is not None:
            self.get(STATUS, str(changes["status_id"]))
        record = {**self.get(shape, ref), **changes, "updated_at": now_iso()}
        with self._world.store.transaction():
            self._world.store.put(shape.kind, self.tenant, ref, record)
            self._log("update", shape, record["id"], changes, faults)
            self.tell(shape, "updated", record["id"])
        return record

    def delete(self, shape: Shape, ref: str, *, faults: FiredFaults = NO_FAULTS) -> Fields:
        """Remove a record."""
        record = self.get(shape, ref)
        with self._world.store.transaction():
            self._world.store.delete(shape.kind, self.tenant, ref)
            self._log("delete", shape, record["id"], {}, faults)
            self.tell(shape, "deleted", record["id"])
        return record

    def tell(self, shape: Shape, action: str, ref: int) -> None:
        """Fire the webhooks of a change."""
        fire(self._world, self.account, kind=shape.kind, action=action, ref=ref)

    def _log(self, verb: str, shape: Shape, ref: int, body: Fields, faults: FiredFaults) -> None:
        self._world.ledger.record(
            op=f"{verb}_{shape.kind}", account=self.tenant, ref=str(ref), fields=body, same=body, faults=faults
        )


def _check(records: Records, shape: Shape, body: Fields) -> None:
    email = str(body.get("email") or "").lower()
    if shape is CUSTOMER and email in {(row["email"] or "").lower() for row in records.all(CUSTOMER)} - {""}:
        raise refused(422, "email has already been taken")
    if shape is APPOINTMENT and not (body.get("repair_order_id") or body.get("title")):
        raise refused(422, "either repair_order_id or title must be set")
    if shape is REPAIR_ORDER:
        records.get(CUSTOMER, str(body["customer_id"]))
    if shape in (APPOINTMENT, NOTE) and body.get("repair_order_id"):
        records.get(REPAIR_ORDER, str(body["repair_order_id"]))
