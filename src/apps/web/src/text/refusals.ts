import { ProblemError } from "../api/problem";

/** Why a message was not taken, in the customer's words; null when it simply got lost. */
export function refusalText(error: unknown): string | null {
  if (!(error instanceof ProblemError)) return null;
  if (error.status === 429) return waitText(error.retryAfterS);
  if (error.status === 413) return "That message is too long.";
  if (error.status >= 500) return "Our side is having trouble.";
  return error.detail || null;
}

export function waitText(seconds: number | null): string {
  if (seconds === null || seconds <= 0) return "A lot at once. Please wait a moment.";
  if (seconds < 90) return `A lot at once. Please wait ${seconds} seconds.`;
  return `A lot at once. Please wait ${Math.ceil(seconds / 60)} minutes.`;
}
