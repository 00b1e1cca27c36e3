"""How the registry meets the adapters: by name, with what they declare, before any SDK is loaded."""

import subprocess
import sys
from typing import Protocol

import msgspec
import pytest

from leadcore.ports.crm import CatalogSource, CustomerBook, WorkOrders
from leadcore.ports.inbound import InboundDoor
from leadcore.ports.messaging import Carrier
from leadcore.ports.plugin import Connectable, Plugin
from leadcore.ports.vault import Vault
from leadcore_filevault.plugin import PLUGIN as FILE
from leadcore_filevault.settings import FileVaultSettings
from leadcore_filevault.vault import FileVault
from leadcore_hubspot.connection import HubSpotConnection
from leadcore_hubspot.plugin import PLUGIN as HUBSPOT
from leadcore_hubspot.settings import HubSpotSettings
from leadcore_sendgrid.connection import SendGridConnection
from leadcore_sendgrid.plugin import PLUGIN as SENDGRID
from leadcore_sendgrid.settings import SendGridSettings
from leadcore_shopmonkey.connection import ShopmonkeyConnection
from leadcore_shopmonkey.plugin import PLUGIN as SHOPMONKEY
from leadcore_shopmonkey.settings import ShopmonkeySettings
from leadcore_shopware.connection import ShopWareConnection
from leadcore_shopware.plugin import PLUGIN as SHOPWARE
from leadcore_shopware.settings import ShopWareSettings
from leadcore_twilio.connection import TwilioConnection
from leadcore_twilio.plugin import PLUGIN as TWILIO
from leadcore_twilio.settings import TwilioSettings

PLUGINS = (FILE, HUBSPOT, SENDGRID, SHOPMONKEY, SHOPWARE, TWILIO)
_LISTING = """
import sys
import leadcore_filevault.plugin, leadcore_sendgrid.plugin, leadcore_shopmonkey.plugin, leadcore_twilio.plugin
import leadcore_hubspot.plugin, leadcore_shopware.plugin
print(sorted({"twilio", "sendgrid", "httpx", "cryptography"} & set(sys.modules)))
"""


class MessagingConnection(Carrier, InboundDoor, Connectable, Protocol):
    """What the registry expects of a messaging plugin."""


class CrmConnection(WorkOrders, CustomerBook, CatalogSource, InboundDoor, Connectable, Protocol):
    """What the registry expects of a CRM plugin."""


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: str(plugin.name))
def test_secrets_and_environment_name_fields_that_exist_and_unknown_ones_are_refused(plugin: Plugin) -> None:
    fields = set(plugin.settings.__struct_fields__)

    assert plugin.secrets <= fields
    assert plugin.env.keys() <= fields
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**dict.fromkeys(fields, "x"), "typo": "x"}, type=plugin.settings)


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: str(plugin.name))
def test_settings_do_not_show_their_secrets(plugin: Plugin) -> None:
    filled = dict.fromkeys(plugin.settings.__struct_fields__, "open") | dict.fromkeys(plugin.secrets, "hush-hush")

    shown = repr(msgspec.convert(filled, type=plugin.settings))

    assert "open" in shown
    assert "hush-hush" not in shown


def test_listing_the_plugins_loads_no_sdk() -> None:
    listed = subprocess.run(
        [sys.executable, "-c", _LISTING],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert listed.stdout.strip() == "[]"


async def test_what_is_opened_has_the_shape_of_its_ports() -> None:
    crm: CrmConnection = ShopmonkeyConnection(ShopmonkeySettings(api_key="k"))
    texts: MessagingConnection = TwilioConnection(
        TwilioSettings(account_sid="AC1", auth_token="t", sender="+15125550100")
    )
    mails: MessagingConnection = SendGridConnection(SendGridSettings(api_key="k", sender="shop@example.com"))
    vault: Vault = FileVault(FileVaultSettings(key_file="unused"))

    opened = [
        SHOPMONKEY.open(ShopmonkeySettings(api_key="k")),
        TWILIO.open(TwilioSettings(account_sid="AC1", auth_token="t", sender="+15125550100")),
        SENDGRID.open(SendGridSettings(api_key="k", sender="shop@example.com")),
        FILE.open(FileVaultSettings(key_file="unused")),
    ]

    assert [type(one) for one in opened] == [type(crm), type(texts), type(mails), type(vault)]
    for connection in (crm, texts, mails, *opened[:3]):
        await connection.aclose()


async def test_each_crm_has_the_shape_of_its_ports() -> None:
    shopware = ShopWareSettings(partner_id="1", api_secret="s", tenant_id="1")
    crms: list[CrmConnection] = [HubSpotConnection(HubSpotSettings(access_token="t")), ShopWareConnection(shopware)]

    opened = [HUBSPOT.open(HubSpotSettings(access_token="t")), SHOPWARE.open(shopware)]

    assert [type(one) for one in opened] == [type(one) for one in crms]
    for connection in (*crms, *opened):
        await connection.aclose()
