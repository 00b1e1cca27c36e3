"""How far a suppression reaches beyond the contact point it was said on, once two people were merged into one."""

from collections.abc import Sequence

from leadcore.compliance.model import Suppression, SuppressionReason
from leadcore.compliance.values import Channel
from leadcore.kernel.ids import ContactPointId

SAID: frozenset[SuppressionReason] = frozenset(
    {"stop_word", "free_text", "provider_stop", "wrong_number", "ambiguous", "staff"}
)
"""Reasons that are somebody's words: they reach every contact point of a person (47 CFR 64.1200(a)(10))."""


def reasons_against(
    point_id: ContactPointId, channel: Channel, suppressions: Sequence[Suppression]
) -> tuple[SuppressionReason, ...]:
    """Return why nothing automated may go to *point_id* on *channel*, the point's own reasons first.

    *suppressions* are the open ones of the point and, if its person was merged, of the person's other points. A merge
    is stricter than either side was: words of a revocation bind every point, anything else every point of the channel.
    """
    own = [each.reason for each in suppressions if each.contact_point_id == point_id and each.channel == channel]
    others = [
        each.reason
        for each in suppressions
        if each.contact_point_id != point_id and (each.channel == channel or each.reason in SAID)
    ]
    return tuple(dict.fromkeys((*own, *others)))
