import type { Rule } from "../core/model/rulebook.ts";
import { ruleFigures } from "../ledger/figures-documents.ts";
import type { ChannelFigures, HourFigures, RuleFigures } from "../ledger/figures.ts";
import { comparison } from "./comparison.ts";
import { drawFlow } from "./draw-flow.ts";
import { count, money, percent, worth } from "./format.ts";
import { hoursChart, type Series } from "./hours-chart.ts";
import { html, type Html } from "./html.ts";
import { liveRuns, type LiveRunsParts } from "./live-runs.ts";
import type { Page } from "./routes.ts";
import { durationText, flowOf } from "./rule-flow.ts";
import { lastDay, stateMark, stateOf, type Totals, totalsOf } from "./rule-state.ts";
import type { RulesParts } from "./rules-page.ts";
import { barTable, table } from "./table.ts";

/** A rule's id is one; anything else is no rule and asks for no figures. */
const RULE_ID = /^[a-z0-9][a-z0-9-]{0,99}$/;

/** A rule: what it does, what came of it, and whether it is worth it. */
export function rulePage(parts: RulesParts & LiveRunsParts): Page {
  const { store, clock, rulebook, pauses } = parts;
  return {
    path: "/rules/:rule",
    async show({ params, session }) {
      const id = params["rule"] ?? "";
      const { rules, workspace } = rulebook();
      const rule = rules.get(id);
      const figures = RULE_ID.test(id) ? await ruleFigures(store, id) : null;
      if (figures === null || (rule === undefined && totalsOf(figures).entered === 0)) return noRule;
      const state = stateOf(rule, (await pauses()?.list()) ?? []);
      const nowMs = clock.now();
      const totals = totalsOf(figures);
      const body = html`<section data-live="/rules/${id}" aria-label="${id}">
          ${rule?.description !== undefined && rule.description !== null && html`<p>${rule.description}</p>`}
          <dl class="tiles">
            ${tile("State", html`${stateMark(state)} <a class="small" href="/pauses">Pause or resume</a>`)}
            ${tile("Sent in 24 hours", count(lastDay(figures, "sent", nowMs)))}
            ${tile("Failed in 24 hours", count(lastDay(figures, "failed", nowMs)))}
            ${tile("Under way", count(underWay(totals)))} ${tile("Class", rule?.class ?? "–")}
            ${tile("Owner", rule?.owner ?? "–")}
          </dl>
          ${rule === undefined ? html`<p class="doubt">No deployed rule has this name any more.</p>` : about(rule)}
          <h2>From entering to converting</h2>
          ${funnel(figures, totals)}
          <h2>Messages or none</h2>
          ${
            rule?.goal === null
              ? html`<p>The rule has no <code>goal</code>, so nobody converts.</p>`
              : comparison(figures, rule !== undefined && rule.holdout > 0)
          }
          <h2>Worth and cost</h2>
          ${worthAndCost(figures, totals)}
          <h2>What stood in the way</h2>
          ${reasons("Why triggers, steps and messages went no further", figures.held, "Nothing did.")}
          ${reasons("How runs ended", figures.ended, "No run has ended yet.")}
          <p class="quiet"><code>heed codes</code> with a reason says what it means and what to do.</p>
          <h2>The last eight days</h2>
          ${charts(figures, workspace.timeZone, nowMs)}
        </section>
        <section aria-labelledby="under-way">
          <h2 id="under-way">Under way</h2>
          ${await liveRuns(parts, id, { session, zone: workspace.timeZone, nowMs })}
        </section>`;
      return { title: id, body };
    },
  };
}

const noRule = {
  title: "No such rule",
  body: html`<p>No rule of this name is deployed, and none ever did anything. <a href="/rules">All rules</a></p>`,
  status: 404,
};

function tile(name: string, value: Html | string): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}

function underWay({ entered, ended }: Totals): number {
  return Math.max(0, entered - ended);
}

function about(rule: Rule): Html {
  const stops = rule.stopOn.flatMap(({ match }) => match.events);
  const { goal, rollout, holdout } = rule;
  const facts = [
    stops.length > 0 && `Stops when the contact has ${stops.join(" or ")}.`,
    goal !== null && `Its goal is ${goal.match.events.join(" or ")} within ${durationText(goal.within)}.`,
    rollout < 1 && `Only ${percent(rollout)} of contacts may enter.`,
    holdout > 0 && `${percent(holdout)} of those who enter are held out and only measured.`,
    `A run ends after ${durationText(rule.expires)} at the latest.`,
  ];
  return html`<h2>What it does</h2>
    ${drawFlow(flowOf(rule), rule.id)}
    <ul>
      ${facts.map((fact) => fact !== false && html`<li>${fact}</li>`)}
    </ul>
    <p class="quiet">Version <code>${rule.digest.slice(0, 12)}</code></p>`;
}

function funnel({ channels }: RuleFigures, totals: Totals): Html {
  const status = (name: string): number =>
    Object.values(channels).reduce((sum, { statuses }) => sum + (statuses[name] ?? 0), 0);
  const of = (all: number, part: number): string =>
    all === 0 ? count(part) : `${count(part)} (${percent(part / all)})`;
  const { entered, sent, converted } = totals;
  const [delivered, opened, clicked] = [status("delivered"), status("opened"), status("clicked")];
  const stages = [
    { name: "Entered", count: entered, told: count(entered) },
    { name: "Under way", count: underWay(totals), told: of(entered, underWay(totals)) },
    { name: "Messages sent", count: sent, told: count(sent) },
    { name: "Messages delivered", count: delivered, told: of(sent, delivered) },
    { name: "Messages opened", count: opened, told: of(sent, opened) },
    { name: "Messages clicked", count: clicked, told: of(sent, clicked) },
    { name: "Converted", count: converted, told: of(entered, converted) },
  ];
  return html`${barTable({ caption: "Since the rule began", name: "Stage", empty: "" }, stages)}
    <p class="quiet">
      Runs enter, are under way and convert; messages are sent, delivered, opened and clicked, of which each run may
      have several or none. What machines open and click does not count.
    </p>`;
}

function reasons(caption: string, counts: Readonly<Record<string, number>>, empty: string): Html {
  const rows = Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, number]) => ({ name: html`<code>${name}</code>`, count: number, told: count(number) }));
  return barTable({ caption, name: "Reason", empty }, rows);
}

function worthAndCost({ arms, channels }: RuleFigures, totals: Totals): Html {
  const rows = Object.entries(channels).map(([name, each]) => channelRow(name, each));
  const optedOut = Object.values(channels).reduce((sum, each) => sum + each.optedOut, 0);
  const { converted = 0, value = 0 } = arms["treated"] ?? {};
  const { sent, replied, cost } = totals;
  const told = table({
    caption: "By channel, since the rule began",
    columns: [
      "Channel",
      "Sent",
      "Replies",
      "Opt-outs",
      "Conversions",
      "Revenue",
      "Cost",
      "Per reply",
      "Per conversion",
    ].map((label, index) => ({ label, isNumber: index > 0 })),
    rows: [...rows, channelRow("All", { sent, replied, optedOut, converted, value, cost: Object.fromEntries(cost) })],
    empty: "",
  });
  return html`${told}
    <p class="quiet">
      A conversion counts for the channel of the rule's last message before it; one of a contact who had got none yet
      counts only for all, and the holdout's count nowhere here. Revenue is what the goal's <code>value</code> said.
      Costs are by the prices in heed.yaml.
    </p>`;
}

type ChannelRow = Pick<ChannelFigures, "sent" | "replied" | "optedOut" | "converted" | "value" | "cost">;

function channelRow(name: string, { sent, replied, optedOut, converted, value, cost }: ChannelRow): readonly string[] {
  const costs = Object.entries(cost);
  const per = (times: number): string =>
    times === 0 || costs.length === 0
      ? "–"
      : costs.map(([currency, micros]) => money(micros / times, currency)).join(", ");
  return [
    name,
    count(sent),
    count(replied),
    count(optedOut),
    count(converted),
    worth(value),
    costs.length === 0 ? "–" : costs.map(([currency, micros]) => money(micros, currency)).join(", "),
    per(replied),
    per(converted),
  ];
}

function charts({ hours }: RuleFigures, zone: string, nowMs: number): Html {
  const series = (name: string, what: keyof HourFigures, kind: Series["kind"]): Series => ({
    name,
    kind,
    byHour: Object.fromEntries(Object.entries(hours).map(([hour, each]) => [hour, each[what] ?? 0])),
  });
  const chart = (id: string, title: string, shown: readonly Series[]): Html =>
    hoursChart({ id, title, series: shown, zone, nowMs });
  return html`${chart("entered", "Entered and converted", [
    series("Entered", "enrolled", "bar"),
    series("Converted", "converted", "good"),
  ])}
  ${chart("spoken", "Sent, and what went wrong", [
    series("Sent", "sent", "bar"),
    series("Failed", "failed", "bad"),
    series("Bounced", "bounced", "bad"),
    series("Opted out", "optedOut", "bad"),
  ])}`;
}
