// A pretend chat app for developing the page: scripted answers, streamed word by word.
// Serves the built page at /c/ with the production policy, so a CSP violation shows up here.
//   node dev/mock-server.mjs [port]      links: /c/#demo  #empty  #expired  #unknown  #revoked  #limited
// Say "person", "switch", "cut", "slow", "refuse" or "lose" to see a handoff, a change of model
// mid-answer, a cut stream, a slow answer, a refused and a lost message.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { ANSWERS, SHOP, story } from "./script.mjs";

const PORT = Number(process.argv[2] ?? 3001);
const STATIC = fileURLToPath(new URL("../../leadcore_chat/static/", import.meta.url));
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const CSP =
  "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const METADATA = {
  provider: "mock",
  model: "mock-1",
  tokens_used: { input: 210, output: 48, total: 258 },
  latency_ms: 1900,
  finish_reason: "stop",
  cost_usd: 0.0011,
};

const leads = new Map();

function lead(id) {
  if (!leads.has(id)) {
    leads.set(id, {
      id,
      messages: id === "empty" ? [] : story(),
      speaker: "assistant",
      tails: new Set(),
      log: [],
      seen: new Map(),
      turns: 0,
    });
  }
  return leads.get(id);
}

function frame(event, data, id) {
  return `${id ? `id: ${id}\n` : ""}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function broadcast(state, text, own) {
  for (const response of [...state.tails, ...(own ? [own] : [])])
    if (!response.destroyed) response.write(text);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function answer(state, message, own) {
  const say = teller(state, own);
  say("turn", { message_id: message.id });
  if (state.speaker === "staff") return own.end();
  const speed = /slow/i.test(message.text) ? 400 : 55;
  const full = ANSWERS.find(([pattern]) => pattern.test(message.text))[1];
  await pause(700);
  if (/switch/i.test(message.text)) await stumble(say, speed);
  for (const [index, part] of full.split("‖").entries()) {
    if (index % 2 === 1) {
      say("held", {});
      await pause(1500);
      say("delta", { text: part });
      continue;
    }
    for (const word of part.split(/(?<=\s)/)) {
      const seq = say("delta", { text: word });
      if (/\bcut\b/i.test(message.text) && seq === 9) own.destroy();
      await pause(speed);
    }
  }
  const answered = store(state, "assistant", "web", full.replaceAll("‖", ""), METADATA);
  say("done", { message: answered });
  if (/person|human/i.test(message.text)) handOff(state, say);
  own.end();
}

/** Numbers the events of one turn and sends them to every listener; a reset begins a generation. */
function teller(state, own) {
  const turn = `t${++state.turns}`;
  let gen = 0;
  let seq = 0;
  return (event, data) => {
    if (event === "reset") {
      gen += 1;
      seq = 0;
    }
    const id = `${turn}.${gen}.${seq}`;
    const text = frame(event, { turn_id: turn, gen, ...data }, id);
    state.log.push({ id, text });
    broadcast(state, text, own);
    return seq++;
  };
}

async function stumble(say, speed) {
  for (const word of "Let me think about what the best film".split(/(?<= )/)) {
    say("delta", { text: word });
    await pause(speed);
  }
  say("reset", {});
  await pause(600);
}

function handOff(state, say) {
  state.speaker = "staff";
  say("handoff", { speaker: "staff" });
  setTimeout(() => post(state, "staff", "web", "Hi Dana, Marco here. How can I help?"), 2500);
}

function store(state, author, channel, text, metadata = null) {
  const at = new Date().toISOString();
  const message = { id: randomUUID(), author, channel, text, at, metadata };
  state.messages.push(message);
  return message;
}

function post(state, author, channel, text) {
  const message = store(state, author, channel, text);
  broadcast(state, frame("message", message));
  return message;
}

function json(response, status, body, headers = {}) {
  const type = status < 400 ? "application/json" : "application/problem+json";
  response
    .writeHead(status, { "Content-Type": type, "Cache-Control": "no-store", ...headers })
    .end(JSON.stringify(body));
}

function problem(response, status, code, detail, headers) {
  const shop = code === "link_unknown" ? {} : { shop: SHOP };
  json(
    response,
    status,
    { type: `about:${code}`, title: code, status, detail, code, ...shop },
    headers,
  );
}

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

const session = (id) => ({
  lead_id: id,
  shop: SHOP,
  customer: { first_name: "Dana" },
  vehicle: "2021 Tesla Model 3",
  disclosure: "You are chatting with Lone Star Tint’s AI assistant. Ask for a person at any time.",
  expires_at: new Date(Date.now() + 7 * 86_400_000).toISOString(),
});

async function openSession(request, response) {
  const { token } = await body(request);
  if (token === "expired") return problem(response, 410, "link_expired", "The link is too old.");
  if (token === "revoked") return problem(response, 403, "link_revoked", "The link was withdrawn.");
  if (token === "limited")
    return problem(response, 429, "rate_limited", "Too many attempts.", { "Retry-After": "20" });
  if (token !== "demo" && token !== "empty")
    return problem(response, 404, "link_unknown", "No such link.");
  return json(response, 200, session(token), {
    "Set-Cookie": `chat=${token}; HttpOnly; SameSite=Lax; Path=/`,
  });
}

function openStream(response) {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.write(": hello\n\n");
  return response;
}

function tail(request, response, state) {
  openStream(response);
  const last = request.headers["last-event-id"];
  const from = state.log.findIndex((entry) => entry.id === last);
  if (from >= 0) for (const entry of state.log.slice(from + 1)) response.write(entry.text);
  state.tails.add(response);
  const beat = setInterval(() => response.write(": beat\n\n"), 15_000);
  request.on("close", () => {
    state.tails.delete(response);
    clearInterval(beat);
  });
}

async function say(request, response, state) {
  const { message, client_message_id: clientId } = await body(request);
  if (/refuse/i.test(message) && !state.seen.has(clientId)) {
    state.seen.set(clientId, null);
    return problem(response, 429, "rate_limited", "Too fast.", { "Retry-After": "5" });
  }
  if (/lose/i.test(message) && !state.seen.has(clientId)) {
    state.seen.set(clientId, null);
    return response.destroy();
  }
  openStream(response);
  return answer(state, post(state, "customer", "web", message), response);
}

async function api(request, response, path) {
  const cookie = /chat=(\w+)/.exec(request.headers.cookie ?? "")?.[1];
  if (path === "/api/chat/session") {
    if (request.method === "POST") return openSession(request, response);
    return cookie
      ? json(response, 200, session(cookie))
      : problem(response, 401, "session_required", "No session.");
  }
  const [, id, what] = /^\/api\/chat\/([^/]+)\/(\w+)$/.exec(path) ?? [];
  if (!id || id !== cookie) return problem(response, 401, "session_required", "No session.");
  const state = lead(id);
  if (what === "history")
    return json(response, 200, {
      success: true,
      data: { messages: state.messages, speaker: state.speaker, next_cursor: null },
    });
  if (what === "context")
    return json(response, 200, {
      success: true,
      data: { shop: SHOP, vehicle: "2021 Tesla Model 3", services_of_interest: ["Ceramic tint"] },
    });
  if (what === "stream")
    return request.method === "POST"
      ? say(request, response, state)
      : tail(request, response, state);
  return problem(response, 404, "not_found", "Nothing here.");
}

async function page(response, path) {
  const name =
    path === "/c/" ? "index.html" : normalize(path.slice(3)).replace(/^(\.\.[/\\])+/, "");
  const content = await readFile(join(STATIC, name)).catch(() => null);
  if (content === null) return response.writeHead(404).end();
  const headers = {
    "Content-Type": TYPES[extname(name)] ?? "application/octet-stream",
    "Content-Security-Policy": CSP,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  };
  return response.writeHead(200, headers).end(content);
}

createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const handled = pathname.startsWith("/api/")
    ? api(request, response, pathname)
    : page(response, pathname);
  handled?.catch?.((error) => {
    console.error(error);
    response.destroy();
  });
}).listen(PORT, "127.0.0.1", () => console.log(`http://127.0.0.1:${PORT}/c/#demo`));
