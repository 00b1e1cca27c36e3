"""What happened, in the past tense, with a wire tag that never changes."""

from datetime import datetime

import msgspec

from leadcore.kernel.ids import TenantId


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of every domain event. Subclasses add `tag="concept.happened"`."""

    tenant_id: TenantId
    at: datetime

    @property
    def name(self) -> str:
        """The wire tag, such as `lead.moved`."""
        return str(self.__struct_config__.tag)
