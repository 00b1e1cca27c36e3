export type Author = "customer" | "assistant" | "staff" | "shop";
export type Channel = "sms" | "email" | "web";
export type Speaker = "assistant" | "staff";

export interface Message {
  readonly id: string;
  readonly author: Author;
  readonly channel: Channel;
  readonly text: string;
  readonly at: string;
  readonly metadata: Readonly<Record<string, unknown>> | null;
}

export interface Shop {
  readonly brand: string;
  readonly phone: string | null;
  readonly hoursText: string;
  readonly openNow: boolean;
}

export interface ChatSession {
  readonly leadId: string;
  readonly shop: Shop;
  readonly firstName: string | null;
  readonly vehicle: string | null;
  readonly disclosure: string;
  readonly expiresAt: string;
}

export interface HistoryPage {
  readonly messages: readonly Message[];
  readonly speaker: Speaker;
  readonly nextCursor: string | null;
}

export interface ChatContext {
  readonly vehicle: string | null;
  readonly services: readonly string[];
}
