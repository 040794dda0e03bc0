import type { Contact, Intent } from "../../../src/core/model/contact.ts";
import type { Emit, Store } from "../../../src/store/store.ts";
import type { Committed, Violate, Watch } from "../sightings.ts";

/** Every end a message may have, and the reasons that go with it. */
const ENDS: Readonly<Record<string, RegExp>> = {
  accepted: /^sent$/,
  rejected: /^provider\.rejected$/,
  failed: /^provider\.failed$/,
  refused: /./,
  unknown: /^provider\.unknown$/,
};

/**
 * I8: everything has its line in the account, under its contact, once: each event, each message, each end. The counts add
 * up, and every message ends in one state with the reason that goes with it.
 */
export function account(violate: Violate, store: Store, keys: () => readonly string[]): Watch {
  const written = new Map<string, string[]>();
  /** Lines that are gone: when their deliveries come again they are decided again, and the store takes no line twice. */
  const forgotten = new Set<string>();
  const contacts = new Map<string, Contact>();
  const taken = new Set<string>();
  /** Messages that were repeated although nobody knew what became of an attempt: the last word is on the last attempt. */
  const dark = new Set<string>();

  /** What people did is a line as well, and written again by whoever does it again. */
  const learnDeed = ({ id, key, lane }: Emit): void => {
    const lines = written.get(key) ?? [];
    if (lane !== "audit" || forgotten.has(`${key} ${id}`) || lines.includes(id)) return;
    written.set(key, [...lines, id]);
  };

  const learn = ({ key, emits, after, decided: { input } }: Committed): void => {
    contacts.set(key, after);
    if (input.kind === "reconciled" && /^(?:repeatable|impossible)$/.test(input.outcome.kind)) dark.add(input.intent);
    for (const { lane, id, key: owner } of emits) {
      if (lane !== "audit") continue;
      if (owner !== key) violate(`a line of ${key} is in the account of ${owner}`);
      if (forgotten.has(`${key} ${id}`)) continue;
      const lines = written.get(key) ?? [];
      lines.push(id);
      written.set(key, lines);
    }
  };

  const forget = (key: string): void => {
    for (const id of written.get(key) ?? []) forgotten.add(`${key} ${id}`);
    written.delete(key);
  };

  const judgeIntent = (key: string, { id, state, reason }: Intent): void => {
    const expected = ENDS[state.kind];
    if (expected === undefined) return violate(`message ${id} of ${key} has not ended: it is ${state.kind}`);
    if (state.kind === "unknown" && state.askAt !== null) violate(`message ${id} of ${key} is still unknown`);
    if (!expected.test(reason ?? "")) violate(`message ${id} of ${key} is ${state.kind} because of ${reason}`);
    if (state.kind === "refused" || state.kind === "rejected") {
      if (taken.has(id) && !dark.has(id)) violate(`message ${id} of ${key} is ${state.kind}, and a vendor took it`);
    }
    if (state.kind === "accepted" && !taken.has(id)) violate(`message ${id} of ${key} is accepted, and nobody took it`);
  };

  return {
    see(sighting) {
      if (sighting.kind === "committed") learn(sighting);
      if (sighting.kind === "wrote") for (const emit of sighting.emits) learnDeed(emit);
      if (sighting.kind === "forgotten") forget(sighting.key);
      if (sighting.kind === "accepted") taken.add(sighting.message.intentId);
    },
    async atRest() {
      for (const key of keys()) {
        const lines = onceEach((await store.history(key, { limit: 1_000_000 })).map(({ id }) => id).toReversed());
        const expected = written.get(key) ?? [];
        if (lines.join("\n") !== expected.join("\n")) {
          const twice = expected.filter((id, index) => expected.indexOf(id) !== index).join(", ");
          violate(
            `${key} has ${lines.length} lines in its account, and ${expected.length} were written; twice: ${twice}`,
          );
        }
      }
      for (const [key, contact] of contacts) {
        for (const intent of Object.values(contact.intents)) judgeIntent(key, intent);
        if (Object.keys(contact.enrollments).length > 0) violate(`${key} is still enrolled`);
      }
    },
  };
}

const DEED = /^(?:replay|discard):/;

/** A store knows for two minutes which lines it has: a person who does the same again later is told of twice. */
function onceEach(lines: readonly string[]): readonly string[] {
  return lines.filter((id, index) => !DEED.test(id) || lines.indexOf(id) === index);
}
