import { closeSync, ftruncateSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import type { Reject } from "./read-row.ts";

/** The rejects of an import, as a file that people open in a spreadsheet. */
export interface RejectsFile {
  add(rejects: readonly Reject[]): void;
  /** Bytes so far; 0 while there are none but the names of the columns. */
  size(): number;
  /** Leaves no file behind in which there is nothing. */
  close(): void;
}

const HEADER = "row,column,value,reason,what to do\n";
/** Enough of a cell to find it. */
const MOST_CHARACTERS = 200;

/** Whether a file of rejects has all that an import wrote into it: people open, move and delete such files. */
export function hasRejects(path: string, size: number): boolean {
  return size === 0 || (statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= size;
}

/** Goes on behind `size` bytes, 0 for a new file. */
export function openRejects(path: string, size: number): RejectsFile {
  const file = openSync(path, size === 0 ? "w" : "r+");
  let bytes = size;
  const write = (text: string): void => {
    bytes += writeSync(file, text, bytes, "utf8");
  };
  if (size === 0) write(HEADER);
  else ftruncateSync(file, size);
  return {
    add(rejects) {
      if (rejects.length === 0) return;
      write(rejects.map(lineOf).join(""));
    },
    size: () => (bytes === HEADER.length ? 0 : bytes),
    close() {
      closeSync(file);
      if (bytes === HEADER.length) rmSync(path, { force: true });
    },
  };
}

function lineOf({ row, column, value, reason, help }: Reject): string {
  const cut = value.length > MOST_CHARACTERS ? `${value.slice(0, MOST_CHARACTERS)}…` : value;
  return `${[String(row), column, cut, reason, help].map(cell).join(",")}\n`;
}

/** In quotes where it must be; what a spreadsheet would take for a formula gets an apostrophe, which makes it a text. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n;]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
