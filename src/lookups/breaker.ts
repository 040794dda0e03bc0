import type { Clock } from "../core/model/clock.ts";

/**
 * Leaves a source alone that does not answer: after some failures in a row nobody asks it for a while, then one question
 * tries whether it is back.
 */
export interface Breaker {
  /** Whether a question may be asked now. Who got a yes must tell what came of it. */
  enter(): boolean;
  /** `restMs`: the source itself asked to be left alone for so long. */
  tell(answered: boolean, restMs: number | null): void;
  readonly state: "closed" | "open" | "half_open";
}

const FAILURES = 5;
const FIRST_REST_MS = 5_000;
const MOST_REST_MS = 60_000;

export function createBreaker(clock: Clock, onChange: (state: Breaker["state"]) => void): Breaker {
  let state: Breaker["state"] = "closed";
  let failures = 0;
  let restMs = FIRST_REST_MS;
  let openUntil = 0;
  const become = (next: Breaker["state"]): void => {
    if (state === next) return;
    state = next;
    onChange(next);
  };
  const open = (forMs: number): void => {
    openUntil = clock.monotonic() + forMs;
    become("open");
  };
  return {
    get state() {
      return state;
    },
    enter() {
      if (state === "closed") return true;
      if (state === "half_open" || clock.monotonic() < openUntil) return false;
      become("half_open");
      return true;
    },
    tell(answered, asked) {
      if (answered) {
        failures = 0;
        restMs = FIRST_REST_MS;
        // A straggler from before says nothing about now.
        if (state !== "open") become("closed");
        return;
      }
      failures += 1;
      if (asked !== null) open(Math.min(asked, MOST_REST_MS));
      else if (state === "half_open" || (state === "closed" && failures >= FAILURES)) {
        open(restMs);
        restMs = Math.min(restMs * 2, MOST_REST_MS);
      }
    },
  };
}
