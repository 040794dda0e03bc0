import type { Clock } from "../core/model/clock.ts";
import { calendarWindow } from "../core/time/calendar-window.ts";
import { houseFigures } from "../ledger/figures-documents.ts";
import type { RuleFigures } from "../ledger/figures.ts";
import { spentWithin } from "../ledger/house-figures.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Store } from "../store/store.ts";
import { createAlerts } from "./alerts.ts";
import type { Engine } from "./engine.ts";
import type { Deployed } from "./parts.ts";
import { createPauses } from "./pauses.ts";
import { protectRules } from "./self-protection.ts";
import { watchTrouble } from "./watch-trouble.ts";

export interface GuardParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly engine: Pick<Engine, "isFirst" | "stoppedChannels">;
  readonly deployed: () => Deployed;
}

export interface HouseGuard {
  /** For those who keep the figures. */
  readonly onFigures: (changed: ReadonlyMap<string, RuleFigures>) => Promise<void>;
  stop(): Promise<void>;
}

/** What a running system does for its own safety: rules pause themselves, people are told, and the state of it is measured. */
export function guardHouse(parts: GuardParts): HouseGuard {
  const { store, clock, engine, deployed, metrics } = parts;
  const pauses = createPauses(store, clock);
  const workspace = () => deployed().workspace.rulebook.workspace;
  metrics.watchLanes(
    async () => (await store.health()).depth,
    () => clock.now(),
  );
  const watch = watchTrouble({
    ...parts,
    pauses,
    alerts: createAlerts(parts),
    stoppedChannels: () => engine.stoppedChannels(),
    isFirst: () => engine.isFirst(),
    isWanted: () => workspace().alerts !== null,
    onLook: () => measure(parts, pauses),
  });
  return {
    onFigures: protectRules({ ...parts, pauses, limits: () => workspace().selfProtection }),
    stop: () => watch.stop(),
  };
}

/** What all processes share is measured by the one that adds up the account. */
async function measure(
  { store, clock, metrics, engine, deployed }: GuardParts,
  pauses: ReturnType<typeof createPauses>,
) {
  if (!engine.isFirst()) return;
  const counts = { paused: 0, self_paused: 0 };
  for (const { reason } of await pauses.list()) counts[reason] += 1;
  metrics.pausesStanding(counts);
  const { budgets, timeZone } = deployed().workspace.rulebook.workspace;
  if (budgets.length === 0) return;
  const figures = await houseFigures(store);
  for (const { channel, per, max } of budgets) {
    const window = calendarWindow(per, clock.now(), timeZone);
    const { currency } = max;
    const spent = spentWithin(figures, { channel, currency }, window) / 1_000_000;
    metrics.budget({ channel, per, currency, spent, limit: max.micros / 1_000_000 });
  }
}
