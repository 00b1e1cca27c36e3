"""Checking and setting up a Twilio account: free of charge, and no customer notices."""

from typing import Any
from urllib.parse import urlsplit

from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from leadcore.ports.plugin import ConnectionUrls, Finding
from leadcore_httpkit import NoAnswerError, is_loopback
from leadcore_twilio.errors import TwilioRefusalError, is_unauthorized
from leadcore_twilio.settings import TwilioSettings

# Without these a 5xx of ours, even a refused connection after one retry, loses the customer's text (providers.md 2.5).
_OVERRIDES = "#rc=5&rp=all"
_NO_HTTPS = "the public base URL has to be https: Twilio retries only where it may add connection overrides"


class TwilioOnboarding:
    """`Connectable` over the SDK."""

    def __init__(self, client: Client, settings: TwilioSettings) -> None:
        self._client = client
        self._settings = settings

    async def check(self) -> tuple[Finding, ...]:
        """Try the credentials and the sender. Never raises."""
        try:
            account = await self._client.api.v2010.accounts(self._settings.account_sid).fetch_async()
            findings = (_account_finding(account),)
            if not findings[0].ok:
                return findings
            if self._settings.is_messaging_service:
                return (*findings, Finding(ok=True, what=f"texts leave through the service {self._settings.sender}"))
            return (*findings, self._number_finding(await self._number()))
        except (NoAnswerError, TwilioRefusalError, TwilioException, ValueError, TypeError, AttributeError) as cause:
            return (self._trouble(cause),)

    async def register(self, urls: ConnectionUrls) -> tuple[Finding, ...]:
        """Make the number call *urls*. Status callbacks need nothing: each message names its own. Never raises."""
        if self._settings.is_messaging_service:
            return (_by_hand(self._settings.sender, urls),)
        try:
            number = await self._number()
            if number is None:
                return (self._number_finding(None),)
            return await self._pointed(number, urls)
        except (NoAnswerError, TwilioRefusalError, TwilioException, ValueError, TypeError, AttributeError) as cause:
            return (self._trouble(cause),)

    async def _pointed(self, number: Any, urls: ConnectionUrls) -> tuple[Finding, ...]:
        secure = urls.inbound.startswith("https://")
        wanted = urls.inbound + (_OVERRIDES if secure else "")
        before = str(number.sms_url or "")
        pointed = before == wanted and str(number.sms_method or "").upper() == "POST" and not number.sms_application_sid
        if not pointed:
            # An application on the number would win over its own URL.
            await self._client.incoming_phone_numbers(number.sid).update_async(
                sms_url=wanted, sms_method="POST", sms_application_sid=""
            )
        replaced = f" (before: {before})" if before and not pointed else ""
        done = Finding(ok=True, what=f"texts to {self._settings.sender} come to {urls.inbound}{replaced}")
        warning = Finding(ok=False, what="a text that we cannot take is lost", fix=_NO_HTTPS, code="not_https")
        at_home = is_loopback(urlsplit(urls.inbound).hostname or "")  # only a simulator can call us here
        return (done,) if secure or at_home else (done, warning)

    async def _number(self) -> Any:
        found = await self._client.incoming_phone_numbers.list_async(phone_number=self._settings.sender, limit=50)
        return next((number for number in found if number.phone_number == self._settings.sender), None)

    def _number_finding(self, number: Any) -> Finding:
        sender = self._settings.sender
        if number is None:
            fix = "set the sender to one of Twilio Console > Phone Numbers > Active numbers, written as +1…"
            return Finding(ok=False, what=f"the account has no number {sender}", fix=fix, code="no_number")
        capabilities = number.capabilities if isinstance(number.capabilities, dict) else {}
        if not capabilities.get("sms", True):
            fix = "pick a number with the SMS capability in Twilio Console > Phone Numbers"
            return Finding(ok=False, what=f"{sender} cannot send texts", fix=fix, code="no_sms")
        return Finding(ok=True, what=f"{sender} belongs to the account and can text")

    def _trouble(self, cause: Exception) -> Finding:
        base_url = self._settings.base_url
        if isinstance(cause, NoAnswerError):
            fix = "check this machine's connection, its proxy, and base_url (TWILIO_API_BASE_URL)"
            return Finding(ok=False, what=f"{base_url} gives no answer ({cause.reason})", fix=fix, code="unreachable")
        if isinstance(cause, TwilioRefusalError) and is_unauthorized(cause):
            return Finding(
                ok=False,
                what="the Auth Token does not fit the Account SID",
                fix="copy both from Twilio Console > Account > API keys & tokens",
                code="unauthorized",
            )
        if isinstance(cause, TwilioRefusalError):
            what = f"Twilio refused: {cause.message} (HTTP {cause.status}, code {cause.code or 'none'})"
            fix = "see https://www.twilio.com/docs/errors, or try again if the status is 5xx"
            return Finding(ok=False, what=what, fix=fix, code="refused")
        fix = "check base_url (TWILIO_API_BASE_URL): this does not look like Twilio"
        return Finding(ok=False, what=f"{base_url} gives an answer that cannot be read", fix=fix, code="unreadable")


def _account_finding(account: Any) -> Finding:
    status = str(account.status or "active")
    if status.endswith("active"):
        return Finding(ok=True, what=f"the Auth Token opens the account {account.friendly_name or account.sid}")
    fix = "see Twilio Console > Account, or contact Twilio support"
    return Finding(ok=False, what=f"the account is {status}", fix=fix, code="inactive")


def _by_hand(service: str, urls: ConnectionUrls) -> Finding:
    fix = (
        f"in Twilio Console > Messaging > Services > {service} > Integration choose 'Send a webhook' and enter "
        f"{urls.inbound}{_OVERRIDES} as the Request URL (POST)"
    )
    return Finding(ok=False, what=f"the service {service} has to be pointed at us by hand", fix=fix, code="by_hand")
