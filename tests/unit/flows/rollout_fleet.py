"""Leads on every place of a random cadence, and what must be true of them after any roll-out."""

from collections import Counter
from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.cadences.model import Branch, CadenceVersion, Delay, Enrollment, MigrationMap, Step, Template, Touch
from leadcore.flows.enroll import case_of, close_step, enroll
from leadcore.flows.steer import pause, resume, snooze
from leadcore.flows.stop import stop_follow_up
from leadcore.kernel.ids import EnrollmentId
from leadcore.memory.storage import MemoryStore
from leadcore.testing.builders import a_lead, a_person, a_point
from tests.unit.flows.world import TENANT, World

NAME = "own"
_IDS = ("a", "b", "c", "d", "e", "f")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One lead before the roll-out: how many steps it had, and what people or the customer did."""

    closed: int
    paused: bool = False
    snoozed: bool = False
    stopped: bool = False


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Two versions, a map, leads, and how long after their enrollment the roll-out comes."""

    old: tuple[Step, ...]
    new: tuple[Step, ...]
    moves: MigrationMap
    places: tuple[Place, ...]
    days: int
    percent: int = 100


Snapshot = dict[EnrollmentId, tuple[Enrollment, tuple[Touch, ...]]]


@st.composite
def _steps(draw: st.DrawFn) -> tuple[Step, ...]:
    ids = draw(st.lists(st.sampled_from(_IDS), min_size=1, max_size=5, unique=True))
    steps = []
    for number, each in enumerate(ids):
        timing: dict[str, Any] = {"day": number * draw(st.integers(0, 2))} if draw(st.booleans()) else {}
        later = [*ids[number + 1 :], "end"]
        branches = (Branch(when="vehicle_known", goto=draw(st.sampled_from(later))),) if draw(st.booleans()) else ()
        steps.append(
            Step(
                id=each,
                templates={"sms": Template(body=f"{each} {draw(st.integers(0, 1))}")},
                branches=branches,
                **(timing or {"delay": Delay(after=timedelta(days=draw(st.integers(0, 2))))}),
            )
        )
    return (*steps, Step(id="end", templates={}, delay=Delay(after=timedelta(days=3))))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any two versions with a map that says something of every step that the new one has not."""
    old, new = draw(_steps()), draw(_steps())
    there = [each.id for each in new]
    move: dict[str, str] = {}
    keep: list[str] = []
    for step in old:
        choice = draw(st.sampled_from(["keep", "move", "silent"]))
        if choice == "move":
            move[step.id] = draw(st.sampled_from(there))
        elif choice == "keep" or step.id not in there:
            keep.append(step.id)
    place = st.builds(
        Place, closed=st.integers(0, len(old) - 1), paused=st.booleans(), snoozed=st.booleans(),
        stopped=st.sampled_from([False, False, False, True]),
    )  # fmt: skip
    return Case(
        old=old,
        new=new,
        moves=MigrationMap(move=move, keep=tuple(keep), move_same=draw(st.booleans())),
        places=tuple(draw(st.lists(place, min_size=1, max_size=5))),
        days=draw(st.integers(0, 12)),
        percent=draw(st.sampled_from([100, 100, 50])),
    )


async def open_fleet(case: Case) -> World:
    """Return a shop with a lead on every place of the old version, and the new one stored."""
    world = await World().open()
    old = CadenceVersion(tenant_id=TENANT, name=NAME, version="old", steps=case.old)
    async with world.store.begin(TENANT) as uow:
        await uow.cadences.publish(replace(old, published_at=world.clock.now()))
        await uow.cadences.put_version(replace(old, version="new", steps=case.new))
        await uow.commit()
    for place in case.places:
        await _put(world, place)
    world.clock.advance(timedelta(days=case.days))
    return world


async def _put(world: World, place: Place) -> None:
    seams = world.seams
    async with world.store.begin(TENANT) as uow:
        point = a_point(world.tenant)
        person = a_person(point)
        lead = a_lead(person)
        await uow.compliance.ensure_point(point)
        await uow.leads.put_person(person)
        await uow.leads.add(lead)
        await enroll(uow, seams, world.tenant, lead, cadence=NAME)
        await uow.commit()
    async with world.store.begin(TENANT) as uow:
        (enrollment,) = await uow.cadences.active_of_lead(lead.id, tenant_id=TENANT)
        await uow.commit()
    for _ in range(place.closed):
        await close_next(world, enrollment.id)
    if not any(each.state == "due" for each in (await snapshot(world.store))[enrollment.id][1]):
        return  # its branches led to the end
    who: dict[str, Any] = {"tenant_id": TENANT, "by": "Sam"}
    if place.snoozed:
        await snooze(seams, lead.id, until=world.clock.now() + timedelta(days=20), **who)
    if place.paused:
        await pause(seams, lead.id, **who)
    if place.stopped:
        async with world.store.begin(TENANT) as uow:
            await stop_follow_up(uow, lead, reason="replied")
            await uow.commit()


async def close_next(world: World, enrollment_id: EnrollmentId) -> bool:
    """Decide the touch an enrollment waits for, as if it had been due; False when it waits for none."""
    async with world.store.begin(TENANT) as uow:
        enrollment = await uow.cadences.enrollment(enrollment_id, tenant_id=TENANT)
        touches = await uow.cadences.touches_of_lead(enrollment.lead_id, tenant_id=TENANT)
        due = next((each for each in touches if each.enrollment_id == enrollment_id and each.state == "due"), None)
        if due is None or enrollment.state != "active" or enrollment.paused_at is not None:
            return False
        await uow.cadences.save_touch(replace(due, state="decided", decided_at=world.clock.now()))
        await uow.due.cancel("touch", [due.id], tenant_id=TENANT)
        await close_step(uow, world.seams, await case_of(uow, enrollment), step=due.step)
        await uow.commit()
    return True


async def play_to_the_end(world: World) -> None:
    """Decide every touch until nobody waits."""
    for enrollment_id, (enrollment, _) in (await snapshot(world.store)).items():
        if enrollment.state == "active" and enrollment.paused_at is not None:
            await resume(world.seams, enrollment.lead_id, tenant_id=TENANT, by="Sam")
        for _ in range(3 * len(_IDS)):
            if not await close_next(world, enrollment_id):
                break


async def snapshot(store: MemoryStore) -> Snapshot:
    """Return every enrollment with its touches."""
    touches = list(store.database.touches.rows.values())
    return {
        each.id: (each, tuple(sorted((t for t in touches if t.enrollment_id == each.id), key=lambda t: t.id)))
        for each in store.database.enrollments.rows.values()
    }


def wrongs(world: World, before: Snapshot, after: Snapshot, *, steps: dict[str, tuple[Step, ...]]) -> list[str]:
    """Return what a roll-out did wrong: nothing may be dropped, doubled, repeated or rewritten."""
    armed = {row.item_id for row in world.store.database.due.rows.values() if row.kind == "touch"}
    reasons = {each.enrollment_id for each in world.happened("cadence.ended")}
    found: list[str] = []
    for enrollment_id, (was, had) in before.items():
        now, has = after[enrollment_id]
        due = [each for each in has if each.state == "due"]
        past = {each.id: each for each in has}
        found += [f"{each.step} of {was.id} was rewritten" for each in had
                  if each.state != "due" and past.get(each.id) != each]  # fmt: skip
        found += [f"{step} twice" for step, count in Counter(each.step for each in has).items() if count > 1]
        if was.state != "active":
            found += ["an ended one moved"] if (now, has) != (was, had) else []
        elif now.state != "active":
            found += [] if now.ended_by or enrollment_id in reasons else ["ended without a reason"]
        elif len(due) != 1:
            found.append(f"{len(due)} next touches")
        else:
            (waits,) = due
            found += [] if waits.step in {each.id for each in steps[now.version]} else [f"{waits.step} is no step"]
            found += [] if waits.version in {"", now.version} else ["a touch of another version"]
            found += [] if (waits.id in armed) == (now.paused_at is None) else ["armed, or not"]
    return found
