import type { ChatEvent } from "../api/events";
import type { Message, Speaker } from "../api/types";
import type { Action, Outgoing, Thread } from "./state";
import { addText, finish, hold, newTurn, raiseFloor, type Turn } from "./turn";

const SAME_TEXT_WINDOW_MS = 60_000;

/** Pure. Events may arrive in any order and any number of times; the thread converges. */
export function reduce(thread: Thread, action: Action): Thread {
  switch (action.type) {
    case "event":
      return reduceEvent(thread, action.event);
    case "history":
      return { ...action.messages.reduce(putMessage, thread), speaker: action.speaker };
    case "composed":
      return compose(thread, action);
    case "sending":
    case "waiting":
      return changeOutgoing(thread, action.clientId, { status: action.type, reason: null });
    case "accepted":
      return accept(thread, action);
    case "failed":
      return fail(thread, action);
    case "turn-lost":
      return { ...thread, turns: thread.turns.filter((turn) => turn.id !== action.turnId) };
  }
}

function reduceEvent(thread: Thread, event: ChatEvent): Thread {
  switch (event.type) {
    case "turn":
      return changeTurn(thread, event.turnId, (turn) => ({ ...turn, messageId: event.messageId }));
    case "delta":
      return changeTurn(thread, event.turnId, (turn) => addText(turn, event.position, event.text));
    case "reset":
      return changeTurn(thread, event.turnId, (turn) => raiseFloor(turn, event.floor));
    case "held":
      return changeTurn(thread, event.turnId, (turn) => hold(turn, event.position));
    case "done":
      return changeTurn(putMessage(thread, event.message), event.turnId, finish);
    case "message":
      return putMessage(thread, event.message);
    case "handoff":
      return handOff(thread, event.eventId, event.speaker);
    case "bye":
      return thread;
  }
}

function changeTurn(thread: Thread, turnId: string, change: (turn: Turn) => Turn): Thread {
  const known = thread.turns.find((turn) => turn.id === turnId);
  if (known === undefined) return { ...thread, turns: [...thread.turns, change(newTurn(turnId))] };
  const changed = change(known);
  if (changed === known) return thread;
  return { ...thread, turns: thread.turns.map((turn) => (turn === known ? changed : turn)) };
}

function putMessage(thread: Thread, message: Message): Thread {
  const known = thread.messages[message.id];
  if (known !== undefined) {
    // Only the answer's own event carries metadata; a plainer copy must not erase it.
    if (known.metadata !== null || message.metadata === null) return thread;
    return { ...thread, messages: { ...thread.messages, [message.id]: message } };
  }
  const messages = { ...thread.messages, [message.id]: message };
  return bindOutgoing({ ...thread, messages }, message);
}

/** The server's copy of something written here replaces it instead of doubling it. */
function bindOutgoing(thread: Thread, message: Message): Thread {
  if (message.author !== "customer") return thread;
  if (thread.outgoing.some((outgoing) => outgoing.messageId === message.id)) return thread;
  const twin = thread.outgoing.find((outgoing) => isTwin(outgoing, message));
  if (twin === undefined) return thread;
  const bound = { messageId: message.id, status: "accepted", reason: null } as const;
  return changeOutgoing(thread, twin.clientId, bound);
}

function isTwin(outgoing: Outgoing, message: Message): boolean {
  const clientId = message.metadata?.client_message_id;
  if (typeof clientId === "string") return clientId === outgoing.clientId;
  return (
    outgoing.messageId === null &&
    message.channel === "web" &&
    message.text === outgoing.text &&
    Date.parse(message.at) >= Date.parse(outgoing.at) - SAME_TEXT_WINDOW_MS
  );
}

function compose(thread: Thread, said: { clientId: string; text: string; at: string }): Thread {
  const { clientId, text } = said;
  const outgoing: Outgoing = {
    clientId,
    text,
    at: afterEverything(thread, said.at),
    status: "sending",
    reason: null,
    messageId: null,
  };
  return { ...thread, outgoing: [...thread.outgoing, outgoing] };
}

/** A device whose clock is behind must not put a new message above the one it answers. */
function afterEverything(thread: Thread, at: string): string {
  const latest = [...Object.values(thread.messages), ...thread.outgoing]
    .map((item) => Date.parse(item.at))
    .reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return latest >= Date.parse(at) ? new Date(latest + 1).toISOString() : at;
}

function accept(thread: Thread, accepted: { clientId: string; messageId: string | null }): Thread {
  const known = thread.outgoing.find((outgoing) => outgoing.clientId === accepted.clientId);
  const messageId = accepted.messageId ?? known?.messageId ?? null;
  return changeOutgoing(thread, accepted.clientId, { status: "accepted", reason: null, messageId });
}

/** A message the server already has did not fail, whatever became of the request that brought it. */
function fail(thread: Thread, failed: { clientId: string; reason: string | null }): Thread {
  const known = thread.outgoing.find((outgoing) => outgoing.clientId === failed.clientId);
  if (known === undefined || known.status === "accepted") return thread;
  return changeOutgoing(thread, failed.clientId, { status: "failed", reason: failed.reason });
}

function changeOutgoing(thread: Thread, clientId: string, change: Partial<Outgoing>): Thread {
  const outgoing = thread.outgoing.map((item) =>
    item.clientId === clientId ? { ...item, ...change } : item,
  );
  return { ...thread, outgoing };
}

function handOff(thread: Thread, eventId: string, speaker: Speaker): Thread {
  if (eventId !== "" && thread.handoffs.includes(eventId)) return thread;
  return { ...thread, speaker, handoffs: [...thread.handoffs, eventId] };
}
