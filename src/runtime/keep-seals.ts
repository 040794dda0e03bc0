import type { Clock } from "../core/model/clock.ts";
import { readSealHead, type SealHead, sealLines, SEALS_KEY } from "../ledger/seals.ts";
import { faultFields, type Log } from "../observe/log.ts";
import { type Emit, type Retention, type Store, Unavailable } from "../store/store.ts";
import { againAndAgain } from "./again-and-again.ts";
import { encodeJson } from "./contact-codec.ts";

export interface SealsParts {
  readonly store: Pick<Store, "load" | "commit" | "audit">;
  readonly clock: Clock;
  readonly log: Log;
  readonly retention: () => Retention;
  /** Whether this process is the one that seals; asked before each look. */
  readonly isMine: () => boolean;
}

export interface SealsKeeper {
  /** Seals all that was written, however little it is. Rejects with `Unavailable`. */
  sealNow(): Promise<void>;
  /** Seals what is there before it rests: while a system is stopped, its store lies open. */
  stop(): Promise<void>;
}

const LOOK_MS = 60_000;
/** Lines of a block: a thousand digests are 75 kB, which a commit carries on every store. */
const BLOCK = 1_000;
/** A block that is not full is sealed when its first line is so old. */
const SEAL_AFTER_MS = 5 * 60_000;

/**
 * Seals the account in the background, block by block in the order in which it was written. The seals are committed
 * together with how far they reach, so that a crash, or another process that seals as well, leaves no line out and seals
 * none twice.
 */
export function keepSeals({ store, clock, log, retention, isMine }: SealsParts): SealsKeeper {
  let stopped = false;

  const sealUp = async (atOnce: boolean): Promise<void> => {
    for (;;) {
      const doc = await store.load(SEALS_KEY, "latest");
      const head = readSealHead(doc?.body ?? null);
      const lines = await store.audit({ after: head.place, limit: BLOCK });
      const first = lines.find(({ key }) => key !== SEALS_KEY);
      const isDue = atOnce || lines.length === BLOCK || (first?.at ?? Infinity) <= clock.now() - SEAL_AFTER_MS;
      if (first === undefined || !isDue) return;
      const sealed = sealLines(withAge(head, retention(), clock.now()), lines, clock.now());
      const committed = await store.commit({
        key: SEALS_KEY,
        base: doc?.rev ?? "new",
        body: encodeJson(sealed.head),
        wakeAt: null,
        emit: sealed.seals.map((seal): Emit => ({
          lane: "audit",
          key: SEALS_KEY,
          id: `${seal.partition}.${seal.number}`,
          body: encodeJson(seal),
        })),
      });
      if (!committed.ok) throw new Unavailable(`the account is sealed by another process: ${committed.why}`);
      if (lines.length < BLOCK || stopped) return;
    }
  };
  const loop = againAndAgain({
    clock,
    log,
    everyMs: LOOK_MS,
    whenFailing: "the account cannot be sealed for now",
    async look() {
      if (isMine()) await sealUp(false);
    },
  });
  return {
    async sealNow() {
      await loop.settled();
      await sealUp(true);
    },
    async stop() {
      stopped = true;
      await loop.stop();
      if (!isMine()) return;
      await sealUp(true).catch((fault: unknown) =>
        log.warn("the account could not be sealed at the end", faultFields(fault)),
      );
    },
  };
}

/** What may be gone by its age is known to the seals, so that nothing else passes for it. */
function withAge(head: SealHead, { ledger }: Retention, now: number): SealHead {
  const aged = ledger === null ? 0 : now - ledger;
  return { ...head, keepMs: ledger, agedBefore: Math.max(head.agedBefore, aged) };
}
