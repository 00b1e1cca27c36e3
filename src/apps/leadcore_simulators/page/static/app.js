// One page, one state, asked for each second. A part is redrawn only when what it shows has changed.
import * as draw from "./views.js";

const $ = (id) => document.getElementById(id);
const PEOPLE = [
  ["Jordan", "Reyes", 2023, "Tesla", "Model Y", "SUV"], ["Priya", "Natarajan", 2021, "Toyota", "Camry", "Sedan"],
  ["Marcus", "Bell", 2022, "Ford", "F-150", "Truck"], ["Elena", "Kovacs", 2020, "BMW", "M4", "Coupe"],
  ["Sam", "Okafor", 2024, "Rivian", "R1S", "SUV"], ["Grace", "Lindqvist", 2019, "Honda", "Accord", "Sedan"],
  ["Diego", "Marín", 2023, "Ram", "1500", "Truck"], ["Hannah", "Park", 2022, "Audi", "Q5", "SUV"],
];
const QUICK = ["How much for ceramic tint?", "What are your hours?", "Can I talk to a person?", "STOP", "HELP", "START"];
const LOST = { label: "Lossy", hint: "One in five accepted requests gets no answer", rule: { kind: "lost_answer", rate: 0.2 } };
const SLOW = { label: "Slow", hint: "Every answer takes 1.5 s longer", rule: { kind: "delay", ms: 1500 } };
const BUSY = { label: "429", hint: "A third is refused with 429", rule: { kind: "status", status: 429, rate: 0.33, retry_after: 1 } };
const DOWN = { label: "503", hint: "Everything is refused", rule: { kind: "status", status: 503 } };
const TWICE = { label: "Twice", hint: "Webhooks arrive twice", rule: { kind: "duplicate_callback" } };
const MIXED = { label: "Reorder", hint: "Some webhooks are overtaken", rule: { kind: "reorder_callbacks", rate: 0.5, ms: 1500 } };
const MODEL = [
  { label: "Cut stream", hint: "The connection dies after a few tokens", rule: { kind: "cut_after_tokens", tokens: 12 } },
  { label: "Overload", hint: "Every request is refused", rule: { kind: "status", status: 529 } },
  { label: "Slow start", hint: "Four seconds before the first token", rule: { kind: "delay_first_token", seconds: 4 } },
];
const PRESETS = {
  shopmonkey: [{ label: "Lists lie", hint: "Lists show a random part", rule: { kind: "shuffle" } }, TWICE, MIXED, DOWN],
  twilio: [LOST, SLOW, BUSY, TWICE, MIXED, DOWN],
  sendgrid: [LOST, BUSY, TWICE, DOWN],
  anthropic: MODEL,
  openai: MODEL.map((preset) => (preset.rule.status ? { ...preset, rule: { ...preset.rule, status: 503 } } : preset)),
};

let state = null;
let customer = { phone: localStorage.getItem("phone") ?? "", email: localStorage.getItem("email") ?? "" };
let chosenMail = null;
const shown = new Map();

function changed(part, value) {
  const text = JSON.stringify(value);
  if (shown.get(part) === text) return false;
  shown.set(part, text);
  return true;
}

function toast(text, bad = false) {
  const box = $("toast");
  box.textContent = text;
  box.className = `toast on${bad ? " bad" : ""}`;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => box.classList.remove("on"), 2600);
}

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const found = await answer.json();
  if (!answer.ok) toast(found.error ?? found.message ?? `${path}: ${answer.status}`, true);
  return answer.ok ? found : null;
}

function people() {
  const known = new Map();
  for (const lead of state.leads) known.set(lead.phone, { phone: lead.phone, email: lead.email ?? "", name: `${lead.first_name} ${lead.last_name}` });
  for (const { number } of state.phones) if (!known.has(number)) known.set(number, { phone: number, email: "", name: "" });
  return [...known.values()].toReversed();
}

function choose(phone, email) {
  customer = { phone, email: email ?? people().find((person) => person.phone === phone)?.email ?? "" };
  localStorage.setItem("phone", customer.phone);
  localStorage.setItem("email", customer.email);
  chosenMail = null;
  refresh();
}

function shopNumber() {
  return state.phones.find((phone) => phone.number === customer.phone)?.shop ?? state.numbers[0]?.phone_number ?? "";
}

function render() {
  const all = people();
  if (!customer.phone && all.length) {
    customer = { phone: all[0].phone, email: all[0].email };
    setTimeout(refresh);
  }
  if (changed("people", [all, customer])) {
    const pairs = all.map((person) => [person.phone, `${person.name || "Unknown"} · ${draw.nice(person.phone).replace("+1 ", "")}`]);
    draw.options($("customer"), pairs.length ? pairs : [["", "nobody yet"]], customer.phone);
    $("address").textContent = customer.email;
  }
  if (changed("shop", [state.shops, state.numbers, shopNumber()])) {
    const name = state.numbers.find((number) => number.phone_number === shopNumber())?.account_name ?? "Shop";
    $("shop-name").textContent = name;
    $("avatar").textContent = name[0];
    $("shop-number").textContent = draw.nice(shopNumber());
    draw.options($("shop"), state.shops.map((shop) => [shop.api_key, shop.location_name]), $("shop").value);
  }
  if (changed("thread", state.thread)) draw.thread($("thread"), state.thread);
  renderMail();
  if (changed("hooks", state.deliveries)) draw.hooks($("hooks"), state.deliveries);
  renderCatalog();
  if (changed("faults", state.faults)) {
    draw.faults($("faults"), state.vendors, PRESETS, isOn, toggle);
    draw.vendors($("vendors"), state.vendors, (name) => (state.faults[name].rules ?? []).length > 0);
  }
}

function renderMail() {
  if (!changed("mails", [state.mails, chosenMail])) return;
  const open = state.mails.find((mail) => mail.id === chosenMail) ?? state.mails.at(-1);
  draw.mails($("mails"), state.mails, open?.id, (id) => { chosenMail = id; renderMail(); });
  if (changed("mail", open)) draw.mail($("mail"), open, { reply, unsubscribe });
}

function renderCatalog() {
  const key = $("shop").value || state.shops[0]?.api_key;
  const services = state.catalogs[key] ?? [];
  if (!changed("catalog", [key, services]) || document.activeElement?.closest("#prices")) return;
  draw.prices($("prices"), services, savePrice);
  $("catalog-shop").textContent = state.shops.find((shop) => shop.api_key === key)?.location_name ?? "";
  const names = services.map((service) => service.name);
  const before = $("service").value || names.find((name) => name.startsWith("Ceramic Tint")) || names[0];
  draw.options($("service"), names.map((name) => [name, name]), before);
}

async function refresh() {
  try {
    const answer = await fetch(`/api/state?${new URLSearchParams(customer)}`);
    if (!answer.ok) throw new Error();
    state = await answer.json();
  } catch {
    return toast("The simulators do not answer.", true);
  }
  render();
}

function isOn(vendor, preset) {
  return (state.faults[vendor].rules ?? []).some((rule) => Object.entries(preset.rule).every(([name, value]) => rule[name] === value));
}

async function toggle(vendor, preset) {
  const rules = state.faults[vendor].rules ?? [];
  const same = (rule) => Object.entries(preset.rule).every(([name, value]) => rule[name] === value);
  const scope = ["anthropic", "openai"].includes(vendor) ? {} : { op: "*" };
  const next = isOn(vendor, preset) ? rules.filter((rule) => !same(rule)) : [...rules, { ...scope, ...preset.rule }];
  await post("/api/faults", { vendor, faults: { seed: 1, rules: next } });
  refresh();
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ content: reader.result.split(",")[1] ?? "", content_type: file.type || "application/octet-stream" });
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

async function sendText(body, files = []) {
  const to = shopNumber();
  if (!(body.trim() || files.length) || !customer.phone) return toast(customer.phone ? "Write something first." : "Ask for a quote first.", true);
  const media = await Promise.all([...files].map(base64));
  const done = post("/api/text", { to, from: customer.phone, body, media });
  setTimeout(refresh, 120);
  await done;
  refresh();
}

function shownFiles() {
  const count = $("picture").files.length;
  $("picture").parentElement.classList.toggle("chosen", count > 0);
  $("text").placeholder = count ? `${count} picture${count > 1 ? "s" : ""} attached` : "Text Message";
}

async function reply(mail, field) {
  if (!field.value.trim()) return;
  const sent = await post("/api/mail", { to: mail.reply_to, from: mail.to, subject: `Re: ${mail.subject ?? ""}`, text: field.value, in_reply_to: mail.message_id });
  if (sent) toast(sent.status ? `The app answered ${sent.status}.` : "Kept here: no inbound address is set up in the app.");
  refresh();
}

async function unsubscribe(mail) {
  const done = await post("/api/unsubscribe", { id: mail.id });
  if (done) toast(`One-click unsubscribe: ${done.status ?? done.error}`);
}

async function savePrice(service, field) {
  const cents = Math.round(Number.parseFloat(field.value.replace(/[$,\s]/g, "")) * 100);
  if (!(cents >= 0)) { field.value = draw.dollars(service.totalCents); return toast("That is no price.", true); }
  const saved = await post("/api/price", { api_key: $("shop").value, id: service.id, cents });
  if (!saved) return;
  field.value = draw.dollars(cents);
  field.classList.add("saved");
  setTimeout(() => field.classList.remove("saved"), 900);
  toast(`${service.name} now costs ${field.value}.`);
}

function fillLead() {
  const used = new Set(state.leads.map((lead) => lead.phone));
  const free = Array.from({ length: 99 }, (_, index) => `+15125550${101 + index}`).find((phone) => !used.has(phone)) ?? "+15125550101";
  const [first, last, year, make, model, type] = PEOPLE[(Number(free.slice(-2)) - 1 + (fillLead.turn ?? 0)) % PEOPLE.length];
  const form = $("lead").elements;
  Object.entries({ first_name: first, last_name: last, phone: free, email: `${first.toLowerCase()}@example.com`, year, make, model, type }).forEach(([name, value]) => { form[name].value = value; });
  const fitting = [...$("service").options].find((option) => option.value.startsWith("Ceramic Tint") && option.value.endsWith(type));
  if (fitting) $("service").value = fitting.value;
  form.message.value = "Hi! What would it cost and when could you fit me in?";
}

async function askForQuote(event) {
  event.preventDefault();
  const form = $("lead").elements;
  const phone = form.phone.value.replace(/[^\d+]/g, "").replace(/^(?=\d{10}$)/, "+1");
  const vehicle = { year: Number(form.year.value) || null, make: form.make.value, model: form.model.value, type: form.type.value, size: "LightDuty" };
  const lead = {
    api_key: form.api_key.value, first_name: form.first_name.value, last_name: form.last_name.value, phone, email: form.email.value || null,
    vehicle, service: form.service.value, message: form.message.value, sms_opt_in: form.sms_opt_in.checked, fire_webhooks: true,
  };
  const made = await post("/api/lead", lead);
  if (!made) return;
  toast(`Order ${made.order_number} is in Shopmonkey. Watch the phone.`);
  choose(phone, form.email.value);
  await refresh();
  fillLead();
}

$("lead").addEventListener("submit", askForQuote);
$("another").addEventListener("click", () => { fillLead.turn = (fillLead.turn ?? 0) + 1; fillLead(); });
$("shop").addEventListener("change", () => renderCatalog());
$("customer").addEventListener("change", (event) => choose(event.target.value));
$("composer").addEventListener("submit", (event) => { event.preventDefault(); const body = $("text").value; sendText(body, $("picture").files); $("composer").reset(); shownFiles(); });
$("picture").addEventListener("change", shownFiles);
$("quick").append(...QUICK.map((text) => draw.h("button", { type: "button", onclick: () => sendText(text) }, text)));
const clock = () => { $("clock").textContent = new Date().toLocaleTimeString([], { hour: "numeric", minute: "2-digit" }).replace(/ ?[AP]M/i, ""); };
clock();
setInterval(clock, 10000);
await refresh();
if (state) fillLead();
setInterval(refresh, 1000);
