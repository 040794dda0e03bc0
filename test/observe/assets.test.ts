import { spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { assets } from "../../src/cli/assets.ts";
import { alertRules } from "../../src/observe/alert-rules.ts";
import { dashboard } from "../../src/observe/dashboard.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { ensurePromtool } from "../support/promtool.ts";
import { scratchDirectory } from "../support/scratch.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly targets?: readonly { readonly refId: string; readonly expr: string; readonly legendFormat: string }[];
}

const shown: { readonly panels: readonly Panel[]; readonly uid: string } = JSON.parse(dashboard());
const rules: {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
} = parse(alertRules());
const drawn = shown.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
const alerting = rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr));

/** What Prometheus itself adds to each series. */
const OWN_LABELS: ReadonlySet<string> = new Set(["instance", "job", "le"]);

async function labelsByMetric(): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>([["up", []]]);
  const { registry } = createMetrics();
  const histograms = new Set(
    (await registry.getMetricsAsJSON()).filter(({ type }) => String(type) === "histogram").map(({ name }) => name),
  );
  for (const metric of registry.getMetricsAsArray()) {
    const labels = "labelNames" in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : [];
    const suffixes = histograms.has(metric.name) ? ["_bucket", "_sum", "_count"] : [""];
    for (const suffix of suffixes) found.set(`${metric.name}${suffix}`, labels);
  }
  return found;
}

const metricsIn = (expr: string): readonly string[] =>
  expr.replaceAll(/\{[^}]*\}|"[^"]*"/g, "").match(/\b(?:up|(?:heed|process|nodejs)_[a-z0-9_]+)\b/g) ?? [];
const labelsIn = (expr: string): readonly string[] => [
  ...[...expr.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = ""]) => label),
  ...[...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(",").map((label) => label.trim())),
];

function promtool(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(ensurePromtool(), args, { encoding: "utf8" });
  return { status, said: stdout + stderr };
}

describe.each([
  ["the dashboard", drawn],
  ["the alert rules", alerting],
])("%s", (_, exprs) => {
  it("asks for metrics that there are, by labels that they have", async () => {
    const known = await labelsByMetric();
    expect(exprs.length).toBeGreaterThan(15);
    for (const expr of exprs) {
      const named = metricsIn(expr);
      expect(named.length, expr).toBeGreaterThan(0);
      const labels = new Set(named.flatMap((metric) => known.get(metric) ?? []));
      expect(
        named.filter((metric) => !known.has(metric)),
        expr,
      ).toEqual([]);
      expect(
        labelsIn(expr).filter((label) => !labels.has(label) && !OWN_LABELS.has(label)),
        expr,
      ).toEqual([]);
    }
  });

  it("is written in Prometheus' own language", () => {
    const file = join(scratchDirectory(), "exprs.yml");
    const recorded = exprs.map((expr, index) => ({
      record: `expr:${index}`,
      expr: expr.replaceAll("$__rate_interval", "5m"),
    }));
    writeFileSync(file, stringify({ groups: [{ name: "exprs", rules: recorded }] }));
    expect(promtool("check", "rules", file)).toMatchObject({ status: 0 });
  });
});

describe("the dashboard", () => {
  it("has panels of names and places of their own, in Grafana's form", () => {
    const ids = shown.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const taken = new Set<string>();
    for (const { type, gridPos, targets = [], title } of shown.panels) {
      expect(["row", "stat", "timeseries"]).toContain(type);
      expect(type === "row" ? 0 : 1, title).toBeLessThanOrEqual(targets.length);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x} ${y}`), `${title} lies on another panel`).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
  });

  it("shows every metric of Heed's own somewhere, or an alert asks for it", async () => {
    const asked = new Set(
      [...drawn, ...alerting].flatMap(metricsIn).map((name) => name.replace(/_(?:bucket|count|sum)$/, "")),
    );
    const own = createMetrics()
      .registry.getMetricsAsArray()
      .map(({ name }) => name)
      .filter((name) => name.startsWith("heed_"));
    expect(own.filter((name) => !asked.has(name))).toEqual(["heed_lane_stops_total"]);
  });
});

describe("the alert rules", () => {
  it("fire and are silent as their tests say", () => {
    const folder = scratchDirectory();
    writeFileSync(join(folder, "heed-alerts.yml"), alertRules());
    copyFileSync(new URL("alert-rules.test.yaml", import.meta.url).pathname, join(folder, "test.yml"));
    expect(promtool("check", "rules", join(folder, "heed-alerts.yml"))).toMatchObject({ status: 0 });
    const { status, said } = promtool("test", "rules", join(folder, "test.yml"));
    expect(said).toContain("SUCCESS");
    expect(status).toBe(0);
  });

  it("are those that docker-compose's Prometheus uses", () => {
    const compose: {
      readonly configs: Readonly<Record<string, { readonly content: string }>>;
      readonly services: { readonly prometheus: { readonly configs: readonly { source: string; target: string }[] } };
    } = parse(readFileSync(new URL("../../docker-compose.yml", import.meta.url), "utf8"), { merge: true });
    const target = compose.services.prometheus.configs.find(({ source }) => source === "prometheus-alerts")?.target;
    expect(parse(compose.configs["prometheus"]?.content ?? "")).toMatchObject({ rule_files: [target] });
    expect(compose.configs["prometheus-alerts"]?.content).toBe(alertRules());
    // Compose would put a variable there.
    expect(alertRules()).not.toContain("$");
  });
});

describe("heed assets", () => {
  it("prints one at a time, and says so", () => {
    let [out, err] = ["", ""];
    const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
    expect(assets({ dashboard: true }, io)).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ uid: "heed" });
    expect([assets({}, io), assets({ dashboard: true, alerts: true }, io)]).toEqual([3, 3]);
    expect(err).toContain("--dashboard for Grafana, --alerts for Prometheus, or --ci for GitHub or GitLab");
  });
});
