import type { Contact } from "../../core/model/contact.ts";
import type { Rulebook, Workspace } from "../../core/model/rulebook.ts";
import { zonesOf } from "../../core/zones.ts";
import type { ParsedRule } from "../../rulebook/parsed-workspace.ts";
import { startsOf, watchedEvents } from "../near-misses.ts";
import { missedStarts, missedStops, runsIn } from "./missed-in-account.ts";
import { standingOf } from "./standing-of.ts";
import { type Missed, partOf, type Story, type StoryFilter, type StoryLine, teamChannelsOf } from "./story.ts";
import { textOf } from "./text-of.ts";
import { unheardNote } from "./unheard.ts";

/** The rules as the files have them now; the account was written by those that were deployed then. */
export interface PresentRules {
  readonly rulebook: Rulebook;
  readonly rules: readonly ParsedRule[];
}

export interface Told {
  readonly contact: Contact;
  readonly name: string;
  /** Whose accounts the lines are of. */
  readonly keys: readonly string[];
  /** The document that was asked for. */
  readonly asked: string | null;
  /** In order. */
  readonly lines: readonly StoryLine[];
  readonly notes: readonly string[];
}

/** Of more events than this the newest are asked why they started nothing. */
const MOST_EVENTS = 20;

/**
 * The story of a contact of the live store. Why an event started nothing the account does not say, because every rule
 * lets nearly every event pass: it is judged anew, by the rules and the contact as they are now, and told so.
 */
export async function storyOfAccount(
  { contact, name, keys, asked, lines, notes }: Told,
  present: PresentRules | null,
  workspace: Pick<Workspace, "timeZone">,
  filter: StoryFilter,
): Promise<Story> {
  const read = zonesOf(contact, workspace);
  const zones: Story["zones"] = present === null && read.source === "workspace" ? { ...read, source: "unknown" } : read;
  const standing = standingOf(
    contact,
    lines.map(({ record }) => record),
    zones.zone,
  );
  const erased = contact.erased?.at ?? null;
  const teamChannels = present === null ? new Set<string>() : teamChannelsOf(present.rulebook.workspace);
  const starts = startsOf(watchedEvents(present?.rules ?? []));
  const told = { key: contact.key, keys, asked, name, zones, lines, standing, notes, erased, teamChannels, starts };
  const story: Story = { ...told, missed: [], unheard: null };
  if (present === null) return story;
  // What a rule filter asks about are the events that did not start it, so events are looked at before they are left out.
  const news = partOf(story, { ...filter, rule: null }).lines.filter(isNews);
  const all = watchedEvents(present.rules);
  const watched = all.filter(({ rule }) => filter.rule === null || rule === filter.rule);
  const known = { contact, lines, runs: runsIn(lines), rulebook: present.rulebook, zone: zones.zone };
  const types = new Set(watched.flatMap(({ events }) => events));
  const events = news.filter((line) => types.has(typeOf(line)));
  const missed: Missed[] = [];
  for (const line of events.slice(-MOST_EVENTS)) {
    missed.push(...(await missedStarts(line, watched, known)), ...(await missedStops(line, watched, known)));
  }
  const unheard = unheardNote(news.map(typeOf), all, present.rulebook.awaitedEventTypes, filter.rule);
  const some = events.length > MOST_EVENTS ? `; only the newest ${MOST_EVENTS} of ${events.length} were asked` : "";
  const anew = `why an event did not start or stop a rule is judged by the rules and the contact as they are now${some}`;
  return { ...story, missed, unheard, notes: [...notes, ...(missed.length > 0 ? [anew] : [])] };
}

function typeOf({ record }: StoryLine): string {
  return textOf(record.detail?.["type"]);
}

function isNews({ record }: StoryLine): boolean {
  return record.kind === "event" && record.reason !== "event.duplicate" && record.detail?.["handed_to"] === undefined;
}
