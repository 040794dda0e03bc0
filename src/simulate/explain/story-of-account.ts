import type { Contact } from "../../core/model/contact.ts";
import type { LedgerRecord } from "../../core/model/decision.ts";
import type { Rulebook, Workspace } from "../../core/model/rulebook.ts";
import { zonesOf } from "../../core/zones.ts";
import type { ParsedRule } from "../../rulebook/parsed-workspace.ts";
import { nearMisses, startsOf, type WatchedEvents, watchedEvents } from "../near-misses.ts";
import { describeCause } from "./describe-cause.ts";
import { standingOf } from "./standing-of.ts";
import {
  eventOfLine,
  type Missed,
  partOf,
  type Story,
  type StoryFilter,
  type StoryLine,
  teamChannelsOf,
} from "./story.ts";
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
  const known = { key: contact.key, keys, asked, name, zones, lines, standing, notes, erased, teamChannels, starts };
  const story: Story = { ...known, missed: [], unheard: null };
  if (present === null) return story;
  // What a rule filter asks about are the events that did not start it, so events are looked at before they are left out.
  const news = partOf(story, { ...filter, rule: null }).lines.filter(isNews);
  const all = watchedEvents(present.rules);
  const watched = all.filter(({ what, rule }) => what === "trigger" && (filter.rule === null || rule === filter.rule));
  const starting = new Set(watched.flatMap(({ events }) => events));
  const events = news.filter((line) => starting.has(typeOf(line)));
  const missed: Missed[] = [];
  for (const line of events.slice(-MOST_EVENTS)) {
    missed.push(...(await missedBy(line, watched, { contact, lines, rulebook: present.rulebook, zone: zones.zone })));
  }
  const unheard = unheardNote(news.map(typeOf), all, present.rulebook.awaitedEventTypes, filter.rule);
  const some = events.length > MOST_EVENTS ? `; only the newest ${MOST_EVENTS} of ${events.length} were asked` : "";
  const anew = `why an event did not start a rule is judged by the rules and the contact as they are now${some}`;
  return { ...story, missed, unheard, notes: [...notes, ...(missed.length > 0 ? [anew] : [])] };
}

function typeOf({ record }: StoryLine): string {
  return textOf(record.detail?.["type"]);
}

function isNews({ record }: StoryLine): boolean {
  return record.kind === "event" && record.reason !== "event.duplicate" && record.detail?.["handed_to"] === undefined;
}

interface Known {
  readonly contact: Contact;
  readonly lines: readonly StoryLine[];
  readonly rulebook: Rulebook;
  readonly zone: string;
}

async function missedBy(line: StoryLine, watched: readonly WatchedEvents[], known: Known): Promise<readonly Missed[]> {
  const event = eventOfLine(line);
  if (event === null) return [];
  const { lines, rulebook, zone } = known;
  const contact = asOf(known.contact, rulebook, line.record.at);
  const heard = lines.map(({ record }) => record).filter((record) => isAnswer(record, event.event_id));
  const after = { contact, records: heard };
  const misses = nearMisses(watched, { before: contact, after, event, rulebook, now: line.record.at });
  const told = misses.map(async ({ rule, cause }): Promise<Missed> => {
    const text = await describeCause(cause, zone);
    const matches = rulebook.triggered(event, factsIn(cause)).some(({ id }) => id === rule);
    const since = matches ? ", so that it would start now: the rule or the contact was another then" : "";
    return { rule, event: event.event_id, what: "start", because: `${text}${since}` };
  });
  const explained = new Set([...misses.map(({ rule }) => rule), ...heard.flatMap(({ rule }) => rule ?? [])]);
  const silent = watched
    .filter(({ rule, events }) => events.includes(event.event_type) && !explained.has(rule))
    .map(({ rule }): Missed => {
      const enabled = rulebook.rules.get(rule)?.enabled === true;
      const because = enabled
        ? "it would start on every such event, so it was deployed later"
        : "the rule is switched off";
      return { rule, event: event.event_id, what: "start", because };
    });
  return [...(await Promise.all(told)), ...silent];
}

/**
 * The contact without what it did and was sent later, as far as that is known: where the newest times alone are kept,
 * earlier ones may have made room for those that came later.
 */
function asOf(contact: Contact, { history }: Rulebook, at: number): Contact {
  const then = Object.entries(contact.history).map(([key, times]) => {
    const isWhole = times.length < (history.get(key)?.atLeast ?? 0);
    return [key, isWhole ? times.filter((time) => time <= at) : times] as const;
  });
  return { ...contact, history: Object.fromEntries(then), taken: contact.taken.filter((place) => place.at <= at) };
}

function factsIn(cause: Parameters<typeof describeCause>[0]): Parameters<Rulebook["triggered"]>[1] {
  return cause.kind === "where" ? cause.facts : {};
}

function isAnswer({ kind, event }: LedgerRecord, id: string): boolean {
  return (kind === "enrolled" || kind === "not_enrolled") && event === id;
}
