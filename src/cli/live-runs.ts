import type { LiveRuns, LiveRunView } from "../console/live-runs.ts";
import type { Clock } from "../core/model/clock.ts";
import type { Contact } from "../core/model/contact.ts";
import { everyContact } from "../ledger/every-document.ts";
import { decodeContact } from "../runtime/contact-codec.ts";
import type { Store } from "../store/store.ts";
import { nameOf } from "./find-contacts.ts";

/** A look goes through every document, so that it stands for a minute, and ends somewhere. */
const STANDS_MS = 60_000;
const MOST_CONTACTS = 50_000;
/** Of each rule. */
const MOST_SHOWN = 100;

interface Look {
  readonly at: number;
  readonly contacts: number;
  readonly isWhole: boolean;
  readonly byRule: ReadonlyMap<string, readonly LiveRunView[]>;
}

/** Runs that are under way, out of the documents of contacts. */
export function createLiveRuns(store: Pick<Store, "scan">, clock: Clock, most = MOST_CONTACTS): LiveRuns {
  let known: { readonly at: number; readonly look: Promise<Look> } | null = null;
  const fresh = (): Promise<Look> => {
    const now = clock.monotonic();
    if (known !== null && now - known.at < STANDS_MS) return known.look;
    const look = lookAtAll(store, clock.now(), most);
    known = { at: now, look };
    // One that failed must not stand for a minute.
    look.catch(() => (known = null));
    return look;
  };
  return {
    async of(rule) {
      const { byRule, ...looked } = await fresh();
      const runs = byRule.get(rule) ?? [];
      return { ...looked, all: runs.length, runs: runs.slice(0, MOST_SHOWN) };
    },
  };
}

async function lookAtAll(store: Pick<Store, "scan">, at: number, most: number): Promise<Look> {
  const byRule = new Map<string, LiveRunView[]>();
  let contacts = 0;
  let isWhole = true;
  for await (const page of everyContact(store)) {
    isWhole = contacts < most;
    if (!isWhole) break;
    contacts += page.length;
    for (const doc of page) {
      for (const run of runsOf(decodeContact(doc))) {
        const others = byRule.get(run.rule);
        if (others === undefined) byRule.set(run.rule, [run]);
        else others.push(run);
      }
    }
  }
  for (const runs of byRule.values()) runs.sort((a, b) => (a.until ?? 0) - (b.until ?? 0));
  return { at, contacts, isWhole, byRule };
}

function runsOf(contact: Contact): readonly LiveRunView[] {
  return Object.values(contact.enrollments).map(({ id, rule, arm, triggeredAt, step, state }) => ({
    key: contact.key,
    name: nameOf(contact),
    run: id,
    rule,
    arm,
    step,
    since: triggeredAt,
    state: state.kind,
    until: state.kind === "sending" ? null : state.until,
  }));
}
