"""Files in forms and mails: bytes stay bytes, types are sniffed, and nothing of a file is in the inbox."""

import hashlib
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.ports.inbound import (
    AdmittedItem,
    CustomerMessage,
    FileDoor,
    ForgedRequestError,
    InboundDoor,
    LeadSubmitted,
    RawRequest,
    RefusedSubmissionError,
    UnreadableBodyError,
)
from leadcore_adf.door import AdfDoor
from leadcore_adf.settings import AdfSettings
from leadcore_httpkit.forms import UnreadableFormError, form_parts
from leadcore_sendgrid.door import SendGridDoor
from leadcore_sendgrid.settings import SendGridSettings
from leadcore_webform.door import WebFormDoor
from leadcore_webform.settings import WebFormSettings
from tests.unit.adapters.uploads import BOUNDARY, KIND, form
from tests.unit.pictures.specimens import SECRET, gif, heic, jpeg, png

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
SITE = "https://www.example.com"
PHONE = {"form_key": "form_k", "name": "Pat Sample", "phone": "512 555 0142"}
MAIL = {
    "from": "Pat <pat@example.com>", "to": "shop@in.example.com", "subject": "My car", "text": "See attached",
    "envelope": '{"to":["shop@in.example.com"],"from":"pat@example.com"}',
    "headers": "Message-ID: <m1@example.com>\r\nFrom: Pat <pat@example.com>\r\n",
}  # fmt: skip
ADF = (
    "<?ADF VERSION='1.0'?><adf><prospect status='new'><id source='portal'>L-9</id><customer><contact>"
    "<name part='full'>Lee & Co</name><email>lee@example.com</email></contact></customer>"
    "<provider><name>Portal</name></provider></prospect></adf>"
)


def webform() -> WebFormDoor:
    return WebFormDoor(WebFormSettings(origins=SITE, form_key="form_k"))


def sendgrid() -> SendGridDoor:
    return SendGridDoor(SendGridSettings(api_key="k", sender="shop@example.com", parse_domain="in.example.com"))


def adf() -> AdfDoor:
    return AdfDoor(AdfSettings(secret="a"))


def request(body: bytes, *, kind: str = KIND, **headers: str) -> RawRequest:
    named = (("content-type", kind), ("origin", SITE), *headers.items())
    return RawRequest(method="POST", url="https://hooks.example.com/hooks/7", headers=named, body=body)


def admit(door: InboundDoor, body: bytes, **headers: str) -> AdmittedItem:
    (item,) = door.admit(request(body, **headers), now=NOW)
    return item


def read(door: InboundDoor, item: AdmittedItem) -> Any:
    (event,) = door.read(item)
    return event


def test_a_forms_pictures_are_told_in_the_lead_and_kept_beside_the_item() -> None:
    body = form(PHONE, ("photo", "my car.jpg", "text/plain", jpeg()), ("photo", "x.exe", "image/png", b"MZ\x90"))

    item = admit(webform(), body)
    lead = read(webform(), item)

    assert isinstance(lead, LeadSubmitted)
    assert (lead.name, lead.phones) == ("Pat Sample", ("512 555 0142",))
    assert [(each.name, each.media_type, bool(each.refused)) for each in lead.pictures] == [
        ("my car.jpg", "image/jpeg", False),
        ("x.exe", "", True),
    ]
    assert [(each.digest, each.number) for each in item.pictures] == [(lead.pictures[0].digest, 1)]
    assert SECRET not in item.body + item.pictures[0].content
    assert len(item.body) < len(jpeg()) + 1000


def test_a_second_click_is_the_same_although_the_browser_draws_another_boundary() -> None:
    photo = ("photo", "a.png", "image/png", png())
    other = form(PHONE, photo, boundary="other")

    first = admit(webform(), form(PHONE, photo)).dedupe_key

    assert webform().admit(request(other, kind="multipart/form-data; boundary=other"), now=NOW)[0].dedupe_key == first
    assert admit(webform(), form(PHONE, ("photo", "a.gif", "image/gif", gif()))).dedupe_key != first


def test_an_empty_file_input_is_no_picture() -> None:
    item = admit(webform(), form(PHONE, ("photo", "", "application/octet-stream", b"")))

    assert read(webform(), item).pictures == ()


def test_pictures_are_not_looked_at_before_the_key() -> None:
    with pytest.raises(ForgedRequestError):
        admit(webform(), form({**PHONE, "form_key": "wrong"}, ("photo", "a.jpg", "image/jpeg", jpeg())))


def test_a_form_with_too_many_parts_is_refused_by_name() -> None:
    body = form({f"f{number}": "x" for number in range(300)})

    with pytest.raises(RefusedSubmissionError) as refusal:
        admit(webform(), body, **{"x-form-key": "form_k"})

    assert refusal.value.field == "body"


def test_only_forms_with_files_may_be_large() -> None:
    for door in (webform(), sendgrid(), adf()):
        assert isinstance(door, FileDoor)
        assert door.takes_files(KIND)
        assert not door.takes_files("application/json")


def test_a_mails_pictures_are_kept_and_its_logo_and_its_papers_are_not() -> None:
    info = {"attachment1": {"filename": "logo.png", "content-id": "logo"}, "attachment2": {"filename": "car.heic"}}
    body = form(
        {**MAIL, "attachments": "3", "attachment-info": msgspec.json.encode(info)},
        ("attachment1", "logo.png", "image/png", png()),
        ("attachment2", "car.heic", "application/octet-stream", heic()),
        ("attachment3", "offer.pdf", "application/pdf", b"%PDF-1.7"),
    )

    item = admit(sendgrid(), body)
    message = read(sendgrid(), item)

    assert isinstance(message, CustomerMessage)
    assert message.text == "See attached"
    assert [(each.name, each.media_type) for each in message.pictures] == [("car.heic", "image/heic")]
    assert [each.digest for each in item.pictures] == [message.pictures[0].digest]
    assert hashlib.sha256(item.pictures[0].content).hexdigest() == message.pictures[0].digest


def test_raw_mode_brings_the_same_pictures() -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Message-ID"] = (
        "Pat <pat@example.com>",
        "shop@in.example.com",
        "<m2@example.com>",
    )
    letter.set_content("See attached")
    letter.add_attachment(jpeg(), maintype="image", subtype="jpeg", filename="car.jpg")

    item = admit(sendgrid(), form({"email": letter.as_bytes(), "envelope": MAIL["envelope"]}))

    (picture,) = read(sendgrid(), item).pictures
    assert (picture.name, picture.media_type) == ("car.jpg", "image/jpeg")


@pytest.mark.parametrize("where", ["text", "attachment", "octets", "html", "raw", "raw attachment"])
def test_adf_comes_by_mail_in_the_body_or_attached(where: str) -> None:
    letter = EmailMessage()
    letter["Message-ID"] = "<m3@example.com>"
    letter.set_content("A new lead" if where == "raw attachment" else f"A new lead:\n{ADF}\n-- \nThe portal")
    letter.add_attachment(ADF.encode(), maintype="application", subtype="x-adf+xml", filename="lead.adf")
    body = {
        "text": form({**MAIL, "text": f"A new lead:\n\n{ADF}\n-- \nThe portal"}),
        "attachment": form(MAIL, ("attachment1", "lead.xml", "application/x-adf+xml", ADF.encode())),
        "octets": form(
            MAIL, ("logo", "l.png", "image/png", png()), ("a2", "lead", "application/octet-stream", ADF.encode())
        ),
        "html": form({"html": "<pre>" + ADF.replace("<", "&lt;").replace(">", "&gt;") + "</pre>"}),
        "raw": form({"email": letter.as_bytes()}),
        "raw attachment": form({"email": letter.as_bytes()}),
    }[where]

    item = admit(adf(), body, authorization="Basic YWRmOmE=")

    assert item.dedupe_key == "Portal|portal|L-9"
    assert read(adf(), item).name == "Lee & Co"


def test_a_mail_without_the_secret_or_without_a_document_is_refused() -> None:
    with pytest.raises(ForgedRequestError):
        admit(adf(), form(MAIL, ("a", "lead.xml", "application/xml", ADF.encode())))
    with pytest.raises(RefusedSubmissionError, match="no part of the mail holds an ADF document"):
        admit(adf(), form(MAIL), authorization="Basic YWRmOmE=")
    evil = "<?xml version='1.0'?><!DOCTYPE adf [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>" + ADF
    with pytest.raises(RefusedSubmissionError, match="DOCTYPE"):
        admit(adf(), form({**MAIL, "text": evil}), authorization="Basic YWRmOmE=")


def test_typographic_quotes_in_tags_are_read_and_those_of_words_stay() -> None:
    curly = ADF.replace("source='portal'", "source=“portal”").replace("part='full'", "part=”full”")

    item = admit(adf(), form({"text": curly.replace("Lee & Co", "Lee ‘the Lid’ & Co")}), authorization="Basic YWRmOmE=")

    assert item.dedupe_key == "Portal|portal|L-9"
    assert read(adf(), item).name == "Lee ‘the Lid’ & Co"


@given(st.binary(max_size=300))
def test_a_files_bytes_come_back_exactly(content: bytes) -> None:
    field, file = form_parts(KIND, form({"a": content}, ("f", 'n"x.bin', "image/png", content)))

    if f"\r\n--{BOUNDARY}".encode() not in b"\r\n" + content:
        assert (field.content, file.content, field.filename) == (content, content, None)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_form_or_unreadable(body: bytes) -> None:
    for tail in (body, f"--{BOUNDARY}\r\n".encode() + body, b"\r\n\r\n" + body):
        try:
            parts = form_parts(KIND, tail)
        except UnreadableFormError:
            continue
        assert all(isinstance(part.content, bytes) for part in parts)


@given(st.binary(max_size=200))
def test_a_mail_with_any_attachment_is_a_message_or_unreadable(content: bytes) -> None:
    body = form({"email": b"Content-Type: multipart/mixed; boundary=x\r\nFrom: p@example.com\r\n\r\n--x\r\n" + content})

    try:
        item = admit(sendgrid(), body)
    except UnreadableBodyError:
        return
    assert isinstance(read(sendgrid(), item), CustomerMessage)
