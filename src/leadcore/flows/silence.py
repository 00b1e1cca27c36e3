"""Silencing the assistant: turns nobody should answer any more."""

from msgspec.structs import replace

from leadcore.compliance.values import Channel
from leadcore.conversations.model import Conversation
from leadcore.flows.work import Work

_NEAR = 50


async def drop_turns(uow: Work, conversation: Conversation, *, channel: Channel | None = None) -> None:
    """Drop every open turn of the locked *conversation*, on *channel* only if given.

    The generation moves on, so that whoever speaks now can neither add a word nor finish.
    """
    turns = await uow.conversations.turns_since(conversation.id, tenant_id=conversation.tenant_id, limit=_NEAR)
    for near in turns:
        if near.state in {"done", "dropped"} or channel not in {None, near.channel}:
            continue
        turn = await uow.conversations.turn(near.id, tenant_id=near.tenant_id)
        await uow.conversations.save_turn(
            replace(turn, state="dropped", gen=turn.gen + 1, finished_at=await uow.now())
        )
        await uow.due.cancel("turn", [turn.id], tenant_id=turn.tenant_id)
