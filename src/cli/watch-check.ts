import type { Clock } from "../core/model/clock.ts";
import { type CheckFlags, type CheckIo, createReport } from "./check.ts";
import { findTarget } from "./check-target.ts";
import { BadSetting } from "./run-settings.ts";
import { watchWorkspace } from "./watch-workspace.ts";

export interface WatchIo extends CheckIo {
  readonly clock: Clock;
  /** Whether a person looks at a screen, which is cleared for every judgement. */
  readonly terminal: boolean;
}

const clearScreen = "\u001b[2J\u001b[3J\u001b[H";

/** Judges, and judges again whenever a file has changed. Returns how to stop. Throws `BadSetting`, at the first time only. */
export function watchCheck(paths: readonly string[], flags: CheckFlags, io: WatchIo): () => void {
  if (flags.fix === true)
    throw new BadSetting("--watch leaves your files alone while you write: run `heed check --fix` by itself");
  if ((flags.format ?? "pretty") !== "pretty")
    throw new BadSetting("--watch is for people and knows the format pretty only");
  const { workspace } = findTarget(paths);
  const report = createReport(paths, flags, io);
  const show = (judge: () => string): void => {
    const began = io.clock.monotonic();
    const text = judge();
    const took = Math.round(io.clock.monotonic() - began);
    if (io.terminal) io.write(clearScreen);
    io.write(text);
    io.talk(`\nchecked at ${timeOfDay(io.now())} in ${took} ms; watching ${workspace}, Ctrl-C ends\n`);
  };
  // The watch first, so that nothing is changed between reading and watching.
  const stop = watchWorkspace(workspace, io.clock, () => show(() => textOf(report)));
  try {
    show(() => report().text);
  } catch (fault) {
    stop();
    throw fault;
  }
  return stop;
}

/** While git changes branches it may not know what changed; the next edit asks again. */
function textOf(report: ReturnType<typeof createReport>): string {
  try {
    return report().text;
  } catch (fault) {
    if (fault instanceof BadSetting) return `${fault.message}\n`;
    throw fault;
  }
}

/** As the clock on the wall says. */
function timeOfDay(now: number): string {
  return new Date(now).toTimeString().slice(0, 8);
}
