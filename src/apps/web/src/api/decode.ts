import { asList, asObject, asText, asTextOrNull } from "./json";
import type {
  Author,
  Channel,
  ChatContext,
  ChatSession,
  HistoryPage,
  Message,
  Shop,
  Speaker,
} from "./types";

const AUTHORS: readonly string[] = ["customer", "assistant", "staff", "shop"];
const CHANNELS: readonly string[] = ["sms", "email", "web"];

export function decodeSession(body: unknown): ChatSession {
  const document = asObject(body);
  return {
    leadId: asText(document.lead_id),
    shop: decodeShop(document.shop),
    firstName: asTextOrNull(asObject(document.customer).first_name),
    vehicle: asTextOrNull(document.vehicle),
    disclosure: asText(document.disclosure),
    expiresAt: asText(document.expires_at),
  };
}

export function decodeShop(value: unknown): Shop {
  const shop = asObject(value);
  return {
    brand: asText(shop.brand),
    phone: asTextOrNull(shop.phone),
    hoursText: asText(shop.hours_text),
    openNow: shop.open_now === true,
  };
}

export function decodeHistory(body: unknown): HistoryPage {
  const data = asObject(asObject(body).data);
  return {
    messages: asList(data.messages).flatMap((item) => decodeMessage(item) ?? []),
    speaker: decodeSpeaker(data.speaker),
    nextCursor: asTextOrNull(data.next_cursor),
  };
}

export function decodeContext(body: unknown): ChatContext {
  const data = asObject(asObject(body).data);
  return {
    vehicle: asTextOrNull(data.vehicle),
    services: asList(data.services_of_interest).flatMap((item) => serviceName(item) ?? []),
  };
}

/** Null when the item has no id: nothing could tell it from its duplicate. */
export function decodeMessage(value: unknown): Message | null {
  const item = asObject(value);
  const id = asTextOrNull(item.id);
  if (id === null) return null;
  return {
    id,
    author: decodeAuthor(item.author),
    channel: decodeChannel(item.channel),
    text: asText(item.text),
    at: asText(item.at),
    metadata: item.metadata == null ? null : asObject(item.metadata),
  };
}

export function decodeSpeaker(value: unknown): Speaker {
  return value === "staff" ? "staff" : "assistant";
}

function decodeAuthor(value: unknown): Author {
  return AUTHORS.includes(asText(value)) ? (value as Author) : "shop";
}

function decodeChannel(value: unknown): Channel {
  return CHANNELS.includes(asText(value)) ? (value as Channel) : "web";
}

function serviceName(item: unknown): string | null {
  return asTextOrNull(item) ?? asTextOrNull(asObject(item).name);
}
