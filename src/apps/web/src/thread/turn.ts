import type { Position } from "../api/events";

interface Chunk {
  readonly position: Position;
  readonly text: string;
}

/**
 * An answer in the making. Everything shown is derived from a set of numbered chunks and a floor
 * that only rises, so the order and the number of times its events arrive do not matter.
 */
export interface Turn {
  readonly id: string;
  readonly messageId: string | null;
  readonly chunks: readonly Chunk[];
  /** Chunks at or below it were withdrawn. */
  readonly floor: Position;
  readonly heldAt: Position | null;
  readonly done: boolean;
}

const BEFORE_ALL: Position = { gen: -1, seq: -1 };

export function newTurn(id: string): Turn {
  return { id, messageId: null, chunks: [], floor: BEFORE_ALL, heldAt: null, done: false };
}

export function addText(turn: Turn, position: Position, text: string): Turn {
  if (turn.done) return turn;
  const raised = raiseFloor(turn, { gen: position.gen, seq: -1 });
  if (compare(position, raised.floor) <= 0) return raised;
  return { ...raised, chunks: insert(raised.chunks, { position, text }) };
}

export function raiseFloor(turn: Turn, floor: Position): Turn {
  if (turn.done || compare(floor, turn.floor) <= 0) return turn;
  const kept = turn.chunks.filter((chunk) => compare(chunk.position, floor) > 0);
  return { ...turn, floor, chunks: kept };
}

export function hold(turn: Turn, at: Position): Turn {
  if (turn.done || (turn.heldAt !== null && compare(at, turn.heldAt) <= 0)) return turn;
  return { ...turn, heldAt: at };
}

export function finish(turn: Turn): Turn {
  return { ...turn, chunks: [], heldAt: null, floor: BEFORE_ALL, done: true };
}

export function textOf(turn: Turn): string {
  return turn.chunks.map((chunk) => chunk.text).join("");
}

/** A sentence is being checked and nothing has come after it yet. */
export function isHeld(turn: Turn): boolean {
  if (turn.heldAt === null) return false;
  const latest = turn.chunks.at(-1)?.position ?? turn.floor;
  return compare(turn.heldAt, latest) > 0;
}

function insert(chunks: readonly Chunk[], chunk: Chunk): readonly Chunk[] {
  const index = chunks.findLastIndex((other) => compare(other.position, chunk.position) <= 0);
  const before = chunks[index];
  if (before !== undefined && compare(before.position, chunk.position) === 0) return chunks;
  return [...chunks.slice(0, index + 1), chunk, ...chunks.slice(index + 1)];
}

function compare(a: Position, b: Position): number {
  return a.gen - b.gen || a.seq - b.seq;
}
