import type { ChatApi } from "../api/chatApi";
import { ProblemError } from "../api/problem";
import type { ChatSession, Shop } from "../api/types";
import type { VisitMemory } from "./memory";

export type ClosedReason =
  | "link_expired"
  | "link_unknown"
  | "link_revoked"
  | "rate_limited"
  | "session_ended"
  | "no_link"
  | "unreachable";

export interface Closed {
  readonly reason: ClosedReason;
  readonly shop: Shop | null;
  readonly retryAfterS: number | null;
}

export type GateState =
  | { readonly kind: "opening" }
  | { readonly kind: "open"; readonly session: ChatSession }
  | { readonly kind: "closed"; readonly closed: Closed };

const LINK_CODES: readonly string[] = ["link_expired", "link_unknown", "link_revoked"];

/** Turns the signed link (or the cookie it left) into a session. Lives outside React: a link is
 * presented once, however often components mount. */
export class SessionGate {
  readonly #api: ChatApi;
  readonly #window: Window;
  readonly #memory: VisitMemory;
  readonly #listeners = new Set<() => void>();
  #state: GateState = { kind: "opening" };

  constructor(deps: { api: ChatApi; window: Window; memory: VisitMemory }) {
    this.#api = deps.api;
    this.#window = deps.window;
    this.#memory = deps.memory;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  state = (): GateState => this.#state;

  /** Opens now, and again when another link is followed in this tab (only the hash changes then). */
  start(): void {
    this.#window.addEventListener("hashchange", () => {
      if (this.#token() !== null) void this.open();
    });
    void this.open();
  }

  open = async (): Promise<void> => {
    this.#set({ kind: "opening" });
    const token = this.#token();
    try {
      const session =
        token === null ? await this.#api.currentSession() : await this.#api.openSession(token);
      if (token !== null) this.#forgetToken();
      this.#memory.remember(session);
      this.#set({ kind: "open", session });
    } catch (error) {
      this.#set({ kind: "closed", closed: this.#explain(error, token !== null) });
    }
  };

  /** The server no longer knows the session of an open page. */
  lost = (problem: ProblemError): void => {
    this.#set({ kind: "closed", closed: this.#explain(problem, false) });
  };

  #explain(error: unknown, hadToken: boolean): Closed {
    if (!(error instanceof ProblemError)) return this.#closed("unreachable");
    const shop = error.shop ?? this.#memory.shop();
    const { retryAfterS } = error;
    if (LINK_CODES.includes(error.code)) {
      return { reason: error.code as ClosedReason, shop, retryAfterS };
    }
    if (error.status === 429) return { reason: "rate_limited", shop, retryAfterS };
    if (!error.endsSession) return { reason: "unreachable", shop, retryAfterS };
    if (hadToken) return { reason: "link_unknown", shop, retryAfterS };
    const visited = this.#memory.leadId() !== null;
    return { reason: visited ? "session_ended" : "no_link", shop, retryAfterS };
  }

  #closed(reason: ClosedReason): Closed {
    return { reason, shop: this.#memory.shop(), retryAfterS: null };
  }

  #token(): string | null {
    const token = this.#window.location.hash.slice(1);
    return token === "" ? null : token;
  }

  /** The token is a key: it must not stay in the address bar, the history or a screenshot. */
  #forgetToken(): void {
    const { pathname, search } = this.#window.location;
    this.#window.history.replaceState(null, "", pathname + search);
  }

  #set(state: GateState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
