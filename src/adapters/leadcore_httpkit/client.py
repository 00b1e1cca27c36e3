"""One vendor's HTTP connection pool with our limits: no redirects, no hidden retries, a total timeout."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from leadcore_httpkit.addresses import checked_base_url, is_loopback, join
from leadcore_httpkit.answers import Answer
from leadcore_httpkit.departure import AnswerLostError, AnswerTooLargeError, Departure, NeverLeftError, NoAnswerError
from leadcore_httpkit.patience import Patience

USER_AGENT = "leadcore/0.1"
_CONNECT_S = 2.0
_TOTAL_S = 10.0
_MAX_BODY = 16 * 1024 * 1024
_LIMITS = httpx.Limits(max_connections=50, max_keepalive_connections=10, keepalive_expiry=15.0)

Query = Mapping[str, str | int]


class VendorHttp:
    """Calls one base URL. Opens no connection before the first call."""

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        patience: Patience | None = None,
        connect_s: float = _CONNECT_S,
        total_s: float = _TOTAL_S,
    ) -> None:
        """Raises `InvalidInputError` when an adapter may not be pointed at *base_url*."""
        self.base_url = checked_base_url(base_url)
        self._patience = patience or Patience()
        self._total_s = total_s
        self._http = httpx.AsyncClient(
            headers={"user-agent": USER_AGENT, "accept": "application/json", **(headers or {})},
            timeout=httpx.Timeout(total_s, connect=connect_s, pool=connect_s),
            limits=_LIMITS,
            follow_redirects=False,
            # A proxy of the environment is for the world outside, never for a simulator on this machine.
            trust_env=not is_loopback(urlsplit(self.base_url).hostname or ""),
        )

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        max_body: int = _MAX_BODY,
    ) -> Answer:
        """Make one request, once. *path* is below the base URL.

        Raises `NeverLeftError` when no byte was written, `AnswerLostError` when the vendor may have acted (its kind
        `AnswerTooLargeError` when it answered with more than *max_body* bytes).
        """
        departure = Departure()
        try:
            async with asyncio.timeout(self._total_s):
                request = self._http.build_request(
                    method, join(self.base_url, path), params=query, json=json, data=form, headers=headers,
                    extensions={"trace": departure.watch},
                )  # fmt: skip
                return await self._answered(request, auth, max_body=max_body)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as cause:
            raise departure.explain(cause) from cause
        except RuntimeError as cause:  # the client was closed under us
            raise (AnswerLostError if departure.left else NeverLeftError)(str(cause)) from cause

    async def read(self, path: str, *, query: Query | None = None) -> Answer:
        """GET with bounded retries on transient failures. Raises `NoAnswerError` when no answer came at all."""
        tries = 0
        while True:
            tries += 1
            lost: NoAnswerError | None = None
            answer: Answer | None = None
            try:
                answer = await self.call("GET", path, query=query)
            except NoAnswerError as cause:
                lost = cause
            pause_s = self._patience.pause_after(tries=tries, answer=answer)
            if pause_s is not None:
                await self._patience.pause(pause_s)
            elif answer is not None:
                return answer
            elif lost is not None:
                raise lost

    async def aclose(self) -> None:
        """Give back sockets. Idempotent."""
        await self._http.aclose()

    async def _answered(self, request: httpx.Request, auth: tuple[str, str] | None, *, max_body: int) -> Answer:
        answer = await self._http.send(request, stream=True, auth=auth or httpx.USE_CLIENT_DEFAULT)
        body = bytearray()
        try:
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > max_body:
                    raise AnswerTooLargeError("the answer is too large")
        finally:
            await answer.aclose()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(status=answer.status_code, headers=headers, body=bytes(body))
