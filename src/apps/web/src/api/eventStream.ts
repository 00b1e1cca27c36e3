import { createParser } from "eventsource-parser";
import type { RawEvent } from "./events";

export interface StreamObserver {
  onEvent(event: RawEvent): void;
  /** Bytes arrived, heartbeats included. */
  onActivity?(): void;
}

/** Reads server-sent events until the body ends; rejects when the connection breaks. */
export async function readEventStream(response: Response, observer: StreamObserver): Promise<void> {
  if (response.body === null) return;
  const parser = createParser({ onEvent: (event) => observer.onEvent(event) });
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      observer.onActivity?.();
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.releaseLock();
  }
}
