"""Shop-Ware's Partner API: pages in V1, cursors in V2, refusals, pace (providers.md 7.2)."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from leadcore.ports.crm import (
    CrmAnswerError,
    CrmError,
    CrmOutcomeUnknownError,
    CrmRefusedError,
    CrmUnavailableError,
    CrmWriteRefusedError,
)
from leadcore_httpkit import Answer, NeverLeftError, NoAnswerError, VendorHttp, retry_after_s
from leadcore_httpkit.fields import Fields, rows, text, whole

_AT_ONCE = 5  # limits are not published
_PAGE = 100
_MAX_PAGES = 200
_WALKS = 3
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TIMEOUT, _TOO_MANY, _SERVER_ERROR = 401, 403, 404, 408, 429, 500
_CREDENTIALS_FIX = "check partner_id and api_secret; Shop-Ware's partner support hands them out"
_AUTHORISE_FIX = "the shop has to authorise the partner in Shop-Ware, and tenant_id has to be that shop's"
Query = dict[str, str | int]


class ShopWareApi:
    """Reads with bounded retries, writes once; at most five requests at a time."""

    def __init__(self, http: VendorHttp, *, tenant_id: str) -> None:
        self._http = http
        self._tenant = f"tenants/{quote(tenant_id, safe='')}"
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return self._http.base_url

    async def one(self, kind: str, external_id: str) -> Fields | None:
        """Read one record, None when it is gone. Raises the CRM's closed set."""
        if not (external_id.isascii() and external_id.isdigit()):
            return None  # such an id was never Shop-Ware's
        path = f"api/v1/{self._tenant}/{kind}/{external_id}"
        answer = await self._answer(lambda: self._http.read(path))
        return None if answer.status == _NOT_FOUND else _body(answer)

    async def listed(self, kind: str, query: Query | None = None) -> list[Fields]:
        """Read a whole V1 list. Pages shift when rows come and go meanwhile; then it is walked again."""
        found: dict[str, Fields] = {}
        for _ in range(_WALKS):
            walked, total = await self._pages(f"api/v1/{self._tenant}/{kind}", query or {})
            fresh = {text(row, "id"): row for row in walked}
            if total is None or len(fresh) >= total:
                return list(fresh.values())
            found |= fresh
        return list(found.values())

    async def changed(self, kind: str, query: Query) -> list[Fields]:
        """Walk a V2 list by its cursor."""
        found: list[Fields] = []
        asked: Query = {"per_page": _PAGE, **query}
        for _ in range(_MAX_PAGES):
            page = asked
            body = await self._read(f"api/v2/{self._tenant}/{kind}", page)
            found += rows(body.get("results"))
            cursor = text(body, "cursor")
            if body.get("has_next_page") is not True or not cursor:
                break
            asked = {**asked, "cursor": cursor}
        return found

    async def webhooks(self) -> list[Fields]:
        """Read the partner's webhooks."""
        return (await self._pages("api/v1/webhooks", {}))[0]

    async def write(self, method: str, path: str, body: Fields) -> Fields:
        """Write once, never repeated. Raises the CRM's closed set of writes."""
        answer = await self._written(method, path, body)
        try:
            return _body(answer)
        except CrmAnswerError as cause:
            raise CrmOutcomeUnknownError(cause.message) from cause

    async def create(self, kind: str, body: Fields) -> Fields:
        """Create one of the tenant's records, once."""
        return await self.write("POST", f"api/v1/{self._tenant}/{kind}", body)

    async def update(self, kind: str, external_id: str, body: Fields) -> Fields:
        """Change fields of one of the tenant's records."""
        return await self.write("PUT", self._path(kind, external_id), body)

    async def remove(self, kind: str, external_id: str) -> None:
        """Delete one of the tenant's records; whatever the answer's body says."""
        await self._written("DELETE", self._path(kind, external_id), None)

    def _path(self, kind: str, external_id: str) -> str:
        return f"api/v1/{self._tenant}/{kind}/{quote(external_id, safe='')}"

    async def _written(self, method: str, path: str, body: Fields | None) -> Answer:
        async with self._turns:
            try:
                answer = await self._http.call(method, path, json=body)
            except NeverLeftError as cause:
                raise CrmUnavailableError(f"shop-ware gives no answer: {cause.reason}") from cause
            except NoAnswerError as cause:
                raise CrmOutcomeUnknownError(f"shop-ware's answer was lost: {cause.reason}") from cause
        if not answer.is_success:
            raise write_refusal_of(answer)
        return answer

    async def _pages(self, path: str, query: Query) -> tuple[list[Fields], int | None]:
        found: list[Fields] = []
        for page in range(1, _MAX_PAGES + 1):
            body = await self._read(path, {"per_page": _PAGE, **query, "page": page})
            found += rows(body.get("results"))
            if page >= (whole(body, "total_pages") or 1) or not body.get("results"):
                return found, whole(body, "total_count")
        raise CrmAnswerError(f"shop-ware's list {path} has no end")

    async def _read(self, path: str, query: Query) -> Fields:
        return _body(await self._answer(lambda: self._http.read(path, query=query)))

    async def _answer(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        async with self._turns:
            try:
                return await call()
            except NoAnswerError as cause:
                raise CrmUnavailableError(f"shop-ware gives no answer: {cause.reason}") from cause


def _body(answer: Answer) -> Fields:
    if not answer.is_success:
        raise refusal_of(answer)
    body = answer.json()
    if not isinstance(body, dict):
        raise CrmAnswerError("shop-ware answered something that cannot be read")
    return body


def refusal_of(answer: Answer) -> CrmError:
    """Translate an answer that is no success into the port's closed set."""
    message = text(answer.json_object(), "error", "message") or f"HTTP {answer.status}"
    if answer.status == _UNAUTHORIZED:
        return CrmRefusedError(f"shop-ware refuses the credentials: {message}", fix=_CREDENTIALS_FIX)
    if answer.status == _FORBIDDEN:
        return CrmRefusedError(f"the partner may not do this: {message}", fix=_AUTHORISE_FIX)
    if answer.status >= _SERVER_ERROR or answer.status in {_TIMEOUT, _TOO_MANY}:
        pause_s = retry_after_s(answer.headers)
        return CrmUnavailableError(f"shop-ware is not available: {message}", retry_after_s=pause_s)
    fix = "correct what the message names; webhooks need a public https address"
    return CrmAnswerError(f"shop-ware refused: {message} (HTTP {answer.status})", fix=fix)


def write_refusal_of(answer: Answer) -> CrmError:
    """Translate the answer to a write: where it says nothing certain, the write perhaps happened."""
    cause = refusal_of(answer)
    if isinstance(cause, CrmUnavailableError) and answer.status != _TOO_MANY:
        return CrmOutcomeUnknownError(cause.message)
    if isinstance(cause, CrmAnswerError):
        return CrmWriteRefusedError(cause.message, fix=cause.fix)
    return cause
