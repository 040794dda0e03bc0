import type { Clock } from "../core/model/clock.ts";
import type { Output } from "./output.ts";

/** Tells on stderr how far something long has come: nothing for the first second, then once a second. */
export interface Progress {
  step(by?: number): void;
  /** How much it is in all, where that is known better by now. */
  expect(total: number): void;
  /** Leaves the last line standing. */
  end(): void;
}

const EVERY_MS = 1_000;
const WIDTH = 24;

/** `expected`: how much it is in all, 0 when it is not known: then it only counts. */
export function createProgress(io: Output, clock: Clock, what: string, expected: number): Progress {
  const terminal = process.stderr.isTTY;
  let total = expected;
  let done = 0;
  let told = clock.monotonic();
  let shown = false;
  const tell = (): void => {
    shown = true;
    const line = total === 0 ? `${what}: ${done}` : `${bar(done / total)} ${what}: ${done} of ${total}`;
    io.err(terminal ? `\r${line}` : `${line}\n`);
  };
  return {
    step(by = 1) {
      done += by;
      if (clock.monotonic() - told < EVERY_MS) return;
      told = clock.monotonic();
      tell();
    },
    expect(known) {
      total = known;
    },
    end() {
      if (!shown) return;
      tell();
      if (terminal) io.err("\n");
    },
  };
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, share) * WIDTH);
  return `[${"#".repeat(full)}${" ".repeat(WIDTH - full)}]`;
}
