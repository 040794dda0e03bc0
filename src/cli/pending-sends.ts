import { HOURS_AHEAD, type PendingView } from "../console/pending-page.ts";
import type { Clock } from "../core/model/clock.ts";
import type { Rulebook } from "../core/model/rulebook.ts";
import { nextSend } from "../core/next-send.ts";
import { everyContact } from "../ledger/every-document.ts";
import { decodeContact } from "../runtime/contact-codec.ts";
import type { Store } from "../store/store.ts";

export interface PendingParts {
  readonly store: Pick<Store, "scan">;
  readonly clock: Pick<Clock, "now" | "monotonic">;
  readonly rulebook: () => Rulebook;
}

const HOUR_MS = 3_600_000;
/** A look at more would keep the process from its work; the page says how many were looked at. */
const MOST_DOCUMENTS = 20_000;
/** Whoever asks within a minute gets the same answer. */
const FRESH_MS = 60_000;

/** Counts what the runs under way would send in the next hours, by rule. Looks at most once a minute. */
export function lookAtPending(parts: PendingParts): () => Promise<PendingView> {
  let known: { readonly at: number; readonly view: Promise<PendingView> } | null = null;
  return () => {
    const now = parts.clock.monotonic();
    if (known !== null && now - known.at < FRESH_MS) return known.view;
    const view = look(parts);
    known = { at: now, view };
    view.catch(() => (known = null));
    return view;
  };
}

async function look({ store, clock, rulebook: rulebookOf }: PendingParts): Promise<PendingView> {
  const at = clock.now();
  const rulebook = rulebookOf();
  const byRule = new Map<string, number[]>();
  const later = { open: 0, beyond: 0 };
  let looked = 0;
  let whole = true;
  for await (const page of everyContact(store)) {
    if (looked >= MOST_DOCUMENTS) {
      whole = false;
      break;
    }
    looked += page.length;
    for (const doc of page) {
      const contact = decodeContact(doc);
      for (const enrollment of Object.values(contact.enrollments)) {
        const next = nextSend(rulebook, contact, enrollment, at);
        if (next === "open") later.open += 1;
        if (typeof next !== "number") continue;
        const hour = Math.max(0, Math.floor(next / HOUR_MS) - Math.floor(at / HOUR_MS));
        if (hour >= HOURS_AHEAD) later.beyond += 1;
        else count(byRule, enrollment.rule, hour);
      }
    }
  }
  const rules = [...byRule].map(([rule, hours]) => ({ rule, hours })).sort((a, b) => (a.rule < b.rule ? -1 : 1));
  return { at, looked, whole, rules, ...later };
}

function count(byRule: Map<string, number[]>, rule: string, hour: number): void {
  const hours = byRule.get(rule) ?? Array.from({ length: HOURS_AHEAD }, () => 0);
  hours[hour] = (hours[hour] ?? 0) + 1;
  byRule.set(rule, hours);
}
