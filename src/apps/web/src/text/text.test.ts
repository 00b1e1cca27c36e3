import { describe, expect, it } from "vitest";
import type { Row } from "../thread/rows";
import { splitLinks } from "./links";
import { formatPhone } from "./phone";
import { suggestionsFor } from "./suggestions";

const ORIGIN = "https://chat.example.com";

describe("links", () => {
  it.each([
    ["See https://chat.example.com/c/quote.", ["https://chat.example.com/c/quote"]],
    ["Call tel:+15125550142, please", ["tel:+15125550142"]],
    ["Go to https://evil.example.org/pay", []],
    ["https://chat.example.com.evil.example.org/x", []],
    ["https://chat.example.com@evil.example.org/x", []],
    ["http://chat.example.com/downgraded", []],
    ["javascript:alert(1) and data:text/html,x", []],
  ])("in %j are %j", (text, expected) => {
    const pieces = splitLinks(text, ORIGIN);

    expect(pieces.flatMap((piece) => (piece.kind === "link" ? piece.href : []))).toEqual(expected);
    expect(pieces.map((piece) => piece.text).join("")).toBe(text);
  });
});

describe("suggestions", () => {
  const said = (text: string): Row => ({
    kind: "bubble",
    key: "m1",
    author: "assistant",
    channel: "web",
    text,
    at: "2026-11-20T15:00:00Z",
    delivery: null,
    opensGroup: true,
    closesGroup: true,
  });

  it("open an empty thread with the services asked for", () => {
    const texts = suggestionsFor([], { spoken: false, services: ["Paint protection", "PPF"] });

    expect(texts).toEqual([
      "How much for paint protection?",
      "How much for PPF?",
      "Your hours",
      "Talk to a person",
    ]);
  });

  it("open an empty thread when nothing is known", () => {
    const texts = suggestionsFor([], { spoken: false, services: [] });

    expect(texts).toEqual(["How much for ceramic tint?", "Your hours", "Talk to a person"]);
  });

  it("follow a price and nothing else", () => {
    const facts = { spoken: true, services: [] };

    expect(suggestionsFor([said("That is $549.")], facts)).toContain("When can you fit me in?");
    expect(suggestionsFor([said("We are open.")], facts)).toEqual([]);
  });
});

describe("phone numbers", () => {
  it("are written as people read them", () => {
    expect(formatPhone("+15125550142")).toBe("(512) 555-0142");
    expect(formatPhone("+442079460018")).toBe("+442079460018");
  });
});
