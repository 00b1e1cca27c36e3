"""What Twilio refuses before a message exists.

Magic recipients. At once (Twilio's own test numbers): +15005550001 -> 21211, +15005550002 -> 21612,
+15005550003 -> 21408, +15005550004 -> 21610, +15005550009 -> 21614. Later, in the status callback:
+15005553xyz ends `undelivered` with ErrorCode 30xyz, so +15005553034 -> 30034, +15005553003 -> 30003,
+15005553007 -> 30007.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from leadcore_simulators.twilio.accounts import number_of
from leadcore_simulators.twilio.answers import refused
from leadcore_simulators.wire.world import World

Fields = dict[str, Any]

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_NANP = re.compile(r"\+1[2-9]\d{2}[2-9]\d{6}")
_SERVICE_SID = re.compile(r"MG[0-9a-f]{32}")
_LATE_MAGIC = re.compile(r"\+15005553(\d{3})")
_MAX_BODY = 1600
_MAX_VALIDITY_S = 36000
_MAGIC = {
    "+15005550001": (21211, "Invalid 'To' Phone Number: {to}"),
    "+15005550002": (21612, "Message cannot be sent with the current combination of 'To' ({to}) and 'From' numbers"),
    "+15005550003": (
        21408,
        "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}",
    ),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number {to} is not a valid mobile number"),
}


def late_error(to: str) -> int | None:
    """Give the error that a magic recipient earns after acceptance."""
    found = _LATE_MAGIC.fullmatch(to)
    return int(f"30{found[1]}") if found else None


def check_create(world: World, account: Fields, form: dict[str, str], media: list[str]) -> Fields:
    """Check a create call in Twilio's order and give the sending number. Raises the vendor's refusal."""
    to = form.get("To", "")
    if not to:
        raise refused(21604, "A 'To' phone number is required.")
    sender = _sender(world, account, form)
    if not form.get("Body") and not media:
        raise refused(21602, "Message body is required.")
    if len(form.get("Body", "")) > _MAX_BODY:
        raise refused(21617, "The concatenated message body exceeds the 1600 character limit.")
    _check_recipient(to)
    if to == sender["phone_number"]:
        raise refused(21266, "'To' and 'From' number cannot be the same")
    if blocked(world, account, to=to, sender=sender):
        raise refused(21610, "Attempt to send to unsubscribed recipient")
    _check_options(form)
    return sender


def blocked(world: World, account: Fields, *, to: str, sender: Fields) -> bool:
    """Say whether the recipient texted STOP to this sender (or to its messaging service)."""
    return world.store.get("optout", account["sid"], optout_key(to, sender)) is not None


def optout_key(phone: str, number: Fields) -> str:
    """Name the scope of an opt-out: the messaging service if the number is in one, else the pair."""
    return f"{phone}|{number['messaging_service_sid'] or number['phone_number']}"


def check_url(name: str, url: str) -> None:
    """Refuse a URL that cannot be called."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise refused(21609, f"The '{name}' URL {url} is not a valid URL")


def _sender(world: World, account: Fields, form: dict[str, str]) -> Fields:
    service, sender = form.get("MessagingServiceSid"), form.get("From")
    if sender:
        number = number_of(world, sender, account_sid=account["sid"])
        if number is None:
            raise refused(
                21606,
                f"The 'From' phone number {sender} is not a valid, SMS-capable inbound phone number"
                " or short code for your account.",
            )
        return number
    if not service:
        raise refused(21603, "A 'From' phone number is required.")
    pool = [one for one in world.store.find("number", account["sid"]) if one["messaging_service_sid"] == service]
    if not _SERVICE_SID.fullmatch(service) or not pool:
        raise refused(21705, "The Messaging Service Sid is invalid")
    return pool[0]


def _check_recipient(to: str) -> None:
    if to in _MAGIC:
        code, message = _MAGIC[to]
        raise refused(code, message.format(to=to))
    if late_error(to) is not None:
        return
    shape = _NANP if to.startswith("+1") else _E164
    if not shape.fullmatch(to):
        raise refused(21211, f"Invalid 'To' Phone Number: {to}")


def _check_options(form: dict[str, str]) -> None:
    if callback := form.get("StatusCallback"):
        check_url("StatusCallback", callback)
    validity = form.get("ValidityPeriod")
    if validity is not None and not (validity.isdigit() and 1 <= int(validity) <= _MAX_VALIDITY_S):
        raise refused(90007, f"Validity period {validity} is out of range 1..{_MAX_VALIDITY_S}")
