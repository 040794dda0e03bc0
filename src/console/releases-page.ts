import { parseInstant } from "../core/time/instant.ts";
import { moment } from "./format.ts";
import { html, type Html, type Part } from "./html.ts";
import { csrfField } from "./layout.ts";
import { readRunsOnChange, type ReleasedView, type ReleasesPort, type ReleaseView } from "./releases-api.ts";
import type { Deed, Page } from "./routes.ts";
import type { Session } from "./session.ts";
import { table } from "./table.ts";

export interface ReleasesParts {
  readonly releases: Pick<ReleasesPort, "list" | "rollBack">;
  readonly zone: () => string;
}

const PATH = "/releases";
const MOST_NOTE = 500;

/** The rules that were deployed to the store, newest first, and the way back to earlier ones. */
export function releasesPage({ releases, zone }: ReleasesParts): Page {
  return {
    path: PATH,
    label: "Releases",
    async show({ session }) {
      const all = await releases.list();
      const columns = ["Release", "When", "By", "Why", "Rules that changed", "Commit", "Plan", "Rules"];
      const body = html`<section data-live="${PATH}" aria-label="Releases">
          ${table({
            caption: "Rules that were deployed to this store, newest first",
            columns: columns.map((label) => ({ label })),
            rows: all.map((release) => rowOf(release, zone())),
            empty: "Nothing was deployed to this store: the rules come from a folder.",
          })}
        </section>
        ${session.role === "operator" && rollbackForm(all, session)}
        <p class="quiet">
          Workers that run with <code>--rules store</code> take a release within two seconds. Times in ${zone()}.
        </p>`;
      return { title: "Releases", body };
    },
  };
}

function rowOf(release: ReleaseView, zone: string): readonly Part[] {
  const { number, digest, at, by, note, revision, plan, restores } = release;
  const ms = parseInstant(at);
  return [
    restores === null ? number : html`${number}, back to ${restores}`,
    ms === null ? at : moment(ms, zone),
    by,
    note,
    changesOf(release),
    revision ?? "",
    plan?.slice(0, 12) ?? "",
    html`<code>${digest.slice(0, 12)}</code>`,
  ];
}

function changesOf(release: ReleaseView): string {
  const told = (["added", "changed", "removed"] as const).flatMap((word) => {
    const { count, names } = release[word];
    if (count === 0) return [];
    const more = count > names.length ? ` and ${count - names.length} more` : "";
    return [`${word}: ${names.join(", ")}${more}`];
  });
  return told.length === 0 ? "none" : told.join("; ");
}

/** Nothing to go back to, no form. */
function rollbackForm(all: readonly ReleaseView[], session: Session): Html | null {
  const [newest] = all;
  const others = [...new Map(all.toReversed().map((release) => [release.digest, release])).values()]
    .filter(({ digest }) => digest !== newest?.digest)
    .toReversed();
  if (newest === undefined || others.length === 0) return null;
  return html`<h2>Roll back</h2>
    <form
      method="post"
      action="${PATH}/rollback"
      class="line"
      data-sure="Run these rules again, instead of release ${newest.number}?"
    >
      ${csrfField(session)}<input type="hidden" name="newest" value="${newest.number}" />
      <label
        >To
        <select name="to">
          <option value="">the rules before those of now</option>
          ${others.map(
            ({ number, digest }) =>
              html`<option value="${digest}">those of release ${number}, ${digest.slice(0, 12)}</option>`,
          )}
        </select>
      </label>
      <label
        >Runs that began with the rules of now
        <select name="on_change">
          <option value="migrate">go on by those rules</option>
          <option value="cancel">end</option>
          <option value="finish">finish as they began</option>
        </select>
      </label>
      <label>Why <input name="note" required maxlength="${MOST_NOTE}" size="40" /></label>
      <button class="grave">Roll back</button>
    </form>`;
}

export function rollbackDeed({ releases }: Pick<ReleasesParts, "releases">): Deed {
  return {
    path: `${PATH}/rollback`,
    async do(form, { session }) {
      const note = (form.get("note") ?? "").trim().slice(0, MOST_NOTE);
      const to = form.get("to") ?? "";
      const onChange = readRunsOnChange(form.get("on_change"));
      if (note === "") return { to: PATH, said: "Nothing was rolled back: say why." };
      if (onChange === null) return { to: PATH, said: "Nothing was rolled back: choose what becomes of runs." };
      if (to !== "" && !/^[0-9a-f]{4,64}$/.test(to))
        return { to: PATH, said: "Nothing was rolled back: choose to what." };
      const newest = (await releases.list())[0]?.number ?? 0;
      if (String(newest) !== form.get("newest"))
        return { to: PATH, said: "Nothing was rolled back: somebody deployed meanwhile. Look again." };
      const wish = { to: to === "" ? null : to, by: session.actor, note, onChange };
      return { to: PATH, said: saidOf(await releases.rollBack(wish)) };
    },
  };
}

function saidOf(released: ReleasedView): string {
  switch (released.kind) {
    case "refused":
      return `Nothing was rolled back: ${released.why}.`;
    case "unchanged":
      return `Nothing was rolled back: release ${released.release.number} has these rules.`;
    case "released":
      return `Rolled back: release ${released.release.number} brings back the rules of release ${released.release.restores ?? "before"}.`;
  }
}
