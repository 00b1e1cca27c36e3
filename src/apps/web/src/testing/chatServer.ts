import type { Message } from "../api/types";

const ENCODER = new TextEncoder();

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
}

type Answer = (request: Request) => Response | Promise<Response>;

/** A chat app in memory that speaks the HTTP contract; hand its `fetch` to `ChatApi`. */
export class ChatServer {
  readonly requests: Request[] = [];
  readonly #answers = new Map<string, Answer>();

  on(route: string, answer: Answer): this {
    this.#answers.set(route, answer);
    return this;
  }

  requestsTo(route: string): readonly Request[] {
    return this.requests.filter(({ method, path }) => `${method} ${path}` === route);
  }

  fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(String(input), "https://chat.example.com");
    const body = typeof init.body === "string" ? JSON.parse(init.body) : null;
    const method = init.method ?? "GET";
    const request = { method, path: url.pathname, headers: new Headers(init.headers), body };
    this.requests.push(request);
    const answer = this.#answers.get(`${method} ${url.pathname}`);
    return answer === undefined ? problem(404, "not_found") : answer(request);
  };
}

export function json(body: unknown): Response {
  return Response.json(body);
}

export function history(messages: readonly Message[], speaker = "assistant"): Response {
  return json({ success: true, data: { messages, speaker, next_cursor: null } });
}

export function problem(
  status: number,
  code: string,
  extra: { headers?: Record<string, string>; shop?: unknown } = {},
): Response {
  const body = { type: "about:blank", title: code, status, detail: "", code, shop: extra.shop };
  return Response.json(body, {
    status,
    headers: { "Content-Type": "application/problem+json", ...extra.headers },
  });
}

/** An event stream that a test feeds by hand. */
export class Wire {
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  readonly response: Response;

  constructor() {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
    });
    this.response = new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  }

  send(id: string, event: string, data: unknown): void {
    const frame = `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    this.#controller?.enqueue(ENCODER.encode(frame));
  }

  end(): void {
    this.#controller?.close();
  }

  cut(): void {
    this.#controller?.error(new TypeError("network error"));
  }
}
