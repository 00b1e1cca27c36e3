import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { ChatApi } from "../api/chatApi";
import type { ProblemError } from "../api/problem";
import type { ChatContext, ChatSession } from "../api/types";
import { suggestionsFor } from "../text/suggestions";
import { hasCustomerSpoken, rowsOf } from "../thread/rows";
import { Composer } from "./Composer";
import { ConnectionBanner } from "./ConnectionBanner";
import { Header } from "./Header";
import { Suggestions } from "./Suggestions";
import { ThreadView } from "./ThreadView";
import { useConversation } from "./useConversation";
import { useOnline } from "./useOnline";

const NO_CONTEXT: ChatContext = { vehicle: null, services: [] };

export function Chat(props: {
  api: ChatApi;
  session: ChatSession;
  onSessionLost: (problem: ProblemError) => void;
}) {
  const { api, session, onSessionLost } = props;
  const conversation = useConversation(api, session.leadId, onSessionLost);
  const { thread, history, connection } = useSyncExternalStore(
    conversation.subscribe,
    conversation.snapshot,
  );
  const context = useContextOf(api, session.leadId);
  const online = useOnline();
  const rows = useMemo(() => rowsOf(thread, new Date()), [thread]);
  const offered = history === "ready" && thread.speaker === "assistant";
  const facts = { spoken: hasCustomerSpoken(thread), services: context.services };

  return (
    <main className="card">
      <Header
        shop={session.shop}
        vehicle={session.vehicle ?? context.vehicle}
        services={context.services}
        speaker={thread.speaker}
      />
      <ConnectionBanner online={online} connection={connection} />
      <ThreadView
        rows={rows}
        history={history}
        session={session}
        onRetry={conversation.retry}
        onReload={() => void conversation.loadHistory()}
        sentCount={thread.outgoing.length}
      />
      <footer className="composer-area">
        <Suggestions
          texts={offered ? suggestionsFor(rows, facts) : []}
          onPick={conversation.send}
        />
        <Composer
          placeholder={thread.speaker === "staff" ? "Message the team" : "Ask us anything"}
          onSend={conversation.send}
        />
      </footer>
    </main>
  );
}

/** The context only enriches the page; without it the page is complete. */
function useContextOf(api: ChatApi, leadId: string): ChatContext {
  const [context, setContext] = useState(NO_CONTEXT);
  useEffect(() => {
    let wanted = true;
    api.context(leadId).then(
      (loaded) => wanted && setContext(loaded),
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [api, leadId]);
  return context;
}
