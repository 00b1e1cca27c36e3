from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace

from leadcore.compliance.model import ContactPoint
from leadcore.kernel.ids import ContactPointId, MessageId
from leadcore.messaging.model import Message
from leadcore_cli.options import Place
from leadcore_cli.session import Session, within
from tests.apps.cli.conftest import Leadcore, only_these


@pytest.fixture
def failed(data_dir: Path, shop: str) -> str:
    message_id = MessageId(uuid4())

    async def work(session: Session) -> None:
        tenant = await session.tenant(shop)
        async with session.seams.store.begin(tenant.id) as uow:
            now = await uow.now()
            point = await uow.compliance.ensure_point(
                ContactPoint(
                    id=ContactPointId(uuid4()), tenant_id=tenant.id, kind="phone",
                    value=f"+1512555{uuid4().int % 10**9:09}",
                )
            )  # fmt: skip
            message = Message(
                id=message_id, tenant_id=tenant.id, channel="sms", purpose="reply", contact_point_id=point.id,
                recipient=point.value, body="Hi", decided_at=now, not_after=now + timedelta(hours=9),
            )  # fmt: skip
            await uow.messages.add(replace(message, state="failed", reason="30007 filtered"))
            await uow.commit()

    with only_these({}):
        assert within(Place(data_dir=data_dir), work) == 0
    return str(message_id)


def test_a_message_that_failed_is_listed_and_released_once(
    leadcore: Leadcore, data_dir: Path, shop: str, failed: str
) -> None:
    here = ("--tenant", shop, "--data-dir", data_dir)

    listed = leadcore("messages", "stuck", "--state", "failed", *here)
    released = leadcore("messages", "release", failed, "--by", "Dana", "--json", *here).document
    again = leadcore("messages", "release", failed, *here)
    after = leadcore("messages", "stuck", "--json", *here).document

    assert failed in listed.out
    assert "30007 filtered" in listed.out
    assert (released["state"], released["reason"]) == ("pending", "released by Dana")
    assert (again.code, "cannot be released" in again.err) == (1, True)
    assert failed not in {each["message_id"] for each in after}


def test_a_step_of_nobody_cannot_be_tried(leadcore: Leadcore, data_dir: Path, shop: str) -> None:
    told = leadcore("touch", "test-send", str(uuid4()), "hello", "--tenant", shop, "--data-dir", data_dir)

    assert (told.code, "no lead" in told.err) == (1, True)
