"""The form's fields: what may stand in them, and which one is at fault."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec import Meta

from leadcore.kernel.contact import parse_email, parse_phone
from leadcore.kernel.errors import InvalidInputError
from leadcore.ports.inbound import RefusedSubmissionError
from leadcore_httpkit.forms import MULTIPART, FormPart, UnreadableFormError, form_parts

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
_MAX_FIELDS = 200
_NESTED = re.compile(r"(?P<group>vehicle|consent)(?:[._]|\[)(?P<name>\w+)\]?")
_PLACE = re.compile(r" - at `\$\.?(?P<path>[^`]*)`")
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_YES = frozenset({"on", "yes", "true", "1"})

Short = Annotated[str, Meta(max_length=200)]
Long = Annotated[str, Meta(max_length=5000)]
Instant = Annotated[datetime, Meta(tz=True)]


class VehicleFields(msgspec.Struct, frozen=True, kw_only=True):
    """`vehicle` of the form."""

    year: Annotated[int, Meta(ge=1900, le=2100)] | None = None
    make: Short = ""
    model: Short = ""
    body: Short = ""


class ConsentFields(msgspec.Struct, frozen=True, kw_only=True):
    """`consent` of the form. `at`, `ip` and `user_agent` are believed of servers only."""

    sms: bool = False
    email: bool = False
    wording: Long = ""
    at: Instant | None = None
    ip: Short = ""
    user_agent: Annotated[str, Meta(max_length=1000)] = ""


class FormFields(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is understood; other fields are the form's own business."""

    name: Short = ""
    first_name: Short = ""
    last_name: Short = ""
    email: Short = ""
    phone: Short = ""
    vehicle: VehicleFields = VehicleFields()
    services: Annotated[list[Short], Meta(max_length=20)] = []
    message: Long = ""
    consent: ConsentFields = ConsentFields()
    page_url: Annotated[str, Meta(max_length=2000)] = ""
    submitted_at: Instant | None = None


def raw_fields(content_type: str, body: bytes) -> dict[str, Any]:
    """Return what was sent, as one nested object. Raises `RefusedSubmissionError`."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == FORM:
        return _of_form(body)
    if kind == MULTIPART:
        return _of_form(split_upload(content_type, body)[0])
    if kind != JSON:
        fix = f"send {JSON}, {FORM} or {MULTIPART}; in a browser: the body new FormData(form)"
        raise RefusedSubmissionError(f"{kind[:80] or 'no content type'} is not read", field="Content-Type", fix=fix)
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as cause:
        raise RefusedSubmissionError("the body is not JSON", field="body", fix="send one JSON object") from cause
    if not isinstance(found, dict):
        raise RefusedSubmissionError("the body is not a JSON object", field="body", fix="send one JSON object")
    return found


def split_upload(content_type: str, body: bytes) -> tuple[bytes, tuple[FormPart, ...]]:
    """Return a multipart form's fields, urlencoded, and its files. Raises `RefusedSubmissionError`."""
    try:
        parts = form_parts(content_type, body, max_parts=_MAX_FIELDS)
    except UnreadableFormError as cause:
        fix = "let the browser or a library write the body, boundary included"
        raise RefusedSubmissionError(str(cause), field="body", fix=fix) from cause
    fields = [(part.name, part.content.decode("utf-8", "replace")) for part in parts if part.filename is None]
    return urlencode(fields).encode(), tuple(part for part in parts if part.filename is not None and part.content)


def checked_fields(raw: dict[str, Any], *, region: str) -> FormFields:
    """Return the fields, or raise `RefusedSubmissionError` naming the first that cannot be used."""
    services = raw.get("services")
    told = {**raw, "services": [services]} if isinstance(services, str) else raw
    try:
        fields = msgspec.convert(told, FormFields, strict=False)
    except msgspec.ValidationError as cause:
        text = str(cause)
        place = _PLACE.search(text)
        field = place["path"] if place and place["path"] else "body"
        reason = _PLACE.sub("", text)
        raise RefusedSubmissionError(f"{field}: {reason}", field=field, fix=f"mend {field}: {reason}") from cause
    _check_reach(fields, region=region)
    _check_instants(fields)
    agreed = fields.consent.sms or fields.consent.email
    if agreed and not fields.consent.wording.strip():
        fix = "send the text beside the checkbox word for word, or leave consent out"
        raise RefusedSubmissionError("consent without the wording proves nothing", field="consent.wording", fix=fix)
    if fields.consent.sms and not fields.phone.strip():
        fix = "send the phone number the consent is for, or leave consent.sms out"
        raise RefusedSubmissionError("consent to texts without a phone number", field="phone", fix=fix)
    return fields


def _check_reach(fields: FormFields, *, region: str) -> None:
    if not fields.phone.strip() and not fields.email.strip():
        fix = "send phone, email or both"
        raise RefusedSubmissionError("there is no way to reach the customer", field="phone", fix=fix)
    try:
        if fields.phone.strip():
            parse_phone(fields.phone, region=region)
        if fields.email.strip():
            parse_email(fields.email)
    except InvalidInputError as cause:  # without what was typed: refusals are logged
        field = cause.field or "phone"
        raise RefusedSubmissionError(
            f"the {field} cannot be read", field=field, fix=cause.fix or "write it in full"
        ) from cause


def _check_instants(fields: FormFields) -> None:
    for name, told in (("submitted_at", fields.submitted_at), ("consent.at", fields.consent.at)):
        if told is not None and told < _EARLIEST:
            fix = "send the time in UTC, such as 2026-11-22T15:00:00Z"
            raise RefusedSubmissionError(f"{name} lies before the year 2000", field=name, fix=fix)


def _of_form(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=False, max_num_fields=_MAX_FIELDS)
    except ValueError as cause:
        fix = f"send at most {_MAX_FIELDS} fields"
        raise RefusedSubmissionError("the form cannot be read", field="body", fix=fix) from cause
    found: dict[str, Any] = {"vehicle": {}, "consent": {}, "services": []}
    for name, value in pairs:
        nested = _NESTED.fullmatch(name)
        if name in {"services", "services[]", "service"}:
            found["services"].append(value)
        elif nested is None:
            found.setdefault(name, value)
        elif nested["group"] == "consent" and nested["name"] in {"sms", "email"}:
            found["consent"][nested["name"]] = value.strip().lower() in _YES
        else:
            found[nested["group"]].setdefault(nested["name"], value)
    return found
