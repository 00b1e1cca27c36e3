import { Sparkles } from "lucide-react";
import { PlainText } from "./PlainText";

/**
 * The growing answer is hidden from screen readers: read out word by word it would be noise. The
 * finished message is a new entry of the log and is read as a whole.
 */
export function LiveBubble({ text, held }: { text: string; held: boolean }) {
  return (
    <div className="message mt-4" aria-hidden="true">
      <AssistantName />
      <div className="bubble bubble-other rounded-bl-md">
        <PlainText text={text} />
        {held ? <Dots inline /> : <span className="caret" />}
      </div>
    </div>
  );
}

export function TypingBubble() {
  return (
    <div className="message bubble-new mt-4">
      <AssistantName />
      <div className="bubble bubble-other rounded-bl-md py-3.5">
        <span className="sr-only">The AI assistant is typing</span>
        <Dots />
      </div>
    </div>
  );
}

function AssistantName() {
  return (
    <p className="author" aria-hidden="true">
      <Sparkles className="size-3" />
      AI assistant
    </p>
  );
}

function Dots({ inline = false }: { inline?: boolean }) {
  return (
    <span className={inline ? "dots ml-2" : "dots"} aria-hidden="true">
      <span />
      <span />
      <span />
    </span>
  );
}
