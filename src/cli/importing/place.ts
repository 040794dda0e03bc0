import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** How far an import has come: all rows up to `row` are durable, or stand among the rejects. */
export interface ImportPlace {
  /** Of the file and of how it is read: with another file, or another meaning of its columns, an import begins anew. */
  readonly mark: string;
  readonly row: number;
  readonly rows: number;
  readonly fresh: number;
  readonly known: number;
  readonly refused: number;
  /** Bytes of the rejects that belong to it: what stands behind them is written again. */
  readonly rejectsBytes: number;
}

/** Where the place of a file's import is kept: beside the file. */
export function placeFile(file: string): string {
  return `${file}.import-place.json`;
}

/** Null when there is none, or one of another import. */
export function readPlace(file: string, mark: string): ImportPlace | null {
  try {
    const place: unknown = JSON.parse(readFileSync(placeFile(file), "utf8"));
    return isPlace(place) && place.mark === mark ? place : null;
  } catch {
    return null;
  }
}

/** As a whole or not at all: who is killed meanwhile finds the one before. */
export function writePlace(file: string, place: ImportPlace): void {
  const next = `${placeFile(file)}.new`;
  writeFileSync(next, JSON.stringify(place));
  renameSync(next, placeFile(file));
}

export function removePlace(file: string): void {
  rmSync(placeFile(file), { force: true });
}

function isPlace(value: unknown): value is ImportPlace {
  if (typeof value !== "object" || value === null || !("mark" in value)) return false;
  const numbers = ["row", "rows", "fresh", "known", "refused", "rejectsBytes"];
  return numbers.every((name) => Number.isSafeInteger(Reflect.get(value, name)));
}
