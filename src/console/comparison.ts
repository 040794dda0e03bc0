import { compareArms, type Comparison, FEWEST } from "../ledger/compare-arms.ts";
import type { ArmFigures, RuleFigures } from "../ledger/figures.ts";
import { count, percent } from "./format.ts";
import { html, type Html } from "./html.ts";
import { table } from "./table.ts";

const nobody: ArmFigures = { enrolled: 0, converted: 0, value: 0, valueSquared: 0 };

/** Whether messages make a difference: those who get them beside those who are only measured. */
export function comparison({ arms }: RuleFigures, hasHoldout: boolean): Html {
  const { treated = nobody, holdout = nobody } = arms;
  if (!hasHoldout && holdout.enrolled === 0) {
    return html`<p>
      Nobody is held out, so nothing can be compared: <code>holdout: 10%</code> in the rule would begin to measure.
    </p>`;
  }
  const rows = [armRow("Messaged", treated), armRow("Held out, only measured", holdout)];
  const counted = table({
    caption: "Conversions with and without messages",
    columns: [
      { label: "Contacts" },
      { label: "Entered", isNumber: true },
      { label: "Converted", isNumber: true },
      { label: "Share", isNumber: true },
    ],
    rows,
    empty: "",
  });
  const compared = compareArms(treated, holdout);
  return compared === null
    ? html`${counted}
        <p>
          Not enough yet: each side needs at least ${FEWEST} contacts before a difference says anything. There are
          ${count(treated.enrolled)} and ${count(holdout.enrolled)}.
        </p>`
    : html`${counted} ${interval(compared)}`;
}

function armRow(name: string, { enrolled, converted }: ArmFigures): readonly string[] {
  return [name, count(enrolled), count(converted), enrolled === 0 ? "–" : percent(Math.min(1, converted / enrolled))];
}

const WIDTH = 400;
const MIDDLE = WIDTH / 2;

/** The difference with what it may as well be, around none at all. */
function interval({ difference, low, high }: Comparison): Html {
  const reach = Math.max(Math.abs(low), Math.abs(high), 0.001);
  const x = (share: number): string => (MIDDLE + (share / reach) * (MIDDLE - 10)).toFixed(1);
  const [more, least, most] = [points(difference), points(low), points(high)];
  const verdict =
    low > 0
      ? "More than chance: messages help."
      : high < 0
        ? "More than chance: messages do harm."
        : "It may still be chance: none at all lies within the interval.";
  return html`<p>
      Contacts who are messaged convert <strong>${more} percentage points</strong> more often (95 % confidence interval
      from ${least} to ${most}). ${verdict}
    </p>
    <svg viewBox="0 0 ${WIDTH} 40" width="${WIDTH}" height="40" role="img" aria-labelledby="difference-title">
      <title id="difference-title">Difference of ${more} percentage points, from ${least} to ${most}</title>
      <line class="axis" x1="${MIDDLE}" x2="${MIDDLE}" y1="0" y2="26" />
      <text x="${MIDDLE}" y="38" text-anchor="middle">no difference</text>
      <line class="line" x1="${x(low)}" x2="${x(high)}" y1="13" y2="13" />
      <line class="line" x1="${x(low)}" x2="${x(low)}" y1="8" y2="18" />
      <line class="line" x1="${x(high)}" x2="${x(high)}" y1="8" y2="18" />
      <rect class="bar" x="${Number(x(difference)) - 4}" y="9" width="8" height="8" />
    </svg>`;
}

function points(share: number): string {
  return (share * 100).toFixed(1);
}
