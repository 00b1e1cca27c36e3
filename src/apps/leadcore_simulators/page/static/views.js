// Draws what the state says. Text from outside is always put in as text, never as markup.

export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null));
  return element;
}

export const nice = (number) =>
  number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 $1-$2-$3");

export const dollars = (cents) => (cents / 100).toLocaleString("en-US", { style: "currency", currency: "USD" });

const time = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });

function day(seconds) {
  const date = new Date(seconds * 1000);
  return date.toDateString() === new Date().toDateString()
    ? "Today"
    : date.toLocaleDateString([], { weekday: "short", month: "short", day: "numeric" });
}

function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/).map((part, index) =>
    index % 2 ? h("a", { href: part, target: "_blank", rel: "noopener" }, part) : part,
  );
}

function tick(message) {
  if (!message.from_customer) return null;
  if (message.webhook_state === "pending") return h("div", { class: "tick" }, "Sending…");
  if (message.webhook_state === "failed") {
    return h("div", { class: "tick bad" }, `The app answered ${message.webhook_status ?? "nothing"}`);
  }
  return h("div", { class: "tick" }, message.webhook_state === "done" ? "Delivered" : "Not Delivered: no SMS URL set");
}

export function thread(box, messages) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  const nodes = [];
  let last = 0;
  const lastMine = messages.findLast((message) => message.from_customer);
  for (const message of messages) {
    if (message.at_epoch_s - last > 300) {
      nodes.push(h("div", { class: "when" }, h("b", {}, day(message.at_epoch_s)), ` ${time(message.at_epoch_s)}`));
    }
    last = message.at_epoch_s;
    const kind = message.kind === "confirmation" ? " carrier" : "";
    const side = message.from_customer ? "out" : `in${kind}`;
    nodes.push(h("div", { class: `bubble ${side}`, title: `${message.status} · ${time(message.at_epoch_s)}` }, linked(message.body), ...message.media_urls.map(() => h("span", { class: "media" }, "📷 Picture"))));
    if (kind) nodes.push(h("div", { class: "tick left" }, "Automatic reply from the carrier"));
    if (message === lastMine || message.webhook_state === "failed") nodes.push(tick(message));
  }
  if (!nodes.length) nodes.push(h("p", { class: "empty" }, "No texts yet. Ask for a quote with this number and watch the answer arrive."));
  box.replaceChildren(...nodes.filter(Boolean));
  if (atEnd) box.scrollTop = box.scrollHeight;
}

export function mails(list, items, chosen, choose) {
  const rows = items.toReversed().map((mail) =>
    h("li", {}, h("button", { type: "button", class: mail.id === chosen ? "chosen" : null, onclick: () => choose(mail.id) },
      h("b", {}, mail.direction === "inbound" ? "You" : mail.from_name || mail.from), h("span", {}, mail.subject || "(no subject)"))),
  );
  list.replaceChildren(...(rows.length ? rows : [h("li", { class: "empty" }, "Nothing yet.")]));
}

export function mail(box, item, actions) {
  if (!item) {
    box.replaceChildren(h("p", { class: "empty" }, "Mail to this customer appears here and can be answered."));
    return;
  }
  const body = item.html
    ? h("iframe", { sandbox: "allow-popups allow-popups-to-escape-sandbox", srcdoc: `<base target="_blank">${item.html}`, title: "Mail" })
    : h("div", { class: "text" }, linked(item.text));
  const answer = h("textarea", { rows: 1, placeholder: "Write back…", title: `Reply to ${item.reply_to}`, "aria-label": "Reply" });
  const outbound = item.direction === "outbound";
  const buttons = h("div", { class: "actions" }, answer,
    h("button", { type: "button", class: "plain", onclick: () => actions.reply(item, answer) }, "Reply"));
  const leave = item.headers?.["List-Unsubscribe"]
    ? h("button", { type: "button", class: "ghost", onclick: () => actions.unsubscribe(item) }, "Unsubscribe") : null;
  const status = item.recipients?.[0]?.status ?? "sent";
  const head = h("header", {}, h("h3", {}, item.subject || "(no subject)"), leave);
  box.replaceChildren(head, h("small", { class: "meta" }, `${item.from} → ${item.to} · ${status}`), body, ...(outbound ? [buttons] : []));
}

function verdict(row) {
  if (row.state === "pending") return ["…", row.attempts ? "warn" : ""];
  if (row.status === null) return [row.error ?? "—", "bad"];
  return [String(row.status), row.status < 300 ? "good" : "bad"];
}

export function hooks(list, rows) {
  const names = { webhook: "Shopmonkey", inbound_webhook: "Inbound text", status_callback: "Text status", event: "Mail event", parse: "Inbound mail" };
  const items = rows.map((row) => {
    const [code, tone] = verdict(row);
    const tries = row.attempts > 1 ? ` · try ${row.attempts}` : "";
    return h("li", { class: "hook", title: `${row.url}\n${row.id}` }, h("span", { class: `code ${tone}` }, code),
      h("div", {}, names[row.op] ?? row.op, h("em", {}, ` ${new URL(row.url).pathname}${tries}`)),
      h("em", {}, row.latency_ms === null ? "" : `${Math.round(row.latency_ms)} ms`), h("em", {}, new Date(row.at_epoch_s * 1000).toLocaleTimeString([], { hour12: false })));
  });
  list.replaceChildren(...(items.length ? items : [h("li", { class: "empty" }, "Nothing sent yet. Webhooks appear here as soon as the app has registered for them.")]));
}

export function prices(list, services, save) {
  list.replaceChildren(...services.map((service) => {
    const field = h("input", { value: dollars(service.totalCents), inputmode: "decimal", "aria-label": `Price of ${service.name}` });
    field.addEventListener("change", () => save(service, field));
    return h("li", { class: "price" }, h("span", { title: service.name }, service.name), h("div", {}, field));
  }));
}

export function faults(box, vendors, presets, isOn, toggle) {
  const titles = { shopmonkey: "Shopmonkey", twilio: "Twilio", sendgrid: "SendGrid", anthropic: "Claude", openai: "OpenAI" };
  box.replaceChildren(...vendors.map((vendor) =>
    h("div", { class: "fault-row" }, h("span", {}, titles[vendor]), h("div", {}, presets[vendor].map((preset) =>
      h("button", { type: "button", class: "chip", "aria-pressed": String(isOn(vendor, preset)), title: preset.hint, onclick: () => toggle(vendor, preset) }, preset.label))))));
}

export function vendors(list, names, hard) {
  const titles = { shopmonkey: "Shopmonkey", twilio: "Twilio", sendgrid: "SendGrid", anthropic: "Claude", openai: "OpenAI" };
  list.replaceChildren(...names.map((name) => h("li", { class: hard(name) ? "hard" : null }, h("i"), titles[name])));
}

export function options(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, label]) => h("option", { value, selected: value === chosen }, label)));
}
