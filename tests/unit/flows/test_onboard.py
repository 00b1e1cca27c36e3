from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.flows.onboard import (
    add_tenant,
    change_tenant,
    find_tenant,
    keep_connection,
    list_connections,
    list_tenants,
    readiness,
)
from leadcore.flows.tenant_document import checked, with_value
from leadcore.kernel.errors import ConflictError, InvalidInputError, NotFoundError
from leadcore.kernel.ids import ConnectionId, TenantId
from leadcore.memory.storage import MemoryStore
from leadcore.ports.plugin import Plugin
from leadcore.tenants.model import Connection, Tenant
from leadcore.tenants.values import ModelChoice, OpenSpan

AUSTIN = Tenant(id=TenantId(UUID(int=1)), slug="austin", brand="Hill Country Tint", zone="America/Chicago")
WACO = replace(AUSTIN, id=TenantId(UUID(int=2)), slug="waco")


def crm_called(name: str, *, port: Any = "crm", channel: str | None = None) -> Plugin:
    return Plugin(name=name, port=port, settings=msgspec.Struct, open=lambda _settings: None, channel=channel)


def connection_to(plugin: Plugin) -> Connection:
    return Connection(
        id=ConnectionId(UUID(int=9)),
        tenant_id=AUSTIN.id,
        port=plugin.port,
        plugin=plugin.name,
        settings={},
        sealed=b"sealed",
    )


async def test_a_new_shop_is_stored_with_its_numbers_and_addresses_normalised() -> None:
    store = MemoryStore()
    wanted = replace(with_value(AUSTIN, "senders.sms", "(512) 555-0100"), staff_email=" Dana@Example.com ")

    await add_tenant(store, wanted)

    stored = await find_tenant(store, "austin")
    assert stored.senders.sms == "+15125550100"
    assert stored.staff_email == "dana@example.com"
    assert stored.version == 1


async def test_two_shops_cannot_go_by_one_slug() -> None:
    store = MemoryStore()
    await add_tenant(store, AUSTIN)

    with pytest.raises(ConflictError):
        await add_tenant(store, replace(WACO, slug="austin"))

    assert [each.id for each in await list_tenants(store)] == [AUSTIN.id]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("slug", {"slug": "Hill Country"}),
        ("brand", {"brand": "  "}),
        ("zone", {"zone": "Texas/Austin"}),
        ("zone", {"zone": "America"}),
        ("zone", {"zone": ""}),
        ("region", {"region": "USA"}),
        ("phone", {"phone": "call me"}),
        ("staff_phone", {"staff_phone": "12"}),
        ("staff_email", {"staff_email": "dana"}),
        ("cadence", {"cadence": "every-hour"}),
        ("hours", {"hours": {7: ()}}),
        ("hours.tue", {"hours": {1: (OpenSpan(opens=time(18), closes=time(9)),)}}),
        (
            "hours.tue",
            {"hours": {1: (OpenSpan(opens=time(9), closes=time(13)), OpenSpan(opens=time(12), closes=time(18)))}},
        ),
    ],
)
def test_what_a_shop_cannot_have_is_refused_by_its_field_with_a_fix(field: str, change: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidInputError) as refused:
        checked(replace(AUSTIN, **change))

    assert refused.value.field == field
    assert refused.value.fix


def test_a_messaging_service_may_stand_where_a_number_does() -> None:
    service = "MG" + "0" * 32

    assert checked(with_value(AUSTIN, "senders.sms", service)).senders.sms == service


@pytest.mark.parametrize(
    ("key", "text", "read"),
    [
        ("brand", "true", lambda tenant: tenant.brand == "true"),
        ("paused", "true", lambda tenant: tenant.paused is True),
        ("lead_rule.max_age_days", "14", lambda tenant: tenant.lead_rule.max_age_days == 14),
        ("lead_rule.columns", "Web, Walk-ins", lambda tenant: tenant.lead_rule.columns == ("Web", "Walk-ins")),
        ("lead_rule.columns", '["Web, or so"]', lambda tenant: tenant.lead_rule.columns == ("Web, or so",)),
        (
            "providers.assistant",
            "openai:small, anthropic",
            lambda tenant: (
                tenant.providers.assistant
                == (ModelChoice(provider="openai", model="small"), ModelChoice(provider="anthropic"))
            ),
        ),
        ("write_back.note", "false", lambda tenant: tenant.write_back.note is False),
        ("write_back.columns.won", "Sold", lambda tenant: tenant.write_back.columns.won == "Sold"),
        ("hours.sat", "closed", lambda tenant: tenant.hours[5] == ()),
        (
            "hours.sunday",
            "9:00-12:00, 13:00-17:30",
            lambda tenant: (
                tenant.hours[6]
                == (OpenSpan(opens=time(9), closes=time(12)), OpenSpan(opens=time(13), closes=time(17, 30)))
            ),
        ),
    ],
)
def test_a_dotted_key_takes_what_people_write(key: str, text: str, read: Any) -> None:
    assert read(with_value(AUSTIN, key, text))


@pytest.mark.parametrize(
    ("key", "text", "hint"),
    [
        ("first_response", "at noon", "any_hour, wait_for_window"),
        ("paused", "perhaps", "true or false"),
        ("lead_rule.max_age_days", "many", "a whole number"),
        ("senders.fax", "1", "senders.sms"),
        ("write_back.columns.new", "Inbox", "write_back.columns.contacted"),
        ("write_back.messages", "some", "true or false"),
        ("id", str(UUID(int=5)), "slug"),
        ("brand.name", "x", "brand"),
        ("hours.someday", "closed", "mon"),
        ("hours.mon", "from nine to five", "09:00-18:00"),
    ],
)
def test_a_key_that_does_not_exist_or_fit_says_what_would(key: str, text: str, hint: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        with_value(AUSTIN, key, text)

    assert refused.value.field == key
    assert hint in str(refused.value.fix)


def test_a_column_for_lost_leads_needs_one_for_those_that_come_back() -> None:
    lost = with_value(AUSTIN, "write_back.columns.lost", "Closed Lost")

    with pytest.raises(InvalidInputError) as refused:
        checked(lost)

    assert refused.value.field == "write_back.columns.lost"
    assert "write_back.columns.engaged" in str(refused.value.fix)
    sound = checked(with_value(lost, "write_back.columns.engaged", "Appointments"))
    assert sound.write_back.columns.lost == "Closed Lost"


@given(key=st.text(max_size=30), text=st.text(max_size=40))
def test_whatever_is_written_gives_a_shop_or_a_refusal(key: str, text: str) -> None:
    try:
        changed = checked(with_value(AUSTIN, key, text))
    except InvalidInputError:
        return

    assert checked(changed) == changed


@given(
    text=st.text(max_size=40), key=st.sampled_from(["brand", "zone", "phone", "senders.sms", "senders.email", "slug"])
)
def test_what_is_accepted_once_is_accepted_unchanged_again(key: str, text: str) -> None:
    try:
        changed = checked(with_value(AUSTIN, key, text))
    except InvalidInputError:
        return

    assert checked(changed) == changed


async def test_changes_are_made_together_one_version_up() -> None:
    store = MemoryStore()
    await add_tenant(store, AUSTIN)

    changed = await change_tenant(store, AUSTIN.id, {"brand": "Hill Country Tint & PPF", "slug": "hill-country"})

    assert (changed.version, changed.slug) == (2, "hill-country")
    assert await find_tenant(store, "hill-country") == changed


async def test_another_crm_is_polled_at_once() -> None:
    store = MemoryStore()
    await add_tenant(store, AUSTIN)
    waits: list[float | None] = []
    for change in (_choose, _connect):
        [poll] = await store.due.claim(("poll",), limit=9, lease_s=30, worker="test")
        async with store.begin(AUSTIN.id) as uow:
            await uow.due.postpone(poll, at=await uow.now() + timedelta(minutes=2))
            await uow.commit()

        await change(store)
        waits.append(await store.due.next_due(("poll",)))

    assert waits == [0, 0]


async def _choose(store: MemoryStore) -> Tenant:
    return await change_tenant(store, AUSTIN.id, {"providers.crm": "hubspot"})


async def _connect(store: MemoryStore) -> Tenant:
    plugin = crm_called("hubspot")
    return await keep_connection(store, connection_to(plugin), plugin)


async def test_a_change_that_changes_nothing_leaves_the_version() -> None:
    store = MemoryStore()
    await add_tenant(store, AUSTIN)

    same = await change_tenant(store, AUSTIN.id, {"brand": "Hill Country Tint"})

    assert same.version == 1


async def test_one_bad_value_among_many_changes_nothing() -> None:
    store = MemoryStore()
    await add_tenant(store, AUSTIN)

    with pytest.raises(InvalidInputError):
        await change_tenant(store, AUSTIN.id, {"brand": "New", "zone": "Mars/Olympus"})

    assert (await find_tenant(store, "austin")).brand == "Hill Country Tint"


async def test_the_only_shop_need_not_be_named_but_one_of_several_must() -> None:
    store = MemoryStore()
    with pytest.raises(NotFoundError):
        await find_tenant(store, "")
    await add_tenant(store, AUSTIN)
    alone = await find_tenant(store, "")
    await add_tenant(store, WACO)

    with pytest.raises(InvalidInputError) as refused:
        await find_tenant(store, "")

    assert alone.slug == "austin"
    assert "austin, waco" in str(refused.value.fix)


async def test_a_shop_is_found_by_slug_and_by_id_and_a_stranger_is_not() -> None:
    store = MemoryStore()
    await add_tenant(store, AUSTIN)
    await add_tenant(store, WACO)

    by_id = await find_tenant(store, str(WACO.id))
    with pytest.raises(NotFoundError) as unknown:
        await find_tenant(store, "dallas")

    assert by_id.slug == "waco"
    assert "austin, waco" in str(unknown.value.fix)


@pytest.mark.parametrize(
    ("plugin", "role"),
    [
        (crm_called("hubspot"), "crm"),
        (crm_called("telnyx", port="messaging", channel="sms"), "sms"),
        (crm_called("ses", port="messaging", channel="email"), "email"),
    ],
)
async def test_a_vendor_that_is_connected_takes_over_its_role(plugin: Plugin, role: str) -> None:
    store = MemoryStore()
    await add_tenant(store, AUSTIN)

    tenant = await keep_connection(store, connection_to(plugin), plugin)

    assert getattr(tenant.providers, role) == plugin.name
    assert tenant.version == 2
    assert [each.plugin for each in await list_connections(store, AUSTIN.id)] == [plugin.name]


async def test_a_model_that_is_connected_takes_no_role_from_anybody() -> None:
    store = MemoryStore()
    await add_tenant(store, AUSTIN)
    model = crm_called("openai", port="ai")

    tenant = await keep_connection(store, connection_to(model), model)

    assert tenant == AUSTIN


async def test_a_fresh_shop_lacks_things_and_each_line_names_the_command_that_mends_it() -> None:
    store = MemoryStore()
    await add_tenant(store, AUSTIN)

    lacking = [each for each in await readiness(store, AUSTIN.id) if not each.ok]

    assert {"leadcore connect twilio --tenant austin", "leadcore catalog sync --tenant austin"} <= {
        each.fix for each in lacking
    }
    assert all(str(each.fix).startswith("leadcore ") for each in lacking)


async def test_a_paused_shop_is_not_ready() -> None:
    store = MemoryStore()
    await add_tenant(store, AUSTIN)
    await change_tenant(store, AUSTIN.id, {"paused": "true"})

    findings = await readiness(store, AUSTIN.id)

    assert [each.fix for each in findings if each.code == "paused"] == ["leadcore tenants set austin paused false"]


@pytest.mark.parametrize(
    ("state", "is_well", "warns"),
    [
        ("unset", True, True),
        ("unchecked", True, True),
        ("pending", False, False),
        ("rejected", False, False),
        ("verified", True, False),
    ],
)
async def test_where_the_registration_of_a_number_stands_is_said(state: str, is_well: bool, warns: bool) -> None:
    store = MemoryStore()
    await add_tenant(store, AUSTIN)
    await change_tenant(store, AUSTIN.id, {"senders.sms": "+15125550100", "senders.sms_registration": state})

    [said] = [each for each in await readiness(store, AUSTIN.id) if each.code == "sms_registration"]

    assert (said.ok, said.warns) == (is_well, warns)
    assert bool(said.fix) == (state != "verified")


async def test_a_number_that_needs_no_registration_is_not_asked_about() -> None:
    store = MemoryStore()
    await add_tenant(store, AUSTIN)
    await change_tenant(store, AUSTIN.id, {"senders.sms": "+18005550100", "senders.sms_registration": "not_needed"})

    assert [each for each in await readiness(store, AUSTIN.id) if each.code == "sms_registration"] == []
