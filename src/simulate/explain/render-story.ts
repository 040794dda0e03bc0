import pc from "picocolors";
import { printable } from "../../rulebook/report/printable.ts";
import { clockTime } from "../clock-text.ts";
import { answersOf } from "./answer.ts";
import { sources } from "./describe-gate.ts";
import { type Mark, tellLine, type ToldLine } from "./describe-line.ts";
import { partOf, type Story, type StoryFilter } from "./story.ts";

/** For people: who it is about, what happened in order, and the answer. */
export function renderStory(whole: Story, filter: StoryFilter, colours: boolean): string {
  const story = partOf(whole, filter);
  const paint = pc.createColors(colours);
  const { name, key, zones } = story;
  const named = printable(name === key ? name : `${name} (${key})`);
  const merged = mergedText(whole);
  const head = paint.bold(
    `${merged === null ? "" : `${printable(merged)}\n`}${named}, times in ${zones.zone}: ${sources[zones.source] ?? ""}`,
  );
  const times = story.lines.map(({ record }) => clockTime(record.at, zones.zone));
  const width = Math.max(0, ...times.map((time) => time.length)) + 2;
  const nameWidth = Math.max(0, ...tell(story).flatMap(({ parts }) => parts.map((part) => part.name.length))) + 2;
  const lines: string[] = [];
  const years = story.lines.map(({ record }) => yearOf(record.at, zones.zone));
  const hasOthers = new Set(story.lines.map(({ key: document }) => document)).size > 1;
  for (const [index, { mark, text, parts }] of tell(story).entries()) {
    const document = story.lines[index]?.key ?? key;
    const whose = hasOthers && document !== key ? paint.dim(` [${printable(document)}]`) : "";
    // Within one year nobody needs to be told which.
    if (years[0] !== years.at(-1) && years[index] !== years[index - 1]) lines.push(paint.dim(`${years[index]}`));
    // A moment that is that of the line before is not told again.
    const time = times[index] === times[index - 1] ? "" : (times[index] ?? "");
    lines.push(`${time.padEnd(width)}${painted(mark, colours)} ${text}${whose}`);
    for (const part of parts) {
      const name = paint.dim(part.name.padEnd(nameWidth));
      lines.push(`${" ".repeat(width + 4)}${painted(part.mark, colours)} ${name}${part.text}`);
    }
    lines.push(...missedOf(story, index, width));
  }
  const standing = story.standing.map(({ rule, text }) => `${"now".padEnd(width)}… ${printable(`${rule} ${text}`)}`);
  const notes = notesOf(story).map((note) => paint.dim(`note: ${printable(note)}`));
  const answers = answersOf(story, filter).map((answer) => paint.bold(printable(answer)));
  return `${[head, ...lines, ...standing, ...notes, "", ...answers].join("\n")}\n`;
}

/** Who asks for a contact that was merged reads the story of the one that stays. */
function mergedText({ key, asked, lines, zones }: Story): string | null {
  if (asked === null || asked === key || !asked.startsWith("id:")) return null;
  const line = lines.find(
    ({ key: document, record }) => document === asked && record.detail?.["merged_into"] !== undefined,
  );
  const then = line === undefined ? "" : ` on ${clockTime(line.record.at, zones.zone)}`;
  return `${asked} was merged into ${key}${then}: this is the story of both`;
}

function yearOf(atMs: number, zone: string): string {
  return new Intl.DateTimeFormat("en-US", { timeZone: zone, year: "numeric" }).format(atMs);
}

function notesOf({ unheard, notes }: Story): readonly string[] {
  return unheard === null ? notes : [...notes, unheard];
}

function tell({ lines, zones }: Story): readonly ToldLine[] {
  return lines.map(({ record }) => {
    const { mark, text, parts } = tellLine(record, zones.zone);
    const clean = parts.map((part) => ({ mark: part.mark, name: printable(part.name), text: printable(part.text) }));
    return { mark, text: printable(text), parts: clean };
  });
}

/** Beneath an event, the rules that it did not start. */
function missedOf({ lines, missed }: Story, index: number, width: number): readonly string[] {
  const record = lines[index]?.record;
  if (record?.kind !== "event" || record.reason === "event.duplicate") return [];
  return missed
    .filter(({ event }) => event === record.event)
    .map(({ rule, what, because }) => `${" ".repeat(width)}✗ ${printable(`${rule} does not ${what}: ${because}`)}`);
}

function painted(mark: Mark, colours: boolean): string {
  const paint = pc.createColors(colours);
  const colour = { "✓": paint.green, "✗": paint.red, "…": paint.yellow, "·": paint.dim }[mark];
  return colour(mark);
}

/** For programs: the same, with each line of the account as it is. */
export function storyJson(whole: Story, filter: StoryFilter): object {
  const story = partOf(whole, filter);
  const { key, name, zones, missed, standing } = story;
  return {
    contact: { key, name, asked: story.asked ?? key },
    zone: { name: zones.zone, source: zones.source, all: zones.all },
    timeline: story.lines.map(({ key: document, record }) => {
      const { mark, text, parts } = tellLine(record, zones.zone);
      return {
        at: new Date(record.at).toISOString(),
        verdict: words[mark],
        text,
        parts: parts.map(partJson),
        document,
        record,
      };
    }),
    missed,
    standing,
    notes: notesOf(story),
    answers: answersOf(story, filter),
  };
}

const words = { "✓": "passed", "✗": "refused", "…": "waits", "·": "told" } as const;

function partJson({ mark, name, text }: ToldLine["parts"][number]): object {
  return { name, verdict: words[mark], text };
}
