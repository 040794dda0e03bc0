/** Grafana's dashboard, as `heed assets --dashboard` prints it: what came in, what was decided, sent and spent, and what waits. */
export function dashboard(): string {
  let id = 0;
  let y = 0;
  const panels: object[] = [];
  for (const { title, panels: inRow } of rows) {
    panels.push({
      id: (id += 1),
      type: "row",
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: WIDTH, h: 1 },
      panels: [],
    });
    y += 1;
    for (const [index, panel] of inRow.entries()) {
      const x = (index % ACROSS) * PANEL_WIDTH;
      if (index > 0 && x === 0) y += PANEL_HEIGHT;
      panels.push(drawn(panel, (id += 1), { x, y, w: PANEL_WIDTH, h: PANEL_HEIGHT }));
    }
    y += PANEL_HEIGHT;
  }
  const shown = {
    uid: "heed",
    title: "Heed",
    tags: ["heed"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    timezone: "browser",
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [{ name: "source", label: "Data source", type: "datasource", query: "prometheus", current: {}, hide: 0 }],
    },
    annotations: { list: [] },
    panels,
  };
  return `${JSON.stringify(shown, null, 2)}\n`;
}

const WIDTH = 24;
const ACROSS = 3;
const PANEL_WIDTH = WIDTH / ACROSS;
const PANEL_HEIGHT = 8;

interface Panel {
  readonly title: string;
  readonly unit: "short" | "s" | "ops" | "percentunit" | "bytes";
  /** Each with how its series are named: labels in double braces. */
  readonly lines: readonly (readonly [expr: string, legend: string])[];
  /** The newest value in large, instead of lines over time. */
  readonly stat?: true;
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

function drawn(
  { title, unit, lines, stat }: Panel,
  id: number,
  gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>,
) {
  const datasource = { type: "prometheus", uid: "${source}" };
  const targets = lines.map(([expr, legendFormat], index) => ({
    datasource,
    refId: `Q${index + 1}`,
    expr,
    legendFormat,
  }));
  const fieldConfig = { defaults: { unit, min: 0 }, overrides: [] };
  return stat === true
    ? {
        id,
        type: "stat",
        title,
        datasource,
        gridPos,
        targets,
        fieldConfig,
        options: { reduceOptions: { calcs: ["lastNotNull"] } },
      }
    : {
        id,
        type: "timeseries",
        title,
        datasource,
        gridPos,
        targets,
        fieldConfig,
        options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
      };
}

const rate = (metric: string, by: string): string => `sum by (${by}) (rate(${metric}[$__rate_interval]))`;

function quantiles(metric: string, by: string | null): Panel["lines"] {
  const labels = by === null ? "le" : `le, ${by}`;
  const name = by === null ? "" : ` {{${by}}}`;
  return [0.5, 0.99].map((share) => [
    `histogram_quantile(${share}, sum by (${labels}) (rate(${metric}_bucket[$__rate_interval])))`,
    `p${share * 100}${name}`,
  ]);
}

const rows: readonly Row[] = [
  {
    title: "At a glance",
    panels: [
      {
        title: "Rules that paused themselves",
        unit: "short",
        stat: true,
        lines: [['max(heed_pauses_standing{reason="self_paused"})', "rules"]],
      },
      {
        title: "Lanes that stopped",
        unit: "short",
        stat: true,
        lines: [["sum(max by (channel) (heed_lane_stopped))", "lanes"]],
      },
      { title: "Dead letters", unit: "short", stat: true, lines: [['max(heed_lane_waiting{lane="dead"})', "letters"]] },
    ],
  },
  {
    title: "The door",
    panels: [
      { title: "Events taken", unit: "ops", lines: [[rate("heed_ingest_events_total", "provider"), "{{provider}}"]] },
      {
        title: "Events that came again",
        unit: "ops",
        lines: [[rate("heed_ingest_duplicates_total", "provider"), "{{provider}}"]],
      },
      {
        title: "Refused, quarantined, unknown",
        unit: "ops",
        lines: [
          [rate("heed_ingest_rejected_total", "provider, reason"), "{{provider}} {{reason}}"],
          [rate("heed_ingest_quarantined_total", "provider"), "{{provider}} quarantined"],
          [rate("heed_ingest_unknown_total", "provider"), "{{provider}} unknown word"],
        ],
      },
    ],
  },
  {
    title: "Decisions",
    panels: [
      {
        title: "Decided, by reason",
        unit: "ops",
        lines: [[rate('heed_records_total{reason!=""}', "reason"), "{{reason}}"]],
      },
      { title: "From receipt to decision", unit: "s", lines: quantiles("heed_event_to_decision_seconds", null) },
      { title: "Lateness of timers", unit: "s", lines: quantiles("heed_timer_late_seconds", null) },
      {
        title: "Decided again after a conflict",
        unit: "ops",
        lines: [["sum(rate(heed_commit_conflicts_total[$__rate_interval]))", "conflicts"]],
      },
      { title: "Size of contact documents", unit: "bytes", lines: quantiles("heed_contact_document_bytes", null) },
      { title: "Deciders", unit: "short", lines: [["max(heed_deciders)", "processes"]] },
    ],
  },
  {
    title: "Messages",
    panels: [
      {
        title: "Calls to providers",
        unit: "ops",
        lines: [[rate("heed_send_outcomes_total", "channel, outcome"), "{{channel}} {{outcome}}"]],
      },
      { title: "From queue to answer", unit: "s", lines: quantiles("heed_message_to_answer_seconds", "channel") },
      { title: "Provider calls", unit: "s", lines: quantiles("heed_provider_call_seconds", "channel") },
      {
        title: "Retries, given up, unknown",
        unit: "ops",
        lines: [
          [rate("heed_retries_total", "channel"), "{{channel}} retried"],
          [rate("heed_given_up_total", "channel"), "{{channel}} given up"],
          [rate("heed_unknown_outcomes_total", "channel, state"), "{{channel}} {{state}}"],
        ],
      },
      {
        title: "Stopped by caps and budgets",
        unit: "ops",
        lines: [[rate('heed_records_total{reason=~"cap[.].+|budget[.].+"}', "reason"), "{{reason}}"]],
      },
      {
        title: "Budgets spent",
        unit: "percentunit",
        lines: [
          [
            "max by (channel, per, currency) (heed_budget_spent / heed_budget_limit)",
            "{{channel}} per {{per}} ({{currency}})",
          ],
        ],
      },
    ],
  },
  {
    title: "What waits",
    panels: [
      { title: "Waiting, by lane", unit: "short", lines: [["max by (lane) (heed_lane_waiting)", "{{lane}}"]] },
      { title: "Age of the oldest", unit: "s", lines: [["max by (lane) (heed_lane_oldest_seconds)", "{{lane}}"]] },
      {
        title: "Dead letters and alerts",
        unit: "ops",
        lines: [
          [rate("heed_dead_letters_total", "lane"), "dead letters of {{lane}}"],
          [rate("heed_alerts_total", "kind, outcome"), "alert {{kind}} {{outcome}}"],
        ],
      },
    ],
  },
  {
    title: "Look-ups",
    panels: [
      { title: "Time to answer", unit: "s", lines: quantiles("heed_lookup_seconds", "lookup") },
      {
        title: "Outcomes",
        unit: "ops",
        lines: [[rate("heed_lookup_seconds_count", "lookup, outcome"), "{{lookup}} {{outcome}}"]],
      },
      {
        title: "Cache, in flight, breaker",
        unit: "short",
        lines: [
          [rate("heed_lookup_cache_hits_total", "lookup"), "{{lookup}} cached"],
          ["max by (lookup) (heed_lookups_in_flight)", "{{lookup}} in flight"],
          ["max by (lookup) (heed_lookup_breaker)", "{{lookup}} breaker"],
        ],
      },
    ],
  },
  {
    title: "Processes",
    panels: [
      { title: "CPU", unit: "percentunit", lines: [[rate("process_cpu_seconds_total", "instance"), "{{instance}}"]] },
      { title: "Memory", unit: "bytes", lines: [["process_resident_memory_bytes", "{{instance}}"]] },
      { title: "Store", unit: "ops", lines: [[rate("heed_store_connection_total", "news"), "{{news}}"]] },
    ],
  },
];
