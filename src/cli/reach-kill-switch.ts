import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../core/model/clock.ts";
import { parseInstant } from "../core/time/instant.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import { parseWorkspace } from "../rulebook/parse-workspace.ts";
import { type KillSwitch, killSwitchOf } from "../runtime/kill-switch.ts";
import { type PauseTarget, readPauseTarget, type StandingPause } from "../runtime/pauses.ts";
import { Unsupported } from "../store/store.ts";
import { openStore } from "./open-store.ts";
import type { Output } from "./output.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

/** Long enough for a busy system, short enough for somebody in a hurry. */
const ANSWER_MS = 10_000;

/**
 * Works the kill switch, wherever it is: in the store, when that is NATS or nobody has it open, else through the running
 * system that has. Throws `BadSetting` when that cannot be reached.
 */
export async function withKillSwitch<T>(
  settings: RunSettings,
  clock: Clock,
  io: Output,
  work: (killSwitch: KillSwitch) => Promise<T>,
): Promise<T> {
  const embedded = settings.store.kind === "embedded";
  if (embedded && (await answers(settings, clock))) return work(overHttp(settings, clock));
  const store = await openStore(settings, clock).catch((fault: unknown): never => {
    if (!embedded || !(fault instanceof Unsupported)) throw fault;
    const where = urlOf(settings).origin;
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
    return await work(killSwitchOf(store, clock, originsIn(settings.workspace)));
  } finally {
    await store.close();
  }
}

/** Rules began under the names that their files give. A folder that cannot be read must not keep a switch from working. */
function originsIn(workspace: string): (rule: string) => string {
  const { rules } = parseWorkspace(loadWorkspace(workspace)).parsed;
  return (rule) => rules.find(({ file }) => file.rule === rule)?.file.moved?.from ?? rule;
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

function overHttp(settings: RunSettings, clock: Clock): KillSwitch {
  const ask = async (method: string, target: PauseTarget | null, body?: object): Promise<object> => {
    const url = new URL(`/api/pauses${target === null ? "" : `/${encodeURIComponent(target)}`}`, urlOf(settings));
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
      throw new BadSetting(`${url.origin} answered ${response.status}`);
    return answer;
  };
  return {
    async pause(target, note, until) {
      await ask("PUT", target, { note, until: until === null ? null : new Date(until).toISOString() });
    },
    async resume(target) {
      const answer = await ask("DELETE", target);
      return "resumed" in answer && answer.resumed === true;
    },
    async pauses() {
      const answer = await ask("GET", null);
      const pauses: unknown = "pauses" in answer ? answer.pauses : [];
      return Array.isArray(pauses) ? pauses.flatMap(readPause) : [];
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

function readPause(entry: unknown): readonly StandingPause[] {
  if (typeof entry !== "object" || entry === null) return [];
  const text = (name: string): string => {
    const value: unknown = Reflect.get(entry, name);
    return typeof value === "string" ? value : "";
  };
  const target = readPauseTarget(text("target"));
  const since = parseInstant(text("since"));
  if (target === null || since === null) return [];
  const reason = text("reason") === "self_paused" ? "self_paused" : "paused";
  return [{ target, reason, note: text("note"), since, until: parseInstant(text("until")) }];
}
