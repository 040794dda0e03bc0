import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { ParsedWorkspace } from "../../rulebook/parsed-workspace.ts";
import type { Side } from "../side.ts";
import type { ArmRules, ArmSetting } from "./arm.ts";
import { type ArmCount, countArm } from "./count-arm.ts";
import { type Stories, tellStories } from "./stories.ts";

/** One arm, wherever it is played. */
export interface ArmPlayer {
  count(onEvents: (events: number) => void): Promise<ArmCount>;
  tell(clusters: readonly number[], showContent: boolean): Promise<Stories>;
  close(): Promise<void>;
}

/** What a thread needs to play an arm: rules as their texts, because what is compiled cannot leave its thread. */
export interface ArmOrder {
  readonly setting: ArmSetting;
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

export type Asked =
  | { readonly kind: "count" }
  | { readonly kind: "tell"; readonly clusters: readonly number[]; readonly showContent: boolean };

export type Told =
  | { readonly kind: "events"; readonly events: number }
  | { readonly kind: "counted"; readonly count: Omit<ArmCount, "refusals"> }
  | { readonly kind: "stories"; readonly stories: Stories };

const WORKER = new URL("./arm-worker.js", import.meta.url);

/** Whether this program has what a thread runs: a build has, sources that run as they are have not. */
export function hasThreads(): boolean {
  return existsSync(fileURLToPath(WORKER));
}

/** In this thread. */
export function playHere({ compiled }: Side, setting: ArmSetting): ArmPlayer {
  return playerOf(setting, compiled);
}

export function playerOf(setting: ArmSetting, rules: ArmRules): ArmPlayer {
  let refusals: ArmCount["refusals"] = new Map();
  return {
    async count(onEvents) {
      const count = await countArm(setting, rules, onEvents);
      refusals = count.refusals;
      return count;
    },
    tell: (clusters, showContent) => tellStories({ setting, rules, clusters, refusals, showContent }),
    async close() {
      // Nothing to let go of.
    },
  };
}

/** In a thread of its own. */
export function playInThread({ parsed }: Side, setting: ArmSetting): ArmPlayer {
  const order: ArmOrder = { setting, files: filesOf(parsed) };
  const worker = new Worker(WORKER, { workerData: order });
  const ask = async <Kind extends Told["kind"]>(
    asked: Asked,
    until: Kind,
    meanwhile: (told: Told) => void = () => {},
  ): Promise<Extract<Told, { kind: Kind }>> =>
    new Promise((resolve, reject) => {
      const done = (): void => {
        worker.off("message", hear);
        worker.off("error", fail);
      };
      const hear = (told: Told): void => {
        if (!isKind(told, until)) return meanwhile(told);
        done();
        resolve(told);
      };
      const fail = (fault: unknown): void => {
        done();
        reject(fault instanceof Error ? fault : new Error("an arm of the backtest stopped"));
      };
      worker.on("message", hear);
      worker.on("error", fail);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin to name
      worker.postMessage(asked);
    });
  return {
    async count(onEvents) {
      const { count } = await ask({ kind: "count" }, "counted", (told) => {
        if (told.kind === "events") onEvents(told.events);
      });
      return { ...count, refusals: new Map() };
    },
    async tell(clusters, showContent) {
      return (await ask({ kind: "tell", clusters, showContent }, "stories")).stories;
    },
    async close() {
      await worker.terminate();
    },
  };
}

/** What a side consists of: not all that lies in its folder, when some of that has mistakes. */
export function filesOf({ workspace, rules, templates }: ParsedWorkspace): ArmOrder["files"] {
  const shared = [...templates.values()].flatMap(({ text, html }) => [text, html].flatMap((one) => one?.file ?? []));
  const written = [...(workspace === null ? [] : [workspace]), ...rules].map(({ document }) => document.source);
  return [...written, ...shared].map(({ name, text }) => ({ name, text }));
}

function isKind<Kind extends Told["kind"]>(told: Told, kind: Kind): told is Extract<Told, { kind: Kind }> {
  return told.kind === kind;
}
