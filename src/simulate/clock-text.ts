/** Time since the start of a case: `+15m`, `+2d 15m`, `+9m 30s`. */
export function elapsed(ms: number): string {
  const parts: string[] = [];
  let rest = Math.floor(ms / 1_000);
  for (const [unit, seconds] of [
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
  ] as const) {
    const count = Math.floor(rest / seconds);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * seconds;
  }
  if (rest > 0 || parts.length === 0) parts.push(`${rest}s`);
  return `+${parts.join(" ")}`;
}

/** On the clock of a zone: `Fri 6 Mar 14:15`, with seconds when there are any. */
export function clockTime(atMs: number, zone: string): string {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? "";
  const seconds = part("second") === "00" ? "" : `:${part("second")}`;
  return `${part("weekday")} ${part("day")} ${part("month")} ${part("hour")}:${part("minute")}${seconds}`;
}
