import type { Metrics } from "../observe/metrics.ts";
import { count } from "./format.ts";
import type { Html } from "./html.ts";
import { table } from "./table.ts";

/** Histograms of seconds, and what each means to a person. */
export const MEASURED = {
  heed_event_to_decision_seconds: "From an event's receipt to what was decided",
  heed_timer_late_seconds: "Behind the moment for which something was due",
  heed_message_to_answer_seconds: "From a message's place in its lane to its provider's answer",
} as const;

/** How late things are in this process since it started. */
export async function lateness({ registry }: Pick<Metrics, "registry">): Promise<Html> {
  const rows = await Promise.all(
    Object.entries(MEASURED).map(async ([name, meaning]) => {
      const { values = [] } = (await registry.getSingleMetric(name)?.get()) ?? {};
      const { all, within } = readBuckets(values);
      return [meaning, count(all), within(0.5), within(0.95), within(0.99)];
    }),
  );
  return table({
    caption: "Of this process, since it started",
    columns: [
      { label: "Span" },
      { label: "Times", isNumber: true },
      { label: "Half within", isNumber: true },
      { label: "95 % within", isNumber: true },
      { label: "99 % within", isNumber: true },
    ],
    rows,
    empty: "",
  });
}

interface Bucket {
  readonly value: number;
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
}

interface Spans {
  readonly all: number;
  /** In words, the end of the bucket in which this share of all has come. */
  readonly within: (share: number) => string;
}

/** Buckets count all that was no longer than their end, each for every set of labels. */
function readBuckets(values: readonly Bucket[]): Spans {
  const byEnd = new Map<number, number>();
  for (const { labels, value } of values) {
    const { le } = labels;
    if (le === undefined) continue;
    const end = le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le);
    byEnd.set(end, (byEnd.get(end) ?? 0) + value);
  }
  const all = byEnd.get(Number.POSITIVE_INFINITY) ?? 0;
  const ends = [...byEnd].toSorted(([a], [b]) => a - b);
  return {
    all,
    within(share) {
      if (all === 0) return "–";
      const end = ends.find(([, counted]) => counted >= share * all)?.[0] ?? Number.POSITIVE_INFINITY;
      if (end === Number.POSITIVE_INFINITY) return `more than ${seconds(ends.at(-2)?.[0] ?? 0)}`;
      return seconds(end);
    },
  };
}

function seconds(number: number): string {
  return number < 1 ? `${count(number * 1_000)} ms` : `${count(number)} s`;
}
