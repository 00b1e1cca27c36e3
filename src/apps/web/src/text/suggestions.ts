import type { Row } from "../thread/rows";

const AMOUNT = /\$\s?\d/;
const PERSON = "Talk to a person";
const HOURS = "Your hours";

/** One-tap messages: to begin with, and as the next step after a price. */
export function suggestionsFor(
  rows: readonly Row[],
  facts: { spoken: boolean; services: readonly string[] },
): readonly string[] {
  if (!facts.spoken) return [...priceQuestions(facts.services), HOURS, PERSON];
  const last = rows.at(-1);
  const isQuote = last?.kind === "bubble" && last.author === "assistant" && AMOUNT.test(last.text);
  return isQuote ? ["What does that include?", "When can you fit me in?", HOURS, PERSON] : [];
}

function priceQuestions(services: readonly string[]): readonly string[] {
  const asked = services.length > 0 ? services.slice(0, 2) : ["ceramic tint"];
  return asked.map((service) => `How much for ${lowerFirst(service)}?`);
}

/** Lower-cases an ordinary word; "PPF" and "XPEL wrap" stay as they are. */
function lowerFirst(name: string): string {
  return /^[A-Z][a-z]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name;
}
