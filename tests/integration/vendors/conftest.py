"""Each test gets vendors of its own: the simulators, in this process, over real HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from leadcore_simulators.sendgrid import app as sendgrid
from leadcore_simulators.shopmonkey import app as shopmonkey
from leadcore_simulators.twilio import app as twilio
from tests.apps.simulators.vendor_server import Receiver, served


class Vendor:
    """A simulator and its controls."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url = url
        self._http = http

    async def misbehave(self, *rules: dict[str, Any]) -> None:
        (await self._http.post(f"{self.url}/_sim/faults", json={"seed": 1, "rules": rules})).raise_for_status()

    async def control(self, name: str, **fields: Any) -> dict[str, Any]:
        found: dict[str, Any] = (
            (await self._http.post(f"{self.url}/_sim/{name}", json=fields)).raise_for_status().json()
        )
        return found

    async def look(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self._http.get(f"{self.url}/_sim/{name}")).raise_for_status().json()
        return found

    async def log(self, op: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.look(f"log?op={op}"))["entries"]
        return found

    async def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        return await self._http.request(method, self.url + path, **options)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
async def twilio_vendor(tmp_path: Path, http: httpx.AsyncClient) -> AsyncIterator[Vendor]:
    async with served(twilio.create_app(tmp_path)) as url:
        yield Vendor(url, http)


@pytest.fixture
async def sendgrid_vendor(tmp_path: Path, http: httpx.AsyncClient) -> AsyncIterator[Vendor]:
    async with served(sendgrid.create_app(tmp_path)) as url:
        yield Vendor(url, http)


@pytest.fixture
async def shopmonkey_vendor(tmp_path: Path, http: httpx.AsyncClient) -> AsyncIterator[Vendor]:
    async with served(shopmonkey.create_app(tmp_path)) as url:
        yield Vendor(url, http)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Takes the vendors' webhooks."""
    found = Receiver()
    async with served(found, lifespan="off") as url:
        found.url = url
        yield found
