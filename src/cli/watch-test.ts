import type { Clock } from "../core/model/clock.ts";
import { BadSetting } from "./run-settings.ts";
import { test, type TestFlags, type TestIo } from "./test.ts";
import { watchWorkspace } from "./watch-workspace.ts";

export interface WatchTestIo extends TestIo {
  readonly clock: Clock;
  /** Whether a person looks at a screen, which is cleared for every round. */
  readonly terminal: boolean;
}

const clearScreen = "\u001b[2J\u001b[3J\u001b[H";

/** Tests, and tests again whenever a file has changed. Resolves to how to stop, after the first round. Throws `BadSetting`. */
export async function watchTest(workspace: string, flags: TestFlags, io: WatchTestIo): Promise<() => void> {
  if ((flags.format ?? "pretty") !== "pretty")
    throw new BadSetting("--watch is for people and knows the format pretty only");
  const round = async (): Promise<void> => {
    const began = io.clock.monotonic();
    const parts: string[] = [];
    const gather = (text: string): void => void parts.push(text);
    await test(workspace, flags, { write: gather, talk: gather, colours: io.colours });
    const took = Math.round(io.clock.monotonic() - began);
    if (io.terminal) io.write(clearScreen);
    io.write(parts.join(""));
    io.talk(`\ntested in ${took} ms; watching ${workspace}, Ctrl-C ends\n`);
  };
  // One round at a time; what changes meanwhile makes one more.
  let running = false;
  let again = false;
  const changed = async (): Promise<void> => {
    again = true;
    if (running) return;
    running = true;
    while (again) {
      again = false;
      await round().catch((fault: unknown) => io.talk(`${fault instanceof Error ? fault.message : String(fault)}\n`));
    }
    running = false;
  };
  // The watch first, so that nothing is changed between reading and watching.
  const stop = watchWorkspace(workspace, io.clock, () => void changed());
  try {
    await round();
  } catch (fault) {
    stop();
    throw fault;
  }
  return stop;
}
