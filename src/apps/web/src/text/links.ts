export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

const CANDIDATE = /\bhttps?:\/\/[^\s<>"']+|\btel:\+?[\d().-]{5,24}/gi;
const TRAILING_PUNCTUATION = /[.,;:!?)\]}]+$/;

/**
 * Splits plain text into text and links. Only `tel:` and URLs of `origin` become links: an answer
 * must not be able to send a customer to somebody else's site.
 */
export function splitLinks(text: string, origin: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const found = match[0].replace(TRAILING_PUNCTUATION, "");
    if (!isAllowed(found, origin)) continue;
    pushText(pieces, text.slice(end, match.index));
    pieces.push({ kind: "link", text: found, href: found });
    end = match.index + found.length;
  }
  pushText(pieces, text.slice(end));
  return pieces;
}

function isAllowed(url: string, origin: string): boolean {
  if (/^tel:/i.test(url)) return true;
  try {
    return new URL(url).origin === origin;
  } catch {
    return false;
  }
}

function pushText(pieces: Piece[], text: string): void {
  if (text !== "") pieces.push({ kind: "text", text });
}
