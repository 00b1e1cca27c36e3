"""Driving a run: from due instant to due instant, and to whatever customers and carriers do in between."""

from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from leadcore.memory.driver import run
from leadcore.ports.inbound import (
    CustomerMessage,
    DeliveryReport,
    InboundEvent,
    LeadSubmitted,
    SubmittedConsent,
    UnsubscribeRequested,
)
from leadcore.ports.messaging import DeliveryStatus
from leadcore.simulation.carrier import Taken
from leadcore.simulation.customers import Customer, crowd
from leadcore.simulation.plan import Plan, Progress, checked
from leadcore.simulation.world import World
from leadcore.tenants.model import Tenant

_CLAIM = 64
_TELL_EVERY = timedelta(hours=6)
_UNDELIVERED_AFTER = timedelta(seconds=8)
_SENT_AFTER, _DELIVERED_AFTER = timedelta(seconds=1), timedelta(seconds=4)
_TWICE_WITHIN = 600.0

Act = Callable[[], Coroutine[Any, Any, object]]


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's revocation was acknowledged: `n` orders it among what was opened."""

    n: int
    at: datetime
    address: str


class Run:
    """One run. `go` drives it to its end; afterwards `world` holds everything that happened."""

    def __init__(self, plan: Plan, *, world: type[World] = World) -> None:
        self.plan = checked(plan)
        self.world = world(plan, on_taken=self._taken)
        self.ends = plan.start + timedelta(days=plan.days)
        self.arrived = 0
        self.acts: Counter[str] = Counter()
        self.acknowledged: list[Acknowledged] = []
        self.customers: list[Customer] = []
        self._by_address: dict[str, Customer] = {}
        self._reached: Counter[int] = Counter()
        self._agenda: list[tuple[datetime, int, Act]] = []
        self._racing: list[tuple[str, Act]] = []
        self.world.before_carrier = self._overtake

    def go(self, progress: Progress | None = None) -> "Run":
        """Run to the end."""
        run(self._go(progress))
        return self

    async def _go(self, progress: Progress | None) -> None:
        await self.world.open()
        self._invite()
        tell_at = self.plan.start
        while await self._step():
            now = self.world.clock.now()
            if progress is not None and now >= tell_at:
                tell_at = now + _TELL_EVERY
                progress(now, self.arrived)
        self.world.clock.set(self.ends)

    async def _step(self) -> bool:
        """Do what is due at this instant, else move to the next one; False when the run is over."""
        clock, now = self.world.clock, self.world.clock.now()
        while self._agenda and self._agenda[0][0] <= now:
            await heappop(self._agenda)[2]()
        items = await self.world.claim(limit=_CLAIM)
        for item in items:
            await self.world.perform(item)
        wait = await self.world.next_due()
        instants = [self._agenda[0][0]] if self._agenda else []
        if wait is not None:
            instants.append(now + timedelta(seconds=wait))
        if items and instants and min(instants) <= now:
            return True  # what was done made something due at once
        if not instants or min(instants) >= self.ends:
            return False
        clock.set(max(min(instants), now + timedelta(microseconds=1)))
        return True

    def _invite(self) -> None:
        plan = self.plan
        first = plan.start.astimezone(ZoneInfo(plan.tenant.zone)).date()
        days = plan.arriving_days or plan.days
        self.customers = crowd(
            plan.mix,
            leads=plan.leads,
            first=first,
            days=days,
            zone=plan.tenant.zone,
            seed=plan.seed,
            ours=_numbers_of(plan.tenant),
        )
        for each in self.customers:
            self._by_address.update({address: each for address in (each.phone, each.email) if address})
            if each.behaviour.does == "landline":
                self.world.carriers["sms"].landlines.add(each.phone)
            self._at(max(each.arrives_at, plan.start), partial(self._arrives, each))

    def _at(self, at: datetime, act: Act) -> None:
        heappush(self._agenda, (at, self.world.number(), act))

    # ------------------------------------------------------------------------------------------ customers

    async def _arrives(self, who: Customer) -> None:
        self.arrived += 1
        now = self.world.clock.now()
        consent = SubmittedConsent(
            sms=who.consents and bool(who.phone),
            email=who.consents and bool(who.email),
            wording=self.plan.tenant.consent_wording,
            at=now,
            reported_by="browser",
        )
        event = LeadSubmitted(
            external_id=reference_of(who),
            submitted_at=now,
            first_name=who.name,
            phones=(who.phone,) if who.phone else (),
            emails=(who.email,) if who.email else (),
            services=(who.service,),
            consent=consent,
        )
        await self.world.hears(event, webhook_id=f"lead-{who.number}")

    def _reacts(self, taken: Taken) -> None:
        who = self._by_address.get(taken.message.recipient)
        if who is None:
            return
        self._reached[who.number] += 1
        if self._reached[who.number] != who.acts_on or who.behaviour.does in {"nothing", "landline", "undelivered"}:
            return
        by_text = taken.message.channel == "sms"
        self._at(self.world.clock.now() + who.after, lambda: self._acts(who, by_text=by_text))
        if who.behaviour.does == "stop" and by_text and self._happens(self.plan.faults.race_stops):
            self._racing.append((who.phone, lambda: self._acts(who, by_text=True)))

    async def _acts(self, who: Customer, *, by_text: bool) -> None:
        does, words = who.behaviour.does, who.behaviour.words
        if does == "book":
            if await self.world.books(reference_of(who)):
                self.acts[does] += 1
            return
        if does in {"unsubscribe", "complain"}:
            if who.email:
                told = UnsubscribeRequested(
                    email=who.email, reason="unsubscribe" if does == "unsubscribe" else "complaint"
                )
                await self._revokes(told, who.email)
                self.acts[does] += 1
            return
        is_text = bool(who.phone) and (by_text or not who.email) and does != "out_of_office"
        if does == "out_of_office" and not who.email:
            return
        message = CustomerMessage(
            channel="sms" if is_text else "email",
            sender=who.phone if is_text else who.email,
            recipient=self.plan.tenant.senders.sms if is_text else self.plan.tenant.senders.email,
            text=words,
            provider_id=f"in-{who.number}-{self.world.number()}",
            automatic=does == "out_of_office",
        )
        if does == "stop":
            await self._revokes(message, *filter(None, (who.phone, who.email)))
        else:
            await self.world.hears(message)
        self.acts[does] += 1

    async def _revokes(self, event: InboundEvent, *addresses: str) -> None:
        n = await self.world.hears(event)
        now = self.world.clock.now()
        self.acknowledged += [Acknowledged(n=n, at=now, address=address) for address in addresses]

    def _overtake(self) -> None:
        """Let a STOP come in just now, between a worker's claim and its decision."""
        if self._racing and self._happens(0.5):
            _, act = self._racing.pop()
            run(act())

    # ------------------------------------------------------------------------------------------- carriers

    def _taken(self, taken: Taken) -> None:
        self._reacts(taken)
        who = self._by_address.get(taken.message.recipient)
        is_lost = who is not None and who.behaviour.does == "undelivered" and taken.message.channel == "sms"
        if is_lost:
            self._report(taken, "undelivered", after=_UNDELIVERED_AFTER, error_code="30003")
        elif self.plan.faults.callbacks:
            self._report(taken, "sent", after=_SENT_AFTER)
            self._report(taken, "delivered", after=_DELIVERED_AFTER)

    def _report(self, taken: Taken, status: DeliveryStatus, *, after: timedelta, error_code: str = "") -> None:
        faults, luck = self.plan.faults, self.world.luck
        report = DeliveryReport(
            provider_id=taken.provider_id, status=status, attempt_id=taken.message.attempt_id, error_code=error_code
        )
        by_text = taken.message.channel == "sms"
        if by_text and self._happens(faults.lost_callback):
            return
        act = partial(self.world.hears, report)
        if self._happens(faults.early_callback):
            run(act())
            return
        latest = faults.texts_late_up_to if by_text else faults.mails_late_up_to
        late = luck.fraction() * latest if self._happens(faults.late) else timedelta()
        at = self.world.clock.now() + after + late
        self._at(at, act)
        if self._happens(faults.twice):
            self._at(at + timedelta(seconds=luck.fraction() * _TWICE_WITHIN), act)

    def _happens(self, odds: float) -> bool:
        return odds > 0 and self.world.luck.fraction() < odds


def _numbers_of(tenant: Tenant) -> frozenset[str]:
    return frozenset({tenant.senders.sms, tenant.phone, tenant.staff_phone, *(each.phone for each in tenant.staff)})


def reference_of(who: Customer) -> str:
    """Return what names the customer's request."""
    return f"lead-{who.number}"
