import { type HistoryQuestion, type Rule, versionKey } from "../core/model/rulebook.ts";
import { idOf } from "../core/model/sha256.ts";
import { nominalMs } from "../core/time/duration.ts";
import type { CompiledWorkspace } from "../rulebook/compile-workspace.ts";
import type { FormerRule, RuleSource } from "../rulebook/former-rule.ts";
import type { Store } from "../store/store.ts";
import { changeHouse, type HouseKey, readHouse } from "./house-documents.ts";

/** The newest versions of a rule that are kept, the one that is deployed included. */
const MOST_VERSIONS = 10;
/** The documents of so many rules are read at once. */
const PARALLEL = 64;

/** A version as the store keeps it. */
interface KeptVersion extends RuleSource {
  readonly digest: string;
  /** What becomes of the enrollments that began with it, once it is replaced. Without it, what the rules say. */
  readonly runs?: Exclude<RunsOfVersion, "finish">;
}

/** `migrate`: they go on with the newest. `cancel`: they end. `finish`: as the rules themselves say. */
export type RunsOfVersion = "migrate" | "cancel" | "finish";

export interface VersionsMeant {
  /** Digests by rule. */
  readonly versions: Readonly<Record<string, string>>;
  readonly runs: RunsOfVersion;
  readonly by: string;
  readonly at: number;
  /** Why, in somebody's words. */
  readonly note: string;
}

/**
 * Says of versions what becomes of the enrollments that began with them. It holds from when another version is deployed,
 * and until the same is deployed anew; a version that never ran has no enrollments.
 */
export async function decideRunsOf(store: Store, { versions, runs, by, at, note }: VersionsMeant): Promise<void> {
  for (const [rule, digest] of Object.entries(versions)) {
    await changeHouse(store, documentOf(rule), (body) => {
      const known = readVersions(body);
      const meant = known.find((each) => each.digest === digest);
      if (meant === undefined || (meant.runs ?? "finish") === runs) return { write: undefined, result: null };
      const { runs: _before, ...rest } = meant;
      const next: KeptVersion = runs === "finish" ? rest : { ...rest, runs };
      const detail = { runs, version: digest.slice(0, 12), note };
      const deed = { at, command: "runs", actor: by, rule, detail };
      return { write: { versions: known.map((each) => (each === meant ? next : each)) }, result: null, deed };
    });
  }
}

/**
 * Remembers every rule as it is deployed, and adds the versions that were deployed before it: an enrollment finishes
 * with the version it began with, over restarts too. A version that cannot be kept or read any more is as if it had
 * never been: its enrollments go on with the newest.
 */
export async function withFormerVersions(store: Store, workspace: CompiledWorkspace): Promise<CompiledWorkspace> {
  const rules = [...workspace.rulebook.rules.values()];
  const former: (readonly [string, Former])[] = [];
  for (let start = 0; start < rules.length; start += PARALLEL) {
    const batch = rules.slice(start, start + PARALLEL);
    former.push(...(await Promise.all(batch.map((rule) => formerOf(store, workspace, rule)))).flat());
  }
  if (former.length === 0) return workspace;
  const { rulebook, templates } = workspace;
  const kept = former.flatMap(([key, each]) => (typeof each === "string" ? [] : [[key, each] as const]));
  const all = kept.map(([, each]) => each);
  return {
    ...workspace,
    templates: new Map([...all.flatMap((each) => [...each.templates]), ...templates]),
    rulebook: {
      ...rulebook,
      former: new Map(kept.map(([key, { rule }]) => [key, rule])),
      ended: new Set(former.flatMap(([key, each]) => (each === "cancel" ? [key] : []))),
      awaitedEventTypes: new Set([...rulebook.awaitedEventTypes, ...all.flatMap((each) => each.awaitedEventTypes)]),
      history: unitedHistory([rulebook.history, ...all.map(({ history }) => history)]),
    },
  };
}

/** One that its enrollments finish with, or what becomes of them instead. */
type Former = FormerRule | NonNullable<KeptVersion["runs"]>;

async function formerOf(
  store: Store,
  workspace: CompiledWorkspace,
  rule: Rule,
): Promise<readonly (readonly [string, Former])[]> {
  const source = workspace.sources.get(rule.id);
  const own = source === undefined ? [] : await remember(store, rule, source);
  const moved = rule.movedFrom === null ? [] : readVersions(await readHouse(store, documentOf(rule.movedFrom)));
  return [...moved, ...own].flatMap((version): readonly (readonly [string, Former])[] => {
    if (version.digest === rule.digest) return [];
    if (version.runs !== undefined) return [[versionKey(rule.id, version.digest), version.runs]];
    const compiled = workspace.recompile(version);
    if (compiled === null) return [];
    // The version goes by the id that its enrollments have now, and by the digest that they remember.
    const renamed = { ...compiled.rule, id: rule.id, digest: version.digest };
    return [[versionKey(rule.id, version.digest), { ...compiled, rule: renamed }]];
  });
}

function documentOf(rule: string): HouseKey {
  return `heed:versions:${idOf(rule)}`;
}

/** Writes this version down, if it is not the newest known; gives all that are kept. */
function remember(store: Store, { id, digest }: Rule, { files }: RuleSource): Promise<readonly KeptVersion[]> {
  return changeHouse(store, documentOf(id), (body) => {
    const known = readVersions(body);
    if (known.at(-1)?.digest === digest) return { write: undefined, result: known };
    // A version that comes back is the newest again.
    const versions = fitting([...known.filter((each) => each.digest !== digest), { digest, files }], store);
    return { write: { versions }, result: versions };
  });
}

/** The newest that find room in one document. */
function fitting(versions: readonly KeptVersion[], { traits }: Store): readonly KeptVersion[] {
  let kept = versions.slice(-MOST_VERSIONS);
  while (JSON.stringify(kept).length > traits.maxBody / 4) kept = kept.slice(1);
  return kept;
}

/** The most that any of the rules asks of the past. */
function unitedHistory(
  histories: readonly ReadonlyMap<string, HistoryQuestion>[],
): ReadonlyMap<string, HistoryQuestion> {
  const united = new Map<string, HistoryQuestion>();
  for (const [key, question] of histories.flatMap((history) => [...history])) {
    const known = united.get(key);
    const farther = known !== undefined && nominalMs(known.within) > nominalMs(question.within) ? known : question;
    united.set(key, {
      match: question.match,
      within: farther.within,
      atLeast: Math.max(known?.atLeast ?? 0, question.atLeast),
    });
  }
  return united;
}

/** Documents of versions are written by this file alone. */
function readVersions(body: unknown): readonly KeptVersion[] {
  const versions: unknown = typeof body === "object" && body !== null && "versions" in body ? body.versions : null;
  return Array.isArray(versions) ? versions.filter(isVersion) : [];
}

function isVersion(entry: unknown): entry is KeptVersion {
  return typeof entry === "object" && entry !== null && "digest" in entry && "files" in entry;
}
