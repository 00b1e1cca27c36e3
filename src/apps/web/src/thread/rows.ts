import type { Author, Channel } from "../api/types";
import { dayKey, dayLabel } from "../text/days";
import type { Outgoing, Thread } from "./state";
import { isHeld, type Turn, textOf } from "./turn";

const GROUP_GAP_MS = 5 * 60_000;

export interface Bubble {
  readonly kind: "bubble";
  readonly key: string;
  readonly author: Author;
  readonly channel: Channel;
  readonly text: string;
  readonly at: string;
  readonly delivery: Delivery | null;
  /** First and last of a run by one author: only these carry a name and a time. */
  readonly opensGroup: boolean;
  readonly closesGroup: boolean;
}

export interface Delivery {
  readonly clientId: string;
  readonly status: Outgoing["status"];
  readonly reason: string | null;
}

export type Row =
  | Bubble
  | { readonly kind: "day"; readonly key: string; readonly label: string }
  | { readonly kind: "live"; readonly key: string; readonly text: string; readonly held: boolean }
  | { readonly kind: "typing"; readonly key: string };

type Item = Omit<Bubble, "opensGroup" | "closesGroup">;

/** What the thread shows, top to bottom. */
export function rowsOf(thread: Thread, now: Date): readonly Row[] {
  const items = itemsOf(thread);
  const rows: Row[] = [];
  items.forEach((item, index) => {
    const before = items[index - 1];
    const opensDay = before === undefined || dayKey(before.at) !== dayKey(item.at);
    if (opensDay) {
      rows.push({ kind: "day", key: `day:${dayKey(item.at)}`, label: dayLabel(item.at, now) });
    }
    rows.push({
      ...item,
      opensGroup: !continues(before, item),
      closesGroup: !continues(item, items[index + 1]),
    });
  });
  return [...rows, ...liveRows(thread)];
}

export function hasCustomerSpoken(thread: Thread): boolean {
  const spoken = Object.values(thread.messages).some((message) => message.author === "customer");
  return spoken || thread.outgoing.length > 0;
}

function itemsOf(thread: Thread): readonly Item[] {
  const written = new Map(thread.outgoing.map((outgoing) => [outgoing.messageId, outgoing]));
  const stored = Object.values(thread.messages).map((message): Item => {
    const { author, channel, text, at } = message;
    const key = written.get(message.id)?.clientId ?? message.id;
    return { kind: "bubble", key, author, channel, text, at, delivery: null };
  });
  const pending = thread.outgoing
    .filter((outgoing) => !isStored(thread, outgoing))
    .map((outgoing): Item => {
      const { clientId, text, at, status, reason } = outgoing;
      const delivery = { clientId, status, reason };
      return {
        kind: "bubble",
        key: clientId,
        author: "customer",
        channel: "web",
        text,
        at,
        delivery,
      };
    });
  return [...stored, ...pending].sort(
    (a, b) => Date.parse(a.at) - Date.parse(b.at) || (a.key < b.key ? -1 : 1),
  );
}

function isStored(thread: Thread, outgoing: Outgoing): boolean {
  return outgoing.messageId !== null && thread.messages[outgoing.messageId]?.author === "customer";
}

function continues(first: Item | undefined, second: Item | undefined): boolean {
  return (
    first !== undefined &&
    second !== undefined &&
    first.author === second.author &&
    first.channel === second.channel &&
    dayKey(first.at) === dayKey(second.at) &&
    Date.parse(second.at) - Date.parse(first.at) < GROUP_GAP_MS
  );
}

function liveRows(thread: Thread): readonly Row[] {
  const live = liveTurns(thread);
  const speaking = live.filter((turn) => textOf(turn) !== "");
  const rows: Row[] = speaking.map((turn) => ({
    kind: "live",
    key: `turn:${turn.id}`,
    text: textOf(turn),
    held: isHeld(turn),
  }));
  if (rows.length === 0 && isAnswerExpected(thread, live))
    rows.push({ kind: "typing", key: "typing" });
  return rows;
}

/** Turns overtaken by a finished later one were given up by the server and say nothing more. */
function liveTurns(thread: Thread): readonly Turn[] {
  const lastDone = thread.turns.findLastIndex((turn) => turn.done);
  return thread.turns.filter((turn, index) => !turn.done && index > lastDone);
}

function isAnswerExpected(thread: Thread, live: readonly Turn[]): boolean {
  if (thread.speaker !== "assistant") return false;
  return live.length > 0 || thread.outgoing.some((outgoing) => outgoing.status === "sending");
}
