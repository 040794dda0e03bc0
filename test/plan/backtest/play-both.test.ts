import { expect, test } from "vitest";
import { createMarks, type Setting } from "../../../src/plan/backtest/arm.ts";
import { createDrawLog } from "../../../src/plan/backtest/draws.ts";
import { arms, createLog, type LogRow } from "../../../src/plan/backtest/log.ts";
import { type Counts, playBoth } from "../../../src/plan/backtest/play-both.ts";
import type { Crowd } from "../../../src/plan/backtest/play-together.ts";
import type { Player } from "../../../src/plan/backtest/players.ts";
import { sideOf } from "../planted/scene.ts";
import { HEED, HOUR, ruleOf, START } from "./stage.ts";

/** Of contacts of whom nothing was recorded. */
const setting: Setting = {
  spools: [],
  records: {
    keys: new Uint32Array(),
    places: new Float64Array(),
    hashes: new Float64Array(),
    messages: new Uint32Array(),
  },
  clusters: Uint32Array.of(0, 1, 2, 3, 4, 5),
  timelines: { clusters: Uint32Array.of(0, 1, 2, 3, 4, 5), starts: new Uint32Array(7), records: new Uint32Array() },
  messages: {
    hashes: new Float64Array(),
    sentAt: new Float64Array(),
    isSent: new Uint8Array(),
    keys: new Uint32Array(),
    starts: new Uint32Array(1),
    records: new Uint32Array(),
  },
  marks: { base: createMarks(0), head: createMarks(0) },
  names: { base: new Map(), head: new Map() },
  from: START,
  to: START + 24 * HOUR,
  warmUpUntil: START,
  sample: 1,
  established: new Set(),
};

const row: LogRow = {
  kind: "sent",
  at: START,
  cluster: 0,
  trigger: 0,
  rule: "",
  step: "1",
  reason: "",
  channel: "sms",
  provider: "outbox",
  text: 0,
  segments: 1,
  cost: Number.NaN,
  currency: "",
  zone: "",
  real: 0,
  variables: "",
};

/** Somebody who says that these would have sent what they draw for, and writes down whom it was asked to play together. */
function playerOf(drawing: readonly number[], others: readonly Partial<LogRow>[]): Player & { crowds: Crowd[] } {
  const crowds: Crowd[] = [];
  const [log, draws] = [createLog(), createDrawLog(setting)];
  for (const cluster of drawing) {
    log.write({ ...row, cluster, rule: "new" });
    const window = { kind: "first_day", rule: "new" } as const;
    draws.write(cluster, START + cluster, [{ counter: "first-day/new", window, limit: 3, amount: 1 }]);
  }
  for (const other of others) log.write({ ...row, ...other });
  log.sign(arms.head);
  draws.sign(arms.head);
  const nothing = { log: createLog().finish(), draws: createDrawLog(setting).finish(), lookedUp: [] };
  return {
    crowds,
    alone: async () => ({
      log: log.finish(),
      draws: draws.finish(),
      lookedUp: [],
      paused: { base: [], head: [] },
      events: 0,
    }),
    async together(_arm, crowd) {
      crowds.push({ clusters: new Set(crowd.clusters), dry: new Set(crowd.dry) });
      return { ...nothing, paused: ["new"] };
    },
    tell: async () => new Map(),
    close: async () => undefined,
  };
}

async function played(player: Player): Promise<Counts> {
  const side = await sideOf({ "heed.yaml": HEED, "a/new.yaml": ruleOf("new", { event: "Seen" }) });
  const books = { base: side.compiled.rulebook, head: side.compiled.rulebook };
  return playBoth({ setting, books, players: [player], onEvents: () => undefined });
}

test("a rule with too many messages for its first day is played at once with all who meet it, who draw nothing, too", async () => {
  const met = { cluster: 4, rule: "new", kind: "refused", reason: "address.missing" } as const;
  const player = playerOf([0, 1, 2, 3], [met, { cluster: 5, rule: "other" }]);
  await played(player);
  expect(player.crowds).toEqual([{ clusters: new Set([0, 1, 2, 3, 4]), dry: new Set(["first-day/new"]) }]);
});

test("while there is enough for all, nobody is played with others", async () => {
  const player = playerOf([0, 1, 2], [{ cluster: 4, rule: "new", kind: "refused" }]);
  const { head } = await played(player);
  expect(player.crowds).toEqual([]);
  expect(head.rows.map(({ log }) => log.rows)).toEqual([4]);
});
