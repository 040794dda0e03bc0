import type { SaidLine } from "../core/model/outgoing.ts";

/** As many lines as a person reads before answering. */
const mostLines = 10;

/** What was said with a contact, for people: a line for each message, the newest last, on the clock of UTC. */
export function transcriptOf(conversation: readonly SaidLine[] | undefined): readonly string[] {
  return (conversation ?? []).slice(-mostLines).map(({ at, direction, channel, text }) => {
    const when = new Date(at).toISOString().slice(0, 16).replace("T", " ");
    return `${when} UTC, ${direction === "in" ? "they" : "we"} (${channel}): ${text.replace(/\s+/g, " ").trim()}`;
  });
}
