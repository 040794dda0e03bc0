import type { Contact } from "../core/model/contact.ts";
import type { LedgerRecord } from "../core/model/decision.ts";
import type { Json } from "../core/model/json.ts";
import type { Change, Happening } from "./happening.ts";

/** What one decision changed about the contact itself, or null when it changed nothing of it. */
export function changeBetween(before: Contact, after: Contact): Change | null {
  const names = new Set([...Object.keys(before.attributes), ...Object.keys(after.attributes)]);
  const attributes = [...names]
    .filter((name) => !isSame(before.attributes[name], after.attributes[name]))
    .map((name) => [name, after.attributes[name] ?? null] as const);
  const tagged = after.tags.filter((tag) => !before.tags.includes(tag));
  const untagged = before.tags.filter((tag) => !after.tags.includes(tag));
  if (attributes.length + tagged.length + untagged.length === 0) return null;
  return { attributes: Object.fromEntries(attributes), tagged, untagged };
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

type Move = Omit<Extract<Happening, { kind: "moved" }>, "kind" | "at" | "key" | "decision">;

/** Which enrollments one decision took further. */
export function movesBetween(
  before: Contact,
  { contact: after, records }: { readonly contact: Contact; readonly records: readonly LedgerRecord[] },
): readonly Move[] {
  const going = Object.values(after.enrollments).flatMap(({ id, rule, step, begun, state }) => {
    const known = before.enrollments[id];
    const atWork = state.kind !== "waiting";
    const same = known?.step === step && (known.state.kind !== "waiting") === atWork;
    return begun && !same ? [{ rule, from: known?.step ?? null, to: { step }, atWork }] : [];
  });
  const ended = records.flatMap(({ kind, reason, rule, enrollment }) => {
    if (kind !== "ended" || rule === undefined || enrollment === undefined) return [];
    // Any other end cuts an enrollment short wherever it stands.
    if (reason !== "completed" && reason !== "stopped.by_step") return [];
    return [{ rule, from: before.enrollments[enrollment]?.step ?? null, to: { end: reason }, atWork: false }];
  });
  return [...going, ...ended];
}
