import type { ChatEvent } from "../api/events";
import type { Message, Speaker } from "../api/types";
import type { Turn } from "./turn";

/** What the customer wrote here, from the key press until the server's copy takes its place. */
export interface Outgoing {
  readonly clientId: string;
  readonly text: string;
  readonly at: string;
  readonly status: "waiting" | "sending" | "accepted" | "failed";
  readonly reason: string | null;
  /** The server's id of the same message, once known. */
  readonly messageId: string | null;
}

export interface Thread {
  readonly messages: Readonly<Record<string, Message>>;
  readonly outgoing: readonly Outgoing[];
  readonly turns: readonly Turn[];
  readonly speaker: Speaker;
  readonly handoffs: readonly string[];
}

export type Action =
  | { readonly type: "event"; readonly event: ChatEvent }
  | {
      readonly type: "history";
      readonly messages: readonly Message[];
      readonly speaker: Speaker;
    }
  | {
      readonly type: "composed";
      readonly clientId: string;
      readonly text: string;
      readonly at: string;
    }
  | { readonly type: "sending"; readonly clientId: string }
  | { readonly type: "waiting"; readonly clientId: string }
  | { readonly type: "accepted"; readonly clientId: string; readonly messageId: string | null }
  | { readonly type: "failed"; readonly clientId: string; readonly reason: string | null }
  | { readonly type: "turn-lost"; readonly turnId: string };

export const EMPTY_THREAD: Thread = {
  messages: {},
  outgoing: [],
  turns: [],
  speaker: "assistant",
  handoffs: [],
};
