"""Create, merge and delete records; every change is logged and told to the webhooks."""

import time
from typing import Any
from uuid import uuid4

from leadcore_simulators.shopmonkey.answers import missing, refused
from leadcore_simulators.shopmonkey.hooks import fire
from leadcore_simulators.shopmonkey.shapes import CANNED_SERVICE, ENUMS, ORDER, Shape
from leadcore_simulators.wire.faults import NO_FAULTS, FiredFaults
from leadcore_simulators.wire.ledger import iso
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]

_FIRST_NUMBER = 1001
_LEGACY_ID_TABLES = frozenset({"order", "webhook", "canned_service"})


def now_iso() -> str:
    """Give the present the way Shopmonkey writes dates."""
    return iso(time.time())


def new_id(table: str) -> str:
    """Give an id; some tables still hand out 24-hex ids, the others UUIDs."""
    return uuid4().hex[:24] if table in _LEGACY_ID_TABLES else str(uuid4())


def known(shape: Shape, body: Fields) -> Fields:
    """Keep what the vendor knows; a wrong enum value or type is a 400, an unknown name is nothing."""
    kept = {name: value for name, value in body.items() if name in shape.writable}
    for name, allowed in ENUMS.get(shape.table, {}).items():
        if name in kept and kept[name] not in allowed:
            raise refused(400, f"body/{name} must be equal to one of the allowed values")
    for name, value in kept.items():
        if name.endswith("Cents") and (not isinstance(value, int) or isinstance(value, bool)):
            raise refused(400, f"body/{name} must be integer")
    return kept


class Records:
    """The records of one account (a company)."""

    def __init__(self, world: World, account: Fields) -> None:
        self._world = world
        self.account = account
        self.company: str = account["companyId"]

    def get(self, table: str, ref: str) -> Fields:
        """Give a record or refuse with 404."""
        found = self._world.store.get(table, self.company, ref)
        if found is None:
            raise refused(404, f"{table} not found")
        return found

    def all(self, table: str, *, owner: str | None = None, created_before: float | None = None) -> list[Fields]:
        """List records in the order of creation."""
        return self._world.store.find(table, self.company, tag_a=owner, created_before=created_before)

    def create(
        self,
        shape: Shape,
        body: Fields,
        *,
        extra: Fields | None = None,
        faults: FiredFaults = NO_FAULTS,
        silent: bool = False,
    ) -> Fields:
        """Create a record from a body; *extra* holds what the vendor sets itself.

        A silent creation is neither logged nor told to the webhooks: that is how seeds come in.
        """
        for name in shape.required:
            if body.get(name) in (None, ""):
                raise missing(name)
        at = now_iso()
        record = {
            "id": new_id(shape.table),
            "companyId": self.company,
            "locationId": self.account["locationId"],
            **shape.defaults,
            **known(shape, body),
            **(extra or {}),
            "createdDate": at,
            "updatedDate": at,
        }
        self._settle(shape, record)
        with self._world.store.transaction():
            self._save(shape, record)
            if not silent:
                op = f"create_{shape.table}"
                self._log(op, record["id"], body, faults)
                self.tell(shape, {"operation": "INSERT", "table": shape.table, "data": record}, cause=op)
        return record

    def update(
        self, shape: Shape, ref: str, changes: Fields, *, body: Fields, faults: FiredFaults = NO_FAULTS
    ) -> Fields:
        """Merge changes into a record: fields that were not sent stay."""
        before = self.get(shape.table, ref)
        record = {**before, **changes}
        if record.get("workflowStatusId") != before.get("workflowStatusId"):
            record["workflowStatusDate"] = now_iso()
        self._settle(shape, record)
        diff = sorted(name for name in record if record[name] != before.get(name) and not name.startswith("_"))
        op = f"update_{shape.table}"
        with self._world.store.transaction():
            if diff:
                record["updatedDate"] = now_iso()
                self._save(shape, record)
                event = {"operation": "UPDATE", "table": shape.table, "data": record, "diff": [*diff, "updatedDate"]}
                self.tell(shape, event, cause=op)
            self._log(op, ref, body, faults)
        return record

    def delete(self, shape: Shape, ref: str, *, faults: FiredFaults = NO_FAULTS) -> Fields:
        """Remove a record."""
        record = self.get(shape.table, ref)
        op = f"delete_{shape.table}"
        with self._world.store.transaction():
            self._world.store.delete(shape.table, self.company, ref)
            self._log(op, ref, {}, faults)
            self.tell(shape, {"operation": "DELETE", "table": shape.table, "data": record}, cause=op)
        return record

    def tell(self, shape: Shape, event: Fields, *, cause: str) -> None:
        """Fire the webhooks of a change, when the table has a trigger at all."""
        if shape.trigger is not None:
            location_id = event["data"].get("locationId")
            event = {"apiVersion": "3", **event}
            fire(self._world, self.company, trigger=shape.trigger, event=event, cause=cause, location_id=location_id)

    def _save(self, shape: Shape, record: Fields) -> None:
        owner = record.get(shape.owner) if shape.owner else None
        self._world.store.put(shape.table, self.company, record["id"], record, tag_a=owner)

    def _log(self, op: str, ref: str, body: Fields, faults: FiredFaults) -> None:
        self._world.ledger.record(op=op, account=self.company, ref=ref, fields=body, same=body, faults=faults)

    def _settle(self, shape: Shape, record: Fields) -> None:
        """Fill the fields that the vendor derives."""
        if shape is CANNED_SERVICE and record["pricing"] == "FixedPrice":
            record["totalCents"] = record["fixedPriceCents"]
        if shape is ORDER:
            self._settle_order(record)

    def _settle_order(self, order: Fields) -> None:
        if "number" not in order:
            order["number"] = str(_FIRST_NUMBER + self._world.store.count("order", self.company))
            order["publicId"] = uuid4().hex[:12]
            order["orderCreatedDate"] = order["workflowStatusDate"] = now_iso()
        order.setdefault("workflowStatusId", self.account["firstColumnId"])
        customer = self._world.store.get("customer", self.company, order["customerId"] or "")
        vehicle = self._world.store.get("vehicle", self.company, order["vehicleId"] or "")
        order["generatedCustomerName"] = _joined(customer, "firstName", "lastName")
        order["generatedVehicleName"] = _joined(vehicle, "year", "make", "model")
        order["generatedName"] = (
            order["generatedVehicleName"] or order["generatedCustomerName"] or f"Order {order['number']}"
        )
        order["coalescedName"] = order["name"] or order["generatedName"]


def _joined(record: Fields | None, *names: str) -> str | None:
    parts = [str(record[name]) for name in names if record.get(name)] if record else []
    return " ".join(parts) or None
