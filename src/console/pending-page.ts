import { count, moment, wallClock } from "./format.ts";
import { html, type Html, type Part } from "./html.ts";
import type { Page } from "./routes.ts";
import { table } from "./table.ts";

/** The hour that has begun, and those after it. */
export const HOURS_AHEAD = 24;

/** What the runs under way would send. */
export interface PendingView {
  /** When it was looked at. */
  readonly at: number;
  /** Documents of contacts that were looked at, and whether these were all. */
  readonly looked: number;
  readonly whole: boolean;
  /** By rule, messages in each hour from the one of `at` on. */
  readonly rules: readonly { readonly rule: string; readonly hours: readonly number[] }[];
  /** Runs whose next message hinges on an event, a condition or an answer. */
  readonly open: number;
  /** Runs whose next message comes later. */
  readonly beyond: number;
}

export interface PendingParts {
  readonly pending: () => Promise<PendingView>;
  readonly zone: () => string;
}

const HOUR_MS = 3_600_000;
const WIDTH = 24;
const HEIGHT = 120;

/** What goes out in the next 24 hours, by rule and hour, if nothing comes in between. */
export function pendingPage({ pending, zone: zoneOf }: PendingParts): Page {
  return {
    path: "/pending",
    label: "Pending",
    async show() {
      const view = await pending();
      const zone = zoneOf();
      const first = Math.floor(view.at / HOUR_MS) * HOUR_MS;
      const hours = Array.from({ length: HOURS_AHEAD }, (_, index) =>
        wallClock(first + index * HOUR_MS, zone).slice(11),
      );
      const used = hours.flatMap((hour, index) =>
        view.rules.some((rule) => at(rule, index) > 0) ? [{ hour, index }] : [],
      );
      const rows = view.rules.map((rule): readonly Part[] => [
        html`<a href="/rules/${rule.rule}">${rule.rule}</a>`,
        count(sum(rule.hours)),
        ...used.map(({ index }) => (at(rule, index) === 0 ? "" : count(at(rule, index)))),
      ]);
      const columns = [
        { label: "Rule" },
        { label: "All", isNumber: true },
        ...used.map(({ hour }) => ({ label: hour, isNumber: true })),
      ];
      const body = html`<section data-live="/pending" aria-label="Pending messages">
        ${chart(view, hours)}
        ${table({ caption: `Messages by rule and by hour, in ${zone}`, columns, rows, empty: nothing(view) })}
        <p>
          ${count(view.beyond)} runs speak later than that. Of ${count(view.open)} it is open when, and whether: they
          wait for an event, a condition, or an answer.
        </p>
        <p class="quiet">
          Looked at ${count(view.looked)} documents of contacts on
          ${moment(view.at, zone)}${view.whole ? ", which are all" : "; there are more, whose messages are not counted here"}.
          The next message of each run is counted, at the moment its rule says; windows, quiet hours, caps, guards and
          pauses may still delay or stop it. It is looked at again once a minute at most.
        </p>
      </section>`;
      return { title: "Pending messages", body };
    },
  };
}

function nothing({ whole }: PendingView): string {
  return whole ? "Nothing is to be sent." : "Nothing is to be sent to those who were looked at.";
}

function at({ hours }: PendingView["rules"][number], index: number): number {
  return hours[index] ?? 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

function chart({ rules, whole }: PendingView, hours: readonly string[]): Html {
  const byHour = hours.map((_, index) => sum(rules.map((rule) => at(rule, index))));
  const most = Math.max(0, ...byHour);
  const bars = byHour.map((number, index) => {
    const height = Math.max(number === 0 ? 0 : 1, Math.round((number / Math.max(1, most)) * HEIGHT));
    const label = index % 3 === 0 && html`<text x="${index * WIDTH}" y="${HEIGHT + 16}">${hours[index]}</text>`;
    return html`<rect
        class="bar"
        x="${index * WIDTH}"
        y="${HEIGHT - height}"
        width="${WIDTH - 2}"
        height="${height}"
      />${label}`;
  });
  const toWhom = whole ? "" : "Among the contacts that were looked at: ";
  const told = `${toWhom}${count(sum(byHour))} in the next 24 hours, at most ${count(most)} in an hour.`;
  return html`<figure>
    <figcaption>${told}</figcaption>
    <svg
      viewBox="0 0 ${HOURS_AHEAD * WIDTH} ${HEIGHT + 20}"
      width="${HOURS_AHEAD * WIDTH}"
      height="${HEIGHT + 20}"
      role="img"
      aria-label="${told}"
    >
      ${bars}
      <line class="axis" x1="0" x2="${HOURS_AHEAD * WIDTH}" y1="${HEIGHT}" y2="${HEIGHT}" />
    </svg>
  </figure>`;
}
