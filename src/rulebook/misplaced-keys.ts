import type { Json } from "../core/model/json.ts";

/** What people write as a verb: the channel itself. */
const channelWords: ReadonlySet<string> = new Set(["email", "sms", "slack", "push", "whatsapp", "webhook", "message"]);

/** Where a key belongs that the language has elsewhere, told by the keys that are known here; null when it has none. */
export function placeOf(key: string, value: Json, known: readonly string[]): string | null {
  if (known.includes("trigger") && (key === "where" || key === "max_age")) return "it belongs under `trigger:`";
  if (known.includes("send") && known.includes("wait_for")) {
    const time = typeof value === "string" && /^\d{1,6}[smhdw]$/.test(value) ? value : "1h";
    if (key === "delay") return `put a step \`- wait: ${time}\` above it`;
    if (channelWords.has(key)) return `write \`send: ${key}\`, and what it says in keys beside it`;
  }
  if (known.length === 1 && known[0] === "between" && key === "until") {
    return 'a delay is a duration: remove it, and begin the actions with a step such as `- wait: { until: "09:00" }`';
  }
  return null;
}
