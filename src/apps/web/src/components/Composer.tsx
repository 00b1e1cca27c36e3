import { ArrowUp } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";

export const MAX_MESSAGE_LENGTH = 2000;
const NEARLY_FULL = MAX_MESSAGE_LENGTH - 200;

export function Composer(props: { placeholder: string; onSend: (text: string) => void }) {
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  useGrowingHeight(field, text);
  const isEmpty = text.trim() === "";

  function send(): void {
    if (isEmpty) return;
    props.onSend(text);
    setText("");
    field.current?.focus();
  }

  return (
    <form className="composer" onSubmit={(event) => submit(event, send)}>
      <label htmlFor="message" className="sr-only">
        Your message
      </label>
      <textarea
        id="message"
        ref={field}
        rows={1}
        value={text}
        maxLength={MAX_MESSAGE_LENGTH}
        placeholder={props.placeholder}
        enterKeyHint={isTouch() ? "enter" : "send"}
        autoComplete="off"
        aria-describedby={text.length > NEARLY_FULL ? "message-room" : undefined}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => sendOnEnter(event, send)}
      />
      {text.length > NEARLY_FULL && (
        <span id="message-room" className="pb-3 text-muted text-xs tabular-nums">
          {MAX_MESSAGE_LENGTH - text.length}
          <span className="sr-only"> characters left</span>
        </span>
      )}
      {/* Keeping the focus in the field keeps the on-screen keyboard open. */}
      <button
        type="submit"
        className="send"
        disabled={isEmpty}
        aria-label="Send message"
        onMouseDown={(event) => event.preventDefault()}
      >
        <ArrowUp className="size-5" strokeWidth={2.5} aria-hidden="true" />
      </button>
    </form>
  );
}

function submit(event: FormEvent, send: () => void): void {
  event.preventDefault();
  send();
}

function sendOnEnter(event: KeyboardEvent, send: () => void): void {
  // While an input method composes, Enter chooses a word.
  if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing || isTouch()) return;
  event.preventDefault();
  send();
}

function isTouch(): boolean {
  return window.matchMedia("(pointer: coarse)").matches;
}

/** The style sheet's `field-sizing` does this where it is known; its max-height limits both. */
function useGrowingHeight(field: { current: HTMLTextAreaElement | null }, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows from the text
  useLayoutEffect(() => {
    const element = field.current;
    if (element === null || CSS.supports("field-sizing", "content")) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}
