import { describe, expect, it } from "vitest";
import { aMessage } from "../testing/builders";
import { reduce } from "./reducer";
import { rowsOf } from "./rows";
import { EMPTY_THREAD } from "./state";

function local(day: number, hour: number, minute: number): string {
  return new Date(2026, 10, day, hour, minute).toISOString();
}

const NOW = new Date(2026, 10, 20, 18, 0);

describe("rows", () => {
  it("divide the thread by the reader's days, oldest first", () => {
    const messages = [
      aMessage({ id: "c", at: local(20, 9, 0) }),
      aMessage({ id: "a", at: local(16, 9, 0) }),
      aMessage({ id: "b", at: local(19, 9, 0) }),
    ];

    const thread = reduce(EMPTY_THREAD, { type: "history", messages, speaker: "assistant" });

    const labels = rowsOf(thread, NOW).map((row) => ("label" in row ? row.label : row.key));
    expect(labels).toEqual(["Monday, November 16", "a", "Yesterday", "b", "Today", "c"]);
  });

  it("group what one author says in one channel within five minutes", () => {
    const messages = [
      aMessage({ id: "a", at: local(20, 9, 0) }),
      aMessage({ id: "b", at: local(20, 9, 2) }),
      aMessage({ id: "c", at: local(20, 9, 3), channel: "sms" }),
      aMessage({ id: "d", at: local(20, 9, 30), channel: "sms" }),
    ];

    const thread = reduce(EMPTY_THREAD, { type: "history", messages, speaker: "assistant" });

    const groups = rowsOf(thread, NOW).flatMap((row) =>
      row.kind === "bubble" ? [[row.opensGroup, row.closesGroup]] : [],
    );
    expect(groups).toEqual([
      [true, false],
      [false, true],
      [true, true],
      [true, true],
    ]);
  });
});
