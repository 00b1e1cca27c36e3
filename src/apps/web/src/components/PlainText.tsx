import { splitLinks } from "../text/links";

export function PlainText({ text }: { text: string }) {
  let offset = 0;
  return splitLinks(text, window.location.origin).map((piece) => {
    const key = offset;
    offset += piece.text.length;
    if (piece.kind === "text") return <span key={key}>{piece.text}</span>;
    return (
      <a key={key} href={piece.href} className="underline underline-offset-2" rel="noreferrer">
        {piece.text}
      </a>
    );
  });
}
