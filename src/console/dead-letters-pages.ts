import { formatInstant, parseInstant } from "../core/time/instant.ts";
import type { DeadLettersPort, LetterView } from "./dead-letters-api.ts";
import { contactLink } from "./find-page.ts";
import { html, type Html, type Part } from "./html.ts";
import { csrfField } from "./layout.ts";
import type { Refs } from "./refs.ts";
import type { Deed, Page, Shown } from "./routes.ts";
import type { Session } from "./session.ts";
import { table } from "./table.ts";

export interface DeadLettersParts {
  readonly letters: DeadLettersPort;
  readonly refs: Refs;
}

const PAGE = 100;
const MOST_NOTE = 500;
const PATH = "/dead-letters";

/** What could not be read, decided or sent, by reason. What is in one is on its own page, for operators. */
export function deadLettersPage({ letters, refs }: DeadLettersParts): Page {
  return {
    path: PATH,
    label: "Dead letters",
    async show({ query, session }) {
      const after = idOf(query.get("after") ?? "0") ?? 0;
      const page = await letters.list({ after, limit: PAGE });
      const isParked = (letter: LetterView): boolean => letter.reason.startsWith("provider.unknown");
      const isRefused = (letter: LetterView): boolean => letter.key.startsWith("quarantine:");
      const parked = page.dead_letters.filter(isParked);
      const quarantine = page.dead_letters.filter(isRefused);
      const others = page.dead_letters.filter((letter) => !isParked(letter) && !isRefused(letter));
      const body = html`
        <h2>Parked: nobody knows whether they were sent</h2>
        ${lettersTable("Messages that a person decides about", parked, { refs, session })}
        <h2>Failed</h2>
        ${lettersTable("What could not be decided or sent", others, { refs, session })}
        <h2>Quarantine: refused at the door although the signature was right</h2>
        ${lettersTable("What could not be read", quarantine, { refs, session })}
        ${page.next !== null && html`<p><a href="${PATH}?after=${page.next}">Later ones</a></p>`}
        ${after > 0 && html`<p><a href="${PATH}">From the beginning</a></p>`}
      `;
      return { title: "Dead letters", body };
    },
  };
}

function lettersTable(
  caption: string,
  letters: readonly LetterView[],
  { refs, session }: { readonly refs: Refs; readonly session: Session },
): Html {
  const rows = letters.map(({ id, at, reason, key, about }): readonly Part[] => [
    session.role === "operator" ? html`<a href="${PATH}/${id}">${id}</a>` : id,
    when(at),
    reason,
    about,
    isOfContact(key) ? contactLink(refs, key, key) : key,
  ]);
  const columns = ["Number", "Since", "Reason", "What", "Of"].map((label) => ({ label }));
  return table({ caption, columns, rows, empty: "There is none." });
}

/** One, with all that is in it, and what can be done. */
export function deadLetterPage({ letters, refs }: DeadLettersParts): Page {
  return {
    path: `${PATH}/:id`,
    role: "operator",
    async show({ params, session }) {
      const id = idOf(params["id"] ?? "");
      const letter = id === null ? null : await letters.show(id);
      if (letter === null) return gone;
      const { at, kind, reason, key, about } = letter;
      const body = html`
        <p class="bad">${reason}</p>
        <p>
          ${about}, ${isOfContact(key) ? html`of ${contactLink(refs, key, key)}` : html`of ${key}`}, since ${when(at)}
        </p>
        ${deeds(letter.id, kind === "message" && reason.startsWith("provider.unknown"), session)}
        <h2>What is in it</h2>
        <pre tabindex="0" aria-label="What is in it">${JSON.stringify(letter.body, null, 2)}</pre>
      `;
      return { title: `Dead letter ${letter.id}`, body };
    },
  };
}

function deeds(id: number, isParked: boolean, session: Session): Html {
  const replay = isParked
    ? html`<p>
          Nobody knows whether this message was sent, so it counts as sent. Whoever can find out decides: set it aside
          if it was; another try may be a second copy if it was not found out.
        </p>
        <form
          method="post"
          action="${PATH}/${id}/replay"
          class="line"
          data-sure="The contact may get this message a second time. Send it again?"
        >
          ${csrfField(session)}<input type="hidden" name="may_double" value="yes" />
          <button class="grave">Send it again, although it may be a second copy</button>
        </form>`
    : html`<form method="post" action="${PATH}/${id}/replay" class="line">
        ${csrfField(session)}
        <button>Try again</button>
        <span class="quiet">Events are decided, messages pass all gates of now.</span>
      </form>`;
  return html`${replay}
    <form method="post" action="${PATH}/${id}/discard" class="line" data-sure="Take it off for good?">
      ${csrfField(session)}
      <label>Why it is set aside <input name="note" required maxlength="${MOST_NOTE}" size="40" /></label>
      <button class="grave">Set aside</button>
    </form>`;
}

export function replayDeed({ letters }: Pick<DeadLettersParts, "letters">): Deed {
  return {
    path: `${PATH}/:id/replay`,
    async do(form, { params, session }) {
      const id = idOf(params["id"] ?? "");
      if (id === null) return { to: PATH, said: "There is no such dead letter." };
      const wish = { mayDouble: form.get("may_double") === "yes", by: session.actor };
      const told = await letters.replay(id, wish);
      switch (told.kind) {
        case "replayed":
          return { to: PATH, said: `Dead letter ${id} tries again.` };
        case "settled":
          return { to: PATH, said: `Nothing was left to do for dead letter ${id}: ${told.why}. It is gone.` };
        case "gone":
          return { to: PATH, said: `There is no dead letter ${id} any more.` };
        case "refused":
          return { to: `${PATH}/${id}`, said: `Dead letter ${id} stays: ${told.why}.` };
      }
    },
  };
}

export function discardDeed({ letters }: Pick<DeadLettersParts, "letters">): Deed {
  return {
    path: `${PATH}/:id/discard`,
    async do(form, { params, session }) {
      const id = idOf(params["id"] ?? "");
      const note = (form.get("note") ?? "").trim().slice(0, MOST_NOTE);
      if (id === null) return { to: PATH, said: "There is no such dead letter." };
      if (note === "") return { to: `${PATH}/${id}`, said: "Nothing was set aside: say why." };
      const done = await letters.discard(id, { note, by: session.actor });
      return { to: PATH, said: done ? `Dead letter ${id} was set aside.` : `There is no dead letter ${id} any more.` };
    },
  };
}

const gone: Shown = {
  title: "No such dead letter",
  body: html`<p>It was dealt with, or never was. <a href="${PATH}">All dead letters</a></p>`,
  status: 404,
};

function isOfContact(key: string): boolean {
  return /^(?:id|email|phone|anon):/.test(key);
}

function idOf(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** As the API tells it, in UTC: a letter may be of no contact whose zone is known. */
function when(at: string): Html {
  const ms = parseInstant(at);
  return html`<time datetime="${at}">${ms === null ? at : formatInstant(ms).slice(0, 16).replace("T", " ")} UTC</time>`;
}
