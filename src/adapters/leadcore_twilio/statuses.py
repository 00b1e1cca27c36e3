"""Twilio's message statuses in the port's words."""

from leadcore.ports.messaging import DeliveryStatus

_STATUSES: dict[str, DeliveryStatus] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "queued",
    "sending": "sending",
    "sent": "sent",
    "partially_delivered": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "undelivered",
    "failed": "failed",
    "canceled": "canceled",
}


def delivery_status(text: str) -> DeliveryStatus:
    """Return the port's status; one we do not know still proves acceptance, the lowest of them."""
    return _STATUSES.get(text.lower(), "accepted")
