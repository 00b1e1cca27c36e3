"""One thing to be told to the CRM about one lead."""

from datetime import datetime

import msgspec

from leadcore.kernel.ids import LeadId, TenantId
from leadcore.write_back.values import OPEN_WRITES, WriteKind, WriteState


class WriteBack(msgspec.Struct, frozen=True, kw_only=True):
    """Told once per (lead, what, version). `version` counts all but messages; for one of those it is the entry's.

    `target` is the column by its name, the picture by its id, or from when to when the appointment is.

    `tries` counts all tries and fences them: only the newest may be settled. `failures` counts those since a person
    last asked for another round. An open write rests until `not_before`. `unsure`: one of its tries perhaps happened,
    so that every later one begins with a look for its reference.
    """

    tenant_id: TenantId
    lead_id: LeadId
    what: WriteKind
    version: int
    started_at: datetime
    not_before: datetime
    target: str = ""
    state: WriteState = "trying"
    tries: int = 1
    failures: int = 0
    unsure: bool = False
    error: str = ""
    fix: str = ""

    @property
    def reference(self) -> str:
        """What stands in the CRM with it, so that it is found again after a lost answer."""
        return f"{self.lead_id.hex}.{self.what}.{self.version}"

    @property
    def is_open(self) -> bool:
        """Whether it is still to be written."""
        return self.state in OPEN_WRITES


class WriteBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A CRM (`source`) that may not be told one kind of thing: said once, and tried by one lead at a time.

    Nothing of the kind is written before `until`; then the next lead with something to tell tries. `tries` counts.
    """

    tenant_id: TenantId
    source: str
    what: WriteKind
    since: datetime
    until: datetime
    error: str
    fix: str = ""
    tries: int = 1
