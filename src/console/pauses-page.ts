import type { Clock } from "../core/model/clock.ts";
import { moment, span } from "./format.ts";
import { parseInstant } from "../core/time/instant.ts";
import { longestWait } from "../core/time/look-again.ts";
import { html, type Html, type Part } from "./html.ts";
import { csrfField } from "./layout.ts";
import type { PausesPort } from "./pauses-api.ts";
import type { Deed, Page } from "./routes.ts";
import type { Session } from "./session.ts";
import { table } from "./table.ts";

export interface PausesParts {
  /** Null while the system is starting. */
  readonly pauses: () => PausesPort | null;
  readonly clock: Pick<Clock, "now">;
  /** What there is to pause. */
  readonly names: () => {
    readonly rules: readonly string[];
    readonly channels: readonly string[];
    readonly zone: string;
  };
}

const PATH = "/pauses";
const MOST_NOTE = 500;
const MINUTE_MS = 60_000;
/** In minutes; 0 is until somebody resumes it. */
const LENGTHS: readonly number[] = [0, 15, 60, 240, 1_440, 10_080];

/** The kill switch: what is paused, and why. */
export function pausesPage({ pauses, names, clock }: PausesParts): Page {
  return {
    path: PATH,
    label: "Pauses",
    async show({ session }) {
      const standing = await pauses()?.list();
      const { rules, channels, zone } = names();
      const isOperator = session.role === "operator";
      if (standing === undefined)
        return { title: "Pauses", body: html`<p>The system is starting: look again in a second.</p>`, status: 503 };
      const rows = standing.map(({ target, reason, note, by, since, until }): readonly Part[] => [
        target,
        reason === "self_paused" ? "itself" : (by ?? "somebody"),
        note,
        time(since, zone),
        until === null ? "somebody resumes it" : time(until, zone),
        isOperator ? resumeForm({ target, since, isSelfPaused: reason === "self_paused" }, session) : null,
      ]);
      const columns = ["What", "Paused by", "Why", "Since", "Until", "Resume"].map((label) => ({ label }));
      const body = html`<section data-live="${PATH}" aria-label="Standing pauses">
          ${table({ caption: "What waits, instead of being sent", columns, rows, empty: "Nothing is paused." })}
        </section>
        ${isOperator ? pauseForm(rules, channels, session) : null}
        <p class="quiet">
          Times in ${zone}, now ${moment(clock.now(), zone)}. A pause holds within a second; what waited is judged anew
          within half a minute after it, or a tenth of the time that it lasted, ten minutes at the most.
        </p>`;
      return { title: "Pauses", body };
    },
  };
}

function time(at: string, zone: string): Part {
  const ms = parseInstant(at);
  return ms === null ? at : moment(ms, zone);
}

interface Resumable {
  readonly target: string;
  readonly since: string;
  readonly isSelfPaused: boolean;
}

function resumeForm({ target, since, isSelfPaused }: Resumable, session: Session): Html {
  return html`<form method="post" action="${PATH}/resume" data-sure="Resume ${target}? What waits is sent.">
    ${csrfField(session)}<input type="hidden" name="target" value="${target}" />
    <input type="hidden" name="since" value="${since}" />
    <label>Why <input name="note" maxlength="${MOST_NOTE}" size="20" ${isSelfPaused ? html`required` : null} /></label>
    <button>Resume ${target}</button>
  </form>`;
}

function pauseForm(rules: readonly string[], channels: readonly string[], session: Session): Html {
  const option = (target: string): Html => html`<option value="${target}">${target}</option>`;
  return html`<h2>Pause</h2>
    <form method="post" action="${PATH}/pause" class="line">
      ${csrfField(session)}
      <label
        >What
        <select name="target">
          <option value="all">everything</option>
          ${channels.map((channel) => option(`channel:${channel}`))} ${rules.map((rule) => option(`rule:${rule}`))}
        </select>
      </label>
      <label
        >For
        <select name="minutes">
          ${LENGTHS.map(
            (minutes) =>
              html`<option value="${minutes}">${minutes === 0 ? "until resumed" : span(minutes * MINUTE_MS)}</option>`,
          )}
        </select>
      </label>
      <label>Why <input name="note" required maxlength="${MOST_NOTE}" size="40" /></label>
      <button class="grave">Pause</button>
    </form>`;
}

export function pauseDeed({ pauses, clock }: PausesParts): Deed {
  return {
    path: `${PATH}/pause`,
    async do(form, { session }) {
      const note = (form.get("note") ?? "").trim().slice(0, MOST_NOTE);
      const minutes = Number(form.get("minutes") ?? "0");
      if (note === "") return { to: PATH, said: "Nothing was paused: say why." };
      if (!LENGTHS.includes(minutes)) return { to: PATH, said: "Nothing was paused: choose for how long." };
      const target = form.get("target") ?? "";
      const until = minutes === 0 ? null : clock.now() + minutes * MINUTE_MS;
      const before = await standingAt(pauses(), target);
      const paused = pauses()?.pause(target, note, until, session.actor) ?? null;
      if (paused === null) return { to: PATH, said: "Nothing was paused: choose what." };
      await paused;
      const instead = before === null ? "" : ` It takes the place of the pause that stood there${becauseOf(before)}.`;
      return { to: PATH, said: `Paused: ${target}.${instead}` };
    },
  };
}

export function resumeDeed({ pauses, clock }: Pick<PausesParts, "pauses" | "clock">): Deed {
  return {
    path: `${PATH}/resume`,
    async do(form, { session }) {
      const target = form.get("target") ?? "";
      const note = (form.get("note") ?? "").trim().slice(0, MOST_NOTE);
      const standing = await standingAt(pauses(), target);
      const since = form.get("since") ?? "";
      if (standing !== null && since !== "" && standing.since !== since) {
        const said = `Nothing was resumed: ${target} was paused anew meanwhile${becauseOf(standing)}. Look again.`;
        return { to: PATH, said };
      }
      const resumed = (await pauses()?.resume(target, { by: session.actor, note })) ?? null;
      if (resumed === null) return { to: PATH, said: "Nothing was resumed: choose what." };
      if ("needed" in resumed) return { to: PATH, said: `Nothing was resumed: ${resumed.needed}.` };
      if (!resumed.resumed) return { to: PATH, said: `${target} was not paused.` };
      const now = clock.now();
      const wait = longestWait(now, (standing === null ? null : parseInstant(standing.since)) ?? now);
      return { to: PATH, said: `Resumed: ${target}. What waits is judged anew within ${wait}.` };
    },
  };
}

type Standing = Awaited<ReturnType<PausesPort["list"]>>[number];

async function standingAt(pauses: PausesPort | null, target: string): Promise<Standing | null> {
  return (await pauses?.list())?.find((pause) => pause.target === target) ?? null;
}

/** Somebody else had a reason, too. */
function becauseOf({ by, note, reason }: Standing): string {
  const who = reason === "self_paused" ? " by itself" : by === undefined ? "" : ` by ${by}`;
  return note === "" ? who : `${who}: ${note}`;
}
