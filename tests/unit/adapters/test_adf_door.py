"""ADF's door: who may post, what is read leniently, and what is never read at all."""

import base64
import random
from datetime import UTC, datetime

import pytest

from leadcore.ports.inbound import (
    AdmittedItem,
    ForgedRequestError,
    LeadSubmitted,
    RawRequest,
    RefusedSubmissionError,
    SubmittedVehicle,
)
from leadcore.ports.plugin import ConnectionUrls
from leadcore.testing.contracts.inbound_door import InboundDoorContract
from leadcore_adf.connection import AdfConnection
from leadcore_adf.document import MAX_BYTES
from leadcore_adf.door import AdfDoor
from leadcore_adf.plugin import PLUGIN
from leadcore_adf.settings import AdfSettings

SECRET = "adf-secret-7"
NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
ASKED = datetime(2026, 11, 22, 14, tzinfo=UTC)
SAMPLE = """<?xml version="1.0"?><?adf version="1.0"?>
<adf><prospect status="new"><id sequence="1" source="web">L-1</id><requestdate>2026-11-22T09:00:00-05:00</requestdate>
<vehicle interest="buy" status="used"><year>2024</year><make>Example</make><model>Car</model>
<comments>Ceramic tint, front two</comments></vehicle>
<customer><contact><name part="first">Pat</name><name part="last">Sample</name><email>pat@example.com</email>
<phone type="fax">5125550111</phone><phone type="voice">5125550143</phone><phone type="cellphone">5125550142</phone>
</contact></customer>
<vendor><vendorname>Shop</vendorname><contact><name part="full">Shop</name><email>shop@example.com</email></contact>
</vendor>
<provider><name part="full">Website</name></provider></prospect></adf>
"""


def post(text: str | bytes, *, shown: str = f"Bearer {SECRET}") -> RawRequest:
    body = text if isinstance(text, bytes) else text.encode()
    headers = (("content-type", "application/x-adf+xml"), ("authorization", shown))
    return RawRequest(method="POST", url="https://hooks.example.com/hooks/7", headers=headers, body=body)


def door(**changes: str) -> AdfDoor:
    return AdfDoor(AdfSettings(**({"secret": SECRET} | changes)))


def admit(request: RawRequest, **changes: str) -> tuple[AdmittedItem, ...]:
    return door(**changes).admit(request, now=NOW)


def lead(text: str | bytes) -> LeadSubmitted:
    (event,) = door().read(admit(post(text))[0])
    assert isinstance(event, LeadSubmitted)
    return event


class TestContract(InboundDoorContract):
    def door(self) -> AdfDoor:
        return door()

    def signed(self) -> tuple[RawRequest, ...]:
        return ()  # the secret covers nothing but itself

    def unsigned(self) -> tuple[RawRequest, ...]:
        return post(SAMPLE), post(SAMPLE.replace("L-1", "L-2"))

    def now(self) -> datetime:
        return NOW


def test_a_prospect_becomes_a_lead_with_the_mobile_first_and_no_fax() -> None:
    assert lead(SAMPLE) == LeadSubmitted(
        external_id="Website|web|L-1",
        submitted_at=ASKED,
        first_name="Pat",
        last_name="Sample",
        phones=("5125550142", "5125550143"),
        emails=("pat@example.com",),
        vehicle=SubmittedVehicle(year=2024, make="Example", model="Car"),
        message="Ceramic tint, front two",
    )


@pytest.mark.parametrize(
    "text",
    [
        SAMPLE.replace("<?adf version", "<?ADF VERSION"),
        "\ufeff  " + SAMPLE,
        SAMPLE.replace("<adf>", "<ADF xmlns='http://example.com/adf'>").replace("</adf>", "</ADF>"),
        SAMPLE.replace("<prospect", "<Prospect").replace("</prospect", "</Prospect"),
        SAMPLE.replace("</provider></prospect></adf>", "</provider>"),
    ],
)
def test_documents_as_they_really_come_are_read(text: str) -> None:
    assert lead(text) == lead(SAMPLE)


def test_a_bare_ampersand_and_an_unknown_entity_lose_no_words() -> None:
    found = lead(SAMPLE.replace("Ceramic tint, front two", "Tint & wrap &nbsp; R&D <![CDATA[<now>]]>"))

    assert found.message.startswith("Tint & wrap")
    assert found.message.endswith("R&D <now>")


def test_a_broken_date_gives_way_to_the_arrival_and_an_empty_year_to_none() -> None:
    found = lead(SAMPLE.replace("2026-11-22T09:00:00-05:00", "22/11/26").replace("2024", ""))

    assert found.submitted_at == NOW
    assert found.vehicle.year is None


def test_a_trade_in_is_not_what_is_asked_for() -> None:
    trade_in = "<vehicle interest='trade-in'><year>1999</year><make>Old</make></vehicle>"

    assert lead(SAMPLE.replace("<vehicle interest", trade_in + "<vehicle interest", 1)).vehicle.make == "Example"


def test_a_prospect_without_an_id_is_known_by_contact_and_date() -> None:
    nameless = SAMPLE.replace('<id sequence="1" source="web">L-1</id>', "")

    first, again = admit(post(nameless))[0], admit(post(nameless.replace('status="new"', 'status="resend"')))[0]
    other = admit(post(nameless.replace("Pat", "Kim")))[0]

    assert first.dedupe_key == again.dedupe_key != other.dedupe_key


def test_several_prospects_are_several_items() -> None:
    inner = SAMPLE[SAMPLE.index("<prospect") : SAMPLE.index("</adf>")]

    items = admit(post(SAMPLE.replace("</adf>", inner.replace("L-1", "L-2") + "</adf>")))

    assert [item.dedupe_key for item in items] == ["Website|web|L-1", "Website|web|L-2"]


@pytest.mark.parametrize(
    "text",
    [
        SAMPLE.replace("<adf>", '<!DOCTYPE adf SYSTEM "file:///etc/passwd"><adf>'),
        SAMPLE.replace("<adf>", '<!doctype adf [<!ENTITY x "y">]><adf>'),
        SAMPLE.replace('<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16"),
        b"",
        b"hello",
        b"<adf></adf>",
        b"<adf>" + b"<prospect/>" * 51 + b"</adf>",
        b"<adf>" + b" " * MAX_BYTES + b"</adf>",
        b"<adf><prospect>" * 5000,
    ],
)
def test_what_is_not_read_is_refused_by_field(text: str | bytes) -> None:
    with pytest.raises(RefusedSubmissionError) as refusal:
        admit(post(text))

    assert refusal.value.field
    assert refusal.value.fix


def test_a_doctype_behind_another_encoding_is_refused_too() -> None:
    hidden = '<?xml version="1.0" encoding="IBM037"?><!DOCTYPE adf [<!ENTITY x "y">]>' + SAMPLE[SAMPLE.index("<adf>") :]

    with pytest.raises(RefusedSubmissionError):
        admit(post(hidden.encode("cp037")))


def test_somebody_who_cannot_be_reached_is_refused_with_the_place() -> None:
    mute = (
        SAMPLE.replace("<email>pat@example.com</email>", "").replace("<phone", "<telex").replace("</phone", "</telex")
    )

    with pytest.raises(RefusedSubmissionError) as refusal:
        admit(post(mute))

    assert refusal.value.field == "prospect/customer/contact"


def test_the_secret_may_come_as_the_password_of_basic() -> None:
    shown = base64.b64encode(f"anybody:{SECRET}".encode()).decode()

    assert admit(post(SAMPLE, shown=f"Basic {shown}"))
    assert admit(post(SAMPLE), secret="new", previous_secret=SECRET)


def test_two_thousand_wrong_secrets_are_all_refused() -> None:
    chance = random.Random(5)
    accepted = []

    for _ in range(2000):
        at = chance.randrange(len(SECRET))
        wrong = SECRET[:at] + chance.choice(["", "#", SECRET[at] * 2, "\u00e9"]) + SECRET[at + 1 :]
        scheme = chance.choice(["Bearer", "bearer", "Basic"])
        shown = base64.b64encode(f"x:{wrong}".encode()).decode() if scheme == "Basic" else wrong
        try:
            accepted.append((wrong, admit(post(SAMPLE, shown=f"{scheme} {shown}"))))
        except ForgedRequestError:
            continue

    assert accepted == []


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer ", "Basic", "Basic !!", "Digest x", SECRET])
def test_without_a_configured_secret_nobody_is_believed_and_headers_of_no_scheme_neither(shown: str) -> None:
    for secret in ("", SECRET):
        with pytest.raises(ForgedRequestError):
            admit(post(SAMPLE, shown=shown), secret=secret)


async def test_connecting_makes_a_secret_once_and_says_what_to_tell_the_sender() -> None:
    urls = ConnectionUrls(inbound="https://hooks.example.com/hooks/7", status="")
    fresh = AdfConnection(AdfSettings())

    (made,) = await fresh.register(urls)
    (known,) = await AdfConnection(AdfSettings(secret=SECRET)).register(urls)

    assert (await fresh.check())[0].ok
    assert made.learned["secret"] in (made.fix or "")
    assert known.learned == {}
    assert SECRET not in (known.fix or "")


def test_the_plugin_hides_its_secrets() -> None:
    assert isinstance(PLUGIN.open(AdfSettings(secret=SECRET)), AdfConnection)
    assert SECRET not in repr(AdfSettings(secret=SECRET))
    assert PLUGIN.secrets <= set(PLUGIN.settings.__struct_fields__)
