import {
  readRunsOnChange,
  type ReleasedView,
  type ReleasesPort,
  type ReleaseView,
  type RunsOnChange,
} from "../console/releases-api.ts";
import type { Clock } from "../core/model/clock.ts";
import type { Forecast } from "../ledger/forecast.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import { printable, printableJson } from "../rulebook/report/printable.ts";
import { renderProblems } from "../rulebook/report/render-problems.ts";
import { packRules } from "../runtime/release-content.ts";
import { actorHere } from "./actor.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import { forecastOf } from "./forecast-of-plan.ts";
import type { Output } from "./output.ts";
import { readPlan } from "./read-plan.ts";
import { reachSystem, type RunningSystem } from "./reach-system.ts";
import { judgeRelease, releasesPort } from "./releases-port.ts";
import { revisionOf } from "./revision.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

export interface DeployFlags {
  readonly strict?: boolean;
  readonly list?: boolean;
  readonly format?: string;
  readonly planDigest?: string;
  /** A file that `heed plan --out` wrote. */
  readonly plan?: string;
  /** Deploy although the plan was made for other rules. */
  readonly stalePlan?: boolean;
  readonly reason?: string;
}

export interface RollbackFlags {
  /** The beginning of a digest. */
  readonly to?: string;
  /** What becomes of runs under way. */
  readonly onChange?: string;
  readonly reason?: string;
}

export interface PublishContext {
  readonly settings: RunSettings;
  readonly clock: Clock;
  readonly io: Output;
  readonly colours: boolean;
}

/** Publishes the rules of a folder to the store, once they are sound, or lists what was. Throws `BadSetting`. */
export async function deploy(flags: DeployFlags, context: PublishContext): Promise<ExitCode> {
  const { format = "pretty" } = flags;
  if (format !== "pretty" && format !== "json") throw new BadSetting("--format: expected pretty or json");
  if (flags.list === true) return listReleases(format, context);
  const planned = plannedIn(flags);
  const { settings, io, colours } = context;
  const strict = flags.strict ?? false;
  const judged = judgeRelease(loadWorkspace(settings.workspace), strict);
  if (!judged.ok) {
    io.err(renderProblems(judged.problems, { format: "pretty", colours, strict }));
    io.err(`heed deploy: nothing was deployed; heed check ${settings.workspace} tells the same\n`);
    return judged.problems.some(({ code }) => code.startsWith("HEED0")) ? EXIT.unreadable : EXIT.findings;
  }
  const stale = staleFor(judged.digest, planned, flags);
  if (stale !== null) {
    io.err(`heed deploy: ${stale}\n`);
    return EXIT.findings;
  }
  const { bytes } = await packRules(judged.files);
  const wish = {
    packed: Buffer.from(bytes).toString("base64"),
    by: actorHere(),
    revision: revisionOf(settings.workspace),
    plan: planned.digest,
    base: planned.base,
    forecast: planned.forecast,
    note: flags.reason ?? "",
    strict,
  };
  return told("deploy", await withReleases(context, (port) => port.deploy(wish), true), io);
}

interface Planned {
  readonly digest: string | null;
  /** Digests of the rules that the plan is about; null when nothing is to be held against them. */
  readonly base: string | null;
  readonly head: string | null;
  readonly forecast: Forecast | null;
}

function plannedIn({ planDigest, plan: file, stalePlan = false, reason = "" }: DeployFlags): Planned {
  if (file !== undefined && planDigest !== undefined)
    throw new BadSetting("--plan says the digest itself, so leave --plan-digest out");
  if (stalePlan && (file === undefined || reason.trim() === ""))
    throw new BadSetting("--stale-plan goes with --plan, and with a --reason why it may be deployed all the same");
  if (planDigest !== undefined && !/^[0-9a-f]{8,64}$/.test(planDigest))
    throw new BadSetting("--plan-digest: expected 8 to 64 characters of a digest, in hex");
  if (file === undefined) return { digest: planDigest ?? null, base: null, head: null, forecast: null };
  const { plan, digest } = readPlan(file);
  // What was planned for other rules is no measure of these.
  if (stalePlan) return { digest, base: null, head: null, forecast: null };
  return { digest, base: plan.base.digest, head: plan.head.digest, forecast: forecastOf(plan, digest) };
}

/** Why the plan is not about the rules that are to be deployed; null when it is. */
function staleFor(digest: string, { head }: Planned, { plan }: DeployFlags): string | null {
  if (head === null || head === digest) return null;
  return `${plan} was made for the rules ${head.slice(0, 12)}, and these are ${digest.slice(0, 12)}: they were changed since, so what it says may no longer be so. Make it anew with heed plan, or deploy all the same with --stale-plan and a --reason`;
}

/** Publishes earlier rules anew. Throws `BadSetting`. */
export async function rollBack({ to, reason, onChange }: RollbackFlags, context: PublishContext): Promise<ExitCode> {
  if (to !== undefined && !/^[0-9a-f]{4,64}$/.test(to))
    throw new BadSetting("--to: expected the first 4 or more characters of a digest, as heed deploy --list tells it");
  const runs = readRunsOnChange(onChange);
  if (runs === null && onChange !== undefined)
    throw new BadSetting("--on-change: expected migrate, cancel or finish: what becomes of runs under way");
  const wish = { to: to ?? null, by: actorHere(), note: reason ?? "", onChange: runs };
  const code = told("rollback", await withReleases(context, (port) => port.rollBack(wish)), context.io);
  if (code === EXIT.fine) context.io.out(RUNS[runs ?? "finish"]);
  return code;
}

const RUNS: Readonly<Record<RunsOnChange, string>> = {
  migrate: "runs that began with the rules before go on by these, each when its next moment comes\n",
  cancel: "runs that began with the rules before end, each when its next moment comes\n",
  finish:
    "runs that began with the rules before finish by them, unless a rule's on_change says otherwise: --on-change migrate or cancel mends them, too\n",
};

function told(command: string, released: ReleasedView, io: Output): ExitCode {
  if (released.kind === "refused") {
    io.err(`heed ${command}: ${released.why}\n`);
    return EXIT.findings;
  }
  const { number, digest } = released.release;
  if (released.kind === "unchanged") {
    io.out(`unchanged: release ${number} has these rules, digest ${digest.slice(0, 12)}\n`);
    return EXIT.fine;
  }
  io.out(`release ${lineOf(released.release)}`);
  io.out("workers that run with --rules store take it within two seconds; /readyz of each tells what it runs\n");
  return EXIT.fine;
}

async function listReleases(format: "pretty" | "json", context: PublishContext): Promise<ExitCode> {
  const { io } = context;
  const releases = await withReleases(context, (port) => port.list());
  if (format === "json") io.out(`${printableJson({ releases })}\n`);
  else if (releases.length === 0) io.out("nothing was deployed to this store yet\n");
  else for (const release of releases) io.out(lineOf(release));
  return EXIT.fine;
}

function lineOf(release: ReleaseView): string {
  const { number, digest, at, by, revision, plan, note, restores } = release;
  const parts = [
    `${number}  ${at}  ${digest.slice(0, 12)}`,
    `by ${by}`,
    ...(revision === null ? [] : [`git ${revision}`]),
    ...(plan === null ? [] : [`plan ${plan.slice(0, 12)}`]),
    ...(restores === null ? [] : [`back to ${restores}`]),
    changesOf(release),
    ...(note === "" ? [] : [note]),
  ];
  return `${printable(parts.join("  "))}\n`;
}

function changesOf(release: ReleaseView): string {
  const words = [...signed("+", release.added), ...signed("~", release.changed), ...signed("-", release.removed)];
  return words.length === 0 ? "no rule changed" : words.join(" ");
}

function signed(sign: string, { count, names }: ReleaseView["added"]): readonly string[] {
  const more = count - names.length;
  return [...names.map((name) => `${sign}${name}`), ...(more > 0 ? [`and ${sign}${more} more`] : [])];
}

function withReleases<T>(
  { settings, clock, io }: PublishContext,
  work: (port: ReleasesPort) => Promise<T>,
  mayBegin = false,
): Promise<T> {
  return reachSystem(settings, clock, io, {
    mayBegin,
    running: (system) => work(overHttp(system)),
    stored: (store) => work(releasesPort(store, clock)),
  });
}

function overHttp(system: RunningSystem): ReleasesPort {
  return {
    async list() {
      const answer = await system.ask("GET", "/api/releases");
      const releases: unknown = "releases" in answer ? answer.releases : [];
      return Array.isArray(releases) ? releases.filter(isRelease) : [];
    },
    deploy: async (wish) => readReleased(await system.ask("POST", "/api/releases", wish)),
    rollBack: async ({ onChange, ...wish }) =>
      readReleased(await system.ask("POST", "/api/releases/rollback", { ...wish, on_change: onChange })),
  };
}

function readReleased(answer: object): ReleasedView {
  if (isReleased(answer)) return answer;
  throw new BadSetting("the running system gave an answer that this version does not know");
}

/** Told by `console/releases-api.ts`, of the same version. */
function isReleased(answer: object): answer is ReleasedView {
  return "kind" in answer && ("release" in answer || "why" in answer);
}

function isRelease(entry: unknown): entry is ReleaseView {
  return typeof entry === "object" && entry !== null && "number" in entry && "digest" in entry;
}
