import { statSync } from "node:fs";
import type { Readable } from "node:stream";
import type { Clock } from "../core/model/clock.ts";
import type { Live, PlanRequest, Recorded } from "../plan/make-plan.ts";
import type { Plan } from "../plan/plan.ts";
import { liveContacts } from "./live-contacts.ts";
import { createProgress } from "./progress.ts";
import { readStore } from "./read-store.ts";
import { openRecording } from "./recordings/open-recording.ts";
import { BadSetting, type RunFlags, type RunSettings } from "./run-settings.ts";

export interface PlanDataFlags extends Pick<RunFlags, "store" | "dataDir"> {
  readonly events?: readonly string[];
  readonly since?: string;
  readonly sample?: string;
  readonly full?: boolean;
  readonly seed?: string;
  /** Examples say what messages say. */
  readonly showContent?: boolean;
}

export interface PlanDataIo {
  /** What is told beside the result. */
  talk(text: string): void;
  readonly clock: Clock;
  readonly stdin: Readable;
  readonly env: NodeJS.ProcessEnv;
}

type PlanData = Pick<PlanRequest, "recorded" | "live">;

/** Makes a plan with what the flags name to make it from, and closes that. Throws `BadSetting`. */
export async function withPlanData(
  settings: RunSettings,
  flags: PlanDataFlags,
  io: PlanDataIo,
  make: (data: PlanData) => Promise<Plan>,
): Promise<Plan> {
  return withRecording(settings, flags, io, (recorded) =>
    withStore(settings, flags, io, (live) => make({ recorded, live })),
  );
}

/** With whoever is under way in the store, where one is named. */
async function withStore(
  settings: RunSettings,
  { store: named, dataDir }: PlanDataFlags,
  { clock }: PlanDataIo,
  make: (live: Live | null) => Promise<Plan>,
): Promise<Plan> {
  if (named === undefined && dataDir === undefined) return make(null);
  const store = await readStore(settings, clock);
  try {
    return await make({ contacts: liveContacts(store), now: clock.now() });
  } finally {
    await store.close();
  }
}

async function withRecording(
  settings: RunSettings,
  flags: PlanDataFlags,
  io: PlanDataIo,
  make: (recorded: Recorded | null) => Promise<Plan>,
): Promise<Plan> {
  const { events = [] } = flags;
  // A file was made with what its maker wanted in it; of a store the last weeks say most.
  const since = flags.since ?? (events.some(isStore) ? "28d" : null);
  const [sample, seed] = [readSample(flags), readSeed(flags.seed ?? "1")];
  if (events.length === 0) return make(null);
  const { clock, env, stdin } = io;
  const recording = await openRecording(events, since, { settings, env, clock, stdin });
  const progress = progressOf(io, recording.count);
  try {
    const key = env["HEED_PLAN_KEY"] ?? "";
    return await make({
      recording,
      options: {
        sample,
        seed,
        key: key === "" ? null : key,
        showContent: flags.showContent ?? false,
        threads: true,
        onProgress: (done, of) => progress.at(done, of),
      },
      notes: () => recording.notes(),
    });
  } finally {
    progress.end();
    await recording.close();
  }
}

function isStore(source: string): boolean {
  if (source === "store" || source.includes("://")) return true;
  return statSync(source, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** A bar that is told how far it is. */
function progressOf(io: PlanDataIo, total: number) {
  const tell = (text: string): void => io.talk(text);
  const bar = createProgress({ out: tell, err: tell }, io.clock, "events read", total);
  let last = 0;
  return {
    at(done: number, of: number): void {
      bar.expect(of);
      bar.step(done - last);
      last = done;
    },
    end: (): void => bar.end(),
  };
}

/** Null leaves it to the size of the recording. */
function readSample({ sample, full }: PlanDataFlags): number | null {
  if (full === true && sample !== undefined) throw new BadSetting("--sample: either a share or --full, not both");
  if (full === true) return 1;
  if (sample === undefined) return null;
  const share = Number(sample);
  if (/^\d*\.?\d+$/.test(sample) && share > 0 && share <= 1) return share;
  throw new BadSetting(`--sample takes a share above 0 and up to 1, such as 0.1, not "${sample.slice(0, 40)}"`);
}

function readSeed(text: string): number {
  const seed = Number(text);
  if (/^\d{1,9}$/.test(text)) return seed;
  throw new BadSetting(`--seed takes a whole number of up to nine digits, not "${text.slice(0, 40)}"`);
}
