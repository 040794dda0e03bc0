import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { Contact } from "../../src/core/model/contact.ts";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import { accountOf } from "../../src/ledger/account-of.ts";
import { decodeContact } from "../../src/runtime/contact-codec.ts";
import { openJetStreamStore } from "../../src/store/jetstream.ts";

/** What the store holds, read by a stranger who takes no part. */
export interface Accounts {
  contacts(): Promise<readonly Contact[]>;
  /** Oldest first. */
  linesOf(key: string): Promise<readonly LedgerRecord[]>;
  /** Resolves with nothing once no lane has anything left and no message is on its way, or with what still is. */
  settled(withinMs: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

const MOST = 100_000;
/** Nothing under way for so long. */
const QUIET_MS = 3_000;

export async function openAccounts(url: string): Promise<Accounts> {
  const store = await openJetStreamStore({ url, namespace: "heed", clock: systemClock });
  const contacts = async (): Promise<readonly Contact[]> => {
    const docs = await store.scan({ limit: MOST });
    return docs.filter(({ key }) => !key.startsWith("heed:")).map(decodeContact);
  };
  const underWay = async (): Promise<readonly string[]> => {
    const { depth } = await store.health();
    const lanes = Object.entries(depth).filter(([lane, waiting]) => lane !== "dead" && waiting > 0);
    const open = (await contacts()).flatMap(pendingOf);
    return [...lanes.map(([lane, waiting]) => `${waiting} in the lane ${lane}`), ...open];
  };
  return {
    contacts,
    linesOf: async (key) => (await accountOf(store, key, MOST)).lines,
    async settled(withinMs) {
      const deadline = Date.now() + withinMs;
      let quietSince: number | null = null;
      for (;;) {
        const found = await underWay();
        if (found.length > 0) quietSince = null;
        else quietSince ??= Date.now();
        if (quietSince !== null && Date.now() - quietSince >= QUIET_MS) return [];
        if (Date.now() > deadline) return found;
        await sleep(500);
      }
    },
    close: () => store.close(),
  };
}

function pendingOf({ key, enrollments, intents }: Contact): readonly string[] {
  const open = Object.values(intents).filter(
    ({ state }) =>
      /^(?:queued|deferred|calling)$/.test(state.kind) || (state.kind === "unknown" && state.askAt !== null),
  );
  return [
    ...open.map(({ id, state }) => `message ${id} of ${key} is ${state.kind}`),
    ...Object.values(enrollments).map(({ rule, state }) => `${key} is still in ${rule}: ${state.kind}`),
  ];
}
