import { decodeMessage, decodeSpeaker } from "./decode";
import { asInteger, asObject, asText, asTextOrNull, type Json, parseJson } from "./json";
import type { Message, Speaker } from "./types";

/** Where an event stands inside its turn: generations first, then the sequence in it. */
export interface Position {
  readonly gen: number;
  readonly seq: number;
}

export type ChatEvent =
  | { readonly type: "turn"; readonly turnId: string; readonly messageId: string | null }
  | {
      readonly type: "delta";
      readonly turnId: string;
      readonly position: Position;
      readonly text: string;
    }
  | { readonly type: "reset"; readonly turnId: string; readonly floor: Position }
  | { readonly type: "held"; readonly turnId: string; readonly position: Position }
  | { readonly type: "done"; readonly turnId: string; readonly message: Message }
  | { readonly type: "message"; readonly message: Message }
  | { readonly type: "handoff"; readonly eventId: string; readonly speaker: Speaker }
  | { readonly type: "bye" };

export interface RawEvent {
  readonly id?: string | undefined;
  readonly event?: string | undefined;
  readonly data: string;
}

/** Null for events this page does not know, so that the server may add some. */
export function decodeEvent(raw: RawEvent): ChatEvent | null {
  const data = asObject(parseJson(raw.data));
  const id = raw.id ?? "";
  switch (raw.event) {
    case "message":
      return withMessage(data, (message) => ({ type: "message", message }));
    case "handoff":
      return { type: "handoff", eventId: id, speaker: decodeSpeaker(data.speaker) };
    case "bye":
      return { type: "bye" };
    default:
      return decodeTurnEvent(raw.event, id, data);
  }
}

function decodeTurnEvent(name: string | undefined, id: string, data: Json): ChatEvent | null {
  const turnId = asTextOrNull(data.turn_id);
  const position = parsePosition(id);
  if (turnId === null || position === null) return null;
  const gen = asInteger(data.gen) ?? position.gen;
  switch (name) {
    case "turn":
      return { type: "turn", turnId, messageId: asTextOrNull(data.message_id) };
    case "delta":
      return {
        type: "delta",
        turnId,
        position: { gen, seq: position.seq },
        text: asText(data.text),
      };
    case "reset":
      return { type: "reset", turnId, floor: resetFloor(gen, position) };
    case "held":
      return { type: "held", turnId, position };
    case "done":
      return withMessage(asObject(data.message), (message) => ({ type: "done", turnId, message }));
    default:
      return null;
  }
}

/** A reset numbered in the generation it ends must not outrank the first words of the next one. */
function resetFloor(gen: number, position: Position): Position {
  return gen > position.gen ? { gen, seq: -1 } : { gen, seq: position.seq };
}

/** Reads `<turn>.<gen>.<seq>`; the turn's own id may contain dots. */
function parsePosition(id: string): Position | null {
  const match = /\.(\d+)\.(\d+)$/.exec(id);
  return match === null ? null : { gen: Number(match[1]), seq: Number(match[2]) };
}

function withMessage(data: Json, build: (message: Message) => ChatEvent): ChatEvent | null {
  const message = decodeMessage(data);
  return message === null ? null : build(message);
}
