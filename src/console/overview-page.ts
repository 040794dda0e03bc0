import type { Clock } from "../core/model/clock.ts";
import type { Budget, Rulebook } from "../core/model/rulebook.ts";
import { calendarWindow } from "../core/time/calendar-window.ts";
import { type ByHour, HOUR_MS, sumsBetween } from "../ledger/by-hour.ts";
import { houseFigures } from "../ledger/figures-documents.ts";
import { type HouseFigures, noHouseFigures, spentWithin } from "../ledger/house-figures.ts";
import type { Sources } from "../ledger/sources.ts";
import type { Metrics } from "../observe/metrics.ts";
import { type Health, type Store, Unavailable } from "../store/store.ts";
import { count, moment, money, percent, shortened, span } from "./format.ts";
import { hoursChart, type Series } from "./hours-chart.ts";
import { html, type Html } from "./html.ts";
import { lateness } from "./lateness.ts";
import type { PausesPort } from "./pauses-api.ts";
import type { Page } from "./routes.ts";
import type { Pauses } from "./rule-state.ts";
import type { StatusParts } from "./status.ts";
import { barTable, table } from "./table.ts";

export interface OverviewParts extends Pick<StatusParts, "running"> {
  readonly store: Pick<Store, "health" | "load">;
  readonly clock: Clock;
  /** The newest that this process knows. */
  readonly rulebook: () => Rulebook;
  /** Null until the engine runs. */
  readonly pauses: () => PausesPort | null;
  readonly metrics: Pick<Metrics, "registry">;
  /** Those of them that are silent for longer than they use to be. */
  readonly quietDoors: (sources: Sources, nowMs: number) => readonly { readonly source: string }[];
}

/** How the system is, at a glance. */
export function overviewPage(parts: OverviewParts): Page {
  const { store, clock, running, rulebook, pauses, metrics, quietDoors } = parts;
  return {
    path: "/",
    label: "Overview",
    async show() {
      const [health, figures, standing] = await Promise.all([
        store.health().catch(() => AWAY),
        orWhenAway(houseFigures(store), noHouseFigures),
        orWhenAway(pauses()?.list() ?? Promise.resolve([]), []),
      ]);
      const { rulebook: digest = null, troubles = [] } = running() ?? {};
      const { workspace } = rulebook();
      const now: Now = { ms: clock.now(), zone: workspace.timeZone };
      const quiet = new Set(quietDoors(figures, now.ms).map(({ source }) => source));
      const silent = [...quiet].map((source) => `${shortened(source)} used to bring events and has gone quiet`);
      const body = html`<section data-live="/" aria-label="Now">
        ${news([...health.problems, ...troubles, ...silent], health.depth["dead"] ?? 0, standing)}
        ${tiles(figures, health.depth, now)}
        <h2>Decisions of the last 24 hours</h2>
        ${decisions(figures, now)}
        <h2>Sends of the last eight days</h2>
        ${sends(figures, now)}
        <h2>Cost against budget</h2>
        ${costs(figures, workspace.budgets, now)}
        <h2>Doors</h2>
        ${doors(figures, quiet, now)}
        <h2>Lateness</h2>
        ${await lateness(metrics)}
        <h2>Waiting</h2>
        ${table({
          caption: "Deliveries waiting, by lane",
          columns: [{ label: "Lane" }, { label: "Waiting", isNumber: true }],
          rows: Object.entries(health.depth).map(([lane, waiting]) => [lane, count(waiting)]),
          empty: "Nothing waits.",
        })}
        <p class="quiet">
          Rules <code>${digest?.slice(0, 12) ?? "not running yet"}</code>. Times are those of ${workspace.timeZone};
          hours are whole ones.
        </p>
      </section>`;
      return { title: "Overview", body };
    },
  };
}

const AWAY: Health = { ok: false, problems: ["the store does not answer: what stands below is not known"], depth: {} };

/** This page must say so when the store is away. */
async function orWhenAway<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked;
  } catch (fault) {
    if (fault instanceof Unavailable) return otherwise;
    throw fault;
  }
}

interface Now {
  readonly ms: number;
  /** The workspace's. */
  readonly zone: string;
}

/** What somebody should look at, first. */
function news(problems: readonly string[], dead: number, pauses: Pauses): Html {
  const all = [
    ...problems.map((problem) => html`<li class="bad">${problem}</li>`),
    ...(dead === 0
      ? []
      : [html`<li class="bad"><a href="/dead-letters">${count(dead)} dead letters</a> wait for a person.</li>`]),
    ...pauses.map(pauseNews),
  ];
  return all.length === 0
    ? html`<p class="good">Nothing is wrong.</p>`
    : html`<ul class="plain">
        ${all}
      </ul>`;
}

function pauseNews({ target, reason, note, by: who, since, until }: Pauses[number]): Html {
  const by = reason === "self_paused" ? "paused itself" : `is paused${who === undefined ? "" : ` by ${who}`}`;
  const what = target === "all" ? "Everything" : target;
  return html`<li class="doubt">
    <a href="/pauses">${what} ${by}</a> since
    ${since}${until === null ? "" : `, until ${until}`}${note === "" ? "" : `: ${note}`}
  </li>`;
}

function sumOf(byHour: ByHour, { ms }: Now, hours: number): number {
  const from = (Math.floor(ms / HOUR_MS) - hours + 1) * HOUR_MS;
  return [...sumsBetween(byHour, from, ms + 1).values()].reduce((sum, each) => sum + each, 0);
}

function eventsIn(hours: Readonly<Record<string, number>>, { ms }: Now, last: number): number {
  const from = Math.floor(ms / HOUR_MS) - last;
  return Object.entries(hours).reduce((sum, [hour, events]) => sum + (Number(hour) > from ? events : 0), 0);
}

function tiles({ bySource, sent }: HouseFigures, depth: Readonly<Record<string, number>>, now: Now): Html {
  const events = (hours: number): number =>
    Object.values(bySource).reduce((sum, source) => sum + eventsIn(source.hours, now, hours), 0);
  const waiting = Object.entries(depth).reduce((sum, [lane, each]) => sum + (lane === "dead" ? 0 : each), 0);
  const told: readonly (readonly [string, number])[] = [
    ["Events this hour", events(1)],
    ["Events in 24 hours", events(24)],
    ["Sent this hour", sumOf(sent, now, 1)],
    ["Sent in 24 hours", sumOf(sent, now, 24)],
    ["Waiting", waiting],
    ["Dead letters", depth["dead"] ?? 0],
  ];
  const shown = told.map(
    ([name, number]) =>
      html`<div>
        <dt>${name}</dt>
        <dd>${count(number)}</dd>
      </div>`,
  );
  return html`<dl class="tiles">${shown}</dl>`;
}

function decisions({ decided }: HouseFigures, { ms }: Now): Html {
  const from = (Math.floor(ms / HOUR_MS) - 23) * HOUR_MS;
  const counts = [...sumsBetween(decided, from, ms + 1)].map(([name, number]) => ({
    name: html`<code>${name}</code>`,
    count: number,
    told: count(number),
  }));
  return barTable({ caption: "By reason", name: "Reason", empty: "Nothing was decided." }, counts);
}

function sends({ sent }: HouseFigures, { ms, zone }: Now): Html {
  const channels = [...new Set(Object.values(sent).flatMap((hour) => Object.keys(hour)))].toSorted();
  if (channels.length === 0) return html`<p class="quiet">Nothing was sent.</p>`;
  return html`${channels.map((channel, index) => {
    const byHour = Object.fromEntries(Object.entries(sent).map(([hour, each]) => [hour, each[channel] ?? 0]));
    const series: Series = { name: "Sent", kind: "bar", byHour };
    return hoursChart({ id: `channel-${index}`, title: `Through ${channel}`, series: [series], zone, nowMs: ms });
  })}`;
}

function costs(figures: HouseFigures, budgets: readonly Budget[], { ms, zone }: Now): Html {
  const today = calendarWindow("day", ms, zone);
  const spentToday = [...sumsBetween(figures.spent, today.from, today.to)].map(([name, micros]) => {
    const [channel = "", currency = ""] = name.split(" ");
    return [channel, money(micros, currency)];
  });
  const limits = budgets.map(({ channel, max, per, onExceed }) => {
    const spent = spentWithin(figures, { channel, currency: max.currency }, calendarWindow(per, ms, zone));
    const share = max.micros === 0 ? 1 : spent / max.micros;
    const label = `${channel}, of the budget of this ${per}`;
    return [
      channel,
      `this ${per}`,
      money(spent, max.currency),
      money(max.micros, max.currency),
      html`<meter min="0" max="1" high="0.8" value="${Math.min(1, share).toFixed(3)}" aria-label="${label}"></meter>
        ${percent(share)}`,
      onExceed === "hold" ? "messages wait" : "messages are dropped",
    ];
  });
  return html`${table({
    caption: "Spent today, by the prices in heed.yaml",
    columns: [{ label: "Channel" }, { label: "Today", isNumber: true }],
    rows: spentToday,
    empty: "Nothing was spent today.",
  })}
  ${table({
    caption: "Budgets",
    columns: [
      { label: "Channel" },
      { label: "Within" },
      { label: "Spent", isNumber: true },
      { label: "Budget", isNumber: true },
      { label: "Share" },
      { label: "Beyond it" },
    ],
    rows: limits,
    empty: "heed.yaml names no budget.",
  })}`;
}

/** Who brought events, those that are quiet first. */
function doors({ bySource }: HouseFigures, quiet: ReadonlySet<string>, now: Now): Html {
  const sources = Object.entries(bySource).toSorted(([, a], [, b]) => a.lastAt - b.lastAt);
  return table({
    caption: "Who brings events",
    columns: [
      { label: "Source" },
      { label: "In 24 hours", isNumber: true },
      { label: "All", isNumber: true },
      { label: "Repeated", isNumber: true },
      { label: "Last one" },
      { label: "State" },
    ],
    rows: sources.map(([name, source]) => [
      shortened(name),
      count(eventsIn(source.hours, now, 24)),
      count(source.events),
      count(source.duplicates),
      html`${moment(source.lastAt, now.zone)}, ${span(now.ms - source.lastAt)} ago`,
      quiet.has(name) ? html`<span class="doubt">went quiet</span>` : "as usual",
    ]),
    empty: "Nobody has brought an event yet.",
  });
}
