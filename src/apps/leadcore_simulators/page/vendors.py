"""The page's view of the vendors: their control APIs, over HTTP like everybody else's."""

from typing import Any

import httpx
import msgspec

from leadcore_simulators.wire.http import Answer

Fields = dict[str, Any]

_TIMEOUT_S = 30.0


class Vendors:
    """Calls the vendors that run; one that does not run has nothing to show."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self._addresses = addresses
        self._http: httpx.AsyncClient | None = None
        self._faults: dict[str, Fields] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The vendors that run."""
        return tuple(self._addresses)

    async def read(self, vendor: str, path: str, **query: str) -> Fields:
        """Give the JSON of a control route; nothing when the vendor does not run or refuses."""
        if vendor not in self._addresses:
            return {}
        answer = await self._client().get(self._addresses[vendor] + path, params=query)
        found: Fields = msgspec.json.decode(answer.content) if answer.status_code == httpx.codes.OK else {}
        return found

    async def passed(self, vendor: str, method: str, path: str, body: bytes) -> Answer:
        """Pass a call on and give the vendor's answer as it is."""
        if vendor not in self._addresses:
            return Answer(status=404, body=b'{"error":"this simulator does not run"}')
        headers = {"content-type": "application/json"}
        answer = await self._client().request(method, self._addresses[vendor] + path, content=body, headers=headers)
        return Answer(status=answer.status_code, body=answer.content, headers=(("content-type", "application/json"),))

    async def faults(self, vendor: str) -> Fields:
        """Give the faults in force; the model vendors cannot be asked, so there what they last took counts."""
        return await self.read(vendor, "/_sim/faults") or self._faults.get(vendor, {})

    async def set_faults(self, vendor: str, faults: Fields) -> Answer:
        """Put faults in force."""
        answer = await self.passed(vendor, "POST", "/_sim/faults", msgspec.json.encode(faults))
        if answer.status == httpx.codes.OK:
            self._faults[vendor] = msgspec.json.decode(answer.body)
        return answer

    async def aclose(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _client(self) -> httpx.AsyncClient:
        self._http = self._http or httpx.AsyncClient(trust_env=False, timeout=_TIMEOUT_S)
        return self._http
