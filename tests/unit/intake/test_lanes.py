"""The lane of due work that keeps one entity's rows in order."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from leadcore.intake.policies import lane_of
from leadcore.kernel.ids import TenantId


@given(tenant=st.uuids(), key=st.text())
def test_a_lane_is_the_name_based_uuid_of_the_standard(tenant: UUID, key: str) -> None:
    assert lane_of(key, tenant_id=TenantId(tenant)) == uuid5(tenant, key)


def test_what_is_about_nothing_has_no_lane() -> None:
    assert lane_of(None, tenant_id=TenantId(UUID(int=1))) is None
