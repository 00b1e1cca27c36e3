import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

const NEAR_END_PX = 56;

export interface StickToEnd {
  readonly area: RefObject<HTMLElement | null>;
  readonly content: RefObject<HTMLDivElement | null>;
  /** Bubbles that came while the reader was further up. */
  readonly unseen: number;
  readonly toEnd: () => void;
}

/** Follows the end of the thread until the reader scrolls up; from then on it only counts. */
export function useStickToEnd(bubbles: number): StickToEnd {
  const area = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const counted = useRef(bubbles);
  const [unseen, setUnseen] = useState(0);

  const toEnd = useCallback(() => {
    following.current = true;
    setUnseen(0);
    jumpToEnd(area.current);
  }, []);

  useLayoutEffect(() => {
    if (following.current) jumpToEnd(area.current);
    else if (bubbles > counted.current) setUnseen((count) => count + bubbles - counted.current);
    counted.current = bubbles;
  }, [bubbles]);

  useEffect(() => {
    const element = area.current;
    if (element === null || content.current === null) return;
    const onScroll = () => {
      following.current = isNearEnd(element);
      if (following.current) setUnseen(0);
    };
    // Covers growing answers, the keyboard opening and the composer growing alike.
    const sizes = new ResizeObserver(() => {
      if (following.current) jumpToEnd(element);
    });
    sizes.observe(element);
    sizes.observe(content.current);
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      sizes.disconnect();
      element.removeEventListener("scroll", onScroll);
    };
  }, []);

  return { area, content, unseen, toEnd };
}

function jumpToEnd(element: HTMLElement | null): void {
  if (element !== null) element.scrollTop = element.scrollHeight;
}

function isNearEnd(element: HTMLElement): boolean {
  return element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END_PX;
}
