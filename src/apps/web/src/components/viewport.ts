/**
 * Keeps `--viewport-height` and `--viewport-top` at what the on-screen keyboard leaves free: iOS
 * shrinks only the visual viewport, so `dvh` alone would leave the composer under the keyboard.
 */
export function followViewport(window: Window): void {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const { style } = window.document.documentElement;
  const apply = () => {
    // A pinch-zoomed page has a small visual viewport too; it must not be squeezed into it.
    if (viewport.scale > 1.01) return;
    style.setProperty("--viewport-height", `${viewport.height}px`);
    style.setProperty("--viewport-top", `${viewport.offsetTop}px`);
  };
  viewport.addEventListener("resize", apply);
  viewport.addEventListener("scroll", apply);
  apply();
}
