import { describe, expect, it } from "vitest";
import { aMessage, received, seeded, shuffled, threadAfter } from "../testing/builders";
import { reduce } from "./reducer";
import { rowsOf } from "./rows";
import { EMPTY_THREAD, type Thread } from "./state";

const NOW = new Date("2026-11-20T16:00:00Z");
const QUESTION = aMessage({ id: "m1", author: "customer", text: "How much?" });
const ANSWER = aMessage({
  id: "m2",
  text: "It is $549.",
  at: "2026-11-20T15:00:05Z",
  metadata: { provider: "openai" },
});

const TURN = received("t1.0.0", "turn", { turn_id: "t1", message_id: "m1" });
const FIRST = received("t1.0.1", "delta", { turn_id: "t1", gen: 0, text: "Let me " });
const SECOND = received("t1.0.2", "delta", { turn_id: "t1", gen: 0, text: "see" });
const RESET = received("t1.1.0", "reset", { turn_id: "t1", gen: 1 });
const THIRD = received("t1.1.1", "delta", { turn_id: "t1", gen: 1, text: "It is" });
const HELD = received("t1.1.2", "held", { turn_id: "t1" });
const FOURTH = received("t1.1.3", "delta", { turn_id: "t1", gen: 1, text: " $549." });
const DONE = received("t1.1.4", "done", { turn_id: "t1", message: ANSWER });
const ASKED = received("t1.0.0", "message", QUESTION);

function shown(thread: Thread): readonly string[] {
  return rowsOf(thread, NOW).flatMap((row) => ("text" in row ? row.text : []));
}

function liveText(thread: Thread): string | undefined {
  return rowsOf(thread, NOW).find((row) => row.kind === "live")?.text;
}

describe("events converge", () => {
  const unfinished = [TURN, ASKED, FIRST, SECOND, RESET, THIRD, HELD, FOURTH];
  const failover = [...unfinished, DONE];
  const tables = [
    {
      name: "a turn that is still growing",
      events: unfinished,
      text: ["How much?", "It is $549."],
    },
    { name: "a turn that changed its model", events: failover, text: ["How much?", "It is $549."] },
    { name: "a first generation alone", events: [TURN, FIRST, SECOND], text: ["Let me see"] },
    {
      name: "a turn and a person's message",
      events: [
        ...failover,
        received(
          "",
          "message",
          aMessage({ id: "m3", author: "staff", text: "Hi!", at: NOW.toISOString() }),
        ),
        received("t1.1.5", "handoff", { speaker: "staff" }),
      ],
      text: ["How much?", "It is $549.", "Hi!"],
    },
  ];

  it.each(tables)("$name, in any order and duplicated", ({ events, text }) => {
    const inOrder = threadAfter(events);

    for (let seed = 1; seed <= 300; seed += 1) {
      const random = seeded(seed);
      const repeated = events.filter(() => random() < 0.5);
      const thread = threadAfter(shuffled([...events, ...repeated], random));

      expect(thread, `seed ${seed}`).toEqual(inOrder);
      expect(shown(thread), `seed ${seed}`).toEqual(text);
    }
  });

  it("interleaves two copies of one turn without doubling a word", () => {
    const fromPost = [TURN, FIRST, SECOND];

    const thread = threadAfter([...fromPost, ...fromPost.slice(1), TURN, FIRST]);

    expect(liveText(thread)).toBe("Let me see");
  });
});

describe("a turn", () => {
  it("drops its partial text at a reset and shows typing dots meanwhile", () => {
    const thread = threadAfter([TURN, FIRST, SECOND, RESET]);

    expect(rowsOf(thread, NOW).map((row) => row.kind)).toEqual(["typing"]);
  });

  it("goes on with the new generation after a reset numbered in the old one", () => {
    const lateReset = received("t1.0.3", "reset", { turn_id: "t1", gen: 1 });

    const thread = threadAfter([TURN, FIRST, SECOND, THIRD, lateReset]);

    expect(liveText(thread)).toBe("It is");
  });

  it("never shows words of an older generation again", () => {
    const thread = threadAfter([TURN, THIRD, FIRST, SECOND]);

    expect(liveText(thread)).toBe("It is");
  });

  it("shows exactly the stored text once done, whatever was streamed", () => {
    const different = { ...ANSWER, text: "It is $549.00, tax not included." };

    const thread = threadAfter([
      TURN,
      THIRD,
      received("t1.1.9", "done", { turn_id: "t1", message: different }),
    ]);

    expect(shown(threadAfter([FOURTH], thread))).toEqual(["It is $549.00, tax not included."]);
  });

  it("is held until something follows", () => {
    const held = threadAfter([TURN, THIRD, HELD]);

    const released = threadAfter([FOURTH], held);

    expect(rowsOf(held, NOW).at(-1)).toMatchObject({ kind: "live", held: true });
    expect(rowsOf(released, NOW).at(-1)).toMatchObject({ kind: "live", held: false });
  });

  it("that a later finished turn overtook says nothing more", () => {
    const next = received("t2.0.0", "turn", { turn_id: "t2", message_id: "m9" });
    const nextDone = received("t2.0.1", "done", { turn_id: "t2", message: ANSWER });

    const thread = threadAfter([TURN, FIRST, next, nextDone]);

    expect(shown(thread)).toEqual(["It is $549."]);
  });

  it("given up leaves no dots, and its late end still counts", () => {
    const lost = reduce(threadAfter([TURN, FIRST]), { type: "turn-lost", turnId: "t1" });

    expect(rowsOf(lost, NOW)).toEqual([]);
    expect(shown(threadAfter([DONE], lost))).toEqual(["It is $549."]);
  });
});

describe("what the customer writes", () => {
  const composed = reduce(EMPTY_THREAD, {
    type: "composed",
    clientId: "c1",
    text: "How much?",
    at: "2026-11-20T15:00:01Z",
  });
  const accepted = { type: "accepted", clientId: "c1", messageId: "m1" } as const;

  it("is shown at once, with dots for the answer", () => {
    expect(rowsOf(composed, NOW).map((row) => row.kind)).toEqual(["day", "bubble", "typing"]);
  });

  it.each([
    { name: "accepted, then its copy", first: accepted, second: ASKED },
    { name: "its copy, then accepted", first: ASKED, second: accepted },
  ])("is shown once and under one key: $name", ({ first, second }) => {
    const act = (thread: Thread, step: typeof first) =>
      step === accepted ? reduce(thread, accepted) : threadAfter([ASKED], thread);

    const thread = act(act(composed, first), second);

    const bubbles = rowsOf(thread, NOW).filter((row) => row.kind === "bubble");
    expect(bubbles).toMatchObject([{ key: "c1", text: "How much?", delivery: null }]);
  });

  it("is not mistaken for yesterday's message of the same words", () => {
    const old = { ...QUESTION, id: "m0", at: "2026-11-19T10:00:00Z" };

    const thread = reduce(composed, { type: "history", messages: [old], speaker: "assistant" });

    expect(shown(thread)).toEqual(["How much?", "How much?"]);
  });

  it("counts as sent when the server has it, though its request failed", () => {
    const failed = reduce(composed, { type: "failed", clientId: "c1", reason: null });

    const thread = threadAfter([ASKED], failed);

    expect(thread.outgoing).toMatchObject([{ status: "accepted", messageId: "m1" }]);
  });

  it("stays below what it answers when this device's clock is behind", () => {
    const thread = reduce(threadAfter([DONE]), {
      type: "composed",
      clientId: "c2",
      text: "Thanks",
      at: "2026-11-20T14:00:00Z",
    });

    expect(shown(thread)).toEqual(["It is $549.", "Thanks"]);
  });
});

describe("the speaker", () => {
  it("is not changed back by a repeated handoff", () => {
    const handoff = received("t1.0.5", "handoff", { speaker: "staff" });
    const released = received("t1.0.9", "handoff", { speaker: "assistant" });

    expect(threadAfter([handoff, released, handoff]).speaker).toBe("assistant");
  });

  it("being a person means no typing dots", () => {
    const thread = threadAfter([TURN, received("t1.0.5", "handoff", { speaker: "staff" })]);

    expect(rowsOf(thread, NOW)).toEqual([]);
  });
});
