"""Each rule against a snippet that breaks it and one that keeps it: a rule that never fires guards nothing."""

import ast
from collections.abc import Callable
from typing import NewType, Protocol
from uuid import UUID

import msgspec
import pytest

from tests.architecture import rules

Rule = Callable[[ast.AST], list[str]]
TenantId = NewType("TenantId", UUID)

_LONG = "def walk():\n" + "    step()\n" * 41


@pytest.mark.parametrize(
    ("rule", "snippet"),
    [
        (rules.impure_imports, "import os"),
        (rules.impure_imports, "import uuid"),
        (rules.impure_imports, "from uuid import uuid4"),
        (rules.impure_imports, "def late():\n    from random import Random"),
        (rules.impure_imports, "from urllib.request import urlopen"),
        (rules.clock_readings, "at = datetime.now(UTC)"),
        (rules.clock_readings, "at = datetime.datetime.utcnow()"),
        (rules.clock_readings, "day = date.today()"),
        (rules.clock_readings, "begun = time.monotonic()"),
        (rules.clock_readings, "clock = datetime.now"),
        (rules.permits_made, "permit = SendPermit(message_id=1)"),
        (rules.permits_made, "permit = gate.SendPermit()"),
        (rules.permits_made, "permit = msgspec.json.decode(raw, type=SendPermit)"),
        (rules.permits_made, "permit = msgspec.convert(raw, SendPermit)"),
        (rules.permits_made, "other = replace(message.permit, recipient=other)"),
        (rules.leads_saved, "async def f():\n await uow.leads.save(moved)"),
        (rules.adapter_imports, "import leadcore_twilio"),
        (rules.adapter_imports, "from leadcore_postgres.plugin import PLUGIN"),
        (rules.adapter_imports, "importlib.import_module('leadcore_openai.plugin')"),
        (
            rules.vendor_calls_in_transactions,
            "async def f():\n async with self._unit_of_work() as uow:\n  await self._carrier.send(m)",
        ),
        (
            rules.vendor_calls_in_transactions,
            "async def f():\n async with begin(t) as uow:\n  async for e in model.stream(r):\n   pass",
        ),
        (
            rules.vendor_calls_in_transactions,
            "async def f():\n async with unit_of_work(), lock:\n  if x:\n   y = await crm.order(i)",
        ),
        (
            rules.vendor_calls_in_transactions,
            "async def f():\n async with store.begin(t):\n  found = [s async for s in source.fetch_services()]",
        ),
        (rules.long_functions, _LONG),
        (rules.empty_words, "class CarrierImpl: ..."),
        (rules.empty_words, "class ICarrier: ..."),
    ],
)
def test_a_breach_is_found(rule: Rule, snippet: str) -> None:
    assert rule(ast.parse(snippet))


@pytest.mark.parametrize(
    ("rule", "snippet"),
    [
        (
            rules.impure_imports,
            "import re\nfrom uuid import UUID, uuid5\nfrom zoneinfo import ZoneInfo\nimport phonenumbers",
        ),
        (rules.clock_readings, "at = await uow.now()\nthen = clock.now()\ntoday = hours.today"),
        (rules.permits_made, "def f(permit: SendPermit) -> None:\n    assert isinstance(permit, SendPermit)"),
        (rules.leads_saved, "async def f():\n await save_lead(uow, moved, event)\n await uow.cadences.save(e)"),
        (rules.adapter_imports, "import leadcore_runtime\nregistry.open('twilio')"),
        (
            rules.vendor_calls_in_transactions,
            "async def f():\n async with unit_of_work() as uow:\n  await uow.catalog.services(t)\n await c.send(m)",
        ),
        (
            rules.vendor_calls_in_transactions,
            "async def f():\n async with unit_of_work() as uow:\n  def later():\n   return carrier.send(m)",
        ),
        (rules.vendor_calls_in_transactions, "async def f():\n async with begin() as uow:\n  policy.check(lead)"),
        (rules.long_functions, "def walk():\n" + "    step()\n" * 40),
        (rules.empty_words, "class Support: ...\nclass Impression: ...\nclass Inbox: ..."),
    ],
)
def test_what_keeps_the_rule_is_left_alone(rule: Rule, snippet: str) -> None:
    assert rule(ast.parse(snippet)) == []


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    tenant_id: TenantId
    weight_g: int


class Shelf(Protocol):
    async def get(self, parcel_id: int, *, tenant_id: TenantId) -> Parcel: ...

    async def put(self, parcels: list[Parcel]) -> None: ...

    async def everything(self) -> list[Parcel]: ...

    async def heavier_than(self, weight_g: int) -> list[Parcel]: ...


class Drawer(Protocol):
    """Tenant-bound: it is opened for one tenant."""

    async def everything(self) -> list[Parcel]: ...


def test_a_repository_method_without_a_tenant_is_found() -> None:
    assert rules.methods_without_tenant(Shelf) == ["Shelf.everything", "Shelf.heavier_than"]


def test_a_tenant_bound_repository_is_left_alone() -> None:
    assert rules.methods_without_tenant(Drawer) == []
