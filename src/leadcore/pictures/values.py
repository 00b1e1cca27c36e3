"""How far a picture has come, and how much of one is taken."""

from typing import Annotated, Literal

import msgspec

PictureState = Literal["waiting", "kept", "refused"]
"""`waiting`: its vendor still has it. `refused`: not kept, and never will be; the picture says why."""


class PictureLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The largest picture in bytes, and the most pictures that one message may bring."""

    max_bytes: Annotated[int, msgspec.Meta(ge=1)] = 10 * 1024 * 1024
    max_count: Annotated[int, msgspec.Meta(ge=0)] = 10
