import { afterEach, describe, expect, it, vi } from "vitest";
import { ChatApi } from "../api/chatApi";
import { aMessage } from "../testing/builders";
import { ChatServer, history, problem, Wire } from "../testing/chatServer";
import { Conversation } from "./conversation";
import { rowsOf } from "./rows";

const TAIL = "GET /api/chat/lead_dana/stream";
const SAY = "POST /api/chat/lead_dana/stream";
const HISTORY = "GET /api/chat/lead_dana/history";
const ANSWER = aMessage({ id: "m2", text: "It is $549.", at: "2126-11-20T15:00:05Z" });

const running: Conversation[] = [];

afterEach(() => {
  for (const conversation of running.splice(0)) conversation.stop();
});

function started(server: ChatServer) {
  const lost: string[] = [];
  const conversation = new Conversation({
    api: new ChatApi(server.fetch),
    leadId: "lead_dana",
    onSessionLost: (problem) => lost.push(problem.code),
  });
  conversation.start();
  running.push(conversation);
  const texts = () =>
    rowsOf(conversation.snapshot().thread, new Date()).flatMap((row) =>
      "text" in row ? row.text : [],
    );
  return { conversation, lost, texts };
}

function aServer(): { server: ChatServer; tails: Wire[]; turns: Wire[] } {
  const tails: Wire[] = [];
  const turns: Wire[] = [];
  const open = (wires: Wire[]) => () => {
    const wire = new Wire();
    wires.push(wire);
    return wire.response;
  };
  const server = new ChatServer()
    .on(TAIL, open(tails))
    .on(SAY, open(turns))
    .on(HISTORY, () => history([]));
  return { server, tails, turns };
}

async function first(wires: readonly Wire[]): Promise<Wire> {
  await vi.waitUntil(() => wires.length > 0);
  return wires[0] as Wire;
}

describe("a conversation", () => {
  it("reads its history and follows the tail", async () => {
    const { server, tails } = aServer();
    server.on(HISTORY, () => history([aMessage({ id: "m1", text: "Welcome" })]));
    const { texts } = started(server);

    (await first(tails)).send("", "message", ANSWER);

    await vi.waitUntil(() => texts().length === 2);
    expect(texts()).toEqual(["Welcome", "It is $549."]);
  });

  it("streams the answer to what is sent, once, though both streams carry it", async () => {
    const { server, tails, turns } = aServer();
    const { conversation, texts } = started(server);
    const tail = await first(tails);

    conversation.send("  How much?  ");
    for (const wire of [await first(turns), tail]) {
      wire.send("t1.0.0", "turn", { turn_id: "t1", message_id: "m1" });
      wire.send("t1.0.1", "delta", { turn_id: "t1", gen: 0, text: "It " });
      wire.send("t1.0.2", "delta", { turn_id: "t1", gen: 0, text: "is" });
    }

    await vi.waitUntil(() => texts().includes("It is"));
    expect(texts()).toEqual(["How much?", "It is"]);
    expect(server.requestsTo(SAY)[0]?.body).toMatchObject({ message: "How much?" });
  });

  it("goes on with the tail, from the last event seen, when the turn's stream is cut", async () => {
    const { server, tails, turns } = aServer();
    let refusals = 1;
    server.on(TAIL, () => {
      if (refusals-- > 0) throw new TypeError("network error");
      const wire = new Wire();
      tails.push(wire);
      return wire.response;
    });
    const { conversation, texts } = started(server);

    conversation.send("How much?");
    const turn = await first(turns);
    turn.send("t1.0.0", "turn", { turn_id: "t1", message_id: "m1" });
    turn.send("t1.0.1", "delta", { turn_id: "t1", gen: 0, text: "It " });
    await vi.waitUntil(() => texts().includes("It "));
    turn.cut();
    (await first(tails)).send("t1.0.2", "done", { turn_id: "t1", message: ANSWER });

    await vi.waitUntil(() => texts().includes("It is $549."));
    expect(texts()).toEqual(["How much?", "It is $549."]);
    expect(server.requestsTo(TAIL).at(-1)?.headers.get("Last-Event-ID")).toBe("t1.0.1");
  });

  it("offers a lost message again under the same id", async () => {
    const { server, turns } = aServer();
    const open = server.fetch;
    let losses = 1;
    server.fetch = async (input, init) => {
      const answer = await open(input, init);
      if (init?.method === "POST" && losses-- > 0) throw new TypeError("network error");
      return answer;
    };
    const { conversation } = started(server);
    const outgoing = () => conversation.snapshot().thread.outgoing[0];

    conversation.send("How much?");
    await vi.waitUntil(() => outgoing()?.status === "failed");
    conversation.retry(outgoing()?.clientId ?? "");
    await vi.waitUntil(() => turns.length === 2);
    turns[1]?.send("t1.0.0", "turn", { turn_id: "t1", message_id: "m1" });

    await vi.waitUntil(() => outgoing()?.status === "accepted");
    const [lost, again] = server.requestsTo(SAY);
    expect(again?.body).toEqual(lost?.body);
  });

  it("says how long to wait when it is told to slow down", async () => {
    const { server } = aServer();
    const headers = { "Retry-After": "30" };
    server.on(SAY, () => problem(429, "rate_limited", { headers }));
    const { conversation } = started(server);

    conversation.send("How much?");

    await vi.waitUntil(() => conversation.snapshot().thread.outgoing[0]?.status === "failed");
    expect(conversation.snapshot().thread.outgoing[0]?.reason).toContain("30 seconds");
  });

  it("reports a session that is gone and stops asking", async () => {
    const { server } = aServer();
    server.on(TAIL, () => problem(401, "session_expired"));
    const { lost } = started(server);

    await vi.waitUntil(() => lost.length > 0);

    expect(lost).toEqual(["session_expired"]);
    expect(server.requestsTo(TAIL)).toHaveLength(1);
  });

  it("keeps a failed history apart from an empty one", async () => {
    const { server } = aServer();
    server.on(HISTORY, () => problem(503, "unavailable"));
    const { conversation } = started(server);
    await vi.waitUntil(() => conversation.snapshot().history === "failed");

    server.on(HISTORY, () => history([ANSWER]));
    await conversation.loadHistory();

    expect(conversation.snapshot().history).toBe("ready");
  });
});
