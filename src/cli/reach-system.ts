import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../core/model/clock.ts";
import { NoStore } from "../store/embedded-files.ts";
import { OpenElsewhere } from "../store/embedded-owner.ts";
import type { Store } from "../store/store.ts";
import { openStore } from "./open-store.ts";
import type { Output } from "./output.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

/** Long enough for a busy system, short enough for somebody in a hurry. */
const ANSWER_MS = 10_000;

/** A running Heed, through its API. */
export interface RunningSystem {
  /** The answer to a request with the token; throws `BadSetting` when it is refused, or none comes. */
  ask(method: string, path: string, body?: object): Promise<object>;
}

/** How a command does its work, wherever the state is. */
export interface Reach<T> {
  running(system: RunningSystem): Promise<T>;
  stored(store: Store): Promise<T>;
  /** It may be the first to use a store. Without it, one in which nothing ever ran is refused. */
  readonly mayBegin?: boolean;
}

/**
 * Reaches what a running system has: its store, when that is NATS or nobody has it open, else the system itself. Throws
 * `BadSetting` when that cannot be reached.
 */
export async function reachSystem<T>(settings: RunSettings, clock: Clock, io: Output, work: Reach<T>): Promise<T> {
  const embedded = settings.store.kind === "embedded";
  if (embedded && (await answers(settings, clock))) return work.running(overHttp(settings, clock));
  const opening = openStore(settings, clock, undefined, work.mayBegin !== true);
  const store = await opening.catch((fault: unknown): never => {
    const where = urlOf(settings).origin;
    if (fault instanceof NoStore)
      throw new BadSetting(
        `no running system answers at ${where}, and there is no embedded store in ${fault.directory}: name its --host and --port, or --data-dir; heed run begins one`,
      );
    if (!(fault instanceof OpenElsewhere)) throw fault;
    throw new BadSetting(
      `a running system has ${settings.dataDirectory} open, and none answers at ${where}: name its --host and --port`,
    );
  });
  if (embedded) {
    const where = urlOf(settings).origin;
    io.err(
      `no running system answers at ${where}: this is about the store in ${settings.dataDirectory}, from its next start on\n`,
    );
  }
  try {
    return await work.stored(store);
  } finally {
    await store.close();
  }
}

/** Whether a Heed listens there. That nobody does is an answer; anything else stops the command where it matters. */
async function answers(settings: RunSettings, clock: Clock): Promise<boolean> {
  try {
    const response = await fetchWithin(clock, new URL("/healthz", urlOf(settings)), {});
    const health: unknown = await response.json();
    return typeof health === "object" && health !== null && "status" in health && health.status === "alive";
  } catch {
    return false;
  }
}

/** What a running system says of itself, without a token; null when none answers. */
export async function healthOf(
  settings: RunSettings,
  clock: Clock,
): Promise<{
  readonly where: string;
  readonly health: { readonly ok: boolean; readonly problems: readonly string[] } | null;
}> {
  const where = urlOf(settings).origin;
  if (!(await answers(settings, clock))) return { where, health: null };
  const response = await fetchWithin(clock, new URL("/readyz", urlOf(settings)), {});
  const said: unknown = await response.json().catch(() => null);
  const problems: unknown = typeof said === "object" && said !== null && "problems" in said ? said.problems : [];
  return { where, health: { ok: response.ok, problems: Array.isArray(problems) ? problems.map(String) : [] } };
}

async function fetchWithin(clock: Clock, url: URL, init: RequestInit): Promise<Response> {
  const late = new AbortController();
  const cancel = clock.after(ANSWER_MS, () => late.abort());
  try {
    return await fetch(url, { ...init, signal: late.signal });
  } finally {
    cancel();
  }
}

function urlOf({ host, port }: RunSettings): URL {
  return new URL(`http://${host.includes(":") ? `[${host}]` : host}:${port}`);
}

function overHttp(settings: RunSettings, clock: Clock): RunningSystem {
  return {
    async ask(method, path, body) {
      const url = new URL(path, urlOf(settings));
      const response = await fetchWithin(clock, url, {
        method,
        headers: { authorization: `Bearer ${tokenOf(settings)}`, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }).catch((fault: unknown): never => {
        throw new BadSetting(
          `${url.origin} does not answer: ${fault instanceof Error ? fault.message : "no reason given"}`,
        );
      });
      const answer: unknown = await response.json().catch(() => null);
      if (response.status === 401)
        throw new BadSetting(
          `${url.origin} does not take this token: set HEED_API_TOKEN to the one of the running system`,
        );
      if (!response.ok || typeof answer !== "object" || answer === null)
        throw new BadSetting(`${url.origin} answered ${response.status}${titleOf(answer)}`);
      return answer;
    },
  };
}

/** The environment's, else the one that the running system made for itself. */
function tokenOf({ apiToken, dataDirectory }: RunSettings): string {
  if (apiToken !== null) return apiToken;
  try {
    return readFileSync(join(dataDirectory, "api-token"), "utf8").trim();
  } catch {
    throw new BadSetting("the running system asks for a token: set HEED_API_TOKEN, or name its --data-dir");
  }
}

/** What a problem of the API is called. */
function titleOf(answer: unknown): string {
  const title = typeof answer === "object" && answer !== null && "title" in answer ? answer.title : null;
  return typeof title === "string" ? `: ${title}` : "";
}
