import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { ParsedWorkspace } from "../../rulebook/parsed-workspace.ts";
import type { Side } from "../side.ts";
import type { Setting } from "./arm.ts";
import { type Alone, type BothRules, playAlone } from "./play-alone.ts";
import { type Crowd, type Others, playTogether, type Together } from "./play-together.ts";
import { type Stories, tellStories } from "./stories.ts";
import type { ArmName } from "./sums.ts";

/** Whoever plays both rulebooks, wherever that is. */
export interface Player {
  /** Its share of all clusters: players take them by turns. */
  alone(onEvents: (events: number) => void): Promise<Alone>;
  together(arm: ArmName, crowd: Crowd): Promise<Together>;
  /** Of an arm whose crowd, if it has one, was played here. */
  tell(arm: ArmName, clusters: readonly number[], showContent: boolean): Promise<Stories>;
  close(): Promise<void>;
}

/** What a thread needs to play: rules as their texts, because what is compiled cannot leave its thread. */
export interface PlayerOrder {
  readonly setting: Setting;
  readonly files: { readonly base: Files; readonly head: Files };
  readonly sameSettings: boolean;
  /** One number that all players count up. */
  readonly turns: Int32Array;
}

type Files = readonly { readonly name: string; readonly text: string }[];

export type Asked =
  | { readonly kind: "alone" }
  | { readonly kind: "together"; readonly arm: ArmName; readonly crowd: Crowd }
  | {
      readonly kind: "tell";
      readonly arm: ArmName;
      readonly clusters: readonly number[];
      readonly showContent: boolean;
    };

export type Told =
  | { readonly kind: "events"; readonly events: number }
  | { readonly kind: "alone"; readonly alone: Alone }
  | { readonly kind: "together"; readonly together: Together }
  | { readonly kind: "stories"; readonly stories: Stories };

const WORKER = new URL("./player-worker.js", import.meta.url);

/** Whether this program has what a thread runs: a build has, sources that run as they are have not. */
export function hasThreads(): boolean {
  return existsSync(fileURLToPath(WORKER));
}

/** So many clusters are taken at a time. */
const TURN = 32;

export function createTurns(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** In this thread. */
export function playHere(setting: Setting, rules: BothRules, turns: Int32Array): Player {
  const nobody: Others = { refusals: new Map(), paused: new Map() };
  const others = { base: nobody, head: nobody };
  return {
    alone: (onEvents) => playAlone(setting, rules, placesOf(setting, turns), onEvents),
    async together(arm, crowd) {
      const played = await playTogether(setting, arm, rules[arm], crowd);
      others[arm] = played.others;
      return played.together;
    },
    tell: (arm, clusters, showContent) =>
      tellStories({ setting, arm, rules: rules[arm], clusters, others: others[arm], showContent }),
    async close() {
      // Nothing to let go of.
    },
  };
}

/** Places of clusters that nobody has taken, one after the other. */
function placesOf({ timelines }: Setting, turns: Int32Array): () => number | null {
  let [next, end] = [0, 0];
  return () => {
    if (next === end) {
      next = TURN * Atomics.add(turns, 0, 1);
      end = next + TURN;
    }
    if (next >= timelines.clusters.length) return null;
    next += 1;
    return next - 1;
  };
}

/** Twice the usual: most of what a decision makes is garbage at once, and less of it is copied. 0.93 of the whole time. */
const YOUNG_MB = 96;

/** In a thread of its own. */
export function playInThread(order: PlayerOrder): Player {
  const worker = new Worker(WORKER, { workerData: order, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
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
        reject(fault instanceof Error ? fault : new Error("a player of the backtest stopped"));
      };
      worker.on("message", hear);
      worker.on("error", fail);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin to name
      worker.postMessage(asked);
    });
  return {
    async alone(onEvents) {
      const { alone } = await ask({ kind: "alone" }, "alone", (told) => {
        if (told.kind === "events") onEvents(told.events);
      });
      return alone;
    },
    async together(arm, crowd) {
      return (await ask({ kind: "together", arm, crowd }, "together")).together;
    },
    async tell(arm, clusters, showContent) {
      return (await ask({ kind: "tell", arm, clusters, showContent }, "stories")).stories;
    },
    async close() {
      await worker.terminate();
    },
  };
}

/** What a thread is ordered to play. */
export function orderOf(
  setting: Setting,
  { base, head }: { readonly base: Side; readonly head: Side },
  sameSettings: boolean,
  turns: Int32Array,
): PlayerOrder {
  return { setting, files: { base: filesOf(base.parsed), head: filesOf(head.parsed) }, sameSettings, turns };
}

/** What a side consists of: not all that lies in its folder, when some of that has mistakes. */
export function filesOf({ workspace, rules, templates }: ParsedWorkspace): Files {
  const shared = [...templates.values()].flatMap(({ text, html }) => [text, html].flatMap((one) => one?.file ?? []));
  const written = [...(workspace === null ? [] : [workspace]), ...rules].map(({ document }) => document.source);
  return [...written, ...shared].map(({ name, text }) => ({ name, text }));
}

function isKind<Kind extends Told["kind"]>(told: Told, kind: Kind): told is Extract<Told, { kind: Kind }> {
  return told.kind === kind;
}
