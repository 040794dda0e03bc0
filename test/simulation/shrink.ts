import type { Fault } from "./faults.ts";
import { planOf, type Restriction } from "./plan.ts";

/** Runs that a failing seed is worth. */
const MOST_TRIES = 400;
/** With something left out, everything else happens at other moments: a few lucks are tried before it counts as needed. */
const LUCKS = [0, 1, 2, 3, 4, 5];

/**
 * Leaves out of a failing seed whatever it fails without: events by halves, quarters, and one by one, then versions,
 * pauses, processes and faults. `fails` plays a restriction and says whether the same promise breaks.
 */
export async function shrink(
  start: Restriction,
  fails: (smaller: Restriction) => Promise<boolean>,
): Promise<Restriction> {
  let best = start;
  let tries = 0;
  const attempt = async (smaller: Restriction): Promise<boolean> => {
    for (const luck of new Set([best.luck ?? 0, ...LUCKS])) {
      if (tries >= MOST_TRIES) return false;
      tries += 1;
      const lucky = { ...smaller, luck };
      if (!(await fails(lucky))) continue;
      best = lucky;
      return true;
    }
    return false;
  };

  let events = planOf(start).events.map(({ number }) => number);
  for (let size = Math.ceil(events.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < events.length;) {
      const fewer = [...events.slice(0, from), ...events.slice(from + size)];
      if (await attempt({ ...best, only: new Set(fewer) })) events = fewer;
      else from += size;
    }
  }
  await attempt({ ...best, oneVersion: true });
  await attempt({ ...best, noPauses: true });
  await attempt({ ...best, noLetters: true });
  await attempt({ ...best, processes: 1 });
  let faults: ReadonlySet<Fault> = new Set(planOf(start).faults.keys());
  if (await attempt({ ...best, faults: new Set() })) return best;
  for (const fault of faults) {
    const fewer = new Set([...faults].filter((each) => each !== fault));
    if (await attempt({ ...best, faults: fewer })) faults = fewer;
  }
  return best;
}

/** The command that plays exactly this again. */
export function replayCommand(restriction: Restriction, planted: string | null): string {
  const { seed, luck, events, only, faults, processes, oneVersion, noPauses, noLetters, crashAtStep } = restriction;
  return [
    `npm run sim -- --seed ${seed} --events ${events}`,
    luck === undefined || luck === 0 ? "" : `--luck ${luck}`,
    only === undefined ? "" : `--only ${[...only].join(",")}`,
    faults === undefined ? "" : `--faults ${faults.size === 0 ? "none" : [...faults].join(",")}`,
    processes === undefined ? "" : `--processes ${processes}`,
    oneVersion === true ? "--one-version" : "",
    noPauses === true ? "--no-pauses" : "",
    noLetters === true ? "--no-letters" : "",
    crashAtStep === undefined ? "" : `--crash-at ${crashAtStep}`,
    planted === null ? "" : `--plant ${planted}`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}
