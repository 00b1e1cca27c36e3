"""Which side of a comparison an enrollment is on: decided by its id, so asking again answers the same."""

import hashlib
from collections.abc import Sequence

from leadcore.cadences.model import Arm
from leadcore.kernel.ids import EnrollmentId

_ONLY = Arm(name="", weight=1)


def arm_of(enrollment_id: EnrollmentId, arms: Sequence[Arm]) -> Arm:
    """Return the arm; a nameless one when nothing is compared."""
    total = sum(arm.weight for arm in arms)
    if total <= 0:
        return _ONLY
    point = int.from_bytes(hashlib.sha256(enrollment_id.bytes).digest()[:8], "big") % total
    for arm in arms:
        point -= arm.weight
        if point < 0:
            return arm
    return _ONLY
