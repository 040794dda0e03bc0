import type { CommandContext } from "./command-context.ts";
import { existsSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { Document, isCollection } from "yaml";
import type { Clock } from "../core/model/clock.ts";
import type { LedgerRecord } from "../core/model/decision.ts";
import type { Rulebook } from "../core/model/rulebook.ts";
import { accountOf } from "../ledger/account-of.ts";
import type { RecordedEvent } from "../plan/recorded.ts";
import { checkWorkspace } from "../rulebook/check-workspace.ts";
import { type CompiledWorkspace, compileParsed } from "../rulebook/compile-workspace.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import type { ParsedWorkspace } from "../rulebook/parsed-workspace.ts";
import { renderProblems } from "../rulebook/report/render-problems.ts";
import { pathTypesOf } from "../rulebook/type-of-path.ts";
import { decodeContact } from "../runtime/contact-codec.ts";
import { keysOf } from "../simulate/explain/story-of-case.ts";
import { renderReport } from "../simulate/report/render-report.ts";
import { runTests } from "../simulate/run-tests.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { follow, keysMeant } from "./explain-store.ts";
import { momentOf } from "./moment.ts";
import type { Output } from "./output.ts";
import { readStore, type StoreReading } from "./read-store.ts";
import { openStorePart } from "./recordings/store-part.ts";
import { baseOf } from "./repository-base.ts";
import { BadSetting } from "./run-settings.ts";
import { caseOf, type Incident, type MadeCase } from "./test-new-case.ts";
import { createFiction } from "./test-new-fiction.ts";

export interface TestNewFlags {
  /** An id or an address. */
  readonly fromContact: string;
  /** Two moments. */
  readonly between: readonly string[];
  readonly rule?: string;
  /** Where the file goes; beside the rule unless given. */
  readonly out?: string;
}

/** A case has no more events (`schemas/test.schema.json`). */
const MOST_EVENTS = 200;
const MOST_LINES = 5_000;

/**
 * Makes a test of what happened to somebody, told of somebody who does not exist, and plays it: exits with 1 when the rules
 * of now do something else. Throws `BadSetting`, and what a store throws that cannot be read.
 */
export async function testNew(flags: TestNewFlags, context: CommandContext): Promise<ExitCode> {
  const { settings, clock, io } = context;
  const [from, until] = readBetween(flags.between, clock);
  const read = readRules(settings.workspace, io);
  if (read === null) return EXIT.unreadable;
  const store = await readStore(settings, clock);
  let found: Found;
  try {
    found = await findIncident(store, flags, read, { from, until });
  } finally {
    await store.close();
  }
  const { incident, notes } = found;
  const made = caseOf(incident, read.compiled.rulebook, createFiction());
  const file = fileFor(flags, incident, read, made);
  writeFileSync(file, textOf(made, incident, read, file), { flag: "wx" });
  for (const note of [...notes, ...made.notes]) io.err(`heed test new: ${note}\n`);
  return play(settings.workspace, file, io);
}

function readBetween(between: readonly string[], clock: Clock): readonly [from: number, until: number] {
  const [from, until, ...more] = between;
  if (from === undefined || until === undefined || more.length > 0)
    throw new BadSetting(
      "--between takes two moments, such as 2026-03-06T14:00:00Z 2026-03-07T14:00:00Z; a folder is named before it",
    );
  const span = [
    momentOf("--between", from, clock),
    Math.min(momentOf("--between", until, clock), clock.now()),
  ] as const;
  if (span[0] >= span[1])
    throw new BadSetting("--between: the first moment must be earlier than the second, and than now");
  return span;
}

interface ReadRules {
  readonly parsed: ParsedWorkspace;
  readonly compiled: CompiledWorkspace;
  readonly workspace: string;
}

function readRules(workspace: string, io: Output): ReadRules | null {
  const { parsed, problems } = checkWorkspace(loadWorkspace(workspace), null);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length === 0 && parsed.workspace !== null)
    return { parsed, compiled: compileParsed(parsed, parsed.workspace, {}), workspace };
  io.err(renderProblems(errors, { format: "pretty", colours: false }));
  return null;
}

interface Found {
  readonly incident: Incident;
  readonly notes: readonly string[];
}

interface Span {
  readonly from: number;
  readonly until: number;
}

async function findIncident(store: StoreReading, flags: TestNewFlags, read: ReadRules, span: Span): Promise<Found> {
  const { contact, keys } = await findContact(store, flags.fromContact, read.compiled.country);
  const notes: string[] = [];
  const all = await linesOf(store, keys, span);
  const rules = rulesMeant(all, flags.rule, read.compiled.rulebook, notes);
  const known = pathTypesOf(read.parsed)?.events;
  const came = await eventsOf(store, keys, span);
  const events = came.filter(({ event }) => known === undefined || known.isKnown(event.event_type));
  if (events.length < came.length)
    notes.push(`left out ${came.length - events.length} events of types that heed.yaml does not name`);
  if (events.length === 0)
    throw new BadSetting(
      "nothing came in of this contact between the two moments, or the store keeps it no more (retention.events in heed.yaml): try an earlier --between",
    );
  if (events.length > MOST_EVENTS)
    throw new BadSetting(
      `${events.length} events are too many for a case, which has ${MOST_EVENTS} at the most: choose a shorter --between`,
    );
  const lines = all.filter(({ rule }) => rule !== undefined && rules.has(rule));
  return { incident: { contact, events, lines, rules, until: span.until }, notes };
}

async function findContact(store: StoreReading, named: string, country: string) {
  for (const key of keysMeant(named, country)) {
    const doc = await store.load(key, "latest");
    if (doc === null) continue;
    const { contact, ways } = await follow(store, decodeContact(doc));
    return { contact, keys: new Set([...keysOf(contact), ...ways]) };
  }
  throw new BadSetting(`nobody is known as ${named.slice(0, 60)} in this store; heed contact list finds people`);
}

async function linesOf(
  store: StoreReading,
  keys: ReadonlySet<string>,
  { from, until }: Span,
): Promise<readonly LedgerRecord[]> {
  const lines: LedgerRecord[] = [];
  for (const key of keys) lines.push(...(await accountOf(store, key, MOST_LINES)).lines);
  return lines.filter(({ at }) => at >= from && at <= until).toSorted((a, b) => a.at - b.at);
}

async function eventsOf(
  store: StoreReading,
  keys: ReadonlySet<string>,
  { from, until }: Span,
): Promise<readonly RecordedEvent[]> {
  const part = await openStorePart(store, "store");
  const ignored = { unreadable: () => undefined, other: () => undefined };
  const events: RecordedEvent[] = [];
  for await (const some of part.events(from, ignored)) {
    events.push(...some.filter(({ key, at }) => at <= until && keys.has(key)));
    if (some.some(({ at }) => at > until)) break;
  }
  return events;
}

/** The rules that did something, of those that there still are. */
function rulesMeant(
  lines: readonly LedgerRecord[],
  named: string | undefined,
  rulebook: Rulebook,
  notes: string[],
): ReadonlySet<string> {
  if (named !== undefined) {
    if (!rulebook.rules.has(named)) throw new BadSetting(`--rule: there is no rule ${named.slice(0, 60)}`);
    return new Set([named]);
  }
  const acted = [...new Set(lines.flatMap(({ rule }) => rule ?? []))].toSorted();
  const gone = acted.filter((rule) => !rulebook.rules.has(rule));
  if (gone.length > 0) notes.push(`left out what rules did that there are no more: ${gone.join(", ")}`);
  const rules = acted.filter((rule) => rulebook.rules.has(rule));
  if (rules.length === 0)
    throw new BadSetting(
      "no rule did anything about this contact between the two moments: name one with --rule, or other moments",
    );
  return new Set(rules);
}

/** Beside the first rule, by what day it was; with a number where there is such a file. */
function fileFor({ out }: TestNewFlags, { rules }: Incident, read: ReadRules, { start }: MadeCase): string {
  if (out !== undefined) {
    if (existsSync(out)) throw new BadSetting(`--out: ${out} is there already`);
    return out;
  }
  const [first = ""] = rules;
  const rule = fileOfRule(read, first);
  const name = `${basename(rule, ".yaml")}.incident-${start.slice(0, 10)}`;
  for (let number = 1; ; number += 1) {
    const file = join(dirname(rule), `${name}${number === 1 ? "" : `-${number}`}.test.yaml`);
    if (!existsSync(file)) return file;
  }
}

function fileOfRule({ parsed, workspace }: ReadRules, rule: string): string {
  const found = parsed.rules.find(({ file }) => file.rule === rule);
  return join(workspace, found?.document.source.name ?? `${rule}.yaml`);
}

function textOf(made: MadeCase, { rules }: Incident, read: ReadRules, file: string): string {
  const { start, horizon, contacts, given, arms, providers, expect, because } = made;
  const day = start.slice(0, 10);
  const document = new Document({
    suite: basename(file, ".test.yaml"),
    description: `What happened on ${day}, told of somebody who does not exist.`,
    rules: [...rules].map((rule) => relative(dirname(file), fileOfRule(read, rule))),
    start,
    horizon,
    contacts,
    cases: [
      {
        name: `what happened on ${day}`,
        given,
        ...(arms !== null && { arms }),
        ...(providers !== null && { providers }),
        expect,
        ...(because.length > 0 && { because }),
      },
    ],
  });
  for (const path of [
    ["rules"],
    ...placesOfLists(["cases", 0, "given"], given.length),
    ...placesOfLists(["cases", 0, "because"], because.length),
    ...placesOfLists(["cases", 0, "expect"], expect === "none" ? 0 : expect.length),
  ]) {
    const node = document.getIn(path, true);
    if (isCollection(node)) node.flow = true;
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function placesOfLists(path: readonly (string | number)[], count: number): readonly (readonly (string | number)[])[] {
  return Array.from({ length: count }, (_, index) => [...path, index]);
}

/** Whether the rules of now do what was done. */
async function play(workspace: string, file: string, io: Output): Promise<ExitCode> {
  const { parsed, problems } = checkWorkspace(loadWorkspace(workspace), null);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0 || parsed.workspace === null) {
    io.err(renderProblems(errors, { format: "pretty", colours: false }));
    io.err(`heed test new: ${file} is written, and heed check does not take it as it is\n`);
    return EXIT.findings;
  }
  const suite = basename(file, ".test.yaml");
  const report = await runTests({ parsed, heed: parsed.workspace }, (title) => title.startsWith(`${suite} › `));
  const failed = report.cases.some(({ outcome }) => outcome.status === "failed");
  if (failed)
    io.err(renderReport(report, { format: "pretty", coverage: false, colours: false, base: baseOf(workspace) }));
  io.out(
    failed
      ? `${file}: the rules of now do something else than what was done, or what came before matters (an earlier --between takes it in)\n`
      : `${file}: plays as it happened; say what should have happened instead, and mend the rule until it passes\n`,
  );
  return failed ? EXIT.findings : EXIT.fine;
}
