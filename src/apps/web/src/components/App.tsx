import { useEffect, useSyncExternalStore } from "react";
import type { ChatApi } from "../api/chatApi";
import type { SessionGate } from "../session/gate";
import { Chat } from "./Chat";
import { ClosedPage } from "./ClosedPage";
import { Opening } from "./Opening";

export function App({ api, gate }: { api: ChatApi; gate: SessionGate }) {
  const state = useSyncExternalStore(gate.subscribe, gate.state);
  const brand = state.kind === "open" ? state.session.shop.brand : "";
  useEffect(() => {
    document.title = brand === "" ? "Chat" : `${brand} · Chat`;
  }, [brand]);

  return <div className="shell">{content()}</div>;

  function content() {
    switch (state.kind) {
      case "opening":
        return <Opening />;
      case "open":
        return (
          <Chat
            key={state.session.leadId}
            api={api}
            session={state.session}
            onSessionLost={gate.lost}
          />
        );
      case "closed":
        return <ClosedPage closed={state.closed} onRetry={gate.open} />;
    }
  }
}
