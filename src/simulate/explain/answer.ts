import type { LedgerRecord } from "../../core/model/decision.ts";
import { isJsonArray } from "../../core/model/parse-json.ts";
import { clockTime } from "../clock-text.ts";
import { objects } from "./describe-gate.ts";
import { tellLine } from "./describe-line.ts";
import { type Moment, momentsOf, type No, type Sent, tellHurdles, type Wait } from "./moments.ts";
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
  const standing = story.standing.find((one) => one.enrollment === enrollment);
  // What it waits for now is told as what it waits for, and not once more as what stood in its way.
  const moments = momentsOf(run, zones.zone).filter((moment) => standing === undefined || !isOpen(moment));
  const open = standing === undefined ? "" : `; it ${standing.text}`;
  if (moments.some(isSent)) return `${tellSent(story, rule, moments)}${open}.`;
  const stood = tellHurdles(moments.filter(isHurdle), zones.zone);
  if (standing !== undefined) {
    const before = stood === "" ? "" : `; before, ${stood}`;
    return `${name} has not got \`${rule}\` yet: it ${standing.text}${before}.`;
  }
  // A rule that tags, sets and emits is not one whose message was missed.
  const end = run.findLast(({ kind }) => kind === "ended");
  const silent = end?.reason === "completed" && !run.some(({ kind }) => kind === "message");
  if (silent)
    return `\`${rule}\` came to its end for ${name}, and had no message to send${stood === "" ? "" : `; ${stood}`}.`;
  if (stood === "")
    return `${name} has not got \`${rule}\`, and nothing says why: its lines may be older than what is kept.`;
  const unknown = run.findLast(({ kind }) => kind === "message")?.reason === "provider.unknown";
  return unknown ? `Whether ${name} got \`${rule}\` is open: ${stood}.` : `${name} did not get \`${rule}\`: ${stood}.`;
}

function isOpen(moment: Moment): boolean {
  return moment.kind === "wait" && moment.ended === null;
}

function isSent(moment: Moment): moment is Sent {
  return moment.kind === "sent";
}

function isHurdle(moment: Moment): moment is Wait | No {
  return moment.kind !== "sent";
}

/** A run that spoke: what was sent, and what stood in the way before, between and after, in order. */
function tellSent(story: Story, rule: string, moments: readonly Moment[]): string {
  const { zone } = story.zones;
  const parts: string[] = [];
  let hurdles: (Wait | No)[] = [];
  let group: Delivered[] = [];
  let before: readonly (Wait | No)[] = [];
  const close = (): void => {
    if (group.length === 0) return;
    if (parts.length > 0) parts.push(`then ${tellHurdles(before, zone)}`, `then ${tellGroup(story, "it", group)}`);
    else
      parts.push(
        tellGroup(story, `\`${rule}\``, group),
        ...(before.length > 0 ? [`before, ${tellHurdles(before, zone)}`] : []),
      );
    group = [];
  };
  for (const moment of moments) {
    if (moment.kind !== "sent") {
      hurdles.push(moment);
      continue;
    }
    // What came last and only took time is told with the message that waited.
    const first = hurdles.findLastIndex(({ kind }) => kind !== "wait") + 1;
    const waits = hurdles.slice(first);
    const others = hurdles.slice(0, first);
    if (group.length > 0 && others.length > 0) close();
    if (group.length === 0) before = others;
    group.push({ record: moment.record, waits });
    hurdles = [];
  }
  close();
  if (hurdles.length > 0) parts.push(`then ${tellHurdles(hurdles, zone)}`);
  return parts.join("; ");
}

interface Delivered {
  readonly record: LedgerRecord;
  /** What it waited for at the last. */
  readonly waits: readonly (Wait | No)[];
}

/** `Ana got it through sms on Sat 7 Mar 08:00`, and what was told to the workspace's own people. */
function tellGroup({ name, zones, teamChannels }: Story, what: string, group: readonly Delivered[]): string {
  const isForTeam = ({ record }: Delivered): boolean => isToTeam(record, teamChannels);
  const through = (messages: readonly Delivered[]): string =>
    listed(
      messages.map(({ record, waits }) => {
        const late = `having waited because ${[...new Set(waits.map(whyItWaited))].join(", and then ")}`;
        const told = `through ${textOf(record.detail?.["channel"])} on ${clockTime(record.at, zones.zone)}`;
        if (waits.length === 0) return told;
        return messages.length === 1 ? `${told}, ${late}` : `${told} (${late})`;
      }),
    );
  const own = group.filter((one) => !isForTeam(one));
  const team = group.filter(isForTeam);
  return [
    ...(own.length === 0 ? [] : [`${name} got ${what} ${through(own)}`]),
    ...(team.length === 0 ? [] : [`${what} told your team of ${name} ${through(team)}`]),
  ].join("; ");
}

/** The account says so, too, where the rules cannot be read: a message to the contact has seen an address. */
function isToTeam({ detail = {} }: LedgerRecord, teamChannels: ReadonlySet<string>): boolean {
  if (teamChannels.has(textOf(detail["channel"]))) return true;
  return isJsonArray(detail["gates"]) && !objects(detail["gates"]).some(({ gate }) => gate === "address");
}

function whyItWaited(hurdle: Wait | No): string {
  return hurdle.kind === "wait" ? hurdle.says : hurdle.text;
}

function refusal({ name, zones }: Story, record: LedgerRecord): string {
  const { text } = tellLine(record, zones.zone);
  return `For ${name}, ${text}.`;
}

/** Nothing of what was asked for is in the story. */
function nothing(
  { name, lines, erased, unheard, starts, zones }: Story,
  { rule, event, message }: StoryFilter,
): string {
  const known = lines.some(({ record }) => record.kind === "event");
  if (erased !== null && !known)
    return `${name} was erased on ${clockTime(erased, zones.zone)}, and the account of an erased contact is gone.`;
  if (message !== null) return `There is no message ${message} in the account of ${name}.`;
  if (event !== null && !known) return `The event ${event} never arrived for ${name}.`;
  const why = unheard === null ? "" : ": none listens to its type";
  if (event !== null) return `The event ${event} started no rule for ${name}${why}.`;
  if (rule !== null) {
    const types = (starts.get(rule) ?? []).join(" or ");
    const near = unheard === null ? "" : `; ${unheard}`;
    return `\`${rule}\` did not start for ${name}: no ${types === "" ? "event that starts it" : types} arrived${near}.`;
  }
  return known ? `Nothing that happened to ${name} starts a rule.` : `Nothing has happened to ${name}.`;
}

function listed(parts: readonly string[]): string {
  return parts.length < 3 ? parts.join(" and ") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
