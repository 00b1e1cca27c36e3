import { ArrowDown, MessageCircle } from "lucide-react";
import { useLayoutEffect, useRef } from "react";
import type { ChatSession } from "../api/types";
import type { Snapshot } from "../thread/conversation";
import type { Row } from "../thread/rows";
import { LiveBubble, TypingBubble } from "./LiveBubble";
import { MessageBubble } from "./MessageBubble";
import { ThreadOutline } from "./Opening";
import { useStickToEnd } from "./useStickToEnd";

interface Props {
  readonly rows: readonly Row[];
  readonly history: Snapshot["history"];
  readonly session: ChatSession;
  readonly sentCount: number;
  readonly onRetry: (clientId: string) => void;
  readonly onReload: () => void;
}

export function ThreadView(props: Props) {
  const { rows, session, sentCount } = props;
  const bubbles = rows.filter((row) => row.kind === "bubble" || row.kind === "live").length;
  const scroll = useStickToEnd(bubbles);
  const { toEnd } = scroll;
  const sent = useRef(sentCount);
  useLayoutEffect(() => {
    // One's own message is always shown, wherever one was reading.
    if (sentCount > sent.current) toEnd();
    sent.current = sentCount;
  }, [sentCount, toEnd]);

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scroll area needs the keyboard */}
      <section ref={scroll.area} className="thread" aria-label="Conversation" tabIndex={0}>
        <div ref={scroll.content} className="thread-content">
          <Welcome session={session} isEmpty={props.history === "ready" && rows.length === 0} />
          {props.history === "loading" && <ThreadOutline />}
          {props.history === "failed" && <HistoryFailed onReload={props.onReload} />}
          <div role="log" aria-live="polite" aria-relevant="additions" aria-label="Messages">
            {rows.map((row) => (
              <RowView key={row.key} row={row} brand={session.shop.brand} onRetry={props.onRetry} />
            ))}
          </div>
        </div>
      </section>
      {scroll.unseen > 0 && <NewMessages onClick={toEnd} />}
    </div>
  );
}

function RowView(props: { row: Row; brand: string; onRetry: (clientId: string) => void }) {
  const { row, brand, onRetry } = props;
  switch (row.kind) {
    case "day":
      return <p className="day">{row.label}</p>;
    case "bubble":
      return <MessageBubble bubble={row} brand={brand} onRetry={onRetry} />;
    case "live":
      return <LiveBubble text={row.text} held={row.held} />;
    case "typing":
      return <TypingBubble />;
  }
}

/** Says who answers here; a still empty thread is also greeted. */
function Welcome({ session, isEmpty }: { session: ChatSession; isEmpty: boolean }) {
  const { firstName, vehicle } = session;
  return (
    <aside className={isEmpty ? "welcome my-auto" : "welcome"}>
      {isEmpty && (
        <>
          <div className="welcome-icon">
            <MessageCircle className="size-7" strokeWidth={1.75} aria-hidden="true" />
          </div>
          <h2 className="mb-3 text-balance font-semibold text-2xl text-ink leading-8 tracking-tight">
            {firstName === null ? "Hi there!" : `Hi ${firstName}!`} How can we help
            {vehicle === null ? "?" : ` with your ${vehicle}?`}
          </h2>
        </>
      )}
      <p className="text-pretty">{session.disclosure}</p>
    </aside>
  );
}

function HistoryFailed({ onReload }: { onReload: () => void }) {
  return (
    <div role="alert" className="my-6 text-center text-muted text-sm">
      <p>Earlier messages could not be loaded.</p>
      <button type="button" className="button button-quiet mx-auto mt-3 w-auto" onClick={onReload}>
        Try again
      </button>
    </div>
  );
}

function NewMessages({ onClick }: { onClick: () => void }) {
  return (
    <button type="button" className="new-messages" onClick={onClick}>
      <ArrowDown className="size-4" aria-hidden="true" />
      New messages
    </button>
  );
}
