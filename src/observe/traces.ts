import type { Clock } from "../core/model/clock.ts";
import { sha256Hex } from "../core/model/sha256.ts";
import { faultFields, type Log } from "./log.ts";

/** Tells an OpenTelemetry collector what happened to an event. Never waits, and never fails what it tells of. */
export interface Traces {
  tell(span: Span): void;
  /** Tells what is left, and rests. */
  close(): Promise<void>;
}

/**
 * One stage of an event's way. Ids are made from names that every process knows by itself, so that nothing but the event
 * travels: `trace` names the event, `id` the stage, and `parent` the stage before.
 */
export interface Span {
  readonly trace: string;
  readonly id: string;
  readonly parent: string | null;
  readonly name: string;
  readonly kind: "internal" | "server" | "client";
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Names of rules, channels, providers and outcomes; never an address, an id of a person, or a text. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly failed?: true;
}

export interface TraceSettings {
  /** Where spans are posted. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly service: string;
  /** The share of traces that is told, in [0, 1]. */
  readonly share: number;
}

type Fault = { readonly fault: string };

/** From the variables that OpenTelemetry names; null when no endpoint is set. */
export function readTraceSettings(env: Readonly<Record<string, string | undefined>>): TraceSettings | Fault | null {
  const given = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] ?? "";
  const base = env["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? "";
  if ((given === "" && base === "") || env["OTEL_SDK_DISABLED"] === "true") return null;
  const url = given === "" ? `${base.replace(/\/+$/, "")}/v1/traces` : given;
  if (!/^https?:$/.test(protocolOf(url)))
    return {
      fault: "OTEL_EXPORTER_OTLP_ENDPOINT: expected the http(s) URL of a collector, such as http://localhost:4318",
    };
  const protocol = env["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] ?? env["OTEL_EXPORTER_OTLP_PROTOCOL"] ?? "http/json";
  if (protocol !== "http/json")
    return { fault: "OTEL_EXPORTER_OTLP_PROTOCOL: Heed speaks http/json; leave it out, or write that" };
  const isShared = env["OTEL_TRACES_SAMPLER"]?.endsWith("traceidratio") === true;
  const share = isShared ? Number(env["OTEL_TRACES_SAMPLER_ARG"] ?? "1") : 1;
  if (!(share >= 0 && share <= 1)) return { fault: "OTEL_TRACES_SAMPLER_ARG: expected a share from 0 to 1" };
  const headers = readHeaders(env["OTEL_EXPORTER_OTLP_TRACES_HEADERS"] ?? env["OTEL_EXPORTER_OTLP_HEADERS"] ?? "");
  const name = env["OTEL_SERVICE_NAME"] ?? "";
  return { url, headers, service: name === "" ? "heed" : name, share };
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : "";
}

/** `key=value` with commas between, values as in URLs. */
function readHeaders(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(",").flatMap((pair) => {
    const [name = "", ...value] = pair.split("=");
    return name.trim() === "" ? [] : [[name.trim(), unescaped(value.join("=").trim())] as const];
  });
  return Object.fromEntries(pairs);
}

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

const FLUSH_MS = 2_000;
const MOST_AT_ONCE = 512;
/** Beyond these, what is newest is lost: a collector that is away must cost neither memory nor time. */
const MOST_WAITING = 4_096;
const PATIENCE_MS = 5_000;

/** OTLP over HTTP as JSON. A batch that is refused or lost is not told again. */
export function openTraces(settings: TraceSettings, clock: Clock, log: Log): Traces {
  let waiting: Span[] = [];
  let cancel: (() => void) | null = null;
  let flushing = Promise.resolve();
  let lost = 0;
  let closed = false;

  const post = async (spans: readonly Span[]): Promise<void> => {
    const given = new AbortController();
    const stop = clock.after(PATIENCE_MS, () => given.abort());
    try {
      const response = await fetch(settings.url, {
        method: "POST",
        headers: { ...settings.headers, "content-type": "application/json" },
        body: JSON.stringify(encodeSpans(spans, settings.service)),
        signal: given.signal,
        redirect: "error",
      });
      await response.arrayBuffer();
      if (!response.ok) throw new RangeError(`status ${response.status}`);
      if (lost > 0) log.info("the collector takes traces again", { lost });
      lost = 0;
    } catch (fault) {
      if (lost === 0) log.warn("traces are lost: the collector does not take them", faultFields(fault));
      lost += spans.length;
    } finally {
      stop();
    }
  };
  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST_AT_ONCE);
      waiting = waiting.slice(MOST_AT_ONCE);
      await post(batch);
    }
  };
  const begin = (): void => {
    cancel?.();
    cancel = null;
    flushing = flushing.then(flush);
  };
  return {
    tell(span) {
      if (closed || waiting.length >= MOST_WAITING || !isTold(span.trace, settings.share)) return;
      waiting.push(span);
      if (waiting.length === MOST_AT_ONCE) begin();
      else cancel ??= clock.after(FLUSH_MS, begin);
    },
    async close() {
      closed = true;
      begin();
      await flushing;
    },
  };
}

/** By the trace's own id, so that every process tells of the same ones. */
function isTold(trace: string, share: number): boolean {
  return share >= 1 || Number.parseInt(traceIdOf(trace).slice(-8), 16) < share * 2 ** 32;
}

export function traceIdOf(trace: string): string {
  return sha256Hex(`trace:${trace}`).slice(0, 32);
}

export function spanIdOf(id: string): string {
  return sha256Hex(`span:${id}`).slice(0, 16);
}

const KINDS = { internal: 1, server: 2, client: 3 } as const;
const FAILED = 2;

/** As the protocol's JSON has it: ids in hex, times in nanoseconds as text. */
function encodeSpans(spans: readonly Span[], service: string): unknown {
  return {
    resourceSpans: [
      {
        resource: { attributes: encodeAttributes({ "service.name": service }) },
        scopeSpans: [{ scope: { name: "heed" }, spans: spans.map(encodeSpan) }],
      },
    ],
  };
}

function encodeSpan({ trace, id, parent, name, kind, from, to, attributes, failed }: Span): unknown {
  return {
    traceId: traceIdOf(trace),
    spanId: spanIdOf(id),
    parentSpanId: parent === null ? "" : spanIdOf(parent),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(from),
    endTimeUnixNano: nanoseconds(Math.max(from, to)),
    attributes: encodeAttributes(attributes),
    status: failed === true ? { code: FAILED } : {},
  };
}

function nanoseconds(ms: number): string {
  return `${Math.round(ms)}000000`;
}

function encodeAttributes(attributes: Span["attributes"]): unknown {
  return Object.entries(attributes).map(([key, value]) => {
    if (typeof value === "string") return { key, value: { stringValue: value } };
    return { key, value: typeof value === "boolean" ? { boolValue: value } : { intValue: String(Math.round(value)) } };
  });
}
