import { createHash } from "node:crypto";

/** All that happened, as one digest: two runs of the same seed are the same when theirs are. */
export interface Trace {
  add(line: string): void;
  /** For people only: not part of the digest, and kept only by a trace that keeps everything. */
  note(line: string): void;
  digest(): string;
  /** The last lines; all of them when the trace was asked to keep them. */
  readonly lines: readonly string[];
}

const LAST = 200;

export function createTrace(keepAll: boolean): Trace {
  const hash = createHash("sha1");
  const lines: string[] = [];
  let unhashed = "";
  const hashRest = (): void => {
    hash.update(unhashed);
    unhashed = "";
  };
  return {
    add(line) {
      unhashed += `${line}\n`;
      if (unhashed.length > 8_192) hashRest();
      lines.push(line);
      if (!keepAll && lines.length >= 2 * LAST) lines.splice(0, LAST);
    },
    note(line) {
      if (keepAll) lines.push(line);
    },
    digest() {
      hashRest();
      return hash.copy().digest("hex");
    },
    lines,
  };
}
