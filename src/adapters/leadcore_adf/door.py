"""The door for ADF over HTTP, bare or inside a mail that somebody's inbound webhook passes on.

The sender shows a secret; the document itself is not signed. A mail service shows it as HTTP Basic, which the address
that it is given carries: `https://adf:SECRET@…`.
"""

import base64
import binascii
import hmac
from datetime import datetime

from leadcore.ports.inbound import (
    AdmittedItem,
    ForgedRequestError,
    InboundEvent,
    RawRequest,
    RefusedSubmissionError,
    UnreadableBodyError,
)
from leadcore_adf.document import NotAdfError, read_prospects
from leadcore_adf.mail import is_mail, read_mail
from leadcore_adf.prospects import emails_of, lead_of, phones_of, reference_of, requested_at
from leadcore_adf.settings import AdfSettings


class AdfDoor:
    """`InboundDoor` and `FileDoor` of one ADF connection."""

    def __init__(self, settings: AdfSettings) -> None:
        self._secrets = [each.encode() for each in (settings.secret, settings.previous_secret) if each]

    def takes_files(self, content_type: str) -> bool:
        """Whether this is a mail, which may have other attachments beside the document."""
        return is_mail(content_type)

    def admit(self, request: RawRequest, *, now: datetime) -> tuple[AdmittedItem, ...]:
        """Check the secret and split the document into prospects. Raises as the port says."""
        self._check(request.header("authorization"))
        kind = request.header("content-type")
        try:
            prospects = read_mail(kind, request.body) if is_mail(kind) else read_prospects(request.body)
        except NotAdfError as cause:
            fix = "send one ADF 1.0 document in UTF-8, without DOCTYPE, of at most 256 KB"
            raise RefusedSubmissionError(str(cause), field="body", fix=fix) from cause
        for prospect in prospects:
            if not phones_of(prospect) and not emails_of(prospect):
                field = "prospect/customer/contact"
                raise RefusedSubmissionError("the prospect cannot be reached", field=field, fix="send a phone or email")
        return tuple(
            AdmittedItem(
                dedupe_key=reference_of(prospect), body=prospect.source, occurred_at=requested_at(prospect, now=now)
            )
            for prospect in prospects
        )

    def read(self, item: AdmittedItem) -> tuple[InboundEvent, ...]:
        """Return the lead. Raises `UnreadableBodyError`."""
        try:
            prospect = read_prospects(item.body)[0]
        except NotAdfError as cause:
            raise UnreadableBodyError(str(cause)) from cause
        if item.occurred_at is None:
            raise UnreadableBodyError("nobody noted when this was requested")
        return (lead_of(prospect, external_id=item.dedupe_key, submitted_at=item.occurred_at),)

    def _check(self, header: str) -> None:
        if not self._secrets:
            raise ForgedRequestError("no secret is configured, so nobody is believed", fix="connect adf again")
        claimed = _shown(header)
        good = False
        for secret in self._secrets:
            good |= hmac.compare_digest(secret, claimed)
        if not good:
            fix = "send the header `Authorization: Bearer SECRET`, or the secret as the password of HTTP Basic"
            raise ForgedRequestError("the secret is missing or wrong", fix=fix)


def _shown(header: str) -> bytes:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode("utf-8", "surrogatepass")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(value.strip(), validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
