import type { Clock } from "../core/model/clock.ts";
import { parseInstant } from "../core/time/instant.ts";
import { loadWorkspace } from "../rulebook/load-workspace.ts";
import { parseWorkspace } from "../rulebook/parse-workspace.ts";
import { type KillSwitch, killSwitchOf } from "../runtime/kill-switch.ts";
import { type PauseTarget, readPauseTarget, type StandingPause } from "../runtime/pauses.ts";
import type { Output } from "./output.ts";
import { reachSystem, type RunningSystem } from "./reach-system.ts";
import type { RunSettings } from "./run-settings.ts";

/** Works the kill switch, wherever it is. Throws `BadSetting` when that cannot be reached. */
export async function withKillSwitch<T>(
  settings: RunSettings,
  clock: Clock,
  io: Output,
  work: (killSwitch: KillSwitch) => Promise<T>,
): Promise<T> {
  return reachSystem(settings, clock, io, {
    running: (system) => work(overHttp(system)),
    stored: (store) => work(killSwitchOf(store, clock, originsIn(settings.workspace))),
  });
}

/** Rules began under the names that their files give. A folder that cannot be read must not keep a switch from working. */
function originsIn(workspace: string): (rule: string) => string {
  const { rules } = parseWorkspace(loadWorkspace(workspace)).parsed;
  return (rule) => rules.find(({ file }) => file.rule === rule)?.file.moved?.from ?? rule;
}

function overHttp(system: RunningSystem): KillSwitch {
  const ask = (method: string, target: PauseTarget | null, body?: object): Promise<object> =>
    system.ask(method, `/api/pauses${target === null ? "" : `/${encodeURIComponent(target)}`}`, body);
  return {
    async pause(target, note, until, by = "") {
      await ask("PUT", target, { note, until: until === null ? null : new Date(until).toISOString(), by });
    },
    async resume(target, { actor: by = "", note = "" } = {}) {
      const answer = await ask("DELETE", target, { by, note });
      return "resumed" in answer && answer.resumed === true;
    },
    async pauses() {
      const answer = await ask("GET", null);
      const pauses: unknown = "pauses" in answer ? answer.pauses : [];
      return Array.isArray(pauses) ? pauses.flatMap(readPause) : [];
    },
  };
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
  const actor = text("by");
  const until = parseInstant(text("until"));
  return [{ target, reason, note: text("note"), ...(actor !== "" && { actor }), since, until }];
}
