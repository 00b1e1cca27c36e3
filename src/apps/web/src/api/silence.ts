const CHECK_EVERY_MS = 5_000;

/** Longest pause between two heartbeats that still counts as a living connection. */
export const SILENCE_LIMIT_MS = 60_000;

/**
 * Aborts a connection on which nothing was heard for too long: a phone that left its cell keeps a
 * dead request open for many minutes.
 */
export class SilenceWatch {
  readonly #timer: ReturnType<typeof setInterval>;
  #heardAt = Date.now();

  constructor(attempt: AbortController) {
    this.#timer = setInterval(() => {
      if (this.silentMs > SILENCE_LIMIT_MS) attempt.abort();
    }, CHECK_EVERY_MS);
  }

  get silentMs(): number {
    return Date.now() - this.#heardAt;
  }

  heard = (): void => {
    this.#heardAt = Date.now();
  };

  end(): void {
    clearInterval(this.#timer);
  }
}
