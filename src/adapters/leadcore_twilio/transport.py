"""The Twilio SDK over our own plumbing, so that "never left" and "answer lost" stay apart.

The SDK's own clients hide that difference, retry, and pick up a region from the environment.
"""

import logging
from typing import Any

from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from leadcore_httpkit import NeverLeftError, VendorHttp
from leadcore_twilio.errors import TwilioRefusalError
from leadcore_twilio.settings import TwilioSettings

_LOG = logging.getLogger("leadcore_twilio")
_REFUSED_FROM = 400


class HttpxForTwilio(AsyncHttpClient):  # type: ignore[misc] # the SDK has no types
    """The SDK's asynchronous client interface. One call is one request."""

    def __init__(self, http: VendorHttp) -> None:
        super().__init__(_LOG, is_async=True)
        self._http = http

    async def request(  # noqa: PLR0917 - the SDK's signature
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the SDK's signature
        allow_redirects: bool = False,  # noqa: FBT001, FBT002 - the SDK's signature
    ) -> Response:
        """Make the request. Raises `TwilioRefusalError` for 4xx and 5xx, and what `VendorHttp.call` raises."""
        base = self._http.base_url
        if not uri.startswith(f"{base}/"):
            # A page link of an answer must not carry the credentials elsewhere.
            raise NeverLeftError("the address is not below base_url")
        query: dict[str, Any] | None = dict(params) if params else None
        form = {name: _flat(value) for name, value in data.items()} if data else None
        answer = await self._http.call(
            method, uri.removeprefix(base), query=query, form=form, headers=headers, auth=auth
        )
        if answer.status >= _REFUSED_FROM:
            raise TwilioRefusalError.of(answer)
        return Response(answer.status, answer.text, answer.headers)


def sdk_client(settings: TwilioSettings, http: VendorHttp) -> Client:
    """Return the SDK's client bound to *http* and to nothing in the environment."""
    client = Client(
        settings.account_sid,
        settings.auth_token,
        http_client=HttpxForTwilio(http),
        environment={"TWILIO_EDGE": "", "TWILIO_REGION": ""},
    )
    client.api.base_url = http.base_url
    return client


def _flat(value: object) -> object:
    return list(value) if isinstance(value, list | tuple) else value
