import { describe, expect, it } from "vitest";
import { ChatApi } from "../api/chatApi";
import { ChatServer, json, problem } from "../testing/chatServer";
import { type GateState, SessionGate } from "./gate";
import { VisitMemory } from "./memory";

const DOCUMENT = {
  lead_id: "lead_dana",
  shop: { brand: "Lone Star Tint", phone: "+15125550142", hours_text: "until 6", open_now: true },
  customer: { first_name: null },
  vehicle: null,
  disclosure: "You are chatting with an AI assistant.",
  expires_at: "2026-11-30T00:00:00Z",
};

async function opened(server: ChatServer, hash: string): Promise<GateState> {
  window.history.replaceState(null, "", `/c/${hash}`);
  const memory = new VisitMemory(window.sessionStorage);
  const gate = new SessionGate({ api: new ChatApi(server.fetch), window, memory });
  await gate.open();
  return gate.state();
}

describe("the gate", () => {
  it("trades the link's token for a session and removes it from the address", async () => {
    const server = new ChatServer().on("POST /api/chat/session", () => json(DOCUMENT));

    const state = await opened(server, "#signed.token");

    expect(state).toMatchObject({ kind: "open", session: { leadId: "lead_dana" } });
    expect(server.requests[0]?.body).toEqual({
      token: "signed.token",
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    });
    expect(window.location.href).not.toContain("token");
  });

  it("finds the session again after a reload", async () => {
    const server = new ChatServer()
      .on("POST /api/chat/session", () => json(DOCUMENT))
      .on("GET /api/chat/session", () => json(DOCUMENT));
    await opened(server, "#signed.token");

    const state = await opened(server, "");

    expect(state.kind).toBe("open");
    expect(server.requestsTo("POST /api/chat/session")).toHaveLength(1);
  });

  it.each([
    { status: 410, code: "link_expired", reason: "link_expired" },
    { status: 404, code: "link_unknown", reason: "link_unknown" },
    { status: 403, code: "link_revoked", reason: "link_revoked" },
    { status: 401, code: "something_new", reason: "link_unknown" },
    { status: 429, code: "rate_limited", reason: "rate_limited" },
    { status: 503, code: "unavailable", reason: "unreachable" },
  ])("explains $status $code as $reason", async ({ status, code, reason }) => {
    const server = new ChatServer().on("POST /api/chat/session", () =>
      problem(status, code, { headers: { "Retry-After": "20" }, shop: DOCUMENT.shop }),
    );

    const state = await opened(server, "#signed.token");

    const shop = { phone: "+15125550142" };
    expect(state).toMatchObject({ kind: "closed", closed: { reason, retryAfterS: 20, shop } });
    expect(window.location.hash).toBe("#signed.token");
  });

  it("tells a first visit without a link from a session that ended", async () => {
    const server = new ChatServer()
      .on("POST /api/chat/session", () => json(DOCUMENT))
      .on("GET /api/chat/session", () => problem(401, "session_required"));

    const stranger = await opened(server, "");
    await opened(server, "#signed.token");
    const returning = await opened(server, "");

    expect(stranger).toMatchObject({ closed: { reason: "no_link", shop: null } });
    expect(returning).toMatchObject({
      closed: { reason: "session_ended", shop: { brand: "Lone Star Tint" } },
    });
  });

  it("says so when the chat cannot be reached", async () => {
    const server = new ChatServer().on("POST /api/chat/session", () => {
      throw new TypeError("network error");
    });

    const state = await opened(server, "#signed.token");

    expect(state).toMatchObject({ closed: { reason: "unreachable" } });
  });
});
