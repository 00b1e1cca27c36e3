// The same durable insert as ours, as small as Fastify's and pg's own documentation would have it: check the signature
// over the raw bytes, parse, insert one row, commit, 200. PREPARED=1 names the statement, so that it is planned once.
import { createHmac, timingSafeEqual } from "node:crypto";
import Fastify from "fastify";
import pg from "pg";

const key = Buffer.from(process.env.SECRET.replace(/^whsec_/, ""), "base64");
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.POOL ?? 16) });
const statement = {
  name: process.env.PREPARED ? "insert" : undefined,
  text: `INSERT INTO peer_inbox (dedupe_key, source, entity_key, received_at, body) VALUES ($1, $2, $3, now(), $4)
         ON CONFLICT (source, dedupe_key) DO NOTHING`,
};
const app = Fastify();
app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

app.post("/hooks/:connection", async (request, reply) => {
  const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = request.headers;
  const expected = createHmac("sha256", key).update(`${id}.${at}.`).update(request.body).digest();
  const given = Buffer.from(String(signature).slice(3), "base64");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return reply.code(401).send({});
  if (Math.abs(Date.now() / 1000 - Number(at)) > 300) return reply.code(401).send({});
  const event = JSON.parse(request.body.toString());
  await pool.query({ ...statement, values: [id, "shopmonkey", `${event.table}:${event.data.id}`, request.body] });
  return {};
});

await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT) });
console.log("ready");
