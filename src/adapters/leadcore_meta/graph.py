"""The Graph API: fetch a lead, see whether the token works, subscribe the page."""

import hashlib
import hmac
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from leadcore.ports.inbound import LeadSubmitted, SubmissionUnavailableError, SubmittedConsent
from leadcore_httpkit import Answer, NoAnswerError, VendorHttp
from leadcore_meta.settings import MetaSettings

_FIELDS = "id,created_time,field_data,custom_disclaimer_responses"
_TOKEN_FIX = "make a new page token with leads_retrieval and pages_manage_metadata, then connect meta again"  # noqa: S105
_PHONES, _EMAILS = ("phone_number", "work_phone_number"), ("email", "work_email")
_NAMES = ("full_name", "first_name", "last_name")
_ADDRESS = frozenset({"street_address", "city", "state", "province", "country", "post_code", "zip_code", "zip"})
_STANDARD = {*_PHONES, *_EMAILS, *_NAMES} | _ADDRESS
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_VERSION = re.compile(r"v\d{1,3}\.\d")


_EXPIRED, _NO_RIGHT, _NOT_THERE = frozenset({190}), frozenset({10, 200, 294}), frozenset({100, 803})
_BUSY = frozenset({1, 2, 4, 17, 32, 341, 613, 80000, 80005})
"""Meta's error codes (Graph API, Handling Errors): the token, its rights, a lead that is not readable (yet), limits."""


class GraphRefusedError(Exception):
    """The Graph API refused. The text is Meta's own, without personal data; `code` is Meta's, None without one."""

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code

    @property
    def diagnosis(self) -> tuple[str, str]:
        """What this means for a lead that we want to read, and what to do about it."""
        if self.code in _EXPIRED:
            return "the page token has expired or was revoked", _TOKEN_FIX
        if self.code in _NO_RIGHT:
            fix = "grant leads_retrieval, and this app in the page's Leads Access Manager; then connect meta again"
            return "the page token may not read leads", fix
        if self.code in _NOT_THERE:
            return "Meta does not show the lead yet, or no longer (after 90 days)", "wait: it is asked for again"
        if self.code in _BUSY:
            return "Meta limits our requests, or has trouble of its own", "wait: it is asked for again"
        return "Meta does not hand out the lead", _TOKEN_FIX


class MetaGraph:
    """`SubmissionSource` of one page."""

    def __init__(self, http: VendorHttp, settings: MetaSettings) -> None:
        self._http = http
        self._settings = settings

    async def fetch(self, external_id: str) -> LeadSubmitted:
        """Return the lead. Raises `SubmissionUnavailableError`; leads are readable for about 90 days."""
        try:
            found = await self.ask(quote(external_id, safe=""), fields=_FIELDS)
        except GraphRefusedError as cause:
            what, fix = cause.diagnosis
            raise SubmissionUnavailableError(f"{what}: {cause}", fix=fix) from cause
        except NoAnswerError as cause:
            why = f"Meta gave no answer: {cause}"
            raise SubmissionUnavailableError(why, fix="wait: it is asked for again") from cause
        created_at = _instant(found.get("created_time"))
        if created_at is None or str(found.get("id", "")) != external_id:
            raise SubmissionUnavailableError("Meta's answer is not the lead that was asked for")
        return self._lead(found, created_at)

    async def ask(self, path: str, **query: str) -> dict[str, Any]:
        """GET below the version. Raises `GraphRefusedError` or `NoAnswerError`."""
        return _believed(await self._http.read(f"{self._version}/{path}", query={**query, **self._credentials()}))

    async def tell(self, path: str, **query: str) -> dict[str, Any]:
        """POST below the version. Raises as `ask` does."""
        query = {**query, **self._credentials()}
        return _believed(await self._http.call("POST", f"{self._version}/{path}", query=query))

    @property
    def _version(self) -> str:
        version = self._settings.graph_version
        if not _VERSION.fullmatch(version):
            raise GraphRefusedError(f"graph_version {version[:20]!r} is not like v24.0")
        return version

    def _credentials(self) -> dict[str, str]:
        token, secret = self._settings.page_token, self._settings.app_secret
        # Pages may demand the proof; it is believed wherever it is not demanded.
        proof = hmac.digest(secret.encode(), token.encode(), hashlib.sha256).hex()
        return {"access_token": token, "appsecret_proof": proof}

    def _lead(self, found: dict[str, Any], created_at: datetime) -> LeadSubmitted:
        answers = _answers(found)
        questions = [f"{name}: {', '.join(values)}" for name, values in answers.items() if name not in _STANDARD]
        full, first, last = (next(iter(answers.get(name, ())), "") for name in _NAMES)
        return LeadSubmitted(
            external_id=str(found["id"]),
            submitted_at=created_at,
            name=full,
            first_name=first,
            last_name=last,
            phones=tuple(value for name in _PHONES for value in answers.get(name, ())),
            emails=tuple(value for name in _EMAILS for value in answers.get(name, ())),
            message="\n".join(questions),
            consent=self._consent(found, created_at),
        )

    def _consent(self, found: dict[str, Any], at: datetime) -> SubmittedConsent | None:
        key, wording = self._settings.consent_checkbox, self._settings.consent_wording
        ticked = any(
            str(each.get("checkbox_key", "")) == key and str(each.get("is_checked", "")).lower() in {"1", "true"}
            for each in _dicts(found.get("custom_disclaimer_responses"))
        )
        if not (key and wording.strip() and ticked):
            return None
        return SubmittedConsent(sms=True, email=True, wording=wording, at=at, reported_by="vendor")


def _believed(answer: Answer) -> dict[str, Any]:
    body = answer.json_object()
    if answer.is_success and "error" not in body:
        return body
    error = body.get("error")
    said = error if isinstance(error, dict) else {}
    code = said.get("code")
    shown = f", code {code}" if code is not None else ""
    told = f"{said.get('message', 'no reason given')} (HTTP {answer.status}{shown})"
    raise GraphRefusedError(told, code=code if isinstance(code, int) else None)


def _answers(found: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    answers: dict[str, tuple[str, ...]] = {}
    for each in _dicts(found.get("field_data")):
        values = each.get("values")
        texts = tuple(str(value) for value in values if value) if isinstance(values, list) else ()
        if texts:
            answers[str(each.get("name", ""))] = texts
    return answers


def _dicts(found: object) -> list[dict[str, Any]]:
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _instant(text: object) -> datetime | None:
    try:
        told = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return told.astimezone(UTC) if told is not None and told.tzinfo and told > _EARLIEST else None
