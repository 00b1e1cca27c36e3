import clsx from "clsx";
import { CircleAlert, Mail, MessageSquareText, RotateCw, Sparkles } from "lucide-react";
import { memo } from "react";
import type { Author, Channel } from "../api/types";
import { timeLabel } from "../text/days";
import type { Bubble } from "../thread/rows";
import { PlainText } from "./PlainText";

interface Props {
  readonly bubble: Bubble;
  readonly brand: string;
  readonly onRetry: (clientId: string) => void;
}

export const MessageBubble = memo(function MessageBubble({ bubble, brand, onRetry }: Props) {
  const own = bubble.author === "customer";
  const { delivery } = bubble;
  return (
    <article className={clsx("message", own && "message-own", bubble.opensGroup && "mt-4")}>
      {own ? (
        <span className="sr-only">You: </span>
      ) : (
        <AuthorLine author={bubble.author} brand={brand} hidden={!bubble.opensGroup} />
      )}
      <div
        className={clsx(
          "bubble",
          own ? "bubble-own" : "bubble-other",
          bubble.closesGroup && (own ? "rounded-br-md" : "rounded-bl-md"),
          delivery !== null && "bubble-new",
          (delivery?.status === "sending" || delivery?.status === "waiting") && "opacity-85",
        )}
      >
        <PlainText text={bubble.text} />
      </div>
      {delivery?.status === "failed" ? (
        <NotSent reason={delivery.reason} onRetry={() => onRetry(delivery.clientId)} />
      ) : (
        bubble.closesGroup && <Footnote bubble={bubble} />
      )}
    </article>
  );
}, isSameBubble);

function isSameBubble(before: Props, after: Props): boolean {
  const a = before.bubble;
  const b = after.bubble;
  return (
    before.brand === after.brand &&
    a.text === b.text &&
    a.at === b.at &&
    a.opensGroup === b.opensGroup &&
    a.closesGroup === b.closesGroup &&
    a.delivery?.status === b.delivery?.status &&
    a.delivery?.reason === b.delivery?.reason
  );
}

function AuthorLine(props: { author: Author; brand: string; hidden: boolean }) {
  return (
    <p className={props.hidden ? "sr-only" : "author"}>
      {props.author === "assistant" && <Sparkles className="size-3" aria-hidden="true" />}
      {authorName(props.author, props.brand)}
      <span className="sr-only">: </span>
    </p>
  );
}

function authorName(author: Author, brand: string): string {
  if (author === "assistant") return "AI assistant";
  return author === "staff" ? `${brand} team` : brand;
}

function Footnote({ bubble }: { bubble: Bubble }) {
  const { status } = bubble.delivery ?? {};
  return (
    <p className="footnote">
      <ChannelHint channel={bubble.channel} />
      {status === "sending" && "Sending…"}
      {status === "waiting" && "Will be sent when you’re online"}
      {status !== "sending" && status !== "waiting" && (
        <time dateTime={bubble.at}>{timeLabel(bubble.at)}</time>
      )}
    </p>
  );
}

function ChannelHint({ channel }: { channel: Channel }) {
  if (channel === "web") return null;
  const Icon = channel === "sms" ? MessageSquareText : Mail;
  return (
    <>
      <Icon className="size-3" aria-hidden="true" />
      {channel === "sms" ? "via text message" : "via email"}
      <span aria-hidden="true">·</span>
    </>
  );
}

function NotSent({ reason, onRetry }: { reason: string | null; onRetry: () => void }) {
  return (
    <div className="footnote not-sent" role="alert">
      <p>
        <CircleAlert className="mr-1 inline size-3.5 align-[-0.15em]" aria-hidden="true" />
        Not sent. {reason}
      </p>
      <button type="button" className="retry" onClick={onRetry}>
        <RotateCw className="size-3" aria-hidden="true" />
        Try again
      </button>
    </div>
  );
}
