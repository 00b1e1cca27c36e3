"""A line of the consent ledger fits its digest in whatever order its evidence comes back."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.testing.builders import a_consent, a_point, a_tenant

EVIDENCE = {"recorded_by": "webform", "ip": "192.0.2.7", "user_agent": "Firefox", "page_url": "https://example.com"}


@given(st.permutations(sorted(EVIDENCE)), st.permutations(sorted(EVIDENCE)))
def test_a_line_is_intact_in_whatever_order_its_evidence_is_kept(written: list[str], kept: list[str]) -> None:
    line = a_consent(a_point(a_tenant()), evidence={name: EVIDENCE[name] for name in written}).chained_to(b"before")

    assert replace(line, evidence={name: EVIDENCE[name] for name in kept}).is_intact


@given(st.sampled_from(sorted(EVIDENCE)))
def test_evidence_that_was_changed_or_taken_out_does_not_fit(name: str) -> None:
    line = a_consent(a_point(a_tenant()), evidence=EVIDENCE).chained_to(b"before")

    assert not replace(line, evidence=EVIDENCE | {name: "changed"}).is_intact
    assert not replace(line, evidence={each: EVIDENCE[each] for each in EVIDENCE if each != name}).is_intact
