import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Reason } from "../core/model/reason.ts";

/** What the system counts. Labels are names of providers, channels, rules and reasons; never an address or an id. */
export interface Metrics {
  readonly registry: Registry;
  webhookAccepted(provider: string, events: number): void;
  webhookDuplicate(provider: string, events: number): void;
  webhookQuarantined(provider: string, events: number): void;
  webhookRejected(provider: string, reason: string): void;
  decided(kind: string, reason: Reason | null): void;
  sent(channel: string, outcome: string): void;
  laneStopped(channel: string): void;
  laneGoesOn(channel: string): void;
  commitConflict(): void;
  storeConnection(news: string): void;
  documentBytes(bytes: number): void;
  deciders(members: number): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const accepted = new Counter({
    name: "heed_ingest_events_total",
    help: "Events made durable before they were acknowledged.",
    labelNames: ["provider"],
    registers,
  });
  const duplicates = new Counter({
    name: "heed_ingest_duplicates_total",
    help: "Events that were durable already when they came again.",
    labelNames: ["provider"],
    registers,
  });
  const quarantined = new Counter({
    name: "heed_ingest_quarantined_total",
    help: "Parts of authentic requests that were not understood and are kept as dead letters.",
    labelNames: ["provider"],
    registers,
  });
  const rejected = new Counter({
    name: "heed_ingest_rejected_total",
    help: "Requests that were refused at the door.",
    labelNames: ["provider", "reason"],
    registers,
  });
  const decisions = new Counter({
    name: "heed_records_total",
    help: "Lines of the account, by kind and reason.",
    labelNames: ["kind", "reason"],
    registers,
  });
  const sends = new Counter({
    name: "heed_send_outcomes_total",
    help: "Ends of calls to providers.",
    labelNames: ["channel", "outcome"],
    registers,
  });
  const stops = new Counter({
    name: "heed_lane_stops_total",
    help: "Times a lane stopped because its provider refused our credentials.",
    labelNames: ["channel"],
    registers,
  });
  const stopped = new Gauge({
    name: "heed_lane_stopped",
    help: "1 while messages wait because their provider refuses our credentials, by channel.",
    labelNames: ["channel"],
    registers,
  });
  const conflicts = new Counter({
    name: "heed_commit_conflicts_total",
    help: "Decisions made again because another worker had changed the contact.",
    registers,
  });
  const connection = new Counter({
    name: "heed_store_connection_total",
    help: "What happened to the connection to the store: lost, restored, refused, forbidden.",
    labelNames: ["news"],
    registers,
  });
  const bytes = new Histogram({
    name: "heed_contact_document_bytes",
    help: "Size of contact documents as written.",
    buckets: [1_024, 4_096, 16_384, 32_768, 65_536, 131_072, 262_144],
    registers,
  });
  const deciders = new Gauge({
    name: "heed_deciders",
    help: "Processes that share out the contacts, as this one sees it; 0 where it does not take part.",
    registers,
  });
  return {
    registry,
    webhookAccepted: (provider, events) => accepted.inc({ provider }, events),
    webhookDuplicate: (provider, events) => duplicates.inc({ provider }, events),
    webhookQuarantined: (provider, events) => quarantined.inc({ provider }, events),
    webhookRejected: (provider, reason) => rejected.inc({ provider, reason }),
    decided: (kind, reason) => decisions.inc({ kind, reason: reason ?? "" }),
    sent: (channel, outcome) => sends.inc({ channel, outcome }),
    laneStopped(channel) {
      stops.inc({ channel });
      stopped.set({ channel }, 1);
    },
    laneGoesOn: (channel) => stopped.set({ channel }, 0),
    commitConflict: () => conflicts.inc(),
    storeConnection: (news) => connection.inc({ news }),
    documentBytes: (size) => bytes.observe(size),
    deciders: (members) => deciders.set(members),
  };
}
