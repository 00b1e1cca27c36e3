import asyncio

from leadcore.kernel.ids import ConversationId, TurnId
from leadcore.testing.builders import new_id
from leadcore_runtime.hub import TurnHub, TurnPiece

HERE, ELSEWHERE = ConversationId(new_id()), ConversationId(new_id())
TURN = TurnId(new_id())


def delta(seq: int, *, gen: int = 1) -> TurnPiece:
    return TurnPiece(kind="delta", turn_id=TURN, gen=gen, seq=seq, text=f"{seq} ")


async def drained(hub: TurnHub) -> list[TurnPiece]:
    """What a reader who comes now is told at once."""
    with hub.subscribe(HERE) as reader:
        found = []
        while (piece := await reader.next(timeout_s=0)) is not None:
            found.append(piece)
    return found


async def test_every_reader_of_the_conversation_is_told_in_order_and_nobody_else() -> None:
    hub = TurnHub()
    with hub.subscribe(HERE) as first, hub.subscribe(HERE) as second, hub.subscribe(ELSEWHERE) as stranger:
        for seq in (1, 2, 3):
            hub.publish(HERE, delta(seq))

        told = [[await reader.next(timeout_s=1) for _ in range(3)] for reader in (first, second)]

        assert told == [[delta(1), delta(2), delta(3)]] * 2
        assert await stranger.next(timeout_s=0) is None


async def test_a_late_reader_gets_a_running_turn_from_its_first_piece() -> None:
    hub = TurnHub()
    hub.delta(HERE, TURN, gen=1, seq=1, text="1 ")
    hub.held(HERE, TURN, gen=1)

    assert await drained(hub) == [delta(1), TurnPiece(kind="held", turn_id=TURN, gen=1, seq=1)]


async def test_a_void_generation_is_not_told_to_late_readers() -> None:
    hub = TurnHub()
    hub.publish(HERE, delta(1))
    hub.reset(HERE, TURN, gen=2)
    hub.publish(HERE, delta(1, gen=2))

    assert await drained(hub) == [TurnPiece(kind="reset", turn_id=TURN, gen=2), delta(1, gen=2)]


async def test_a_turn_that_is_done_or_given_up_is_forgotten() -> None:
    hub = TurnHub()
    hub.publish(HERE, delta(1))
    hub.done(HERE, TURN, gen=1, entry=None)
    after_done = await drained(hub)
    hub.publish(HERE, delta(1))
    hub.forget(HERE, TURN)

    assert after_done == await drained(hub) == []


async def test_a_slow_reader_is_cut_and_the_publisher_never_waits() -> None:
    hub = TurnHub(depth=4)
    with hub.subscribe(HERE) as slow, hub.subscribe(HERE) as quick:
        told = []
        for seq in range(1, 11):
            hub.publish(HERE, delta(seq))
            told.append(await quick.next(timeout_s=1))

        assert slow.was_cut
        assert await slow.next(timeout_s=1) is None
        assert told == [delta(seq) for seq in range(1, 11)]
        assert await drained(hub) == told


async def test_a_reader_that_waits_is_woken_by_the_next_piece_and_by_its_end() -> None:
    hub = TurnHub()
    reader = hub.subscribe(HERE)

    async def collect() -> list[TurnPiece]:
        return [piece async for piece in reader]

    collecting = asyncio.create_task(collect())
    await asyncio.sleep(0)
    hub.publish(HERE, delta(1))
    await asyncio.sleep(0)
    hub.publish(HERE, delta(2))
    reader.close()

    assert await collecting == [delta(1), delta(2)]
    assert hub.reader_count == 0


async def test_what_is_remembered_of_lost_turns_is_bounded() -> None:
    hub = TurnHub(remembered=3)

    for _ in range(10):
        hub.delta(HERE, TurnId(new_id()), gen=1, seq=1, text="lost")

    assert len(await drained(hub)) == 3
