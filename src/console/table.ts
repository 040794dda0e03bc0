import { html, type Html, type Part } from "./html.ts";

export interface Column {
  readonly label: string;
  readonly isNumber?: boolean;
}

export interface TableParts {
  /** What the table tells; also names it for those who only hear it. */
  readonly caption: string;
  readonly columns: readonly Column[];
  /** By column. The first names its row. */
  readonly rows: readonly (readonly Part[])[];
  /** What is said when there is no row. */
  readonly empty: string;
}

/** Scrolls by itself on a narrow screen, and can be scrolled by keyboard. */
export function table({ caption, columns, rows, empty }: TableParts): Html {
  if (rows.length === 0) return html`<p class="quiet">${empty}</p>`;
  const isNumber = (index: number): boolean => columns[index]?.isNumber === true;
  const cell = (part: Part, index: number): Html => {
    if (index === 0) return html`<th scope="row">${part}</th>`;
    return isNumber(index) ? html`<td class="number">${part}</td>` : html`<td>${part}</td>`;
  };
  const head = columns.map(({ label }, index) =>
    isNumber(index) ? html`<th scope="col" class="number">${label}</th>` : html`<th scope="col">${label}</th>`,
  );
  return html`<div class="wide" role="region" tabindex="0" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map(cell)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Counts by name, each with a bar beside it for those who look. */
export function barTable(
  { caption, name, empty }: { readonly caption: string; readonly name: string; readonly empty: string },
  counts: readonly { readonly name: Part; readonly count: number; readonly told: string }[],
): Html {
  const most = Math.max(1, ...counts.map((each) => each.count));
  const rows = counts.map(({ name: label, count, told }) => [label, told, bar(count / most)]);
  return table({
    caption,
    columns: [{ label: name }, { label: "Count", isNumber: true }, { label: "Share of the most" }],
    rows,
    empty,
  });
}

/** Says nothing that the number beside it does not. */
function bar(share: number): Html {
  const width = Math.max(1, Math.round(share * 200));
  return html`<svg class="in-line" viewBox="0 0 200 12" width="200" height="12" aria-hidden="true" focusable="false">
    <rect class="bar" x="0" y="0" width="${width}" height="12" />
  </svg>`;
}
