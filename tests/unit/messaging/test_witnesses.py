"""What the witnesses say of any life of a database, and of any of its earlier states put back."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from leadcore.messaging.policies.witnesses import WITNESSES, WitnessNote, disagreements
from leadcore.ports.storage import DeploymentState, ServerSight
from leadcore.testing.builders import NOON

LIVES = st.lists(st.integers(min_value=1, max_value=10**6), min_size=2, max_size=20)
"""How far the log moves from one tick to the next."""


def _life(moves: list[int]) -> list[tuple[DeploymentState, ServerSight, WitnessNote]]:
    """A database after each of its ticks, with the note that was written then."""
    found, lsn = [], 0
    for ticks, move in enumerate(moves, start=1):
        lsn += move
        state = DeploymentState(
            environment="test", deployment_id="shop", system_id="1", timeline=1, adopted_at=NOON, ticks=ticks
        )
        note = WitnessNote(epoch=1, system_id="1", timeline=1, lsn=lsn, ticks=ticks)
        found.append((state, ServerSight(system_id="1", timeline=1, lsn=lsn), note))
    return found


@given(LIVES, st.data())
def test_a_database_that_only_went_on_is_never_doubted(moves: list[int], data: st.DataObject) -> None:
    life = _life(moves)
    then = data.draw(st.integers(0, len(life) - 1))
    now = data.draw(st.integers(then, len(life) - 1))

    assert disagreements(life[now][0], life[now][1], life[then][2], deployment_id="shop") == ()


@given(LIVES, st.data())
def test_every_earlier_state_is_seen_even_when_its_log_has_moved_on(moves: list[int], data: st.DataObject) -> None:
    life = _life(moves)
    then = data.draw(st.integers(0, len(life) - 2))
    note = data.draw(st.sampled_from(life[then + 1 :]))[2]
    at_rest = replace(life[then][1], lsn=life[then][1].lsn + data.draw(st.integers(0, 10**9)))

    (found,) = disagreements(life[then][0], at_rest, note, deployment_id="shop")

    assert found.witness == "mark"
    assert disagreements(life[then][0], at_rest, note, deployment_id="shop", heeded=WITNESSES - {"mark"}) == ()


@given(LIVES)
def test_a_note_from_before_a_release_has_nothing_to_say(moves: list[int]) -> None:
    life = _life(moves)
    released = replace(life[0][0], epoch=2)

    assert disagreements(released, life[0][1], life[-1][2], deployment_id="shop") == ()


def test_a_fresh_database_beside_an_old_note_is_doubted() -> None:
    fresh = DeploymentState(environment="test")
    (_, sight, note) = _life([5, 5])[-1]

    assert [each.witness for each in disagreements(fresh, sight, note, deployment_id="shop")] == ["mark"]
