import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

// jsdom lays nothing out; these browser features exist everywhere the page runs.
class StillObserver implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

globalThis.ResizeObserver ??= StillObserver;
globalThis.CSS ??= { supports: () => true } as unknown as typeof CSS;
window.matchMedia ??= (query) =>
  Object.assign(new EventTarget(), {
    matches: false,
    media: query,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
  });

afterEach(() => {
  cleanup();
  window.sessionStorage.clear();
  window.history.replaceState(null, "", "/c/");
});
