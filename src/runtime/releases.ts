import type { Clock } from "../core/model/clock.ts";
import type { Store } from "../store/store.ts";
import type { Forecast } from "../ledger/forecast.ts";
import { keepForecast } from "./forecasts.ts";
import { changeHouse, type HouseKey, readHouse } from "./house-documents.ts";
import {
  type Content,
  DamagedRelease,
  type PackedRules,
  readContent,
  type RuleFiles,
  storeContent,
  withoutContent,
} from "./release-content.ts";

/** A rulebook that somebody published to the store, for the workers that take theirs from there. */
export interface Release {
  /** Counts on from 1. */
  readonly number: number;
  /** Of the rulebook. */
  readonly digest: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly by: string;
  /** The commit that the files were of, with `+changes` behind it where they differed from it; null where there is no git. */
  readonly revision: string | null;
  /** Digest of the plan that was agreed to; null when none was given. */
  readonly plan: string | null;
  /** Why, in somebody's words. */
  readonly note: string;
  /** The release whose rules this one brings back; null for new ones. */
  readonly restores: number | null;
  /** What differs from the release before, by rule id. */
  readonly added: NamedRules;
  readonly changed: NamedRules;
  readonly removed: NamedRules;
}

/** So many, of which the first are named. */
export interface NamedRules {
  readonly count: number;
  readonly names: readonly string[];
}

/** What somebody publishes. */
export interface ReleaseDraft extends Pick<Release, "digest" | "by" | "revision" | "plan" | "note"> {
  /** Digest of the rules that the plan compared with: others must not run by now. Null to leave that open. */
  readonly base: string | null;
  /** What the plan expects of the rules that change. */
  readonly forecast: Forecast | null;
  readonly rules: RuleFiles["rules"];
  readonly packed: PackedRules;
}

export interface RollbackWish {
  /** The beginning of a digest; null for the rules before those of now. */
  readonly to: string | null;
  readonly by: string;
  readonly note: string;
}

export type Released =
  | { readonly kind: "released"; readonly release: Release }
  /** The newest release has the very same rules. */
  | { readonly kind: "unchanged"; readonly release: Release }
  | { readonly kind: "refused"; readonly why: string };

export interface Releases {
  /** The last ones, newest first. */
  list(): Promise<readonly Release[]>;
  /** The files of a release. Rejects with `DamagedRelease`. */
  filesOf(number: number): Promise<RuleFiles>;
  publish(draft: ReleaseDraft): Promise<Released>;
  /** Publishes earlier rules anew. */
  rollBack(wish: RollbackWish): Promise<Released>;
}

interface KeptRelease extends Release {
  readonly content: Content;
}

/** The record of each: what `heed deploy --list` shows, and as far back as a rollback goes. */
const MOST_KEPT = 20;
/** All that is said of a release fits into a few kilobytes, so that all find room in one document. */
const MOST_NAMED = 10;
const MOST_NOTE = 500;
const KEY: HouseKey = "heed:releases";

/** What was published, for those who only look. */
export function publishedIn(store: Pick<Store, "load">): Pick<Releases, "list" | "filesOf"> {
  return {
    list: async () => (await keptIn(store)).toReversed(),
    async filesOf(number) {
      const found = (await keptIn(store)).find((release) => release.number === number);
      if (found === undefined) throw new RangeError(`there is no release ${number}`);
      return readContent(store, found.content);
    },
  };
}

async function keptIn(store: Pick<Store, "load">): Promise<readonly KeptRelease[]> {
  return readReleases(await readHouse(store, KEY));
}

export function createReleases(store: Store, clock: Clock): Releases {
  const read = (): Promise<readonly KeptRelease[]> => keptIn(store);

  /** Behind the newest that was seen: of two who publish at once, one learns of the other. */
  const add = async (seen: readonly KeptRelease[], next: Draft, rules: RuleFiles["rules"]): Promise<Released> => {
    const before = seen.at(-1);
    const release: KeptRelease = {
      ...next,
      note: next.note.slice(0, MOST_NOTE),
      ...changesBetween(before === undefined ? {} : await rulesOf(store, before), rules),
      number: (before?.number ?? 0) + 1,
      at: clock.now(),
    };
    const kept = [...seen, release].slice(-MOST_KEPT);
    const { number, digest, at, by, revision, plan, note, restores } = release;
    const detail = { number, revision, plan, note, restores };
    const command = restores === null ? "deploy" : "rollback";
    const isNext = await changeHouse(store, KEY, (body) =>
      readReleases(body).at(-1)?.number === before?.number
        ? { write: { releases: kept }, result: true, deed: { at, command, actor: by, rulebook: digest, detail } }
        : { write: undefined, result: false },
    );
    if (!isNext) return refused("somebody else deployed a moment ago: see heed deploy --list, and repeat");
    const held = new Set(kept.map(({ content }) => content.digest));
    for (const { content } of seen) if (!held.has(content.digest)) await withoutContent(store, content);
    return { kind: "released", release };
  };

  return {
    ...publishedIn(store),
    async publish({ packed, rules, base, forecast, ...draft }) {
      const seen = await read();
      const newest = seen.at(-1);
      if (newest?.digest === draft.digest && newest.content.digest === packed.digest)
        return { kind: "unchanged", release: newest };
      if (base !== null && newest !== undefined && newest.digest !== base) return refused(staleFor(base, newest));
      const content = await storeContent(store, packed);
      const released = await add(seen, { ...draft, restores: null, content }, rules);
      if (released.kind === "released") await keepForecast(store, released.release, forecast);
      return released;
    },
    async rollBack({ to, by, note }) {
      const seen = await read();
      const newest = seen.at(-1);
      if (newest === undefined) return refused("nothing was deployed to this store yet");
      const found = to === null ? before(seen, newest) : named(seen, to);
      if (typeof found === "string") return refused(found);
      if (found.digest === newest.digest) return { kind: "unchanged", release: newest };
      const { digest, revision, plan, content, restores, number } = found;
      const { rules } = await readContent(store, content);
      const again = { digest, revision, plan, content, by, note, restores: restores ?? number };
      const released = await add(seen, again, rules);
      if (released.kind === "released") await keepForecast(store, released.release, null);
      return released;
    },
  };
}

/** Back from a rollback is farther back: the rules that were left must not return. */
function before(seen: readonly KeptRelease[], newest: KeptRelease): KeptRelease | string {
  const now = newest.restores ?? newest.number;
  const found = seen.findLast(({ number, digest, restores }) => {
    return restores === null && number < now && digest !== newest.digest;
  });
  return found ?? "there is no other release before this one; heed deploy --list shows which are kept";
}

function named(seen: readonly KeptRelease[], digest: string): KeptRelease | string {
  const found = seen.filter((release) => release.digest.startsWith(digest));
  const [newest] = found.toReversed();
  if (newest === undefined)
    return `no release that is kept has the digest ${digest}; heed deploy --list shows which do`;
  const digests = new Set(found.map((release) => release.digest));
  return digests.size === 1 ? newest : `${digests.size} releases begin with ${digest}: write more of the digest`;
}

function staleFor(base: string, { number, digest, by }: KeptRelease): string {
  return `the plan was made for a change of the rules ${base.slice(0, 12)}, and what runs now is ${digest.slice(0, 12)}, release ${number} by ${by}: what it says may no longer be so. Make it anew against those rules with heed plan, or deploy all the same with --stale-plan and a --reason`;
}

function refused(why: string): Released {
  return { kind: "refused", why };
}

type Changes = Pick<Release, "added" | "changed" | "removed">;
type Draft = Omit<KeptRelease, keyof Changes | "number" | "at">;

/** One that is damaged keeps nobody from replacing it. */
async function rulesOf(store: Store, { content }: KeptRelease): Promise<RuleFiles["rules"]> {
  try {
    return (await readContent(store, content)).rules;
  } catch (fault) {
    if (fault instanceof DamagedRelease) return {};
    throw fault;
  }
}

function changesBetween(before: RuleFiles["rules"], after: RuleFiles["rules"]): Changes {
  const was = (id: string): boolean => Object.hasOwn(before, id);
  const ids = Object.keys(after).toSorted();
  return {
    added: someOf(ids.filter((id) => !was(id))),
    changed: someOf(ids.filter((id) => was(id) && before[id] !== after[id])),
    removed: someOf(
      Object.keys(before)
        .filter((id) => !Object.hasOwn(after, id))
        .toSorted(),
    ),
  };
}

function someOf(ids: readonly string[]): NamedRules {
  return { count: ids.length, names: ids.slice(0, MOST_NAMED) };
}

/** Written by this file alone. */
function readReleases(body: unknown): readonly KeptRelease[] {
  const releases: unknown = typeof body === "object" && body !== null && "releases" in body ? body.releases : null;
  return Array.isArray(releases) ? releases.filter(isRelease) : [];
}

function isRelease(entry: unknown): entry is KeptRelease {
  return typeof entry === "object" && entry !== null && "number" in entry && "content" in entry;
}
