import type { Store } from "../store/store.ts";
import { html } from "./html.ts";
import type { Page } from "./routes.ts";
import type { StatusParts } from "./status.ts";

export interface OverviewParts extends Pick<StatusParts, "running"> {
  readonly store: Pick<Store, "health">;
}

/** How the system is, at a glance. */
export function overviewPage({ store, running }: OverviewParts): Page {
  return {
    path: "/",
    label: "Overview",
    async show() {
      const health = await store.health();
      const { rulebook = null, troubles = [] } = running() ?? {};
      const problems = [...health.problems, ...troubles];
      const waiting = Object.entries(health.depth).map(
        ([lane, count]) =>
          html`<div>
            <dt>${lane}</dt>
            <dd>${count}</dd>
          </div>`,
      );
      const body = html` <section data-live="/" aria-label="Now">
        ${
          problems.length === 0
            ? html`<p class="good">Nothing is wrong.</p>`
            : html`<ul class="bad">
                ${problems.map((problem) => html`<li>${problem}</li>`)}
              </ul>`
        }
        <h2>Waiting</h2>
        <dl class="tiles">${waiting}</dl>
        <p class="quiet">Rules <code>${rulebook?.slice(0, 12) ?? "not running yet"}</code></p>
      </section>`;
      return { title: "Overview", body };
    },
  };
}
