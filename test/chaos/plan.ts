import { chanceOf } from "../simulation/chance.ts";
import type { Person } from "./scene.ts";

/** Milliseconds after the start of the run. */
interface Timed {
  readonly at: number;
}

/** What people do, and what the world tells of it. */
export type Happening = Timed & { readonly id: string; readonly person: Person } & {
  readonly kind: "order" | "cart" | "offer" | "click" | "stop";
};

export type Fault = WorkerFault | ServerFault | (Timed & { readonly kind: "reload rules"; readonly version: number });
type WorkerFault = Timed & {
  readonly kind: "kill worker" | "freeze worker" | "cut link";
  readonly worker: number;
  readonly forMs: number;
};
export type ServerFault = Timed & { readonly kind: "kill server" | "freeze server"; readonly forMs: number };

/** What a vendor does with the next messages. */
export type VendorAnswer = "ok" | "accept-then-hang" | "accept-then-reset" | "hang" | "500";

export interface Plan {
  readonly seed: number;
  readonly seconds: number;
  readonly happenings: readonly Happening[];
  readonly faults: readonly Fault[];
  readonly answers: Readonly<Record<"twilio" | "sendgrid", readonly VendorAnswer[]>>;
}

export interface PlanOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly people: readonly Person[];
  readonly workers: number;
  /** Only this, over and over: the first worker is killed so many times. */
  readonly kills: number | null;
}

const HAPPENINGS_PER_SECOND = 12;
/** For each death of a run of deaths: told at once, while the process is young. */
export const HAPPENINGS_PER_KILL = 15;
const MEAN_PAUSE_MS = 900;
/** Longer than every lease there is, of a delivery or of a call. */
const BEYOND_LEASES_MS = 11_000;
const ANSWERS = 2_000;

/** Everything that a run draws is drawn here, from streams of their own: the same seed, the same plan. */
export function planOf(options: PlanOptions): Plan {
  const { seed, seconds, kills } = options;
  return {
    seed,
    seconds,
    happenings: drawHappenings(options),
    faults: kills === null ? drawFaults(options) : [],
    answers: { twilio: drawAnswers(seed, "twilio"), sendgrid: drawAnswers(seed, "sendgrid") },
  };
}

function drawHappenings({ seed, seconds, people, kills }: PlanOptions): readonly Happening[] {
  const chance = chanceOf(seed, "happenings");
  const count = kills === null ? Math.round(seconds * HAPPENINGS_PER_SECOND) : kills * HAPPENINGS_PER_KILL;
  return Array.from({ length: count }, (_, index): Happening => {
    const at = kills === null ? chance.between(0, seconds * 1_000) : 0;
    const roll = chance.fraction();
    const kind = roll < 0.45 ? "order" : roll < 0.65 ? "cart" : roll < 0.78 ? "offer" : roll < 0.97 ? "click" : "stop";
    return { at, kind, id: `${kind}-${index}`, person: chance.pick(people) };
  }).toSorted((a, b) => a.at - b.at);
}

function drawFaults({ seed, seconds, workers }: PlanOptions): readonly Fault[] {
  const chance = chanceOf(seed, "faults");
  const faults: Fault[] = [];
  let serverBusyUntil = 0;
  for (let at = 1_000; at < seconds * 1_000; at += chance.between(MEAN_PAUSE_MS / 3, (MEAN_PAUSE_MS * 5) / 3)) {
    const worker = chance.between(0, workers - 1);
    const roll = chance.fraction();
    if (roll < 0.4) faults.push({ at, kind: "kill worker", worker, forMs: 0 });
    else if (roll < 0.52) faults.push({ at, kind: "freeze worker", worker, forMs: freezeMs(chance.fraction()) });
    else if (roll < 0.72) faults.push({ at, kind: "cut link", worker, forMs: chance.between(300, 9_000) });
    else if (roll < 0.82) faults.push({ at, kind: "reload rules", version: faults.length + 2 });
    else if (at > serverBusyUntil) {
      const kind = roll < 0.92 ? "kill server" : "freeze server";
      const forMs = chance.between(200, kind === "kill server" ? 1_500 : 7_000);
      faults.push({ at, kind, forMs });
      serverBusyUntil = at + forMs + 1_000;
    }
  }
  return faults;
}

/** Half of them shorter than a lease, half of them longer. */
function freezeMs(fraction: number): number {
  return fraction < 0.5 ? 500 + fraction * 8_000 : BEYOND_LEASES_MS + (fraction - 0.5) * 4_000;
}

function drawAnswers(seed: number, vendor: string): readonly VendorAnswer[] {
  const chance = chanceOf(seed, "answers", vendor);
  return Array.from({ length: ANSWERS }, (): VendorAnswer => {
    const roll = chance.fraction();
    // Long calls are what a death can hit in the middle.
    if (roll < 0.1) return "accept-then-hang";
    if (roll < 0.14) return "accept-then-reset";
    if (roll < 0.17) return "hang";
    return roll < 0.2 ? "500" : "ok";
  });
}
