"""Pictures of MMS: Twilio keeps them and hands them out to the account alone.

The address comes from a webhook, so it is not trusted even though it was signed (SSRF, reliability.md 3.7): it must be
a media resource of this very account below `base_url`. Twilio answers with a redirect to its content network; only
hosts that the settings list are followed there, over https, and never with the account's credentials.
"""

import re
from urllib.parse import urljoin, urlsplit

from leadcore.kernel.errors import InvalidInputError
from leadcore.ports.pictures import PictureGoneError, PictureUnavailableError
from leadcore_httpkit import Answer, AnswerTooLargeError, NoAnswerError, VendorHttp
from leadcore_twilio.settings import TwilioSettings

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
_MISSING = frozenset({404, 410})
_SIDS = re.compile(r"/Messages/(?:MM|SM)[0-9a-zA-Z]{1,64}/Media/ME[0-9a-zA-Z]{1,64}")


class TwilioPictures:
    """`PictureSource` of one account."""

    def __init__(self, http: VendorHttp, settings: TwilioSettings) -> None:
        self._vendor = http
        self._account = settings.account_sid
        self._credentials = (settings.account_sid, settings.auth_token)
        listed = (each.strip().lower() for each in settings.media_hosts.split(","))
        self._hosts = frozenset(each for each in listed if each)

    async def fetch_picture(self, url: str, *, max_bytes: int) -> bytes:
        """Return the bytes at *url*. Raises `PictureGoneError` and `PictureUnavailableError`."""
        answer = await _call(self._vendor, self._path_of(url), max_bytes=max_bytes, auth=self._credentials)
        for _ in range(_MOST_REDIRECTS):
            if answer.status not in _REDIRECTS:
                return _content_of(answer)
            url = urljoin(url, answer.headers.get("location", ""))
            answer = await self._follow(url, max_bytes=max_bytes)
        raise PictureGoneError(f"Twilio redirects more than {_MOST_REDIRECTS} times")

    def _path_of(self, url: str) -> str:
        """Return the path below `base_url`. Whatever is not this account's media is not called at all."""
        head = f"{self._vendor.base_url}/2010-04-01/Accounts/{self._account}"
        rest = url.removeprefix(head)
        if not url.startswith(head) or not _SIDS.fullmatch(rest):
            raise PictureGoneError("the address is not a media resource of this Twilio account")
        return url.removeprefix(self._vendor.base_url)

    async def _follow(self, url: str, *, max_bytes: int) -> Answer:
        try:
            parts = urlsplit(url)
            is_listed = (parts.hostname or "") in self._hosts and parts.port in {None, 443}
        except ValueError:
            is_listed, parts = False, urlsplit("")
        if not is_listed or parts.scheme != "https" or parts.username is not None or parts.password is not None:
            raise PictureGoneError("Twilio redirects to a host that media_hosts does not list")
        try:
            http = VendorHttp(f"https://{parts.hostname}")
        except InvalidInputError as cause:
            raise PictureGoneError("Twilio redirects to an address that is not called") from cause
        try:
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            return await _call(http, target, max_bytes=max_bytes)
        finally:
            await http.aclose()


async def _call(http: VendorHttp, path: str, *, max_bytes: int, auth: tuple[str, str] | None = None) -> Answer:
    try:
        return await http.call("GET", path, auth=auth, headers={"accept": "image/*"}, max_body=max_bytes)
    except AnswerTooLargeError as cause:
        raise PictureGoneError(f"it is larger than {max_bytes} bytes") from cause
    except NoAnswerError as cause:
        raise PictureUnavailableError(f"Twilio gave no answer: {cause.reason}") from cause


def _content_of(answer: Answer) -> bytes:
    if answer.is_success:
        return answer.body
    if answer.status in _MISSING:  # media may lag behind the webhook that tells of them: even this is asked again
        raise PictureUnavailableError(f"Twilio has it not, or not yet (HTTP {answer.status})")
    raise PictureUnavailableError(f"Twilio does not hand it out (HTTP {answer.status})")
