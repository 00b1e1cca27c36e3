import { asObject, asText, asTextOrNull, parseJson } from "../api/json";
import type { ChatSession, Shop } from "../api/types";

const KEY = "leadcore.visit";

/** What this tab may remember of a visit: which lead, and how to reach the shop. */
export class VisitMemory {
  readonly #storage: Storage | null;

  constructor(storage: Storage | null) {
    this.#storage = storage;
  }

  remember(session: ChatSession): void {
    const { brand, phone } = session.shop;
    const visit = { lead_id: session.leadId, brand, phone };
    try {
      this.#storage?.setItem(KEY, JSON.stringify(visit));
    } catch {
      // Private windows may refuse to store; the cookie still carries the session.
    }
  }

  leadId(): string | null {
    return asTextOrNull(this.#visit().lead_id);
  }

  shop(): Shop | null {
    const visit = this.#visit();
    const brand = asText(visit.brand);
    if (brand === "") return null;
    return { brand, phone: asTextOrNull(visit.phone), hoursText: "", openNow: false };
  }

  #visit() {
    return asObject(parseJson(this.#storage?.getItem(KEY) ?? ""));
  }
}

/** Null where the browser forbids storage altogether (merely reading the property throws there). */
export function tabStorage(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}
