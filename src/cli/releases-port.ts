import { createRequire } from "node:module";
import { join } from "node:path";
import type { ReleasedView, ReleasesPort, ReleaseView } from "../console/releases-api.ts";
import type { Clock } from "../core/model/clock.ts";
import { formatInstant } from "../core/time/instant.ts";
import { checkWorkspace } from "../rulebook/check-workspace.ts";
import { compileParsed } from "../rulebook/compile-workspace.ts";
import type { LoadedWorkspace } from "../rulebook/load-workspace.ts";
import type { Problem } from "../rulebook/problem.ts";
import { createSourceFile } from "../rulebook/source-file.ts";
import { DamagedRelease, packRules, type RuleFiles, unpackRules } from "../runtime/release-content.ts";
import { createReleases, type Release, type Released, type Releases, type RollbackWish } from "../runtime/releases.ts";
import { decideRunsOf } from "../runtime/rule-versions.ts";
import type { Store } from "../store/store.ts";

/** What may be deployed, or why not: the problems that refuse it. */
export type Judged =
  | { readonly ok: true; readonly digest: string; readonly files: RuleFiles }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Judges as `heed check` does; the environment is that of the workers, so nobody's is asked. */
export function judgeRelease(loaded: LoadedWorkspace, strict: boolean): Judged {
  const { parsed, problems } = checkWorkspace(loaded, null);
  const refusing = problems.filter(({ severity }) => strict || severity === "error");
  if (refusing.length > 0 || parsed.workspace === null) return { ok: false, problems: refusing };
  const { rulebook } = compileParsed(parsed, parsed.workspace, {});
  const rules = Object.fromEntries([...rulebook.rules].map(([id, { digest }]) => [id, digest]));
  const files = loaded.files.map(({ name, text }) => ({ name, text }));
  return { ok: true, digest: rulebook.digest, files: { files, rules } };
}

/** As if it had been read from a folder. Packages of providers are those installed where this process runs. */
export function asLoaded({ files }: RuleFiles): LoadedWorkspace {
  return {
    files: files.map(({ name, text }) => createSourceFile(name, text)),
    problems: [],
    requirePackage: createRequire(join(process.cwd(), "heed.yaml")),
  };
}

/** The releases of a store in the words of the API. What comes in is judged here, whoever has judged it before. */
export function releasesPort(store: Store, clock: Clock): ReleasesPort {
  const releases = createReleases(store, clock);
  return {
    list: async () => (await releases.list()).map(viewOf),
    async deploy({ packed, strict, ...said }) {
      const files = await unpackRules(Buffer.from(packed, "base64")).catch((fault: unknown) => {
        if (fault instanceof DamagedRelease) return null;
        throw fault;
      });
      if (files === null) return { kind: "refused", why: "the files did not arrive whole" };
      const judged = judgeRelease(asLoaded(files), strict);
      if (!judged.ok) {
        const codes = [...new Set(judged.problems.map(({ code }) => code))].slice(0, 5).join(", ");
        return { kind: "refused", why: `the running system finds ${judged.problems.length} problems: ${codes}` };
      }
      const { digest } = judged;
      const { rules } = judged.files;
      return viewOfReleased(await releases.publish({ ...said, digest, rules, packed: await packRules(judged.files) }));
    },
    async rollBack({ onChange, ...wish }) {
      const said = { at: clock.now(), by: wish.by, note: wish.note };
      // Before the workers look: while a version is the newest, nothing follows from what is said of it.
      if (onChange !== null)
        await decideRunsOf(store, { ...said, runs: onChange, versions: await leftBy(releases, wish) });
      return viewOfReleased(await releases.rollBack(wish));
    },
  };
}

/** The versions that a rollback leaves behind, by rule; none when there is nothing to go back to. */
async function leftBy(releases: Releases, { to }: Pick<RollbackWish, "to">): Promise<RuleFiles["rules"]> {
  const all = await releases.list();
  const [newest] = all;
  const target = all.find(({ number, digest, restores }) =>
    to === null
      ? restores === null && number < (newest?.restores ?? newest?.number ?? 0) && digest !== newest?.digest
      : digest.startsWith(to),
  );
  if (newest === undefined || target === undefined || target.digest === newest.digest) return {};
  const [left, restored] = await Promise.all([rulesOf(releases, newest), rulesOf(releases, target)]);
  return Object.fromEntries(Object.entries(left).filter(([rule, digest]) => restored[rule] !== digest));
}

/** A release that is damaged tells of none: it keeps nobody from leaving it. */
async function rulesOf(releases: Releases, { number }: Release): Promise<RuleFiles["rules"]> {
  try {
    return (await releases.filesOf(number)).rules;
  } catch (fault) {
    if (fault instanceof DamagedRelease) return {};
    throw fault;
  }
}

function viewOfReleased(released: Released): ReleasedView {
  return released.kind === "refused" ? released : { ...released, release: viewOf(released.release) };
}

/** What else the store keeps of a release is nobody's but its own. */
function viewOf(release: Release): ReleaseView {
  const { number, digest, at, by, revision, plan, note, restores, added, changed, removed } = release;
  return { number, digest, at: formatInstant(at), by, revision, plan, note, restores, added, changed, removed };
}
