import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Gathered } from "../../plan/backtest/gather.ts";
import { BadSetting } from "../run-settings.ts";
import type { Gathering } from "./gather-stretch.ts";

export type Told =
  | { readonly kind: "events"; readonly count: number }
  | { readonly kind: "gathered"; readonly gathered: Gathered }
  /** What is wrong with the file, in words for people. */
  | { readonly kind: "refused"; readonly why: string };

const WORKER = new URL("./stretch-worker.js", import.meta.url);

/** Whether this program has what a thread runs: a build has, sources that run as they are have not. */
export function hasThreads(): boolean {
  return existsSync(fileURLToPath(WORKER));
}

/** As `gatherStretch` does it, in a thread of its own. */
export async function gatherInThread(gathering: Gathering, onEvents: (count: number) => void): Promise<Gathered> {
  const worker = new Worker(WORKER, { workerData: gathering });
  try {
    return await new Promise((resolve, reject) => {
      worker.on("message", (told: Told) => {
        if (told.kind === "events") onEvents(told.count);
        else if (told.kind === "gathered") resolve(told.gathered);
        else reject(new BadSetting(told.why));
      });
      worker.on("error", reject);
    });
  } finally {
    await worker.terminate();
  }
}
