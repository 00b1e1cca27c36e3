import type { ChatApi } from "../api/chatApi";
import { readEventStream } from "../api/eventStream";
import { type ChatEvent, decodeEvent, type RawEvent } from "../api/events";
import { ProblemError } from "../api/problem";
import { SilenceWatch } from "../api/silence";
import { Tail } from "../api/tail";
import { refusalText } from "../text/refusals";
import { newClientId } from "./clientId";
import { reduce } from "./reducer";
import { type Action, EMPTY_THREAD, type Thread } from "./state";

const TAIL_HEAD_START_MS = 700;
const TURN_SILENCE_MS = 30_000;
const MAX_PAGES = 20;

export interface Snapshot {
  readonly thread: Thread;
  readonly history: "loading" | "ready" | "failed";
  readonly connection: "connecting" | "live" | "lost";
}

/** Everything that talks to the server about one conversation; components only read snapshots. */
export class Conversation {
  readonly #api: ChatApi;
  readonly #leadId: string;
  readonly #tail: Tail;
  readonly #onSessionLost: (problem: ProblemError) => void;
  readonly #listeners = new Set<() => void>();
  readonly #turnHeardAt = new Map<string, number>();
  #snapshot: Snapshot = { thread: EMPTY_THREAD, history: "loading", connection: "connecting" };
  #stopped = new AbortController();
  #turnWatch: ReturnType<typeof setInterval> | undefined;
  #loads = 0;

  constructor(deps: {
    api: ChatApi;
    leadId: string;
    onSessionLost: (problem: ProblemError) => void;
  }) {
    this.#api = deps.api;
    this.#leadId = deps.leadId;
    this.#onSessionLost = deps.onSessionLost;
    this.#tail = new Tail((lastId, signal) => this.#api.tail(this.#leadId, lastId, signal), {
      onOpen: () => {
        this.#set({ connection: "live" });
        void this.loadHistory();
      },
      onEvent: (event) => this.#take(event),
      onLost: () => this.#set({ connection: "lost" }),
      onRefused: (problem) => this.#onSessionLost(problem),
    });
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = (): Snapshot => this.#snapshot;

  start(): void {
    const stopped = new AbortController();
    this.#stopped = stopped;
    this.#tail.start();
    // History read after the tail is open misses nothing; a slow tail must not delay the page.
    setTimeout(() => {
      if (!stopped.signal.aborted && this.#loads === 0) void this.loadHistory();
    }, TAIL_HEAD_START_MS);
    this.#turnWatch = setInterval(() => this.#dropSilentTurns(), 5_000);
  }

  stop(): void {
    this.#stopped.abort();
    this.#tail.stop();
    clearInterval(this.#turnWatch);
  }

  /** The device is online or the page is visible again. */
  wake(): void {
    this.#tail.wake();
    for (const waiting of this.#snapshot.thread.outgoing) {
      if (waiting.status === "waiting") this.retry(waiting.clientId);
    }
  }

  send = (text: string): void => {
    const message = text.trim();
    if (message === "") return;
    const clientId = newClientId();
    const at = new Date(Date.now() + this.#api.clockSkewMs).toISOString();
    this.#dispatch({ type: "composed", clientId, text: message, at });
    void this.#post(clientId, message);
  };

  retry = (clientId: string): void => {
    const found = this.#snapshot.thread.outgoing.find((item) => item.clientId === clientId);
    if (found === undefined || !["failed", "waiting"].includes(found.status)) return;
    this.#dispatch({ type: "sending", clientId });
    void this.#post(clientId, found.text);
  };

  async loadHistory(): Promise<void> {
    this.#loads += 1;
    if (this.#snapshot.history === "failed") this.#set({ history: "loading" });
    try {
      let after: string | null = null;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const { messages, speaker, nextCursor } = await this.#api.history(this.#leadId, after);
        this.#dispatch({ type: "history", messages, speaker });
        if (nextCursor === null) break;
        after = nextCursor;
      }
      this.#set({ history: "ready" });
    } catch (error) {
      if (error instanceof ProblemError && error.endsSession) this.#onSessionLost(error);
      else if (this.#snapshot.history === "loading") this.#set({ history: "failed" });
    }
  }

  async #post(clientId: string, message: string): Promise<void> {
    let lastId: string | null = null;
    let accepted = false;
    const stopped = this.#stopped.signal;
    const attempt = new AbortController();
    const watch = new SilenceWatch(attempt);
    stopped.addEventListener("abort", () => attempt.abort(), { once: true });
    try {
      const said = { message, clientMessageId: clientId, signal: attempt.signal };
      const response = await this.#api.say(this.#leadId, said);
      await readEventStream(response, {
        onActivity: watch.heard,
        onEvent: (raw) => {
          lastId = raw.id ?? lastId;
          accepted = this.#takeOwn(clientId, raw) || accepted;
        },
      });
      // An ending without a word: the server took it, or a proxy cut the line. Saying it again is safe.
      if (!accepted) this.#unsent(clientId, null);
    } catch (error) {
      if (stopped.aborted) return;
      if (!accepted) this.#unsent(clientId, error);
      if (lastId !== null) this.#tail.continueFrom(lastId);
      this.#tail.wake();
    } finally {
      watch.end();
    }
  }

  #takeOwn(clientId: string, raw: RawEvent): boolean {
    const event = decodeEvent(raw);
    if (event === null) return false;
    if (event.type === "turn") {
      this.#dispatch({ type: "accepted", clientId, messageId: event.messageId });
    }
    this.#take(event);
    return event.type === "turn";
  }

  #unsent(clientId: string, error: unknown): void {
    if (error instanceof ProblemError && error.status === 401) this.#onSessionLost(error);
    else if (!(error instanceof ProblemError) && !navigator.onLine) {
      this.#dispatch({ type: "waiting", clientId });
    } else this.#dispatch({ type: "failed", clientId, reason: refusalText(error) });
  }

  #take(event: ChatEvent): void {
    if ("turnId" in event) this.#turnHeardAt.set(event.turnId, Date.now());
    this.#dispatch({ type: "event", event });
  }

  /** A turn whose end was lost for good must not show typing dots for ever. */
  #dropSilentTurns(): void {
    const silent = this.#snapshot.thread.turns.filter(
      ({ id, done }) => !done && Date.now() - (this.#turnHeardAt.get(id) ?? 0) > TURN_SILENCE_MS,
    );
    if (silent.length === 0) return;
    for (const turn of silent) this.#dispatch({ type: "turn-lost", turnId: turn.id });
    void this.loadHistory();
  }

  #dispatch(action: Action): void {
    this.#set({ thread: reduce(this.#snapshot.thread, action) });
  }

  #set(change: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}
