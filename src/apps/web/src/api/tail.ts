import { readEventStream } from "./eventStream";
import { type ChatEvent, decodeEvent, type RawEvent } from "./events";
import { ProblemError } from "./problem";
import { SilenceWatch } from "./silence";

const SUSPECT_AFTER_MS = 25_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

export interface TailObserver {
  onOpen(): void;
  onEvent(event: ChatEvent): void;
  /** Broken; the tail is already trying again. */
  onLost(): void;
  /** Refused for good; the tail has stopped. */
  onRefused(problem: ProblemError): void;
}

type OpenTail = (lastEventId: string | null, signal: AbortSignal) => Promise<Response>;

/**
 * The conversation's long-lived stream. Not a native EventSource: that one hides the status of a
 * refusal, cannot notice a dead radio link, and cannot start from an id that another stream saw.
 */
export class Tail {
  readonly #open: OpenTail;
  readonly #observer: TailObserver;
  #stopped = new AbortController();
  #attempt: AbortController | null = null;
  #cursor: string | null = null;
  #failures = 0;
  #watch: SilenceWatch | null = null;
  #endPause: (() => void) | null = null;

  constructor(open: OpenTail, observer: TailObserver) {
    this.#open = open;
    this.#observer = observer;
  }

  start(): void {
    this.#stopped = new AbortController();
    void this.#run(this.#stopped.signal);
  }

  stop(): void {
    this.#stopped.abort();
    this.#attempt?.abort();
    this.#endPause?.();
  }

  /** Where a cut turn stream ended; only used while this tail has seen nothing itself. */
  continueFrom(eventId: string): void {
    this.#cursor ??= eventId;
  }

  /** The network or the page came back: do not wait out a pause, distrust a silent connection. */
  wake(): void {
    this.#failures = 0;
    if (this.#endPause !== null) this.#endPause();
    else if ((this.#watch?.silentMs ?? 0) > SUSPECT_AFTER_MS) this.#attempt?.abort();
  }

  async #run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const problem = await this.#follow(stopped);
      if (stopped.aborted) return;
      if (problem?.endsSession) return this.#observer.onRefused(problem);
      await this.#pause(this.#pauseMs(problem));
    }
  }

  /** One connection, from its opening to its end. */
  async #follow(stopped: AbortSignal): Promise<ProblemError | null> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    const watch = new SilenceWatch(attempt);
    this.#watch = watch;
    try {
      const response = await this.#open(this.#cursor, attempt.signal);
      this.#failures = 0;
      this.#observer.onOpen();
      await readEventStream(response, {
        onEvent: (event) => this.#take(event),
        onActivity: watch.heard,
      });
      return null;
    } catch (error) {
      this.#failures += 1;
      if (!stopped.aborted) this.#observer.onLost();
      return error instanceof ProblemError ? error : null;
    } finally {
      watch.end();
      if (this.#attempt === attempt) this.#attempt = null;
    }
  }

  #take(raw: RawEvent): void {
    if (raw.id) this.#cursor = raw.id;
    const event = decodeEvent(raw);
    if (event !== null) this.#observer.onEvent(event);
  }

  #pauseMs(problem: ProblemError | null): number {
    if (problem?.retryAfterS != null) return problem.retryAfterS * 1000;
    const growing = FIRST_PAUSE_MS * 2 ** Math.max(0, this.#failures - 1);
    return Math.min(growing, LONGEST_PAUSE_MS) * (0.75 + Math.random() / 2);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#endPause = null;
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#endPause = end;
    });
  }
}
