const DAY = new Intl.DateTimeFormat("en-US", { weekday: "long", month: "long", day: "numeric" });
const DAY_WITH_YEAR = new Intl.DateTimeFormat("en-US", { dateStyle: "long" });
const TIME = new Intl.DateTimeFormat("en-US", { timeStyle: "short" });

/** The reader's own calendar day. */
export function dayKey(at: string): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

export function dayLabel(at: string, now: Date): string {
  const key = dayKey(at);
  if (key === dayKey(now.toISOString())) return "Today";
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (key === dayKey(yesterday.toISOString())) return "Yesterday";
  const date = new Date(at);
  return (date.getFullYear() === now.getFullYear() ? DAY : DAY_WITH_YEAR).format(date);
}

export function timeLabel(at: string): string {
  return TIME.format(new Date(at));
}
