"""`leadcore consent` on a real database: what was agreed, what was revoked, and a ledger that was tampered with."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from leadcore.compliance.model import Consent, ContactPoint, Suppression
from leadcore.kernel.ids import ConsentId, ContactPointId
from leadcore_cli.options import Place
from leadcore_cli.session import Session, within
from tests.apps.cli.conftest import Leadcore, only_these

_AT = datetime(2026, 11, 22, 15, tzinfo=UTC)
_WORDING = "I agree to receive texts from Hill Country Tint. Not a condition of purchase."
Here = tuple[str | Path, ...]


@pytest.fixture
def here(data_dir: Path, shop: str) -> Here:
    return ("--tenant", shop, "--data-dir", data_dir)


@pytest.fixture
def phone(data_dir: Path, shop: str) -> str:
    number = "+15125550142"

    async def work(session: Session) -> None:
        tenant = await session.tenant(shop)
        async with session.seams.store.begin(tenant.id) as uow:
            point = await uow.compliance.ensure_point(
                ContactPoint(id=ContactPointId(uuid4()), tenant_id=tenant.id, kind="phone", value=number)
            )
            await uow.compliance.add_consent(
                Consent(
                    id=ConsentId(uuid4()), tenant_id=tenant.id, contact_point_id=point.id, channel="sms",
                    scope="marketing", wording=_WORDING, source="web form", obtained_at=_AT,
                    evidence={"ip": "192.0.2.7", "page": "https://example.com/quote"},
                )
            )  # fmt: skip
            await uow.compliance.suppress(
                Suppression(
                    contact_point_id=point.id, tenant_id=tenant.id, channel="sms", reason="free_text", since=_AT,
                    words="please stop texting me",
                )
            )  # fmt: skip
            await uow.commit()

    with only_these({}):
        assert within(Place(data_dir=data_dir), work) == 0
    return number


def test_the_evidence_about_a_number_is_shown_whole(leadcore: Leadcore, here: Here, phone: str) -> None:
    shown = leadcore("consent", "show", phone, *here)
    document = leadcore("consent", "show", phone, "--json", *here).document

    assert "intact" in shown.out
    assert document["consents"][0]["wording"] == _WORDING
    assert document["consents"][0]["evidence"]["ip"] == "192.0.2.7"
    assert document["revocations"][0]["suppression"]["words"] == "please stop texting me"
    assert document["sent"] == []


def test_an_intact_ledger_is_said_to_be_and_an_unknown_number_is_refused(
    leadcore: Leadcore, here: Here, phone: str
) -> None:
    checked = leadcore("consent", "verify", "--json", *here)
    unknown = leadcore("consent", "show", "+15125550177", *here)

    assert phone
    assert (checked.code, checked.document["intact"]) == (0, True)
    assert unknown.code == 1
    assert "nothing is on record" in unknown.err
