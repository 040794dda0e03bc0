import type { LedgerRecord } from "../../core/model/decision.ts";
import { reasonPages } from "../../rulebook/reasons/pages.ts";
import { clockTime } from "../clock-text.ts";
import { describeTests } from "../describe-test.ts";
import { decisiveOf } from "../../conditions/explain-condition.ts";
import { describeGate, objects, testsIn } from "./describe-gate.ts";
import { endText, tellLine } from "./describe-line.ts";
import type { Story, StoryFilter } from "./story.ts";
import { textOf } from "./text-of.ts";

/** Of more runs than this the story says enough. */
const MOST_RUNS = 8;

/** In a sentence for each run of a rule: whether the contact got it, and if not, why not. */
export function answersOf(story: Story, filter: StoryFilter): readonly string[] {
  const records = story.lines.map(({ record }) => record);
  const runs = new Map<string, LedgerRecord[]>();
  for (const record of records) {
    if (record.enrollment === undefined) continue;
    runs.set(record.enrollment, [...(runs.get(record.enrollment) ?? []), record]);
  }
  const started = [...runs].map(([id, run]) => answerOfRun(story, id, run));
  const refused = records.filter(({ kind }) => kind === "not_enrolled").map((record) => refusal(story, record));
  const starts = story.missed.filter(({ what }) => what === "start");
  const missed = starts.map((one) => `\`${one.rule}\` did not start for ${story.name}: ${one.because}.`);
  const all = [...new Set([...started, ...refused, ...missed])];
  if (all.length === 0) return [nothing(story, filter)];
  const cut = all.length - MOST_RUNS;
  return cut > 0 ? [`${cut} earlier answers are left out: ask for one --rule or --event.`, ...all.slice(cut)] : all;
}

function answerOfRun(story: Story, enrollment: string, run: readonly LedgerRecord[]): string {
  const { name, zones } = story;
  const rule = run[0]?.rule ?? "";
  const sent = run.filter(({ kind, reason }) => kind === "message" && reason === "sent");
  const end = run.findLast(({ kind }) => kind === "ended");
  const standing = story.standing.find((one) => one.enrollment === enrollment);
  const hurdles = hurdlesOf(run, zones.zone);
  if (sent.length > 0) {
    const isForTeam = ({ detail }: LedgerRecord): boolean => story.teamChannels.has(textOf(detail?.["channel"]));
    const through = (messages: readonly LedgerRecord[]): string =>
      listed(
        messages.map(({ detail, at }) => `through ${textOf(detail?.["channel"])} on ${clockTime(at, zones.zone)}`),
      );
    const own = sent.filter((record) => !isForTeam(record));
    const team = sent.filter(isForTeam);
    const got = [
      ...(own.length === 0 ? [] : [`${name} got \`${rule}\` ${through(own)}`]),
      ...(team.length === 0 ? [] : [`\`${rule}\` told your team of ${name} ${through(team)}`]),
    ].join("; ");
    const waits = hurdles.filter(({ wait }) => wait).map(({ says }) => says);
    const others = hurdles.filter(({ wait }) => !wait).map(({ text }) => text);
    const late = waits.length === 0 ? "" : `, having waited because ${waits.join(", and then ")}`;
    const rest = others.length === 0 ? "" : `; then ${others.join(", and then ")}`;
    const open = standing === undefined ? "" : `; it ${standing.text}`;
    return `${got}${late}${rest}${open}.`;
  }
  const stood = hurdles.map(({ text }) => text).join(", and then ");
  if (standing !== undefined) {
    const before = stood === "" ? "" : `; before, ${stood}`;
    return `${name} has not got \`${rule}\` yet: it ${standing.text}${before}.`;
  }
  // A rule that tags, sets and emits is not one whose message was missed.
  const silent = end?.reason === "completed" && !run.some(({ kind }) => kind === "message");
  if (silent)
    return `\`${rule}\` came to its end for ${name}, and had no message to send${stood === "" ? "" : `; ${stood}`}.`;
  if (stood === "")
    return `${name} has not got \`${rule}\`, and nothing says why: its lines may be older than what is kept.`;
  const unknown = run.findLast(({ kind }) => kind === "message")?.reason === "provider.unknown";
  return unknown ? `Whether ${name} got \`${rule}\` is open: ${stood}.` : `${name} did not get \`${rule}\`: ${stood}.`;
}

interface Hurdle {
  /** Half a sentence without what it saw. */
  readonly says: string;
  readonly text: string;
  /** Whether it only took time. */
  readonly wait: boolean;
}

/** What stood in the way, in order: each reason once, of several waits for the same reason the last. */
function hurdlesOf(run: readonly LedgerRecord[], zone: string): readonly Hurdle[] {
  const hurdles = new Map<string, Hurdle>();
  for (const [index, record] of run.entries()) {
    const { kind, reason, detail = {} } = record;
    if (reason === "provider.unknown" && isSettled(record, run.slice(index + 1))) continue;
    if (reason === undefined || reason === "sent" || reason === "completed") continue;
    // A message that is refused because its enrollment ends, or ends it, is told once.
    if (kind === "ended" && hurdles.has(`${reason} for good`)) continue;
    const wait = typeof detail["until"] === "number";
    const name = wait ? reason : `${reason} for good`;
    hurdles.delete(name);
    hurdles.set(name, { says: reasonPages[reason].says, text: hurdle(record, zone), wait });
  }
  return [...hurdles.values()];
}

/** Whether it became known later what had come of a message. */
function isSettled({ intent }: LedgerRecord, later: readonly LedgerRecord[]): boolean {
  return later.some(
    (one) =>
      one.kind === "message" && one.intent === intent && one.intent !== undefined && one.reason !== "provider.unknown",
  );
}

function hurdle({ reason = "sent", detail = {}, at, kind }: LedgerRecord, zone: string): string {
  const says = reasonPages[reason].says;
  const until = typeof detail["until"] === "number" ? detail["until"] : null;
  if (until !== null) return `${says}, so it waited until ${clockTime(until, zone)}`;
  const gate = objects(detail["gates"]).at(-1);
  const tests = testsIn(gate?.["tests"] ?? detail["tests"]);
  if (tests.length > 0) return `${says}: ${describeTests(decisiveOf(tests), zone)}`;
  if (gate?.["verdict"] !== undefined) {
    const saw = describeGate(gate, { at, zone, until });
    return saw === "" ? says : `${says}: ${saw}`;
  }
  const code = typeof detail["code"] === "string" ? ` (${detail["code"]})` : "";
  return `${says}${kind === "ended" ? endText(detail, zone) : code}`;
}

function refusal({ name, zones }: Story, record: LedgerRecord): string {
  const { text } = tellLine(record, zones.zone);
  return `For ${name}, ${text}.`;
}

/** Nothing of what was asked for is in the story. */
function nothing({ name, lines, erased, unheard, zones }: Story, { rule, event, message }: StoryFilter): string {
  const known = lines.some(({ record }) => record.kind === "event");
  if (erased !== null && !known)
    return `${name} was erased on ${clockTime(erased, zones.zone)}, and the account of an erased contact is gone.`;
  if (message !== null) return `There is no message ${message} in the account of ${name}.`;
  if (event !== null && !known) return `The event ${event} never arrived for ${name}.`;
  const why = unheard === null ? "" : ": none listens to its type";
  if (event !== null) return `The event ${event} started no rule for ${name}${why}.`;
  if (rule !== null) return `\`${rule}\` did not start for ${name}: no event that starts it arrived.`;
  return known ? `Nothing that happened to ${name} starts a rule.` : `Nothing has happened to ${name}.`;
}

function listed(parts: readonly string[]): string {
  return parts.length < 3 ? parts.join(" and ") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
