import type { CanonicalEvent } from "./model/event.ts";
import { change, type Run } from "./run.ts";

/** Tags of one contact; a document has to hold them all. */
const MOST_TAGS = 500;

/** False when the contact has it already, or has too many. */
export function addTag(run: Run, tag: string): boolean {
  const { tags } = run.contact;
  if (tags.includes(tag) || tags.length >= MOST_TAGS) return false;
  change(run, { tags: [...tags, tag] });
  return true;
}

/** Tags of the contact that were known elsewhere. */
export function uniteTags(run: Run, tags: readonly string[]): void {
  for (const tag of tags) addTag(run, tag);
}

/** False when the contact does not have it. */
export function removeTag(run: Run, tag: string): boolean {
  if (!run.contact.tags.includes(tag)) return false;
  change(run, { tags: run.contact.tags.filter((known) => known !== tag) });
  return true;
}

/** Others may tag, too. What Heed itself emitted has been done already, and perhaps undone since. */
export function learnTag(run: Run, event: CanonicalEvent): void {
  const tag = event.data["tag"];
  if (event.provider === "heed" || typeof tag !== "string" || tag === "") return;
  if (event.event_type === "contact.tagged") addTag(run, tag);
  if (event.event_type === "contact.untagged") removeTag(run, tag);
}
