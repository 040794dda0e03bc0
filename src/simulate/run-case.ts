import { parseDuration } from "../conditions/parse-duration.ts";
import { type Contact, newContact } from "../core/model/contact.ts";
import { addDuration } from "../core/time/duration.ts";
import { zoneOf } from "../core/zones.ts";
import type { CompiledWorkspace } from "../rulebook/compile-workspace.ts";
import type { ParsedRule } from "../rulebook/parsed-workspace.ts";
import type { CaseRun } from "../rulebook/parsed-tests.ts";
import type { LookUps } from "../rulebook/test-file.generated.ts";
import { type Cast, type Person, personOf } from "../rulebook/test-cast.ts";
import { explainFailure, type Explanation } from "./explain-failure.ts";
import { withArms } from "./choose-arms.ts";
import { deliveriesOf } from "./given-events.ts";
import type { Happening } from "./happening.ts";
import { type Failure, judgeCase } from "./judge-case.ts";
import type { Names } from "./names.ts";
import { watchedEvents } from "./near-misses.ts";
import { scriptLookups } from "./scripted-lookups.ts";
import { scriptProviders } from "./scripted-providers.ts";
import { keyOf, seedContacts } from "./seed-contacts.ts";
import { timelineOf } from "./timeline.ts";
import { simulate } from "./world.ts";

/** The rules under test, ready to run. */
export interface Stage {
  readonly compiled: CompiledWorkspace;
  readonly rules: readonly ParsedRule[];
  readonly cast: Cast;
  /** What look-ups find in all cases. */
  readonly lookups: LookUps;
}

export interface ExplainedFailure extends Failure {
  readonly why: readonly Explanation[];
}

export interface PlayedCase {
  readonly failures: readonly ExplainedFailure[];
  readonly timeline: readonly string[];
  readonly happenings: readonly Happening[];
  /** What everybody's documents say at the horizon. */
  readonly documents: ReadonlyMap<string, Contact>;
  readonly names: Names;
}

/** Plays one case from its first event to its horizon, and holds what came against what is expected. */
export async function runCase(run: CaseRun, { compiled, rules, cast, lookups }: Stage): Promise<PlayedCase> {
  const { templates } = compiled;
  const { workspace } = compiled.rulebook;
  const people = [...cast.contacts.keys()].flatMap((name) => personOf(name, cast) ?? []);
  const contacts = seedContacts(people, workspace, run.start);
  const names = namesOf(run, people, contacts, compiled);
  const rulebook = withArms(compiled.rulebook, run.story.arms ?? {}, names.keyOf);
  const { happenings, trouble, documents } = await simulate({
    rulebook,
    templates,
    contacts,
    deliveries: deliveriesOf(run, cast, names.zoneOf),
    providers: scriptProviders(run.story.providers ?? {}, compiled.definitions),
    lookups: scriptLookups({ ...lookups, ...run.story.lookups }),
    watched: watchedEvents(rules),
    until: names.until,
  });
  const kept = trouble.map(({ message, delivery }): Failure => {
    const about = { rules: [], key: delivery?.key ?? null, came: null };
    return {
      path: delivery?.path ?? run.expectPath,
      message,
      expected: "a case that can be played",
      got: message,
      about,
    };
  });
  const failures = kept.length > 0 ? kept : judgeCase(names, happenings);
  const explained: ExplainedFailure[] = [];
  for (const failure of failures) {
    explained.push({ ...failure, why: await explainFailure(failure, happenings, rulebook, names) });
  }
  return { failures: explained, timeline: timelineOf(happenings, names), happenings, documents, names };
}

function namesOf(
  run: CaseRun,
  people: readonly Person[],
  contacts: ReadonlyMap<string, Contact>,
  { rulebook: { workspace } }: CompiledWorkspace,
): Names {
  const zone = (key: string): string => zoneOf(contacts.get(key) ?? newContact(key), workspace);
  const keys = new Map(people.map((person) => [person.name, keyOf(person)]));
  const owners = new Map(people.map((person) => [keyOf(person), person.name]));
  const horizon = parseDuration(run.horizon);
  // Days are those of each contact: the case lasts until the last of them is over.
  const zones = [workspace.timeZone, ...[...contacts.keys()].map(zone)];
  const ends = zones.map((one) => (horizon === null ? run.start : addDuration(run.start, horizon, one)));
  return {
    run,
    keyOf: (name) => keys.get(name) ?? null,
    nameOf: (key) => owners.get(key) ?? key,
    zoneOf: zone,
    until: Math.max(...ends),
  };
}
