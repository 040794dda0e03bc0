import type { Clock } from "../core/model/clock.ts";
import { faultFields, type Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import { type Delivery, Unavailable, type Verdict } from "../store/store.ts";
import { Crowded } from "./asking.ts";
import { DocumentTooLarge } from "./judge-and-commit.ts";
import { LaneClosed } from "./pace.ts";

/** A delivery that fails this often for no passing reason is poison: it goes to the dead letters. */
const MOST_ATTEMPTS = 6;
const BACKOFF_MS = 500;
/** A look-up that so many wait for is slow: theirs are not the first places that become free. */
const CROWDED_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;

/** What was stored cannot be read by this process; the message is the dead letter's reason. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}

interface VerdictParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "deadLetter">;
}

/** Runs a handler and turns whatever it throws into a verdict: later for trouble that passes, the dead letters for the rest. */
export async function withVerdict(
  parts: VerdictParts,
  delivery: Delivery,
  handle: () => Promise<Verdict>,
): Promise<Verdict> {
  try {
    return await handle();
  } catch (fault) {
    // No verdict: the lane is closing, and the ticket comes again to whoever opens it next.
    if (fault instanceof LaneClosed) throw fault;
    const verdict = verdictOf(parts, delivery, fault);
    if ("dead" in verdict) parts.metrics.deadLetter(delivery.lane);
    return verdict;
  }
}

function verdictOf({ clock, log }: VerdictParts, delivery: Delivery, fault: unknown): Verdict {
  const about = { lane: delivery.lane, attempt: delivery.attempt, ...faultFields(fault) };
  if (fault instanceof Unavailable) {
    log.warn("the store is unavailable; the delivery comes again", about);
    return { again: clock.now() + fault.retryAfterMs };
  }
  if (fault instanceof Crowded) return { again: clock.now() + CROWDED_MS };
  if (fault instanceof DocumentTooLarge) return { dead: "contact document too large" };
  if (fault instanceof Unreadable) return { dead: fault.message };
  if (fault instanceof SyntaxError) return { dead: "not readable" };
  // What no store takes today it will not take tomorrow.
  if (fault instanceof RangeError) return { dead: "larger than the store takes" };
  if (delivery.attempt >= MOST_ATTEMPTS) {
    log.error("a delivery failed too often and is a dead letter now", about);
    return { dead: `failed ${delivery.attempt} times: ${fault instanceof Error ? fault.name : typeof fault}` };
  }
  log.error("a delivery failed and comes again", about);
  return { again: clock.now() + Math.min(BACKOFF_MS * 2 ** delivery.attempt, BACKOFF_MAX_MS) };
}
