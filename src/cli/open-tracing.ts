import type { Clock } from "../core/model/clock.ts";
import type { Log } from "../observe/log.ts";
import type { Traces } from "../observe/traces.ts";
import { BadSetting } from "./run-settings.ts";

/** Null unless OpenTelemetry's own variables name a collector: only then it is loaded. Throws `BadSetting`. */
export async function openTracing(env: NodeJS.ProcessEnv, clock: Clock, log: Log): Promise<Traces | null> {
  if (!Object.keys(env).some((name) => name.startsWith("OTEL_EXPORTER_OTLP_"))) return null;
  const { openTraces, readTraceSettings } = await import("../observe/traces.ts");
  const settings = readTraceSettings(env);
  if (settings === null) return null;
  if ("fault" in settings) throw new BadSetting(settings.fault);
  return openTraces(settings, clock, log);
}
