"""Shopmonkey's REST API v3: envelope, refusals, pace (providers.md 1.1 to 1.4)."""

import asyncio
from typing import Any
from urllib.parse import quote

import msgspec

from leadcore.ports.crm import (
    CrmAnswerError,
    CrmError,
    CrmOutcomeUnknownError,
    CrmRefusedError,
    CrmUnavailableError,
    CrmWriteRefusedError,
)
from leadcore_httpkit import Answer, NeverLeftError, NoAnswerError, VendorHttp, retry_after_s
from leadcore_httpkit.fields import Fields, rows, text

# The vendor's limit is not published; integrators stay at five (providers.md 1.3).
_AT_ONCE = 5
_PAGE = 100  # more is silently reduced to this
_MAX_PAGES = 50
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TIMEOUT, _TOO_MANY, _SERVER_ERROR = 401, 403, 404, 408, 429, 500
KEY_FIX = "make an API key under Settings > Integration > API Keys in Shopmonkey (as an admin) and store it again"


class ShopmonkeyApi:
    """Reads with bounded retries, writes once; at most five requests at a time."""

    def __init__(self, http: VendorHttp) -> None:
        self._http = http
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return self._http.base_url

    async def one(self, *path: str) -> Fields | None:
        """Read one record, None when it is gone. Raises the CRM's closed set."""
        answer = await self._read("/".join(quote(part, safe="") for part in path))
        if answer.status == _NOT_FOUND:
            return None
        data = self._data(answer)
        if not isinstance(data, dict):
            raise CrmAnswerError("shopmonkey answered no record")
        return data

    async def sweep(self, path: str, *, where: Fields | None = None, location_id: str = "") -> list[Fields]:
        """Walk a list once, page by page. What comes is *some* of the rows: the vendor's lists are not stable.

        Neither `meta` nor the filters can be trusted, so the walk ends at a page that is not full and the caller
        filters again.
        """
        found: list[Fields] = []
        query: dict[str, str | int] = {"limit": _PAGE, "orderBy": "id"}
        if where:
            query["where"] = msgspec.json.encode(where).decode()
        if location_id:
            query["locationId"] = location_id
        for page in range(_MAX_PAGES):
            answer = await self._read(path, query={**query, "skip": page * _PAGE})
            data = self._data(answer)
            if not isinstance(data, list):
                raise CrmAnswerError("shopmonkey answered no list")
            found += rows(data)
            more = answer.json_object().get("meta")
            if len(data) < _PAGE and not (isinstance(more, dict) and more.get("hasMore") is True and data):
                break
        return found

    async def listed(self, *path: str) -> list[Fields]:
        """Read a short sub-list that is not paged; a parent that is gone has none."""
        answer = await self._read("/".join(quote(part, safe="") for part in path))
        if answer.status == _NOT_FOUND:
            return []
        return rows(self._data(answer))

    async def searched(self, path: str, where: Fields) -> list[Fields]:
        """Walk a search by POST once: its filters work, its pages are no more to be trusted than a list's."""
        found: list[Fields] = []
        for page in range(_MAX_PAGES):
            body = {"where": where, "limit": _PAGE, "skip": page * _PAGE}
            async with self._turns:
                try:
                    answer = await self._http.call("POST", path, json=body)
                except NoAnswerError as cause:
                    raise CrmUnavailableError(f"shopmonkey gives no answer: {cause.reason}") from cause
            data = self._data(answer)
            if not isinstance(data, list):
                raise CrmAnswerError("shopmonkey answered no list")
            found += rows(data)
            if len(data) < _PAGE:
                break
        return found

    async def write(self, method: str, path: str, body: Fields) -> Fields:
        """Write once, never repeated. Raises the CRM's closed set of writes.

        A DELETE needs a body as well, if only an empty object: the vendor's parser refuses one without.
        """
        async with self._turns:
            try:
                answer = await self._http.call(method, path, json=body)
            except NeverLeftError as cause:
                raise CrmUnavailableError(f"shopmonkey gives no answer: {cause.reason}") from cause
            except NoAnswerError as cause:
                raise CrmOutcomeUnknownError(f"shopmonkey's answer was lost: {cause.reason}") from cause
        if not answer.is_success:
            raise write_refusal_of(answer)
        try:
            data = self._data(answer)
        except CrmAnswerError as cause:
            raise CrmOutcomeUnknownError(cause.message) from cause
        return data if isinstance(data, dict) else {}

    async def _read(self, path: str, *, query: dict[str, str | int] | None = None) -> Answer:
        async with self._turns:
            try:
                return await self._http.read(path, query=query)
            except NoAnswerError as cause:
                raise CrmUnavailableError(f"shopmonkey gives no answer: {cause.reason}") from cause

    def _data(self, answer: Answer) -> Any:
        if not answer.is_success:
            raise refusal_of(answer)
        body = answer.json_object()
        if body.get("success") is False or "data" not in body:
            raise CrmAnswerError("shopmonkey answered something that cannot be read")
        return body["data"]


def refusal_of(answer: Answer) -> CrmError:
    """Translate an answer that is no success into the port's closed set."""
    message = text(answer.json_object(), "message") or f"HTTP {answer.status}"
    if answer.status == _UNAUTHORIZED:
        return CrmRefusedError(f"shopmonkey refuses the API key: {message}", fix=KEY_FIX)
    if answer.status == _FORBIDDEN:
        if not answer.json_object():
            fix = "the firewall in front of Shopmonkey blocks this server's address: ask their support to allow it"
            return CrmRefusedError("shopmonkey's firewall refuses us", fix=fix)
        fix = "the API key inherits its maker's rights: make it as an admin"
        return CrmRefusedError(f"the API key may not do this: {message}", fix=fix)
    if answer.status >= _SERVER_ERROR or answer.status in {_TIMEOUT, _TOO_MANY}:
        return CrmUnavailableError(
            f"shopmonkey is not available: {message}", retry_after_s=retry_after_s(answer.headers)
        )
    fix = "correct what the message names; webhooks need a public https address"
    return CrmAnswerError(f"shopmonkey refused: {message} (HTTP {answer.status})", fix=fix)


def write_refusal_of(answer: Answer) -> CrmError:
    """Translate the answer to a write: where it says nothing certain, the write perhaps happened."""
    cause = refusal_of(answer)
    if isinstance(cause, CrmUnavailableError) and answer.status != _TOO_MANY:
        return CrmOutcomeUnknownError(cause.message)
    if isinstance(cause, CrmAnswerError):
        return CrmWriteRefusedError(cause.message, fix=cause.fix)
    return cause
