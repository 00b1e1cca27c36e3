import {
  Clock,
  Hourglass,
  Link2Off,
  type LucideIcon,
  MessageSquareText,
  Phone,
  WifiOff,
} from "lucide-react";
import { useEffect, useState } from "react";
import type { Shop } from "../api/types";
import type { Closed, ClosedReason } from "../session/gate";
import { formatPhone } from "../text/phone";

interface Page {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly text: string;
  readonly retry: boolean;
}

const PAGES: Readonly<Record<ClosedReason, Page>> = {
  link_expired: {
    icon: Clock,
    title: "This link has expired",
    text: "Chat links only work for a while. Reply to our text message or give us a call, and we’ll go on from there.",
    retry: false,
  },
  link_revoked: {
    icon: Link2Off,
    title: "This link no longer works",
    text: "A newer link may be waiting in your messages. You can also simply reply to our text.",
    retry: false,
  },
  link_unknown: {
    icon: Link2Off,
    title: "We don’t recognize this link",
    text: "Part of it may be missing. Tap the link in our text message again, or simply reply to it.",
    retry: false,
  },
  no_link: {
    icon: MessageSquareText,
    title: "Open the link we texted you",
    text: "Your chat opens from the link in our text message. It keeps your conversation private.",
    retry: false,
  },
  session_ended: {
    icon: Clock,
    title: "This chat was closed",
    text: "To keep it private we close a chat after a while. Tap the link in our text message to continue.",
    retry: false,
  },
  rate_limited: {
    icon: Hourglass,
    title: "One moment, please",
    text: "That was a lot of visits at once. Your chat is safe and will be here in a moment.",
    retry: true,
  },
  unreachable: {
    icon: WifiOff,
    title: "We can’t reach the chat",
    text: "Please check your connection and try again. Your conversation is safe.",
    retry: true,
  },
};

export function ClosedPage({ closed, onRetry }: { closed: Closed; onRetry: () => void }) {
  const page = PAGES[closed.reason];
  const Icon = page.icon;
  return (
    <main className="card items-center justify-center px-8 pb-12 text-center">
      <div className="grid size-20 place-items-center rounded-[1.75rem] bg-accent-soft text-accent-ink">
        <Icon className="size-9" strokeWidth={1.6} aria-hidden="true" />
      </div>
      {closed.shop !== null && (
        <p className="mt-7 font-medium text-muted text-sm">{closed.shop.brand}</p>
      )}
      <h1 className="mt-2 text-balance font-semibold text-2xl text-ink tracking-tight">
        {page.title}
      </h1>
      <p className="mt-3 max-w-xs text-pretty text-[0.9375rem] text-muted leading-relaxed">
        {page.text}
      </p>
      <div className="mt-8 grid w-full max-w-xs gap-3">
        {page.retry && (
          <RetryButton key={closed.retryAfterS} waitS={closed.retryAfterS ?? 0} onRetry={onRetry} />
        )}
        {closed.shop !== null && <CallButton shop={closed.shop} primary={!page.retry} />}
      </div>
    </main>
  );
}

function RetryButton({ waitS, onRetry }: { waitS: number; onRetry: () => void }) {
  const [leftS, setLeftS] = useState(waitS);
  const waiting = leftS > 0;
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => setLeftS((seconds) => seconds - 1), 1000);
    return () => clearInterval(timer);
  }, [waiting]);
  return (
    <button type="button" className="button button-primary" disabled={waiting} onClick={onRetry}>
      {waiting ? `Try again in ${leftS} s` : "Try again"}
    </button>
  );
}

function CallButton({ shop, primary }: { shop: Shop; primary: boolean }) {
  if (shop.phone === null) return null;
  return (
    <a
      href={`tel:${shop.phone}`}
      className={`button ${primary ? "button-primary" : "button-quiet"}`}
    >
      <Phone className="size-4" aria-hidden="true" />
      Call {formatPhone(shop.phone)}
    </a>
  );
}
