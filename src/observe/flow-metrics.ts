import { Gauge, Histogram, type Registry } from "prom-client";
import type { LedgerRecord } from "../core/model/decision.ts";
import { type Makers, makersIn } from "./makers.ts";

/** What is measured of a message's way behind the door. Milliseconds in, seconds out, as Prometheus has it. */
export interface FlowMetrics {
  /** From an event's receipt to the commit of what was decided. */
  eventDecided(ms: number): void;
  /** How late a contact was looked at that had asked for a moment. */
  timerFired(lateMs: number): void;
  /** From a message's place in its lane to its provider's answer, and the call itself. */
  answered(call: AnsweredCall): void;
  /** What a line of the account says of tries: repeated, given up, or of which nobody knows. */
  tried(line: LedgerRecord): void;
  deadLetter(lane: string): void;
  /** A delivery of this lane is at work: what waits there came later. Epoch milliseconds. */
  taken(lane: string, at: number): void;
  /** Where lanes are looked up at every scrape, and the time in epoch milliseconds. */
  watchLanes(depth: () => Promise<Readonly<Record<string, number>>>, now: () => number): void;
  budget(of: Budgeted): void;
  pausesStanding(counts: Readonly<Record<"paused" | "self_paused", number>>): void;
  alerted(kind: string, outcome: string): void;
}

export interface AnsweredCall {
  readonly channel: string;
  readonly class: string;
  readonly outcome: string;
  readonly waitedMs: number;
  readonly callMs: number;
}

export interface Budgeted {
  readonly channel: string;
  readonly per: string;
  readonly currency: string;
  /** In units of the currency. */
  readonly spent: number;
  readonly limit: number;
}

const SECONDS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1_800];

export function flowInstrumentsIn(registry: Registry): FlowMetrics {
  const { counter, gauge } = makersIn(registry);
  const histogram = <Label extends string = never>(name: string, help: string, ...labelNames: Label[]) =>
    new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [registry] });
  const decided = histogram("heed_event_to_decision_seconds", "From an event's receipt to what was decided on it.");
  const late = histogram("heed_timer_late_seconds", "How late contacts were looked at that had asked for a moment.");
  const answered = histogram(
    "heed_message_to_answer_seconds",
    "From a message's place in its lane to its provider's answer, with the time that the channel's rate makes it wait.",
    "channel",
    "class",
  );
  const calls = histogram("heed_provider_call_seconds", "Calls to providers, by how they ended.", "channel", "outcome");
  const dead = counter("heed_dead_letters_total", "Deliveries and messages that became dead letters, by lane.", "lane");
  const spent = gauge(
    "heed_budget_spent",
    "What a channel has cost in its budget's window.",
    "channel",
    "per",
    "currency",
  );
  const limit = gauge(
    "heed_budget_limit",
    "What a channel may cost in its budget's window.",
    "channel",
    "per",
    "currency",
  );
  const pauses = gauge(
    "heed_pauses_standing",
    "Pauses that stand, by whether a person or a rule itself made them.",
    "reason",
  );
  const alerts = counter("heed_alerts_total", "Alerts by kind, and what became of telling people.", "kind", "outcome");
  return {
    eventDecided: (ms) => decided.observe(ms / 1_000),
    timerFired: (ms) => late.observe(Math.max(0, ms) / 1_000),
    answered({ channel, class: messageClass, outcome, waitedMs, callMs }) {
      answered.observe({ channel, class: messageClass }, waitedMs / 1_000);
      calls.observe({ channel, outcome }, callMs / 1_000);
    },
    tried: countTries(counter),
    deadLetter: (lane) => dead.inc({ lane }),
    ...lanesIn(registry),
    budget({ channel, per, currency, ...amounts }) {
      spent.set({ channel, per, currency }, amounts.spent);
      limit.set({ channel, per, currency }, amounts.limit);
    },
    pausesStanding({ paused, self_paused: itself }) {
      pauses.set({ reason: "paused" }, paused);
      pauses.set({ reason: "self_paused" }, itself);
    },
    alerted: (kind, outcome) => alerts.inc({ kind, outcome }),
  };
}

function countTries(counter: Makers["counter"]): FlowMetrics["tried"] {
  const retries = counter("heed_retries_total", "Messages whose call failed and that try again.", "channel");
  const givenUp = counter("heed_given_up_total", "Messages that no try got rid of.", "channel");
  const unknown = counter(
    "heed_unknown_outcomes_total",
    "Calls of which nobody knows whether they sent something; `parked` is for a person to decide.",
    "channel",
    "state",
  );
  return ({ kind, reason, detail }) => {
    const channel = detail?.["channel"];
    if (kind !== "message" || typeof channel !== "string") return;
    if (reason === "provider.failed") (detail?.["until"] === undefined ? givenUp : retries).inc({ channel });
    if (reason === "provider.unknown")
      unknown.inc({ channel, state: detail?.["code"] === "parked" ? "parked" : "asking" });
  };
}

/**
 * How much waits in each lane, and for how long at the most: no longer than since the lane was last seen empty, or since
 * what was last taken from it came. Lanes of other processes are measured, too: the store tells of all.
 */
function lanesIn(registry: Registry): Pick<FlowMetrics, "taken" | "watchLanes"> {
  const newest = new Map<string, number>();
  const seen = (lane: string, at: number): void => void newest.set(lane, Math.max(at, newest.get(lane) ?? at));
  let watched: Parameters<FlowMetrics["watchLanes"]> = [async () => ({}), () => 0];
  let looking: ReturnType<(typeof watched)[0]> | null = null;
  const look = async (): Promise<readonly (readonly [lane: string, waiting: number])[]> => {
    // Both gauges of one scrape ask the store once. While it is away, their numbers are missing rather than wrong.
    looking ??= watched[0]().finally(() => (looking = null));
    return Object.entries(await looking.catch(() => ({})));
  };
  const gauge = (name: string, help: string, valueOf: (lane: string, waiting: number) => number | null): void => {
    const made = new Gauge({
      name,
      help,
      labelNames: ["lane"],
      registers: [],
      async collect() {
        this.reset();
        for (const [lane, waiting] of await look()) {
          const value = valueOf(lane, waiting);
          if (value !== null) this.set({ lane }, value);
        }
      },
    });
    registry.registerMetric(made);
  };
  gauge(
    "heed_lane_waiting",
    "Deliveries that wait: events, due (contacts that asked for a moment), dead letters, jobs by channel and class.",
    (_lane, waiting) => waiting,
  );
  gauge(
    "heed_lane_oldest_seconds",
    "For how long the oldest delivery of a lane waits, at the most.",
    (lane, waiting) => {
      // Contacts wait for moments to come, and dead letters for people.
      if (lane === "due" || lane === "dead") return null;
      const now = watched[1]();
      if (waiting === 0 || !newest.has(lane)) seen(lane, now);
      return Math.max(0, now - (newest.get(lane) ?? now)) / 1_000;
    },
  );
  return { taken: seen, watchLanes: (...source) => void (watched = source) };
}
