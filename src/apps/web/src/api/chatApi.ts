import { decodeContext, decodeHistory, decodeSession } from "./decode";
import { readProblem } from "./problem";
import type { ChatContext, ChatSession, HistoryPage } from "./types";

const PAGE_SIZE = 50;

/** The IANA zone this browser is set to. */
function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

type Fetch = typeof globalThis.fetch;

/** The chat app's HTTP interface. Every method rejects with `ProblemError` on a refusal. */
export class ChatApi {
  readonly #fetch: Fetch;
  #clockSkewMs = 0;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  /** Milliseconds to add to this device's clock to get (at most one second behind) the server's. */
  get clockSkewMs(): number {
    return this.#clockSkewMs;
  }

  async openSession(token: string): Promise<ChatSession> {
    return decodeSession(
      await this.#json("/api/chat/session", post({ token, zone: browserZone() })),
    );
  }

  async currentSession(): Promise<ChatSession> {
    return decodeSession(await this.#json("/api/chat/session"));
  }

  async history(leadId: string, after: string | null): Promise<HistoryPage> {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
    if (after !== null) query.set("after", after);
    return decodeHistory(await this.#json(`${chatPath(leadId, "history")}?${query}`));
  }

  async context(leadId: string): Promise<ChatContext> {
    return decodeContext(await this.#json(chatPath(leadId, "context")));
  }

  /** Says `message` and answers the event stream of its turn; the same id is never said twice. */
  async say(
    leadId: string,
    said: { message: string; clientMessageId: string; signal: AbortSignal },
  ): Promise<Response> {
    const body = { message: said.message, client_message_id: said.clientMessageId };
    const request = post(body, { Accept: "text/event-stream" });
    return this.#request(chatPath(leadId, "stream"), { ...request, signal: said.signal });
  }

  async tail(leadId: string, lastEventId: string | null, signal: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (lastEventId !== null) headers["Last-Event-ID"] = lastEventId;
    return this.#request(chatPath(leadId, "stream"), { headers, signal, cache: "no-store" });
  }

  async #json(path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await this.#request(path, init);
    return response.json();
  }

  async #request(path: string, init: RequestInit): Promise<Response> {
    const fetch = this.#fetch;
    const response = await fetch(path, { credentials: "same-origin", ...init });
    this.#learnClock(response);
    if (!response.ok) throw await readProblem(response);
    return response;
  }

  #learnClock(response: Response): void {
    const serverNow = Date.parse(response.headers.get("Date") ?? "");
    if (!Number.isNaN(serverNow)) this.#clockSkewMs = serverNow - Date.now();
  }
}

function chatPath(leadId: string, what: string): string {
  return `/api/chat/${encodeURIComponent(leadId)}/${what}`;
}

function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}
