import clsx from "clsx";

const FITS_IN_TWO_LINES = 3;

export function Suggestions(props: { texts: readonly string[]; onPick: (text: string) => void }) {
  if (props.texts.length === 0) return null;
  return (
    <ul
      className={clsx("suggestions", props.texts.length <= FITS_IN_TWO_LINES && "flex-wrap")}
      aria-label="Suggestions"
    >
      {props.texts.map((text) => (
        <li key={text} className="shrink-0">
          <button type="button" className="suggestion" onClick={() => props.onPick(text)}>
            {text}
          </button>
        </li>
      ))}
    </ul>
  );
}
