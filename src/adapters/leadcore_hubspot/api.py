"""HubSpot's CRM API v3: paging, batches, refusals, pace (providers.md 7.1)."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import quote

from leadcore.ports.crm import (
    CrmAnswerError,
    CrmError,
    CrmOutcomeUnknownError,
    CrmRefusedError,
    CrmUnavailableError,
    CrmWriteRefusedError,
)
from leadcore_httpkit import Answer, NeverLeftError, NoAnswerError, Patience, VendorHttp, retry_after_s
from leadcore_httpkit.fields import Fields, rows, text

_AT_ONCE = 5
_PAGE = 100  # more is refused
_MAX_PAGES = 100  # of a search nothing beyond 10 000 rows can be read
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TIMEOUT, _TOO_MANY, _SERVER_ERROR = 401, 403, 404, 408, 429, 500
_POLICY_PAUSES_S = {"TEN_SECONDLY_ROLLING": 10.0, "SECONDLY": 1.0, "DAILY": 3600.0}
TOKEN_FIX = "make a private app under Settings > Integrations > Private Apps in HubSpot and store its token again"  # noqa: S105
SCOPES_FIX = "give the app the scopes crm.objects.deals.read, crm.objects.contacts.read, crm.objects.products.read,\
 crm.objects.line_items.read, to write back also crm.objects.deals.write and crm.objects.contacts.write, then store the\
 token again"


class HubSpotApi:
    """Reads with bounded retries, writes once; at most five requests at a time."""

    def __init__(self, http: VendorHttp) -> None:
        self._http = http
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._patience = Patience()

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return self._http.base_url

    async def one(self, path: str, *, query: dict[str, str | int] | None = None) -> Fields | None:
        """Read one record, None when it is gone. Raises the CRM's closed set."""
        answer = await self._answer(lambda: self._http.read(path, query=query))
        return None if answer.status == _NOT_FOUND else _body(answer)

    async def record(self, kind: str, external_id: str, query: dict[str, str | int]) -> Fields | None:
        """Read a CRM object by its id: unlike the search's index, this is never behind."""
        if not (external_id.isascii() and external_id.isdigit()):
            return None  # such an id was never HubSpot's
        return await self.one(f"crm/v3/objects/{kind}/{quote(external_id, safe='')}", query=query)

    async def listed(self, path: str, query: dict[str, str | int] | None = None) -> list[Fields]:
        """Walk a list to its end."""
        found: list[Fields] = []
        asked: dict[str, str | int] = {"limit": _PAGE, **(query or {})}
        for _ in range(_MAX_PAGES):
            page = asked
            body = _body(await self._answer(partial(self._http.read, path, query=page)))
            found += rows(body.get("results"))
            after = _after(body)
            if not after:
                return found
            asked = {**asked, "after": after}
        raise CrmAnswerError(f"hubspot's list of {path} has no end")

    async def searched(self, kind: str, wanted: Fields) -> tuple[list[Fields], bool]:
        """Walk a search; its index is some seconds behind. Says also whether it was cut off at 10 000 rows."""
        found: list[Fields] = []
        after = ""
        for _ in range(_MAX_PAGES):
            asked = {"limit": _PAGE, **wanted} | ({"after": after} if after else {})
            body = await self.asked(f"crm/v3/objects/{kind}/search", asked)
            found += rows(body.get("results"))
            after = _after(body)
            if not after:
                return found, len(found) >= _PAGE * _MAX_PAGES
        return found, True

    async def asked(self, path: str, body: Fields) -> Fields:
        """Ask by POST what changes nothing (search, batch read), with the retries of a read. 207 is an answer."""
        tries = 0
        while True:
            tries += 1
            answer: Answer | None = None
            trouble: CrmUnavailableError | None = None
            try:
                answer = await self._answer(lambda: self._http.call("POST", path, json=body))
            except CrmUnavailableError as cause:
                trouble = cause
            pause_s = self._patience.pause_after(tries=tries, answer=answer)
            if pause_s is not None:
                await self._patience.pause(pause_s)
            elif answer is not None:
                return _body(answer)
            elif trouble is not None:
                raise trouble

    async def write(self, method: str, path: str, body: Fields, *, query: dict[str, str | int] | None = None) -> Fields:
        """Write once, never repeated. Raises the CRM's closed set of writes."""
        async with self._turns:
            try:
                answer = await self._http.call(method, path, json=body, query=query)
            except NeverLeftError as cause:
                raise CrmUnavailableError(f"hubspot gives no answer: {cause.reason}") from cause
            except NoAnswerError as cause:
                raise CrmOutcomeUnknownError(f"hubspot's answer was lost: {cause.reason}") from cause
        if not answer.is_success:
            raise write_refusal_of(answer)
        try:
            return _body(answer)
        except CrmAnswerError as cause:
            raise CrmOutcomeUnknownError(cause.message) from cause

    async def _answer(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        async with self._turns:
            try:
                return await call()
            except NoAnswerError as cause:
                raise CrmUnavailableError(f"hubspot gives no answer: {cause.reason}") from cause


def _body(answer: Answer) -> Fields:
    if not answer.is_success:
        raise refusal_of(answer)
    body = answer.json()
    if not isinstance(body, dict):
        raise CrmAnswerError("hubspot answered something that cannot be read")
    return body


def _after(body: Fields) -> str:
    paging = body.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    return text(following, "after") if isinstance(following, dict) else ""


def refusal_of(answer: Answer) -> CrmError:
    """Translate an answer that is no success into the port's closed set."""
    body = answer.json_object()
    message = text(body, "message") or f"HTTP {answer.status}"
    if answer.status == _UNAUTHORIZED:
        return CrmRefusedError(f"hubspot refuses the access token: {message}", fix=TOKEN_FIX)
    if answer.status == _FORBIDDEN:
        return CrmRefusedError(f"the access token may not do this: {message}", fix=SCOPES_FIX)
    if answer.status == _TOO_MANY:
        policy = text(body, "policyName")
        asked_s = retry_after_s(answer.headers)
        pause_s = asked_s if asked_s is not None else _POLICY_PAUSES_S.get(policy)
        return CrmUnavailableError(f"hubspot's limit is used up: {policy or message}", retry_after_s=pause_s)
    if answer.status >= _SERVER_ERROR or answer.status == _TIMEOUT:
        return CrmUnavailableError(f"hubspot is not available: {message}", retry_after_s=retry_after_s(answer.headers))
    fix = "correct what the message names"
    return CrmAnswerError(f"hubspot refused: {message} (HTTP {answer.status})", fix=fix)


def write_refusal_of(answer: Answer) -> CrmError:
    """Translate the answer to a write: where it says nothing certain, the write perhaps happened."""
    cause = refusal_of(answer)
    if isinstance(cause, CrmUnavailableError) and answer.status != _TOO_MANY:
        return CrmOutcomeUnknownError(cause.message)
    if isinstance(cause, CrmAnswerError):
        return CrmWriteRefusedError(cause.message, fix=cause.fix)
    return cause
