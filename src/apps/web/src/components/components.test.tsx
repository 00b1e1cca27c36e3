import { act, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { ChatApi } from "../api/chatApi";
import type { ClosedReason } from "../session/gate";
import { aMessage, aSession } from "../testing/builders";
import { ChatServer, history, problem, Wire } from "../testing/chatServer";
import { Chat } from "./Chat";
import { ClosedPage } from "./ClosedPage";
import { Composer } from "./Composer";
import { LiveBubble } from "./LiveBubble";

const { shop } = aSession();

function openChat(setUp: (server: ChatServer) => void = () => undefined) {
  const tail = new Wire();
  const server = new ChatServer()
    .on("GET /api/chat/lead_dana/stream", () => tail.response)
    .on("GET /api/chat/lead_dana/history", () => history([]));
  setUp(server);
  const api = new ChatApi(server.fetch);
  render(<Chat api={api} session={aSession()} onSessionLost={() => undefined} />);
  return { server, tail };
}

function type(text: string): HTMLElement {
  const field = screen.getByLabelText("Your message");
  fireEvent.change(field, { target: { value: text } });
  return field;
}

describe("the chat", () => {
  it("always says that an AI assistant answers, and how to call", async () => {
    openChat();

    await screen.findByRole("heading", { name: /How can we help with your 2021 Tesla/ });

    const header = screen.getByRole("banner");
    expect(within(header).getByText("AI assistant")).toBeTruthy();
    expect(within(header).getByText("Open")).toBeTruthy();
    expect(screen.getByRole("link", { name: /Call Lone Star Tint/ }).getAttribute("href")).toBe(
      "tel:+15125550142",
    );
    expect(screen.getByText(aSession().disclosure)).toBeTruthy();
  });

  it("sends a suggestion at once and then offers none", async () => {
    const { server } = openChat((server) =>
      server.on("POST /api/chat/lead_dana/stream", () => new Wire().response),
    );

    fireEvent.click(await screen.findByRole("button", { name: "Your hours" }));

    expect(within(screen.getByRole("log")).getByText("Your hours")).toBeTruthy();
    expect(screen.getByText("Sending…")).toBeTruthy();
    expect(screen.getByText("The AI assistant is typing")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Your hours" })).toBeNull();
    expect(server.requestsTo("POST /api/chat/lead_dana/stream")).toHaveLength(1);
  });

  it("says through which channel a message came", async () => {
    const messages = [
      aMessage({ id: "a", author: "shop", channel: "sms", text: "Hi Dana" }),
      aMessage({ id: "b", author: "staff", channel: "email", text: "Two options" }),
    ];
    openChat((server) => server.on("GET /api/chat/lead_dana/history", () => history(messages)));

    await screen.findByText("Hi Dana");

    expect(screen.getByText(/via text message/)).toBeTruthy();
    expect(screen.getByText(/via email/)).toBeTruthy();
    expect(screen.getByText("Lone Star Tint team")).toBeTruthy();
  });

  it("keeps a message that was not sent and tries again when asked", async () => {
    const { server } = openChat((server) =>
      server.on("POST /api/chat/lead_dana/stream", () => problem(503, "unavailable")),
    );
    await screen.findByRole("button", { name: "Your hours" });

    fireEvent.keyDown(type("How much?"), { key: "Enter" });
    fireEvent.click(await screen.findByRole("button", { name: "Try again" }));

    await waitFor(() =>
      expect(server.requestsTo("POST /api/chat/lead_dana/stream")).toHaveLength(2),
    );
    expect(screen.getByText("How much?")).toBeTruthy();
  });

  it("shows a handoff beside the AI label", async () => {
    const { tail } = openChat();
    await screen.findByRole("button", { name: "Your hours" });

    await act(async () => tail.send("t1.0.9", "handoff", { speaker: "staff" }));

    expect(await screen.findByText(/\+ team/)).toBeTruthy();
    expect(within(screen.getByRole("banner")).getByText("AI assistant")).toBeTruthy();
    expect(screen.getByPlaceholderText("Message the team")).toBeTruthy();
  });

  it("shows text as text, never as markup", async () => {
    const text = "<img src=x onerror=alert(1)> & <b>bold</b>";
    const messages = [aMessage({ id: "a", text })];
    openChat((server) => server.on("GET /api/chat/lead_dana/history", () => history(messages)));

    expect((await screen.findByText(text)).querySelector("img, b")).toBeNull();
  });

  it("offers to load the history again when that failed", async () => {
    const { server } = openChat((server) =>
      server.on("GET /api/chat/lead_dana/history", () => problem(503, "unavailable")),
    );
    const again = await screen.findByRole("button", { name: "Try again" });
    server.on("GET /api/chat/lead_dana/history", () =>
      history([aMessage({ id: "a", text: "Hi" })]),
    );

    fireEvent.click(again);

    expect(await screen.findByText("Hi")).toBeTruthy();
  });
});

describe("the composer", () => {
  it("sends with Enter, but not with Shift+Enter, while composing, or when blank", () => {
    const sent: string[] = [];
    render(<Composer placeholder="Ask" onSend={(text) => sent.push(text)} />);

    fireEvent.keyDown(type("   "), { key: "Enter" });
    fireEvent.keyDown(type("two"), { key: "Enter", shiftKey: true });
    fireEvent.keyDown(type("two"), { key: "Enter", isComposing: true });
    fireEvent.keyDown(type("three"), { key: "Enter" });

    expect(sent).toEqual(["three"]);
    expect(screen.getByLabelText<HTMLTextAreaElement>("Your message").value).toBe("");
  });
});

describe("a growing answer", () => {
  it("has a caret, and dots while a sentence is checked", () => {
    const { container, rerender } = render(<LiveBubble text="It is" held={false} />);
    expect(container.querySelector(".caret")).toBeTruthy();

    rerender(<LiveBubble text="It is" held={true} />);

    expect(container.querySelector(".caret")).toBeNull();
    expect(container.querySelector(".dots")).toBeTruthy();
  });
});

describe("a closed page", () => {
  const reasons: readonly [ClosedReason, RegExp][] = [
    ["link_expired", /expired/],
    ["link_unknown", /recognize/],
    ["link_revoked", /no longer works/],
    ["rate_limited", /One moment/],
    ["session_ended", /closed/],
    ["no_link", /Open the link/],
    ["unreachable", /can’t reach/],
  ];

  it.each(reasons)("for %s says what happened and how to call", (reason, title) => {
    render(<ClosedPage closed={{ reason, shop, retryAfterS: null }} onRetry={() => undefined} />);

    expect(screen.getByRole("heading", { name: title })).toBeTruthy();
    expect(screen.getByRole("link", { name: "Call (512) 555-0142" })).toBeTruthy();
  });

  it("has no call button when the shop is not known", () => {
    const closed = { reason: "link_unknown", shop: null, retryAfterS: null } as const;

    render(<ClosedPage closed={closed} onRetry={() => undefined} />);

    expect(screen.queryByRole("link")).toBeNull();
  });

  it("lets a hurried visitor try again only after the wait", () => {
    const closed = { reason: "rate_limited", shop, retryAfterS: 20 } as const;

    render(<ClosedPage closed={closed} onRetry={() => undefined} />);

    const button = screen.getByRole<HTMLButtonElement>("button", { name: "Try again in 20 s" });
    expect(button.disabled).toBe(true);
  });
});
