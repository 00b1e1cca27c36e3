"""Whether two texts are the same to who reads them: one of a kind per contact and local day is enough."""

import hashlib
import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from leadcore.messaging.values import TextKey

_LINK = re.compile(r"(https?://[^\s/?#<>\"]+)[^\s<>\"]*")


def text_key(*, recipient: str, body: str, at: datetime, zone: str) -> TextKey:
    """Return the key of *body* sent to *recipient* at *at*; the day is that of *zone*, the shop's.

    Links count by their host alone: every message has a chat link of its own, which makes it no other text. So do case
    and spaces.
    """
    return TextKey(
        contact_hash=_contact_hash(recipient),
        content_hash=_content_hash(body),
        local_day=at.astimezone(ZoneInfo(zone)).date().isoformat(),
    )


@lru_cache(maxsize=4096)  # a message is asked about again when its attempt is written
def _contact_hash(recipient: str) -> bytes:
    return hashlib.sha256(recipient.strip().casefold().encode()).digest()


@lru_cache(maxsize=512)
def _content_hash(body: str) -> bytes:
    said = " ".join(_LINK.sub(r"\1", body).split()).casefold()
    return hashlib.sha256(said.encode()).digest()
