import { type Contact, newContact, ownAddressKey } from "../../core/model/contact.ts";
import { ADDRESS_KINDS } from "../../core/linking.ts";
import { zonesOf } from "../../core/zones.ts";
import type { CaseRun, ParsedTest } from "../../rulebook/parsed-tests.ts";
import { startsOf, watchedEvents } from "../near-misses.ts";
import { runCase } from "../run-case.ts";
import { stageOf, type TestedWorkspace, titleOf } from "../run-tests.ts";
import { describeCause } from "./describe-cause.ts";
import { standingOf } from "./standing-of.ts";
import { absorbedIn, type Missed, type Story, teamChannelsOf, withoutPassed } from "./story.ts";
import { unheardNote } from "./unheard.ts";

/** A case of a test, played to its horizon, and the story of everybody in it to whom something happened. */
export interface PlayedStories {
  readonly title: string;
  /** From the workspace. */
  readonly file: string;
  /** The first digits of the digest of the rules that the test lists. */
  readonly rulebook: string;
  readonly stories: readonly Story[];
}

/** Plays the cases that are wanted, by title and file, and tells each contact's story; also of cases that are skipped. */
export async function storiesOfCases(
  workspace: TestedWorkspace,
  wanted: (title: string, file: string) => boolean,
): Promise<readonly PlayedStories[]> {
  const played: PlayedStories[] = [];
  for (const test of workspace.parsed.tests) {
    const file = test.document.source.name;
    for (const run of test.runs) {
      const title = titleOf({ suite: test.file.suite, name: run.story.name, combination: run.combination });
      if (wanted(title, file)) played.push({ title, file, ...(await playStories(test, run, workspace)) });
    }
  }
  return played;
}

async function playStories(
  test: ParsedTest,
  run: CaseRun,
  workspace: TestedWorkspace,
): Promise<Pick<PlayedStories, "rulebook" | "stories">> {
  const stage = stageOf(test, workspace);
  const { rulebook } = stage.compiled;
  const { happenings, documents, names } = await runCase(run, stage);
  const keys = [...new Set(happenings.map(({ key }) => key))];
  const contacts = keys.filter((key) => (documents.get(key)?.pointsTo.length ?? 0) === 0);
  const watched = watchedEvents(stage.rules);
  const stories = contacts.map(async (key): Promise<Story> => {
    const contact = documents.get(key) ?? newContact(key);
    const zones = zonesOf(contact, rulebook.workspace);
    const of = new Set(keysOf(contact));
    for (const own of of) {
      const records = happenings.flatMap((one) => (one.kind === "recorded" && one.key === own ? one.record : []));
      for (const absorbed of absorbedIn(records)) of.add(absorbed);
    }
    const missed: Missed[] = [];
    for (const one of happenings) {
      if (one.kind !== "passed_by" || !of.has(one.key)) continue;
      const what = one.what === "trigger" ? "start" : "stop";
      const because = await describeCause(one.cause, zones.zone);
      missed.push({ rule: one.rule, event: one.event.event_id, what, because });
    }
    const types = happenings.flatMap((one) =>
      one.kind === "delivered" && of.has(one.key) ? one.event.event_type : [],
    );
    const lines = withoutPassed(
      happenings.flatMap((one) =>
        one.kind === "recorded" && of.has(one.key) ? [{ key: one.key, record: one.record }] : [],
      ),
    );
    const account = lines.map(({ record }) => record);
    return {
      key,
      keys: [...of],
      asked: null,
      name: names.nameOf(key),
      zones,
      lines,
      missed,
      standing: standingOf(contact, account, zones.zone),
      teamChannels: teamChannelsOf(rulebook.workspace),
      erased: contact.erased?.at ?? null,
      starts: startsOf(watched),
      unheard: unheardNote(types, watched, rulebook.awaitedEventTypes),
      notes: [],
    };
  });
  return { rulebook: rulebook.digest.slice(0, 12), stories: await Promise.all(stories) };
}

/** The documents whose lines tell of a contact: its own, and those of all that belongs to it. */
export function keysOf(contact: Contact): readonly string[] {
  const own = [contact.key, ...ADDRESS_KINDS.map((kind) => ownAddressKey(contact, kind))];
  return [...new Set([...own.filter((key) => key !== null), ...contact.linked])];
}
