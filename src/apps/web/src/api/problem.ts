import { decodeShop } from "./decode";
import { asObject, asText, parseJson } from "./json";
import type { Shop } from "./types";

/** The chat app refused a request (RFC 9457 problem document). */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly retryAfterS: number | null;
  readonly shop: Shop | null;

  constructor(problem: {
    status: number;
    code: string;
    title: string;
    detail: string;
    retryAfterS: number | null;
    shop: Shop | null;
  }) {
    super(problem.title);
    this.name = "ProblemError";
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.retryAfterS = problem.retryAfterS;
    this.shop = problem.shop;
  }

  /** The session is gone or was never ours: asking again cannot help. */
  get endsSession(): boolean {
    return [401, 403, 404, 410].includes(this.status);
  }
}

export async function readProblem(response: Response): Promise<ProblemError> {
  const document = asObject(parseJson(await response.text().catch(() => "")));
  return new ProblemError({
    status: response.status,
    code: asText(document.code) || `http_${response.status}`,
    title: asText(document.title) || response.statusText,
    detail: asText(document.detail),
    retryAfterS: retryAfter(response.headers.get("Retry-After")),
    shop: document.shop === undefined ? null : decodeShop(document.shop),
  });
}

function retryAfter(header: string | null): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds));
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - Date.now()) / 1000));
}
