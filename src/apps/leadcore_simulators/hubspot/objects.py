"""CRM objects of one portal: every property a string or null, every change logged and told to the webhooks."""

import time
from uuid import uuid4

from leadcore_simulators.hubspot.answers import refused
from leadcore_simulators.hubspot.hooks import event, fire
from leadcore_simulators.wire.faults import NO_FAULTS, FiredFaults
from leadcore_simulators.wire.http import Fields
from leadcore_simulators.wire.ledger import iso
from leadcore_simulators.wire.world import World

TYPES = {
    "contacts": "contact", "deals": "deal", "products": "product", "line_items": "line_item",
    "notes": "note", "communications": "communication", "meetings": "meeting",
}  # fmt: skip
DEFAULT_PROPERTIES = {
    "contact": ("email", "firstname", "lastname", "lastmodifieddate", "createdate"),
    "deal": ("amount", "closedate", "dealname", "dealstage", "pipeline", "hs_lastmodifieddate", "createdate"),
    "product": ("name", "price", "description", "hs_lastmodifieddate", "createdate"),
    "line_item": ("name", "price", "quantity", "hs_lastmodifieddate", "createdate"),
    "note": ("hs_createdate", "hs_lastmodifieddate"),
    "communication": ("hs_createdate", "hs_lastmodifieddate"),
    "meeting": ("hs_createdate", "hs_lastmodifieddate"),
}
# what engagements may be told: anything else is a 400
_ENGAGEMENTS = {
    "note": frozenset({"hs_timestamp", "hs_note_body", "hubspot_owner_id", "hs_attachment_ids"}),
    "communication": frozenset({
        "hs_timestamp", "hs_communication_channel_type", "hs_communication_logged_from", "hs_communication_body",
        "hubspot_owner_id",
    }),
    "meeting": frozenset({
        "hs_timestamp", "hs_meeting_title", "hs_meeting_body", "hs_internal_meeting_notes", "hs_meeting_start_time",
        "hs_meeting_end_time", "hs_meeting_outcome", "hs_meeting_location", "hs_meeting_external_url",
        "hubspot_owner_id",
    }),
}  # fmt: skip
# associationTypeId of an engagement -> what it points at
_FROM_ENGAGEMENT = {
    "note": {214: "deal", 202: "contact"},
    "communication": {85: "deal", 81: "contact"},
    "meeting": {212: "deal", 200: "contact"},
}
# associationTypeId -> the name under which the deal shows what it points at
_DEAL_LINKS = {3: "contacts", 19: "line items"}
_TO_DEAL = {20: "line items"}
_HISTORY = 20


class Objects:
    """The records of one account (a portal)."""

    def __init__(self, world: World, account: Fields) -> None:
        self._world = world
        self.account = account
        self.portal: str = account["portal"]

    def find(self, kind: str, ref: str) -> Fields | None:
        """Give an object that is not archived."""
        return self._world.store.get(kind, self.portal, ref)

    def get(self, kind: str, ref: str) -> Fields:
        """Give an object or refuse with 404."""
        found = self.find(kind, ref)
        if found is None:
            raise refused(404, "resource not found", category="OBJECT_NOT_FOUND")
        return found

    def by_email(self, email: str) -> Fields | None:
        """Give the contact with an address; that is looked up in the records, never in the search's index."""
        wanted = email.strip().lower()
        mine = (one for one in self.all("contact") if wanted and one["properties"].get("email") == wanted)
        return next(mine, None)

    def all(self, kind: str, *, created_before: float | None = None) -> list[Fields]:
        """List objects in the order of creation."""
        return self._world.store.find(kind, self.portal, created_before=created_before)

    def create(self, kind: str, body: Fields, *, faults: FiredFaults = NO_FAULTS, told: bool = True) -> Fields:
        """Create an object; an e-mail address that is taken is a 409 with the id that has it."""
        found = properties_of(body)
        self._check(kind, found, is_new=True)
        if kind == "contact" and found.get("email"):
            found["email"] = str(found["email"]).strip().lower()
            if taken := self.by_email(found["email"]):
                message = f"Contact already exists. Existing ID: {taken['id']}"
                raise refused(409, message, category="CONFLICT")
        at = iso(time.time())
        ref = str(uuid4().int % 10**11 + 10**10)
        record = {"id": ref, "properties": {}, "createdAt": at, "archived": False, "_links": {}, "_history": {}}
        _change(kind, record, {**found, "createdate": at, "hs_object_id": ref}, at=at)
        with self._world.store.transaction():
            self._link(kind, record, body.get("associations") or [])
            self._world.store.put(kind, self.portal, ref, record)
            self._world.ledger.record(
                op=f"create_{kind}", account=self.portal, ref=ref, fields=body, same=body, faults=faults
            )
            if told:
                self.tell(self.creation(kind, record), cause=f"create_{kind}")
        return record

    def update(self, kind: str, record: Fields, body: Fields, *, faults: FiredFaults = NO_FAULTS) -> Fields:
        """Merge properties into an object."""
        self._check(kind, properties_of(body), is_new=False)
        changes = {
            name: value for name, value in properties_of(body).items() if record["properties"].get(name) != value
        }
        events = [
            event(self.account, kind, record["id"], {**_CHANGED, "propertyName": name, "propertyValue": value or ""})
            for name, value in changes.items()
        ]
        _change(kind, record, changes, at=iso(time.time()))
        with self._world.store.transaction():
            self._world.store.put(kind, self.portal, record["id"], record)
            self._world.ledger.record(
                op=f"update_{kind}", account=self.portal, ref=record["id"], fields=body, same=body, faults=faults
            )
            self.tell(events, cause=f"update_{kind}")
        return record

    def archive(self, kind: str, ref: str, *, faults: FiredFaults = NO_FAULTS) -> None:
        """Remove an object; archiving what is not there is no error."""
        with self._world.store.transaction():
            if self._world.store.delete(kind, self.portal, ref):
                self._world.ledger.record(
                    op=f"archive_{kind}", account=self.portal, ref=ref, fields={}, same=ref, faults=faults
                )
                gone = {"subscriptionType": "deletion", "changeFlag": "DELETED"}
                self.tell([event(self.account, kind, ref, gone)], cause=f"archive_{kind}")

    def creation(self, kind: str, record: Fields) -> list[Fields]:
        """Give the events of a new object: itself, and each property it was given."""
        made = event(self.account, kind, record["id"], {"subscriptionType": "creation", "changeFlag": "CREATED"})
        given = [
            event(self.account, kind, record["id"], {**_CHANGED, "propertyName": name, "propertyValue": value or ""})
            for name, value in record["properties"].items()
        ]
        return [made, *given]

    def tell(self, events: list[Fields], *, cause: str) -> None:
        """Fire the webhooks of a change."""
        fire(self._world, self.account, events, cause=cause)

    def _check(self, kind: str, found: Fields, *, is_new: bool) -> None:
        if kind in _ENGAGEMENTS:
            for name in sorted(found.keys() - _ENGAGEMENTS[kind]):
                raise refused(400, f'Property "{name}" does not exist')
            if is_new and not found.get("hs_timestamp"):
                raise refused(400, "hs_timestamp is required")
        stage = found.get("dealstage")
        if kind == "deal" and stage:
            stages = {one["id"] for each in self._world.store.find("pipeline", self.portal) for one in each["stages"]}
            if stage not in stages:
                raise refused(400, f"{stage} is not a valid deal stage")

    def _link(self, kind: str, record: Fields, associations: list[Fields]) -> None:
        for each in associations:
            ref = str(each["to"]["id"])
            for one in each["types"]:
                number = int(one["associationTypeId"])
                if target := _FROM_ENGAGEMENT.get(kind, {}).get(number):
                    other = self.get(target, ref)
                    other["_links"].setdefault(f"{kind}s", []).append(record["id"])
                    self._world.store.put(target, self.portal, ref, other)
                    record["_links"].setdefault(f"{target}s", []).append(ref)
                elif kind == "deal" and number in _DEAL_LINKS:
                    record["_links"].setdefault(_DEAL_LINKS[number], []).append(ref)
                    if _DEAL_LINKS[number] == "contacts":
                        self._link_back(ref, record["id"])
                elif number in _TO_DEAL:
                    deal = self.get("deal", ref)
                    deal["_links"].setdefault(_TO_DEAL[number], []).append(record["id"])
                    self._world.store.put("deal", self.portal, ref, deal)
                else:
                    raise refused(400, f"associationTypeId {number} is not known between these objects")

    def _link_back(self, contact_ref: str, deal_ref: str) -> None:
        """Let the contact know its deal: associations are seen from both ends."""
        if contact := self.find("contact", contact_ref):
            contact["_links"].setdefault("deals", []).append(deal_ref)
            self._world.store.put("contact", self.portal, contact_ref, contact)


_CHANGED: Fields = {"subscriptionType": "propertyChange"}


def properties_of(body: Fields) -> Fields:
    """Read the properties of a body: strings or null, or 400."""
    found = body.get("properties")
    if not isinstance(found, dict):
        raise refused(400, "properties must be an object")
    return {name: value if value is None else _text(name, value) for name, value in found.items()}


def _text(name: str, value: object) -> str:
    if isinstance(value, dict | list):
        raise refused(400, f"property {name} must be a string")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _change(kind: str, record: Fields, changes: Fields, *, at: str) -> None:
    modified = "lastmodifieddate" if kind == "contact" else "hs_lastmodifieddate"
    record["properties"] |= {**changes, modified: at}
    record["updatedAt"] = at
    for name, value in changes.items():
        newest = {"value": value, "timestamp": at, "sourceType": "CRM_UI"}
        record["_history"][name] = [newest, *record["_history"].get(name, [])][:_HISTORY]
