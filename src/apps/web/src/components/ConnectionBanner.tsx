import { RefreshCw, WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import type { Snapshot } from "../thread/conversation";

const PATIENCE_MS = 2_000;

/** Short interruptions mend themselves unseen; only lasting ones are mentioned. */
export function ConnectionBanner(props: { online: boolean; connection: Snapshot["connection"] }) {
  const isLost = props.connection === "lost";
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLasting(isLost), isLost ? PATIENCE_MS : 0);
    return () => clearTimeout(timer);
  }, [isLost]);

  const Icon = props.online ? RefreshCw : WifiOff;
  const shown = !props.online || (isLost && lasting);
  return (
    <div role="status">
      {shown && (
        <p className="flex items-center justify-center gap-2 bg-notice px-4 py-2 font-medium text-[0.8125rem] text-notice-ink">
          <Icon className="size-4 shrink-0" aria-hidden="true" />
          {props.online
            ? "Reconnecting…"
            : "You’re offline. We’ll send your message when you’re back."}
        </p>
      )}
    </div>
  );
}
