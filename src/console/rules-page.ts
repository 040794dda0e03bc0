import type { Clock } from "../core/model/clock.ts";
import type { Rule, Rulebook } from "../core/model/rulebook.ts";
import { ruleFigures } from "../ledger/figures-documents.ts";
import type { Store } from "../store/store.ts";
import { count, percent } from "./format.ts";
import { html, type Html, type Part } from "./html.ts";
import type { PausesPort } from "./pauses-api.ts";
import type { Page } from "./routes.ts";
import { lastDay, type Pauses, stateMark, stateOf } from "./rule-state.ts";
import { table } from "./table.ts";

export interface RulesParts {
  readonly store: Pick<Store, "load">;
  readonly clock: Clock;
  /** The newest that this process knows. */
  readonly rulebook: () => Rulebook;
  /** Null until the engine runs. */
  readonly pauses: () => PausesPort | null;
}

/** Each rule's figures are a document of its own. */
const PAGE = 50;

/** All rules: what each is up to, and the way to its page. */
export function rulesPage(parts: RulesParts): Page {
  return {
    path: "/rules",
    label: "Rules",
    async show({ query }) {
      const rules = [...parts.rulebook().rules.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const wanted = (query.get("find") ?? "").trim();
      const found = rules.filter((rule) => isMeant(rule, wanted.toLowerCase()));
      const pages = Math.max(1, Math.ceil(found.length / PAGE));
      const page = Math.min(pages, pageOf(query.get("page")));
      const shown = found.slice((page - 1) * PAGE, page * PAGE);
      const pauses = (await parts.pauses()?.list()) ?? [];
      const rows = await Promise.all(shown.map((rule) => row(rule, pauses, parts)));
      const listed = table({
        caption: `${count(found.length)} of ${count(rules.length)} rules${pages > 1 ? `, page ${page} of ${pages}` : ""}`,
        columns: [
          { label: "Rule" },
          { label: "State" },
          { label: "Sent in 24 hours", isNumber: true },
          { label: "Entered", isNumber: true },
          { label: "Converted", isNumber: true },
          { label: "Owner" },
        ],
        rows,
        empty: wanted === "" ? "There is no rule." : "No rule has that in its name, owner or description.",
      });
      const body = html`<search>
          <form method="get" action="/rules" class="line">
            <label>Find <input type="search" name="find" value="${wanted}" maxlength="200" /></label>
            <button>Find</button>
          </form>
        </search>
        ${listed} ${pager(wanted, page, pages)}`;
      return { title: "Rules", body };
    },
  };
}

function isMeant({ id, owner, description }: Rule, wanted: string): boolean {
  return [id, owner ?? "", description ?? ""].some((text) => text.toLowerCase().includes(wanted));
}

function pageOf(text: string | undefined): number {
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;
}

async function row(rule: Rule, pauses: Pauses, { store, clock }: RulesParts): Promise<readonly Part[]> {
  const figures = await ruleFigures(store, rule.id);
  const { enrolled = 0, converted = 0 } = figures.arms["treated"] ?? {};
  const share = rule.goal === null || enrolled === 0 ? "–" : percent(Math.min(1, converted / enrolled));
  return [
    html`<a href="/rules/${rule.id}">${rule.id}</a>`,
    stateMark(stateOf(rule, pauses)),
    count(lastDay(figures, "sent", clock.now())),
    count(enrolled),
    share,
    rule.owner ?? "–",
  ];
}

function pager(wanted: string, page: number, pages: number): Html | null {
  if (pages === 1) return null;
  const link = (to: number, label: string): Html => {
    const query = new URLSearchParams({ find: wanted, page: String(to) });
    return html`<a href="/rules?${query.toString()}">${label}</a>`;
  };
  return html`<nav aria-label="Pages of rules">
    ${page > 1 && link(page - 1, "Earlier rules")} ${page < pages && link(page + 1, "Later rules")}
  </nav>`;
}
