"""A price with a range behind it: its upper end may be said, the lower one only together with it."""

from uuid import UUID

from leadcore.catalog.model import Quote, Service
from leadcore.catalog.policies.quote import quote
from leadcore.conversations.guardrails.stream import Correction, StreamGuard
from leadcore.conversations.guardrails.wording import quote_sentence
from leadcore.conversations.policies.phrases import Voice
from leadcore.conversations.values import GuardFacts
from leadcore.kernel.ids import ServiceId, TenantId
from leadcore.kernel.money import Money

TINT = Service(
    id=ServiceId(UUID(int=1)),
    tenant_id=TenantId(UUID(int=2)),
    slug="tint",
    name="Ceramic Tint",
    category="tint",
    prices={"suv": Money(minor=52000)},
    lowest={"suv": Money(minor=45000)},
)


def said(text: str) -> tuple[str, list[Correction]]:
    priced = quoted()
    facts = GuardFacts(quotes=(priced,), phrases=(priced.service, priced.vehicle, *priced.assumptions))
    guard = StreamGuard(facts)
    releases = [*guard.feed(text), *guard.finish()]
    return "".join(each.text for each in releases), [each.correction for each in releases if each.correction]


def quoted() -> Quote:
    found = quote([TINT], "ceramic tint", vehicle_class="suv", quote_id="q1")
    assert isinstance(found, Quote)
    return found


def test_the_range_passes_the_guard_as_the_catalog_words_it() -> None:
    for text in (quote_sentence(quoted(), "en"), quote_sentence(quoted(), "es"), Voice("en").quote(quoted())):
        assert "$450-$520" in text
        assert said(text) == (text, [])


def test_the_lower_end_alone_never_reaches_a_customer() -> None:
    text, corrections = said("Ceramic Tint for your SUV is $450.")

    assert "$450." not in text
    assert corrections
