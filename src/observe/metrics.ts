import { collectDefaultMetrics, Histogram, Registry } from "prom-client";
import type { Reason } from "../core/model/reason.ts";
import { type FlowMetrics, flowInstrumentsIn } from "./flow-metrics.ts";
import { makersIn } from "./makers.ts";

/** What the system counts. Labels are names of providers, channels, rules and reasons; never an address or an id. */
export interface Metrics extends FlowMetrics {
  readonly registry: Registry;
  webhookAccepted(provider: string, events: number): void;
  webhookDuplicate(provider: string, events: number): void;
  webhookQuarantined(provider: string, events: number): void;
  webhookUnknown(provider: string, events: number): void;
  webhookRejected(provider: string, reason: string): void;
  decided(kind: string, reason: Reason | null): void;
  sent(channel: string, outcome: string): void;
  laneStopped(channel: string): void;
  laneGoesOn(channel: string): void;
  commitConflict(): void;
  storeConnection(news: string): void;
  documentBytes(bytes: number): void;
  deciders(members: number): void;
  lookupEnded(lookup: string, outcome: string, ms: number): void;
  lookupCached(lookup: string): void;
  lookupsInFlight(lookup: string, count: number): void;
  lookupBreaker(lookup: string, state: "closed" | "open" | "half_open"): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const all = instrumentsIn(registry);
  return {
    registry,
    webhookAccepted: (provider, events) => all.accepted.inc({ provider }, events),
    webhookDuplicate: (provider, events) => all.duplicates.inc({ provider }, events),
    webhookQuarantined: (provider, events) => all.quarantined.inc({ provider }, events),
    webhookUnknown: (provider, events) => all.unknown.inc({ provider }, events),
    webhookRejected: (provider, reason) => all.rejected.inc({ provider, reason }),
    decided: (kind, reason) => all.decisions.inc({ kind, reason: reason ?? "" }),
    sent: (channel, outcome) => all.sends.inc({ channel, outcome }),
    laneStopped(channel) {
      all.stops.inc({ channel });
      all.stopped.set({ channel }, 1);
    },
    laneGoesOn: (channel) => all.stopped.set({ channel }, 0),
    commitConflict: () => all.conflicts.inc(),
    storeConnection: (news) => all.connection.inc({ news }),
    documentBytes: (size) => all.bytes.observe(size),
    deciders: (members) => all.deciders.set(members),
    ...lookupInstrumentsIn(registry),
    ...flowInstrumentsIn(registry),
  };
}

function instrumentsIn(registry: Registry) {
  const { counter } = makersIn(registry);
  const accepted = counter(
    "heed_ingest_events_total",
    "Events made durable before they were acknowledged.",
    "provider",
  );
  const duplicates = counter(
    "heed_ingest_duplicates_total",
    "Events that were durable already when they came again.",
    "provider",
  );
  const quarantined = counter(
    "heed_ingest_quarantined_total",
    "Parts of authentic requests that were not understood and are kept as dead letters.",
    "provider",
  );
  const unknown = counter(
    "heed_ingest_unknown_total",
    "Events that a provider reports by words that are not known yet: they are kept, of type `unknown`.",
    "provider",
  );
  const rejected = counter(
    "heed_ingest_rejected_total",
    "Requests that were refused at the door.",
    "provider",
    "reason",
  );
  return { accepted, duplicates, quarantined, unknown, rejected, ...engineInstrumentsIn(registry) };
}

function engineInstrumentsIn(registry: Registry) {
  const { counter, gauge } = makersIn(registry);
  const decisions = counter("heed_records_total", "Lines of the account, by kind and reason.", "kind", "reason");
  const sends = counter("heed_send_outcomes_total", "Ends of calls to providers.", "channel", "outcome");
  const stops = counter(
    "heed_lane_stops_total",
    "Times a lane stopped because its provider refused our credentials.",
    "channel",
  );
  const stopped = gauge(
    "heed_lane_stopped",
    "1 while messages wait because their provider refuses our credentials, by channel.",
    "channel",
  );
  const conflicts = counter(
    "heed_commit_conflicts_total",
    "Decisions made again because another worker had changed the contact.",
  );
  const connection = counter(
    "heed_store_connection_total",
    "What happened to the connection to the store: lost, restored, refused, forbidden.",
    "news",
  );
  const bytes = new Histogram({
    name: "heed_contact_document_bytes",
    help: "Size of contact documents as written.",
    buckets: [1_024, 4_096, 16_384, 32_768, 65_536, 131_072, 262_144],
    registers: [registry],
  });
  const deciders = gauge(
    "heed_deciders",
    "Processes that share out the contacts, as this one sees it; 0 where it does not take part.",
  );
  return { decisions, sends, stops, stopped, conflicts, connection, bytes, deciders };
}

type LookupMetrics = Pick<Metrics, "lookupEnded" | "lookupCached" | "lookupsInFlight" | "lookupBreaker">;

function lookupInstrumentsIn(registry: Registry): LookupMetrics {
  const { counter, gauge } = makersIn(registry);
  const asked = new Histogram({
    name: "heed_lookup_seconds",
    help: "Questions to look-ups with all their tries, by outcome: value, nothing, invalid, failed, left_alone.",
    labelNames: ["lookup", "outcome"],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 1, 2, 5, 15, 30],
    registers: [registry],
  });
  const cached = counter("heed_lookup_cache_hits_total", "Questions whose answer was still good.", "lookup");
  const flying = gauge("heed_lookups_in_flight", "Questions at work or waiting for their place.", "lookup");
  const breaker = gauge(
    "heed_lookup_breaker",
    "Whether a look-up's source is asked: 0 yes, 1 one question tries it, 2 it is left alone.",
    "lookup",
  );
  const states = { closed: 0, half_open: 1, open: 2 };
  return {
    lookupEnded: (lookup, outcome, ms) => asked.observe({ lookup, outcome }, ms / 1_000),
    lookupCached: (lookup) => cached.inc({ lookup }),
    lookupsInFlight: (lookup, count) => flying.set({ lookup }, count),
    lookupBreaker: (lookup, state) => breaker.set({ lookup }, states[state]),
  };
}
