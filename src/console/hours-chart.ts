import { localDay, plainDate } from "../core/time/local-days.ts";
import { HOUR_MS } from "../ledger/by-hour.ts";
import { count } from "./format.ts";
import { html, type Html } from "./html.ts";
import { table } from "./table.ts";

export interface Series {
  readonly name: string;
  /** `bad` is what should not happen, `good` what is wished for. */
  readonly kind: "bar" | "good" | "bad";
  /** By hour since the epoch; what is missing is none. */
  readonly byHour: Readonly<Record<string, number>>;
}

export interface HoursChart {
  /** Names the chart's parts in the page. */
  readonly id: string;
  readonly title: string;
  /** In each hour they stand on one another. */
  readonly series: readonly Series[];
  readonly zone: string;
  readonly nowMs: number;
}

const HOURS = 8 * 24;
const STEP = 4;
const HEIGHT = 120;

/** The last eight days by hour, as bars and, for those who do not see them, by day as a table. */
export function hoursChart({ id, title, series, zone, nowMs }: HoursChart): Html {
  const last = Math.floor(nowMs / HOUR_MS);
  const hours = Array.from({ length: HOURS }, (_, index) => last - HOURS + 1 + index);
  const sumOf = (hour: number): number => series.reduce((sum, { byHour }) => sum + (byHour[hour] ?? 0), 0);
  const most = Math.max(1, ...hours.map(sumOf));
  const dayOf = (hour: number): number => localDay(hour * HOUR_MS, zone);
  const nights = hours.flatMap((hour, index) => (dayOf(hour) === dayOf(hour - 1) ? [] : [index * STEP]));
  const bars = hours.map((hour, index) => stack(series, hour, index * STEP, most));
  const days = [...new Set(hours.map(dayOf))];
  const onDay = (day: number, { byHour }: Series): string =>
    count(hours.filter((hour) => dayOf(hour) === day).reduce((sum, hour) => sum + (byHour[hour] ?? 0), 0));
  const rows = days.map((day) => [plainDate(day).toString()].concat(series.map((each) => onDay(day, each))));
  const told = hours.every((hour) => sumOf(hour) === 0)
    ? "None in the eight days until now."
    : `Eight days until now, hour by hour. ${series.map((each) => inWords(each, hours)).join(" ")}`;
  return html`<figure>
    <figcaption>${title}</figcaption>
    <svg
      viewBox="0 0 ${HOURS * STEP} ${HEIGHT}"
      width="${HOURS * STEP}"
      height="${HEIGHT}"
      role="img"
      aria-labelledby="${id}-title"
      aria-describedby="${id}-told"
      preserveAspectRatio="none"
    >
      <title id="${id}-title">${title}</title>
      ${nights.map((x) => html`<line class="axis" x1="${x}" x2="${x}" y1="0" y2="${HEIGHT}" />`)} ${bars}
      <line class="axis" x1="0" x2="${HOURS * STEP}" y1="${HEIGHT}" y2="${HEIGHT}" />
    </svg>
    <p class="quiet" id="${id}-told">${told}</p>
    <details>
      <summary>${title} as a table</summary>
      ${table({
        caption: `${title}, by day in ${zone}`,
        columns: [{ label: "Day" }, ...series.map(({ name }) => ({ label: name, isNumber: true }))],
        rows,
        empty: "",
      })}
    </details>
  </figure>`;
}

/** Each by itself: what was sent and what failed are no sum of anything. */
function inWords({ name, byHour }: Series, hours: readonly number[]): string {
  const counts = hours.map((hour) => byHour[hour] ?? 0);
  const all = counts.reduce((sum, each) => sum + each, 0);
  if (all === 0) return `${name}: none.`;
  return `${name}: ${count(all)}, at most ${count(Math.max(...counts))} in an hour.`;
}

function stack(series: readonly Series[], hour: number, x: number, most: number): readonly Html[] {
  let below = 0;
  return series.flatMap(({ byHour, kind }) => {
    const height = ((byHour[hour] ?? 0) / most) * (HEIGHT - 4);
    if (height === 0) return [];
    below += height;
    const y = (HEIGHT - below).toFixed(1);
    return [
      html`<rect class="${kind}" x="${x}" y="${y}" width="${STEP - 1}" height="${Math.max(height, 1).toFixed(1)}" />`,
    ];
  });
}
