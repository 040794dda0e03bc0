import { readFileSync } from "node:fs";
import type { Clock } from "../core/model/clock.ts";
import { isJsonObject } from "../core/model/parse-json.ts";
import { formatInstant } from "../core/time/instant.ts";
import type { Json } from "../core/model/json.ts";
import type { ChainEnd } from "../ledger/seals.ts";
import { type Verified, verifySeals } from "../ledger/verify-seals.ts";
import { printable, printableJson } from "../rulebook/report/printable.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { createProgress } from "./progress.ts";
import { readStore } from "./read-store.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

export interface VerifyFlags {
  readonly format?: string;
  /** A file with what an earlier `--format json` printed. */
  readonly anchor?: string;
}

/** Of more findings than this nobody reads on. */
const MOST_TOLD = 50;

/** Holds the account against its seals. Throws `BadSetting`, and what a store throws that cannot be read. */
export async function verifyLedger(
  settings: RunSettings,
  { format = "pretty", anchor }: VerifyFlags,
  clock: Clock,
  io: Output,
): Promise<ExitCode> {
  if (format !== "pretty" && format !== "json")
    throw new BadSetting(`--format: expected pretty or json, found "${format}"`);
  const anchors = anchor === undefined ? {} : readAnchor(anchor);
  const store = await readStore(settings, clock);
  const progress = createProgress(io, clock, "lines of the account", 0);
  try {
    const verified = await verifySeals(store, { now: clock.now(), anchors, step: (lines) => progress.step(lines) });
    progress.end();
    io.out(format === "json" ? json(verified, clock) : pretty(verified));
    return verified.findings.length === 0 ? EXIT.fine : EXIT.findings;
  } finally {
    await store.close();
  }
}

function pretty({ sound, erased, aged, open, seals, findings }: Verified): string {
  const told = findings.slice(0, MOST_TOLD).map(({ kind, text }) => `✗ ${kind}: ${printable(text)}`);
  const more = findings.length - told.length;
  return [
    `${sound} lines are as they were when they were sealed, in ${seals} seals`,
    `${erased} were erased with their contacts, ${aged} went for their age; their digests are left`,
    `${open} are too young to be sealed`,
    ...told,
    ...(more > 0 ? [`and ${more} more; --format json tells all`] : []),
    findings.length === 0
      ? "nothing was changed, removed or put in between"
      : `${findings.length} findings: somebody has changed the account, or the store has lost part of it. Keep the store as it is, and compare it with a backup`,
    "",
  ].join("\n");
}

function json({ findings, ends, ...counts }: Verified, clock: Clock): string {
  return `${printableJson({ format_version: "1.0", at: formatInstant(clock.now()), ...counts, findings, ends })}\n`;
}

function readAnchor(file: string): Readonly<Record<string, ChainEnd>> {
  const wrong = new BadSetting(
    `--anchor: expected a file that heed ledger verify --format json printed, found ${file}`,
  );
  let read: Json;
  try {
    read = JSON.parse(readFileSync(file, "utf8")) as Json;
  } catch {
    throw wrong;
  }
  const ends = isJsonObject(read) ? read["ends"] : undefined;
  if (!isJsonObject(ends)) throw wrong;
  const known: Record<string, ChainEnd> = {};
  for (const [partition, end] of Object.entries(ends)) {
    if (!isEnd(end)) throw wrong;
    known[partition] = end;
  }
  return known;
}

function isEnd(value: unknown): value is ChainEnd {
  if (typeof value !== "object" || value === null) return false;
  return typeof Reflect.get(value, "number") === "number" && typeof Reflect.get(value, "digest") === "string";
}
