import type { Clock } from "../core/model/clock.ts";
import { createKeyedRunner, type StepAside } from "./keyed-runner.ts";
import type { KeyClaims } from "./key-claims.ts";
import { lookAheadFor } from "./lane-reader.ts";
import { ownsPartition, partitionOf } from "./partition.ts";
import type { ConsumeOptions, Consumer, Delivery, Key, Revision, Verdict } from "./store.ts";
import type { DuePass, WakeUp } from "./wake-ups.ts";

/**
 * A wake-up that is due is offered again after this many milliseconds for as long as its document stays unchanged:
 * the offer depends on the state, not on a message, so none can get lost and an early one does no harm.
 */
export const REOFFER_MS = 2_000;
const LOOK_EVERY_MS = 100;

export interface DueReaderOptions extends ConsumeOptions {
  readonly clock: Clock;
  readonly claims: KeyClaims;
  readonly beginPass: (now: number) => DuePass;
  /** Whether the document still has this revision. */
  readonly isCurrent: (wakeUp: Pick<WakeUp, "key" | "rev">) => boolean;
  /** Puts it on the dead lane; it is not offered again before its document changes. */
  readonly bury: (wakeUp: WakeUp, reason: string) => Promise<void>;
  /** As for a lane: a crash in the midst counts as an attempt, where the store can tell. */
  readonly begin: (wakeUp: WakeUp) => { readonly attempt: number; readonly ended: () => void };
  readonly handle: (delivery: Delivery) => Promise<Verdict>;
  readonly isClosed: () => boolean;
  readonly reofferMs: number;
}

/** A wake-up whose handler failed or asked for later. Forgotten when its document changes or its handler is done. */
interface Postponed {
  readonly rev: Revision;
  /** Epoch milliseconds; null: never, until the document changes. */
  readonly until: number | null;
  readonly attempts: number;
}

/** Feeds the `due` lane. `notify` is for a commit that wants to be woken at once. */
export function readDue(options: DueReaderOptions): Consumer & { readonly notify: () => void } {
  const { clock, shard, parallel, claims } = options;
  ownsPartition(shard, 0);
  const postponed = new Map<Key, Postponed>();
  let pass = options.beginPass(clock.now());
  let passBegan = clock.monotonic();
  let refused: WakeUp | null = null;
  let stopped = false;
  let pumping = false;
  /** Revisions waiting or at work: a slow handler is not offered the same thing twice. */
  const offered = new Map<Key, Revision>();
  const runner = createKeyedRunner({
    clock,
    parallel,
    lookAhead: lookAheadFor(parallel),
    perKey: 1,
    claims,
    onRoom: pump,
  });

  function pump(): void {
    if (stopped || pumping || options.isClosed()) return;
    pumping = true;
    try {
      walk();
    } finally {
      pumping = false;
    }
  }

  function walk(): void {
    for (;;) {
      const now = clock.now();
      const wakeUp = refused ?? pass.next(now);
      refused = null;
      if (wakeUp === null) {
        if (clock.monotonic() - passBegan < options.reofferMs) return;
        beginAgain(now);
        continue;
      }
      if (!isWanted(wakeUp, now)) continue;
      const before = offered.get(wakeUp.key);
      offered.set(wakeUp.key, wakeUp.rev);
      const answer = runner.offer({ key: wakeUp.key, run: deliver(wakeUp), drop: () => forget(wakeUp) });
      if (answer !== "taken") forget(wakeUp);
      if (answer !== "taken" && before !== undefined) offered.set(wakeUp.key, before);
      // A held key is met again by the next pass.
      if (answer === "full") {
        refused = wakeUp;
        return;
      }
    }
  }

  function beginAgain(now: number): void {
    pass.end();
    runner.rewind();
    pass = options.beginPass(now);
    passBegan = clock.monotonic();
    for (const [key, { rev, until }] of postponed) {
      // Its document changed meanwhile.
      if ((until === null || until <= now) && !options.isCurrent({ key, rev })) postponed.delete(key);
    }
  }

  function isWanted(wakeUp: WakeUp, now: number): boolean {
    if (!ownsPartition(shard, shard === undefined ? 0 : partitionOf(wakeUp.key))) return false;
    if (offered.get(wakeUp.key) === wakeUp.rev) return false;
    const found = postponed.get(wakeUp.key);
    if (found === undefined) return true;
    if (found.rev !== wakeUp.rev) {
      postponed.delete(wakeUp.key);
      return true;
    }
    return found.until !== null && found.until <= now;
  }

  const deliver =
    (wakeUp: WakeUp) =>
    async (stepAside: StepAside): Promise<void> => {
      if (!options.isCurrent(wakeUp)) return forget(wakeUp);
      const earlier = postponed.get(wakeUp.key);
      const { attempt, ended } = options.begin(wakeUp);
      const attempts = attempt + (earlier?.rev === wakeUp.rev ? earlier.attempts : 0);
      let leaseEnds = clock.monotonic() + options.leaseMs;
      const delivery = toDelivery(wakeUp, attempts, stepAside, () => {
        leaseEnds = clock.monotonic() + options.leaseMs;
      });
      const postpone = (until: number | null): void => {
        postponed.set(wakeUp.key, { rev: wakeUp.rev, until, attempts: attempts - attempt + 1 });
      };
      try {
        const verdict = await options.handle(delivery);
        if ("done" in verdict) postponed.delete(wakeUp.key);
        else if ("again" in verdict) postpone(verdict.again);
        else {
          await options.bury(wakeUp, verdict.dead);
          postpone(null);
        }
      } catch {
        // No verdict, or the dead lane could not take it: offered again when the lease ends.
        postpone(clock.now() + Math.max(0, leaseEnds - clock.monotonic()));
      }
      ended();
      forget(wakeUp);
    };

  function forget(wakeUp: WakeUp): void {
    if (offered.get(wakeUp.key) === wakeUp.rev) offered.delete(wakeUp.key);
  }

  let cancelTick = (): void => undefined;
  function tick(): void {
    if (stopped || options.isClosed()) return;
    pump();
    cancelTick = clock.after(LOOK_EVERY_MS, tick);
  }
  tick();
  return {
    notify: pump,
    async stop(drainMs) {
      if (stopped) return;
      stopped = true;
      cancelTick();
      pass.end();
      await runner.stop(drainMs);
    },
  };
}

function toDelivery({ key, rev, at }: WakeUp, attempt: number, stepAside: StepAside, extend: () => void): Delivery {
  return { lane: "due", id: rev, key, body: new Uint8Array(0), at, attempt, extend, stepAside };
}
