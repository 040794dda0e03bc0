import type { Clock } from "../core/model/clock.ts";
import type { Rulebook } from "../core/model/rulebook.ts";
import { checkWorkspace } from "../rulebook/check-workspace.ts";
import { compileParsed } from "../rulebook/compile-workspace.ts";
import type { LoadedWorkspace } from "../rulebook/load-workspace.ts";
import { suggest } from "../rulebook/suggest.ts";
import { printable, printableJson } from "../rulebook/report/printable.ts";
import { renderProblems } from "../rulebook/report/render-problems.ts";
import { readHistorySince } from "../runtime/history-since.ts";
import { renderStory, storyJson } from "../simulate/explain/render-story.ts";
import { everything, partOf, type Story, type StoryFilter } from "../simulate/explain/story.ts";
import { storiesOfCases } from "../simulate/explain/story-of-case.ts";
import type { TestedWorkspace } from "../simulate/run-tests.ts";
import type { Explained } from "./explained.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { explainStore } from "./explain-store.ts";
import { readStore, type StoreReading } from "./read-store.ts";
import { rulesMeant } from "./rules-source.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

export interface ExplainFlags {
  /** Part of a case's title or file: explains it instead of the live store. */
  readonly test?: string;
  /** An id, an email address or a phone number. */
  readonly contact?: string;
  readonly rule?: string;
  readonly event?: string;
  /** An intent's id. */
  readonly message?: string;
  readonly format?: string;
}

export interface ExplainIo {
  write(text: string): void;
  /** What is told beside the result. */
  talk(text: string): void;
  readonly colours: boolean;
  readonly clock: Clock;
}

/**
 * Why a contact did, or did not, get a message: of a test case, played anew, or of the live store, as its account says.
 * Throws `BadSetting`, and what a store throws that cannot be read.
 */
export async function explain(settings: RunSettings, flags: ExplainFlags, io: ExplainIo): Promise<ExitCode> {
  const format = flags.format ?? "pretty";
  if (format !== "pretty" && format !== "json")
    throw new BadSetting(`unknown format "${format}": write pretty or json`);
  const { rule = null, event = null, message = null } = flags;
  const filter: StoryFilter = { ...everything, rule, event, message };
  // Look-ups run in tests only: a case says what they find.
  const read = readTested(await rulesMeant(settings, io.clock));
  if (flags.test !== undefined && !("parsed" in read)) {
    io.talk(read.problems(io.colours));
    return EXIT.unreadable;
  }
  const explained =
    flags.test !== undefined && "parsed" in read
      ? await explainCases(read, flags.test, flags.contact ?? null)
      : [await explainLive(settings, read, flags.contact ?? null, filter, io)];
  if (flags.test !== undefined && explained.length === 0) {
    io.talk(`heed explain: no case has "${flags.test}" in its title or file\n`);
    return EXIT.findings;
  }
  const known = "parsed" in read ? read.parsed.rules.map(({ file }) => file.rule) : null;
  const told = explained
    .map((one) => worthTelling(one, filter, flags.contact ?? null))
    .map((one) => withoutUnknownRule(one, filter, known));
  const asked = { test: flags.test ?? null, contact: flags.contact ?? null, ...filter };
  io.write(format === "json" ? json(told, filter, asked) : pretty(told, filter, io.colours));
  return told.some(({ stories }) => stories.some((story) => partOf(story, filter).lines.length > 0))
    ? EXIT.fine
    : EXIT.findings;
}

type Read = TestedWorkspace | { readonly problems: (colours: boolean) => string };

export function readTested(loaded: LoadedWorkspace): Read {
  const { parsed, problems } = checkWorkspace(loaded, null);
  const errors = problems.filter(({ severity }) => severity === "error");
  if (parsed.workspace !== null && errors.length === 0) return { parsed, heed: parsed.workspace };
  return { problems: (colours) => renderProblems(errors, { format: "pretty", colours }) };
}

async function explainCases(
  workspace: TestedWorkspace,
  named: string,
  contact: string | null,
): Promise<readonly Explained[]> {
  const part = named.toLowerCase();
  const played = await storiesOfCases(
    workspace,
    (title, file) => title.toLowerCase().includes(part) || file === named || file.endsWith(`/${named}`),
  );
  return played.map(({ title, file, rulebook, stories }) => {
    const wanted = contact?.toLowerCase() ?? null;
    const found = stories.flatMap((story) => {
      const asked = wanted === null ? null : askedIn(story, wanted);
      return wanted === null || asked !== null ? [{ ...story, asked }] : [];
    });
    const names = stories.map(({ name }) => name).join(", ");
    const notes = found.length > 0 ? [] : [`nothing happened to ${contact ?? "anybody"} in this case; it has ${names}`];
    return { source: `${title} (${file})`, isTest: true, rulebook, stories: found, notes };
  });
}

/** A contact of a test goes by its name, its id or an address; null when it is another. */
function askedIn({ key, name, keys }: Story, wanted: string): string | null {
  if (name.toLowerCase() === wanted) return key;
  const isCalled = (one: string): boolean => one === wanted || one.slice(one.indexOf(":") + 1) === wanted;
  return keys.find((one) => isCalled(one.toLowerCase())) ?? null;
}

export async function explainLive(
  settings: RunSettings,
  read: Read,
  contact: string | null,
  filter: StoryFilter,
  io: ExplainIo,
): Promise<Explained> {
  if (contact === null && filter.rule === null && filter.event === null && filter.message === null) {
    throw new BadSetting("say what to explain: --contact, --rule, --event or --message, or a case with --test");
  }
  const present = "parsed" in read ? { rules: read.parsed.rules, ...compileParsed(read.parsed, read.heed, {}) } : null;
  const store = await readStore(settings, io.clock);
  try {
    const known = present && { ...present, rulebook: await sinceDeployed(store, present.rulebook, io.clock) };
    const workspace = settings.rulesFrom === "store" ? "the store" : settings.workspace;
    return await explainStore({ store, present: known, workspace, io }, contact, filter);
  } finally {
    await store.close();
  }
}

/** A condition that is new knows nothing of what happened before it was deployed, and an explanation no more than that. */
async function sinceDeployed(store: StoreReading, rulebook: Rulebook, clock: Clock): Promise<Rulebook> {
  const historySince = await readHistorySince(store, rulebook, clock.now());
  return { ...rulebook, workspace: { ...rulebook.workspace, historySince } };
}

/** Of a test in which several people are, those to whom what was asked for happened. */
function worthTelling(explained: Explained, filter: StoryFilter, contact: string | null): Explained {
  const { stories } = explained;
  if (contact !== null || stories.length < 2) return explained;
  const touched = stories.filter((story) => {
    const part = partOf(story, filter);
    return part.lines.length > 0 || part.missed.length > 0;
  });
  return touched.length > 0 ? { ...explained, stories: touched } : explained;
}

/** A rule that nobody has written is told as such, rather than that no event started it; one that was removed is in accounts. */
function withoutUnknownRule(one: Explained, filter: StoryFilter, known: readonly string[] | null): Explained {
  const { rule } = filter;
  if (rule === null || known === null || known.includes(rule)) return one;
  const near = suggest(rule, known);
  const note = `the files have no rule ${rule}${near === null ? "" : `; did you mean ${near}?`}`;
  const stories = one.stories.filter((story) => partOf(story, filter).lines.length > 0);
  return { ...one, stories, notes: [...one.notes, note] };
}

function pretty(explained: readonly Explained[], filter: StoryFilter, colours: boolean): string {
  return explained
    .map((one) => {
      const told = one.stories.map(
        (story) => `${digestLine(story, filter, one)}\n${renderStory(story, filter, colours)}`,
      );
      // The answer is the last line, so what is to be known beside it comes first.
      return `${[one.source, ...one.notes].map(printable).join("\n")}\n${told.join("\n")}`;
    })
    .join("\n");
}

/** Which rules decided, and whether they are those of the files. */
function digestLine(story: Story, filter: StoryFilter, { rulebook, isTest }: Explained): string {
  const decided = decidedBy(story, filter);
  if (isTest) return `decided by rulebook ${rulebook ?? ""}, the rules that this test lists`;
  const none = story.erased === null ? "nothing was decided" : "the contact was erased";
  const by = decided.length === 0 ? none : `decided by rulebook ${decided.join(", ")}`;
  if (rulebook === null) return `${by}; the files have problems (heed check), so that nothing can be said of them`;
  const differing = decided.filter((digest) => digest !== rulebook);
  if (differing.length === 0) return `${by}${decided.length === 0 ? "" : ", which is that of the files"}`;
  return `${by}; the files are ${rulebook} now, so that today the answer may be another`;
}

function decidedBy(story: Story, filter: StoryFilter): readonly string[] {
  // What a person does beside the rules is decided by none.
  return [...new Set(partOf(story, filter).lines.map(({ record }) => record.rulebook))].filter(
    (digest) => digest !== "",
  );
}

function json(explained: readonly Explained[], filter: StoryFilter, asked: object): string {
  const told = explained.map(({ source, rulebook, stories, notes }) => ({
    source,
    notes,
    contacts: stories.map((story) => ({
      rulebook: { decided: decidedBy(story, filter), present: rulebook },
      ...storyJson(story, filter),
    })),
  }));
  return `${printableJson({ format_version: "1.0", asked, explained: told })}\n`;
}
