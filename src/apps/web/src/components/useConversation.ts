import { useEffect, useState } from "react";
import type { ChatApi } from "../api/chatApi";
import type { ProblemError } from "../api/problem";
import { Conversation } from "../thread/conversation";

export function useConversation(
  api: ChatApi,
  leadId: string,
  onSessionLost: (problem: ProblemError) => void,
): Conversation {
  const [conversation] = useState(() => new Conversation({ api, leadId, onSessionLost }));
  useEffect(() => {
    const wake = () => {
      if (document.visibilityState === "visible") conversation.wake();
    };
    conversation.start();
    window.addEventListener("online", wake);
    window.addEventListener("pageshow", wake);
    document.addEventListener("visibilitychange", wake);
    return () => {
      window.removeEventListener("online", wake);
      window.removeEventListener("pageshow", wake);
      document.removeEventListener("visibilitychange", wake);
      conversation.stop();
    };
  }, [conversation]);
  return conversation;
}
