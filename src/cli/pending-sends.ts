import { HOURS_AHEAD, type PendingView } from "../console/pending-page.ts";
import type { Clock } from "../core/model/clock.ts";
import type { Contact, Enrollment } from "../core/model/contact.ts";
import type { Rule, Rulebook } from "../core/model/rulebook.ts";
import { fractionOf } from "../core/model/sha256.ts";
import { addRange } from "../core/time/duration.ts";
import { nextLocalTime } from "../core/time/local-time.ts";
import { ruleOf } from "../core/versions.ts";
import { zoneNamed, zoneOf } from "../core/zones.ts";
import { decodeContact } from "../runtime/contact-codec.ts";
import type { Store } from "../store/store.ts";

export interface PendingParts {
  readonly store: Pick<Store, "scan">;
  readonly clock: Pick<Clock, "now" | "monotonic">;
  readonly rulebook: () => Rulebook;
}

const HOUR_MS = 3_600_000;
const PAGE = 200;
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
  let whole = false;
  for (let last: string | undefined; looked < MOST_DOCUMENTS && !whole;) {
    const page = await store.scan({ limit: PAGE, ...(last !== undefined && { after: last }) });
    for (const doc of page) {
      if (doc.key.startsWith("heed:")) continue;
      looked += 1;
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
    last = page.at(-1)?.key;
    whole = page.length < PAGE;
  }
  const rules = [...byRule].map(([rule, hours]) => ({ rule, hours })).sort((a, b) => (a.rule < b.rule ? -1 : 1));
  return { at, looked, whole, rules, ...later };
}

function count(byRule: Map<string, number[]>, rule: string, hour: number): void {
  const hours = byRule.get(rule) ?? Array.from({ length: HOURS_AHEAD }, () => 0);
  hours[hour] = (hours[hour] ?? 0) + 1;
  byRule.set(rule, hours);
}

/** More steps in a row than any rule has. */
const MOST_STEPS = 100;

/**
 * When the next message of a run would be sent, as far as time alone says; `open` when that hinges on an event, a condition
 * or an answer that is awaited; null when there is none to come.
 */
export function nextSend(
  rulebook: Rulebook,
  contact: Contact,
  enrollment: Enrollment,
  now: number,
): number | "open" | null {
  const rule = ruleOf({ rulebook }, enrollment);
  if (rule === undefined || !rule.enabled || rule.shadow || enrollment.arm === "holdout") return null;
  const { state } = enrollment;
  switch (state.kind) {
    case "listening":
      return "open";
    case "waiting":
      return sendAfter(rulebook, contact, enrollment, { rule, from: state.until });
    case "sending": {
      const intent = contact.intents[state.intent];
      if (intent?.state.kind === "deferred") return within(enrollment, intent.state.until);
      return intent?.state.kind === "queued" ? now : "open";
    }
  }
}

/** Steps that take no time lead on to the next; where the way parts, nobody knows. */
function sendAfter(
  { workspace }: Rulebook,
  contact: Contact,
  enrollment: Enrollment,
  { rule, from }: { readonly rule: Rule; readonly from: number },
): number | "open" | null {
  let at = from;
  let id: string | null = enrollment.step;
  for (let taken = 0; id !== null && taken < MOST_STEPS; taken += 1) {
    const step = rule.steps.get(id);
    if (step === undefined) return null;
    switch (step.verb) {
      case "stop":
        return null;
      case "send":
        return within(enrollment, at);
      case "branch":
      case "wait_for":
        return "open";
      case "wait":
        at =
          step.wait.kind === "for"
            ? addRange(at, step.wait.range, zoneOf(contact, workspace), fractionOf(enrollment.id, step.id))
            : nextLocalTime(step.wait.minute, at, zoneNamed(step.wait.zone, contact, workspace));
        id = step.next;
        break;
      default:
        id = step.next;
    }
  }
  return null;
}

/** A run that expires before says nothing. */
function within({ expiresAt }: Enrollment, at: number): number | null {
  return at < expiresAt ? at : null;
}
