import type { Figured } from "./figured.ts";
import { sums } from "./sums.ts";

/** What the numbers leave out, scale or take for granted, for people who decide by them. */
export function notesOf(figured: Figured, missing: readonly string[]): readonly string[] {
  const { survey, base, head, compared, setting } = figured;
  const { tally } = compared;
  const notes: string[] = [];
  const share = `${Number((100 * setting.sample).toFixed(2))} %`;
  if (setting.sample < 1) {
    notes.push(
      `${share} of the contacts were played, and sums scaled up: the busiest minute, reasons and differences without bounds.`,
    );
  }
  const scaled = new Set([...base.count.scaled, ...head.count.scaled]);
  if (scaled.size > 0) {
    notes.push(
      `Limits that contacts share were scaled to ${share}, too, of messages to one at least: ${[...scaled].toSorted().join(", ")}.`,
    );
  }
  notes.push(
    "What people did with messages that one arm alone sends is not known: neither opens nor replies to them were played.",
  );
  if (survey.messages.sent === null) {
    notes.push(
      "The recording does not say what was sent, so nobody can say how far the base arm does what production did; reactions are told by how their message's id looks, and come when they came.",
    );
  }
  const open = tally.scaled(sums.open);
  if (open > 0) {
    notes.push(
      `${open === 1 ? "1 message of one arm was" : `${open} messages of one arm were`} still to come in the other when the recording ended: such count in their arm, and as no difference.`,
    );
  }
  const asked = new Set([...base.count.lookedUp, ...head.count.lookedUp]);
  if (asked.size > 0) {
    notes.push(
      `What look-ups found was not recorded; both arms went on as if they had found nothing: ${[...asked].toSorted().join(", ")}.`,
    );
  }
  if (missing.length > 0) notes.push(`Never recorded, so that what waits for it is unknown: ${missing.join(", ")}.`);
  if (survey.ownEvents > 0) {
    notes.push(`${survey.ownEvents} recorded events were made by rules; each arm makes its own instead.`);
  }
  notes.push(
    "Both arms begin with contacts of whom nothing is known: what was said of them before the recording is missing in both.",
  );
  return notes;
}
