import { parentPort, workerData } from "node:worker_threads";
import { BadSetting } from "../run-settings.ts";
import { type Gathering, gatherStretch } from "./gather-stretch.ts";
import type { Told } from "./stretch-thread.ts";

/** The thread of a stretch: reads it, tells how far it is, and hands over what it gathered. */
const say = (told: Told): void => parentPort?.postMessage(told, []);
try {
  const gathered = await gatherStretch(workerData as Gathering, (count) => say({ kind: "events", count }));
  say({ kind: "gathered", gathered });
} catch (fault) {
  if (!(fault instanceof BadSetting)) throw fault;
  say({ kind: "refused", why: fault.message });
}
