"""The watch in memory: what each witness sees, and that nothing leaves while one of them disagrees."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from leadcore.flows.release_hold import Released, release_hold, survey_hold
from leadcore.flows.write_message import Draft, write_message
from leadcore.kernel.clock import Clock
from leadcore.kernel.errors import InvalidInputError, RefusedError
from leadcore.kernel.ids import AttemptId
from leadcore.memory.carriers import CarriedMessage, MemoryCarrier
from leadcore.messaging.policies.witnesses import WITNESSES, Witness, WitnessNote
from leadcore.ports.messaging import AcceptedMessage, OutboundMessage
from leadcore_runtime.metrics import Metrics
from leadcore_runtime.watching import ASK_CARRIERS_S, PATIENCE_S, Watch, note_release
from leadcore_runtime.witness_file import WitnessFile
from tests.unit.flows.world import PHONE, TENANT, World

SENDER = "+15125550100"


class House:
    """A world whose process is watched."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.file = WitnessFile(folder / "witness.json")
        self.deployment = world.store.deployment
        world.seams.epoch.value = 0

    def watch(self, *, heeded: frozenset[Witness] = WITNESSES, deployment_id: str = "shop") -> Watch:
        return Watch(
            seams=self.world.seams, metrics=Metrics(), file=self.file, deployment_id=deployment_id, heeded=heeded,
            monotonic=lambda: self.world.clock.now().timestamp(),
        )  # fmt: skip

    async def text(self, body: str = "Hello", *, recipient: str = PHONE) -> None:
        """Make a message due that answers something the customer said a moment ago."""
        async with self.world.store.begin(TENANT) as uow:
            point = await uow.compliance.point("phone", recipient, tenant_id=TENANT)
            assert point is not None
            now = await uow.now()
            draft = Draft(
                tenant_id=TENANT, channel="sms", purpose="reply", contact_point_id=point.id, recipient=recipient,
                body=body, not_after=now + timedelta(hours=1), answers=now,
            )  # fmt: skip
            await write_message(uow, self.world.seams, draft, at=now)
            await uow.commit()

    def sent_unseen(self, body: str, *, recipient: str = PHONE, ago: timedelta = timedelta(0)) -> None:
        """Let the carrier have taken a message that this database never heard of."""
        number = len(self.world.sms.accepted) + 1
        message = OutboundMessage(
            attempt_id=AttemptId(self.world.seams.ids.new()), channel="sms", sender=SENDER, recipient=recipient,
            body=body, status_url="",
        )  # fmt: skip
        carried = CarriedMessage(provider_id=f"unseen-{number}", message=message, at=self.world.clock.now() - ago)
        self.world.sms.accepted.append(carried)


@pytest.fixture
async def house(tmp_path: Path) -> House:
    world = await World().open()
    await world.lead_arrives(opt_in=False)
    world.seams.epoch.value = 1
    await world.drain()
    world.sms.accepted.clear()
    world.email.accepted.clear()
    found = House(world, tmp_path)
    assert await found.watch().look()
    world.clock.advance(timedelta(minutes=1))
    assert await found.watch().look()
    return found


def _note_of(house: House) -> WitnessNote:
    note = house.file.read()
    assert note is not None
    return note


def _another_timeline(house: House) -> None:
    house.deployment.server = replace(house.deployment.server, timeline=2)


def _another_cluster(house: House) -> None:
    house.deployment.server = replace(house.deployment.server, system_id="copy")


def _another_deployment(house: House) -> None:
    house.deployment.row = replace(house.deployment.row, deployment_id="somebody's")


def _an_older_log(house: House) -> None:
    house.deployment.server = replace(house.deployment.server, lsn=1)


def _an_older_row(house: House) -> None:
    house.deployment.row = replace(house.deployment.row, ticks=1)


def _before_a_release(house: House) -> None:
    house.file.change(lambda before: replace(before, epoch=5) if before else None)


def _a_hold_is_forgotten(house: House) -> None:
    house.file.change(lambda before: replace(before, held_because="an old story") if before else None)


def _sent_elsewhere(house: House) -> None:
    house.sent_unseen("From the time that is forgotten")


_SIGNS: list[tuple[Witness, Callable[[House], None]]] = [
    ("environment", _another_deployment),
    ("timeline", _another_timeline),
    ("timeline", _another_cluster),
    ("mark", _an_older_log),
    ("mark", _an_older_row),
    ("mark", _before_a_release),
    ("mark", _a_hold_is_forgotten),
    ("provider", _sent_elsewhere),
]
_NAMES = [change.__name__ for _, change in _SIGNS]


async def test_a_first_boot_adopts_and_sends(house: House) -> None:
    await house.text("Good morning")
    await house.world.drain()

    assert house.world.texts == ["Good morning"]
    note, state = _note_of(house), await house.deployment.state()
    assert (state.deployment_id, state.held, state.epoch) == ("shop", False, 1)
    assert (note.epoch, note.ticks, note.held_because) == (1, state.ticks, "")
    assert f"{TENANT}/sms/{SENDER}" in note.senders


class _SilentCarrier(MemoryCarrier):
    """It takes every question and answers none."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.asked = asyncio.Event()

    async def accepted_from(
        self, sender: str, *, since: datetime, limit: int | None = None
    ) -> tuple[AcceptedMessage, ...]:
        self.asked.set()
        await asyncio.Event().wait()
        return await super().accepted_from(sender, since=since, limit=limit)


async def test_who_dies_at_a_first_boot_while_carriers_answer_leaves_a_note_to_the_others(tmp_path: Path) -> None:
    world = await World().open()
    answering, world.sms = world.sms, (silent := _SilentCarrier(world.clock))
    house = House(world, tmp_path)
    first = asyncio.create_task(house.watch().look())
    await asyncio.wait_for(silent.asked.wait(), timeout=60)

    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    world.sms = answering

    assert await house.watch().look()
    assert not (await house.deployment.state()).held


@pytest.mark.parametrize(("witness", "change"), _SIGNS, ids=_NAMES)
async def test_a_witness_that_disagrees_holds_everything(
    house: House, witness: Witness, change: Callable[[House], None]
) -> None:
    change(house)
    before = len(house.world.texts)

    assert not await house.watch().look()
    await house.text("Not now")
    await house.world.text_from_customer("STOP")
    await house.world.drain()

    state = await house.deployment.state()
    assert (state.held, state.held_by) == (True, "witness")
    assert (await house.deployment.history())[0].by == witness
    assert _note_of(house).held_because, "the hold is not kept outside the database"
    assert len(house.world.texts) == before, "something was sent, be it the confirmation of an opt-out"
    assert house.world.happened("contact.suppressed"), "what came in was not taken in"


@pytest.mark.parametrize(("witness", "change"), _SIGNS, ids=_NAMES)
async def test_negative_control_a_witness_that_is_not_heard_lets_it_pass(
    house: House, witness: Witness, change: Callable[[House], None]
) -> None:
    change(house)
    before = len(house.world.texts)

    assert await house.watch(heeded=WITNESSES - {witness}).look()
    await house.text("Too early")
    await house.world.drain()

    assert len(house.world.texts) == before + 1


async def test_an_answer_that_was_lost_is_no_sign_of_a_restore(house: House) -> None:
    house.world.sms.script("lose_answer")
    await house.text("Did it go?")
    await house.world.drain()

    assert await house.watch().look()


async def test_what_was_sent_before_we_began_is_not_ours_to_know(house: House) -> None:
    house.sent_unseen("From the program before", ago=timedelta(days=1))

    assert await house.watch().look()


async def test_a_carrier_that_does_not_answer_says_nothing(house: House) -> None:
    house.sent_unseen("Who knows?")
    house.world.sms.lists_answer = False

    assert await house.watch().look()


async def test_carriers_are_asked_at_boot_and_every_ten_minutes(house: House) -> None:
    watch = house.watch()
    assert await watch.look()
    house.sent_unseen("Elsewhere")

    house.world.clock.advance(timedelta(seconds=ASK_CARRIERS_S - 1))
    assert await watch.look()
    house.world.clock.advance(timedelta(seconds=1))
    assert not await watch.look()


async def test_without_a_note_nobody_sends_until_somebody_vouches(house: House, tmp_path: Path) -> None:
    newcomer = House(house.world, tmp_path / "another host")
    watch = newcomer.watch()

    assert not await watch.look()
    assert not (await house.deployment.state()).held
    assert await house.watch().look()
    assert await watch.look()
    assert newcomer.file.read() is not None


async def test_without_a_note_and_without_anybody_who_vouches_it_holds(house: House) -> None:
    house.file.path.unlink()
    watch = house.watch()
    assert not await watch.look()

    house.world.clock.advance(timedelta(seconds=PATIENCE_S))

    assert not await watch.look()
    assert (await house.deployment.state()).held_by == "witness"


class _BusyFolder(WitnessFile):
    """Another process of this folder vouches for the database while somebody reads the note: before and after."""

    def __init__(self, house: House) -> None:
        super().__init__(house.file.path)
        self._deployment = house.deployment

    def read(self) -> WitnessNote | None:
        self._vouch()
        note = super().read()
        self._vouch()
        return note

    def _vouch(self) -> None:
        row, server = self._deployment.row, self._deployment.server
        self._deployment.row = replace(row, ticks=row.ticks + 1)
        self._deployment.server = replace(server, lsn=server.lsn + 1)
        note = super().read()
        assert note is not None
        self._write(msgspec.json.encode(replace(note, ticks=row.ticks + 1, lsn=server.lsn + 1)))


async def test_another_process_that_vouches_at_the_same_moment_is_no_sign_of_a_restore(house: House) -> None:
    house.file = _BusyFolder(house)

    for _ in range(3):
        assert await house.watch().look()
    assert not (await house.deployment.state()).held


async def test_a_damaged_note_is_no_agreement(house: House) -> None:
    house.file.path.write_text("{")

    with pytest.raises(RefusedError, match=r"witness\.json"):
        await house.watch().look()
    assert house.world.seams.epoch.value == 1, "the last word stands until the next look"
    assert not await house.watch()._looked()


async def test_after_a_release_only_who_has_looked_again_may_send(house: House) -> None:
    _another_timeline(house)
    await house.watch().look()
    sleeper = replace(house.world.seams, epoch=msgspec.structs.replace(house.world.seams.epoch, value=1))
    await _release(house)
    await house.text("Hello again")

    house.world.seams, awake = sleeper, house.world.seams
    await house.world.drain()
    assert house.world.texts == [], "a process of the old epoch has sent"

    house.world.seams = awake
    assert await house.watch().look()
    await house.world.pass_time(timedelta(minutes=2))
    assert house.world.texts == ["Hello again"]


async def test_a_release_writes_down_what_was_sent_and_nothing_goes_twice(house: House) -> None:
    await house.text("Your tint is ready")
    house.sent_unseen("Your tint is ready")
    house.sent_unseen("To somebody whom we forgot", recipient="+13125550144")
    assert not await house.watch().look()

    (surveyed,) = [each for each in await survey_hold(house.world.seams) if each.lists]
    done = await _release(house)
    assert await house.watch().look()
    await house.world.pass_time(timedelta(minutes=5))

    assert surveyed.unknown == 2
    assert (done.settled, done.found, done.epoch) == (1, 1, 2)
    assert house.world.texts == ["Your tint is ready", "To somebody whom we forgot"]
    assert await survey_hold(house.world.seams) == tuple(
        replace(each, unknown=0, since=after.since)
        for each, after in zip(done.senders, await survey_hold(house.world.seams), strict=True)
    )


async def test_what_was_due_in_the_forgotten_time_expires_when_something_went_to_the_same_contact(
    house: House,
) -> None:
    await house.text("An answer, in other words than last time")
    house.world.clock.advance(timedelta(minutes=1))
    house.sent_unseen("An answer in the words of then")
    await house.watch().look()

    await _release(house)
    await house.watch().look()
    await house.world.pass_time(timedelta(minutes=5))
    await house.text("Something new")
    await house.world.drain()

    assert house.world.texts == ["An answer in the words of then", "Something new"]
    assert {each.code for each in house.world.happened("message.held_back")} >= {"restored"}


async def test_what_became_due_during_the_hold_goes_afterwards(house: House) -> None:
    house.sent_unseen("Before the restore")
    await house.watch().look()
    house.world.clock.advance(timedelta(minutes=10))
    await house.text("Written while sending was held")

    await _release(house)
    await house.watch().look()
    await house.world.pass_time(timedelta(minutes=5))

    assert house.world.texts == ["Before the restore", "Written while sending was held"]


async def test_a_release_needs_a_reason_a_hold_and_every_carriers_list(house: House) -> None:
    with pytest.raises(RefusedError, match="not held"):
        await _release(house)
    _another_timeline(house)
    await house.watch().look()
    with pytest.raises(InvalidInputError, match="why"):
        await release_hold(house.world.seams, deployment_id="shop", because=" ", name="pat")
    house.world.sms.lists_answer = False
    with pytest.raises(RefusedError, match="cannot be read"):
        await _release(house)
    assert (await house.deployment.state()).held


async def test_after_a_release_a_process_that_starts_anew_needs_nobody_to_vouch(house: House) -> None:
    house.file.path.unlink()
    watch = house.watch()
    await watch.look()
    house.world.clock.advance(timedelta(seconds=PATIENCE_S))
    await watch.look()

    await _release(house)
    await note_release(house.world.seams, house.file)

    assert await house.watch().look()


async def test_an_operators_hold_is_no_witnesss_and_stays_with_the_operator(house: House) -> None:
    await house.deployment.hold("the price list is wrong", by="operator")
    assert await house.watch().look()
    await house.text("Not now")
    await house.world.drain()
    assert house.world.texts == []

    done = await _release(house)
    await house.world.pass_time(timedelta(minutes=2))

    assert done.epoch == 1
    assert house.world.texts == ["Not now"]


async def _release(house: House) -> Released:
    return await release_hold(house.world.seams, deployment_id="shop", because="checked", name="pat")
