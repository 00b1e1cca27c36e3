"""An outgoing mail as SendGrid's JSON, put together by the SDK's own helpers."""

from typing import Any

from sendgrid.helpers.mail import (
    ClickTracking,
    Content,
    CustomArg,
    Header,
    Mail,
    MimeType,
    Personalization,
    ReplyTo,
    SubscriptionTracking,
    To,
    TrackingSettings,
)
from sendgrid.helpers.mail import From as Sender

from leadcore.kernel.ids import AttemptId
from leadcore.ports.messaging import OutboundMessage
from leadcore_sendgrid.settings import SendGridSettings

ATTEMPT_ARG = "attempt_id"


def payload(message: OutboundMessage, settings: SendGridSettings) -> dict[str, Any]:
    """Return the body of `POST /v3/mail/send`. The only custom argument is the attempt id: SendGrid keeps them."""
    mail = Mail()
    mail.from_email = Sender(message.sender or settings.sender, _line(message.sender_name or settings.sender_name))
    mail.subject = _line(message.subject) or "(no subject)"
    to = Personalization()
    to.add_to(To(message.recipient))
    to.add_custom_arg(CustomArg(ATTEMPT_ARG, str(message.attempt_id)))
    for name, value in _headers(message, settings):
        to.add_header(Header(name, value))
    mail.add_personalization(to)
    if message.reply_to:
        mail.reply_to = ReplyTo(message.reply_to)
    mail.add_content(Content(MimeType.text, message.body))
    if message.html:
        mail.add_content(Content(MimeType.html, message.html))
    mail.tracking_settings = _tracking()
    body: dict[str, Any] = mail.get()
    return body


def message_id(attempt_id: AttemptId, sender: str) -> str:
    """Return our own Message-ID without brackets: a reply's In-Reply-To names the attempt it answers."""
    return f"{attempt_id}@{sender.rpartition('@')[2] or 'localhost'}"


def _headers(message: OutboundMessage, settings: SendGridSettings) -> list[tuple[str, str]]:
    headers = [("Message-ID", f"<{message_id(message.attempt_id, message.sender or settings.sender)}>")]
    if reference := _line(message.thread_ref).strip("<> "):
        headers += [("In-Reply-To", f"<{reference}>"), ("References", f"<{reference}>")]
    if message.unsubscribe_url:
        headers += [  # RFC 8058
            ("List-Unsubscribe", f"<{_line(message.unsubscribe_url)}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]
    return headers


def _tracking() -> TrackingSettings:
    """Links carry the customer's own session, so no third party rewrites them; we have our own unsubscribe."""
    tracking = TrackingSettings()
    tracking.click_tracking = ClickTracking(enable=False, enable_text=False)
    tracking.subscription_tracking = SubscriptionTracking(enable=False)
    return tracking


def _line(text: str) -> str:
    """Keep a header in one line, whatever a customer's name or subject contains."""
    return " ".join(text.split())
