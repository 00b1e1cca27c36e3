import { type ChatEvent, decodeEvent } from "../api/events";
import type { ChatSession, Message } from "../api/types";
import { reduce } from "../thread/reducer";
import { EMPTY_THREAD, type Thread } from "../thread/state";

export function aMessage(given: Partial<Message> & { id: string }): Message {
  return {
    author: "assistant",
    channel: "web",
    text: "Hello",
    at: "2026-11-20T15:00:00Z",
    metadata: null,
    ...given,
  };
}

export function aSession(given: Partial<ChatSession> = {}): ChatSession {
  return {
    leadId: "lead_dana",
    shop: {
      brand: "Lone Star Tint",
      phone: "+15125550142",
      hoursText: "until 6:00 PM",
      openNow: true,
    },
    firstName: "Dana",
    vehicle: "2021 Tesla Model 3",
    disclosure: "You are chatting with Lone Star Tint's AI assistant.",
    expiresAt: "2026-11-30T00:00:00Z",
    ...given,
  };
}

/** An event as it comes over the wire. */
export function received(id: string, event: string, data: unknown): ChatEvent {
  const decoded = decodeEvent({ id, event, data: JSON.stringify(data) });
  if (decoded === null) throw new Error(`not an event of the contract: ${event}`);
  return decoded;
}

export function threadAfter(events: readonly ChatEvent[], thread: Thread = EMPTY_THREAD): Thread {
  return events.reduce((state, event) => reduce(state, { type: "event", event }), thread);
}

/** The same numbers for the same seed (mulberry32), so that a failing shuffle can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
