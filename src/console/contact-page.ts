import { MOST_WORDS } from "./contacts-api.ts";
import type { ContactsPort, ContactView, LineView, Mark } from "./contacts-port.ts";
import { contactLink, unknownPath } from "./find-page.ts";
import { moment } from "./format.ts";
import { html, type Html, type Part } from "./html.ts";
import { csrfField } from "./layout.ts";
import type { Refs } from "./refs.ts";
import type { Deed, Page } from "./routes.ts";
import type { Session } from "./session.ts";
import { table } from "./table.ts";

export interface ContactPageParts {
  readonly contacts: ContactsPort;
  readonly refs: Refs;
}

/** All that is known of one contact, and why it got what it got, and did not get the rest. */
export function contactPage({ contacts, refs }: ContactPageParts): Page {
  return {
    path: "/contacts/:ref",
    async show({ params, session }) {
      const ref = params["ref"] ?? "";
      const key = refs.textOf(ref);
      const told = key === null ? null : await contacts.tell(key);
      if (told === null) return unknownPath(session);
      const body = html`${told.key === key ? null : html`<p>${key} leads to ${told.key}.</p>`}
      ${told.erased === null ? whole(told, { refs, ref, session }) : erased(told, told.erased)}`;
      return { title: told.name, body };
    },
  };
}

/** Ends one run. */
export function cancelDeed({ contacts, refs }: ContactPageParts): Deed {
  return {
    path: "/contacts/:ref/cancel",
    async do(form, { params, session }) {
      const ref = params["ref"] ?? "";
      const key = refs.textOf(ref);
      const run = form.get("run") ?? "";
      const reason = (form.get("reason") ?? "").trim().slice(0, MOST_WORDS.reason);
      if (key === null || run === "" || run.length > MOST_WORDS.name)
        return { to: "/contacts", said: "Nothing was cancelled: nobody is known under this path." };
      const to = `/contacts/${ref}`;
      if (reason === "") return { to, said: "Nothing was cancelled: say why." };
      const { kind } = await contacts.cancel(key, { run, actor: session.actor, reason });
      if (kind === "nobody") return { to, said: "Nothing was cancelled: nobody is known by it any more." };
      if (kind === "none") return { to, said: "Nothing was cancelled: the run has ended meanwhile." };
      return { to, said: "The run ends within a moment; its line in the timeline says so." };
    },
  };
}

/** The account of an erased contact is gone; what keeps its addresses silent is not. */
function erased(told: ContactView, at: number): Html {
  return html`<p>
      This contact was erased on ${moment(at, told.zone.name)}, and its history with it. What must stay silent is all
      that is kept.
    </p>
    ${silences(told)}`;
}

interface Around {
  readonly refs: Refs;
  readonly ref: string;
  readonly session: Session;
}

function whole(told: ContactView, around: Around): Html {
  // Not live: to tell a story anew with every piece of news of the house would be dear.
  return html`${answers(told)} ${underWay(told, around)} ${who(told, around.refs)} ${consents(told)} ${silences(told)}
  ${caps(told)} ${conversation(told)} ${timeline(told)}`;
}

function answers({ answers: sentences, notes }: ContactView): Html {
  return html`<h2>In short</h2>
    ${
      sentences.length === 0
        ? html`<p class="quiet">Nothing has happened to this contact yet.</p>`
        : html`<ul>
            ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
          </ul>`
    }
    ${notes.map((note) => html`<p class="quiet">${note}</p>`)}`;
}

function underWay({ runs, zone }: ContactView, { ref, session }: Around): Html {
  const rows = runs.map(({ run, rule, since, text }): readonly Part[] => [
    html`<a href="/rules/${rule}">${rule}</a>`,
    moment(since, zone.name),
    text,
    session.role === "operator" ? cancelForm(run, rule, ref, session) : null,
  ]);
  return html`<h2>Under way</h2>
    ${table({
      caption: "Runs of rules that have not ended",
      columns: [{ label: "Rule" }, { label: "Since" }, { label: "It" }, { label: "Cancel" }],
      rows,
      empty: "Nothing waits.",
    })}`;
}

/** Ends one run of the contact under this path. */
export function cancelForm(run: string, rule: string, ref: string, session: Session): Html {
  return html`<details>
    <summary>Cancel ${rule}</summary>
    <form
      method="post"
      action="/contacts/${ref}/cancel"
      data-sure="End this run? A message that is being sent is not called back."
    >
      ${csrfField(session)}<input type="hidden" name="run" value="${run}" />
      <label>Why <input name="reason" required maxlength="${MOST_WORDS.reason}" /></label>
      <button class="grave">Cancel this run</button>
    </form>
  </details>`;
}

function who({ key, zone, addresses, linked, tags, attributes }: ContactView, refs: Refs): Html {
  const facts: readonly (readonly [string, Part])[] = [
    ["Key", key],
    ["Zone", `${zone.name}, ${zone.source}`],
    ...addresses.map(({ kind, address, invalid, sharedWith }): readonly [string, Part] => [
      kind,
      html`${address}${invalid && html` <span class="bad">(does not exist, says a provider)</span>`}${
        sharedWith.length > 0 &&
        html` <span class="doubt"
          >(others have it, too: ${sharedWith.map((other) => html`${contactLink(refs, other, other)} `)})</span
        >`
      }`,
    ]),
    ["Tags", tags.length === 0 ? "none" : tags.join(", ")],
    ...(linked.length === 0 ? [] : [["Also known as", linked.join(", ")] as const]),
  ];
  const rows = attributes.map(({ name, value, at }) => [name, value, at === null ? "" : moment(at, zone.name)]);
  return html`<h2>Who</h2>
    <dl class="tiles">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd class="small">${value}</dd>
          </div>`,
      )}
    </dl>
    ${table({
      caption: "Attributes",
      columns: [{ label: "Name" }, { label: "Value" }, { label: "Said" }],
      rows,
      empty: "No attribute is known.",
    })}`;
}

function consents({ consent, zone }: ContactView): Html {
  const rows = consent.map(({ channel, state, at, source, wording, event }) => [
    channel,
    state,
    moment(at, zone.name),
    [source, wording === null ? null : `“${wording}”`, event === null ? null : `event ${event}`]
      .filter((proof) => proof !== null)
      .join(", "),
  ]);
  return html`<h2>Consent to marketing</h2>
    ${table({
      caption: "What was agreed or objected to, with its proof",
      columns: [{ label: "Channel" }, { label: "State" }, { label: "Since" }, { label: "Proof" }],
      rows,
      empty: "Nothing was said.",
    })}`;
}

function silences({ suppressions, zone }: ContactView): Html {
  return html`<h2>Silence</h2>
    ${table({
      caption: "Addresses that are not spoken to",
      columns: [{ label: "Address" }, { label: "State" }, { label: "Since" }],
      rows: suppressions.map(({ about, state, at }) => [about, state, moment(at, zone.name)]),
      empty: "No address is silent.",
    })}`;
}

function caps({ taken, zone }: ContactView): Html {
  return html`<h2>Caps</h2>
    ${table({
      caption: "Messages that were sent, or may have been, and count in caps",
      columns: [{ label: "Rule" }, { label: "Channel" }, { label: "At" }],
      rows: taken.map(({ rule, channel, at }) => [rule, channel, moment(at, zone.name)]),
      empty: "No place is taken.",
    })}`;
}

function conversation({ conversation: lines, zone }: ContactView): Html | null {
  if (lines.length === 0) return null;
  const said = lines.map(({ at, direction, channel, text }) => {
    const from = direction === "in" ? "the contact" : "Heed";
    return html`<li>${moment(at, zone.name)} ${from}, by ${channel}: <q>${text}</q></li>`;
  });
  return html`<h2>Conversation</h2>
    <ol class="plain">
      ${said}
    </ol>`;
}

/** More would make a page that no phone shows. */
const MOST_LINES = 500;

function timeline({ lines, zone }: ContactView): Html {
  const shown = lines.slice(-MOST_LINES).toReversed();
  const cut = lines.length - shown.length;
  return html`<h2>Timeline</h2>
    <p class="quiet">
      Newest first, in ${zone.name}. ${cut > 0 && `${cut} older lines are left out: heed explain tells all.`}
    </p>
    <ol class="plain timeline">
      ${shown.map((line) => timelineEntry(line, zone.name))}
    </ol>`;
}

function timelineEntry({ at, mark, text, parts, document, missed, said }: LineView, zone: string): Html {
  const whose = document === null ? null : html` <span class="quiet">[${document}]</span>`;
  const why = parts.map(({ mark: each, name, text: told }) => html`<li>${sign(each)} <b>${name}</b> ${told}</li>`);
  const not = missed.map((one) => html`<li>${sign("✗")} ${one}</li>`);
  return html`<li>
    ${moment(at, zone)} ${sign(mark)} ${text}${whose}
    ${
      said !== null &&
      html`<blockquote>
        ${Object.entries(said).map(([field, words]) => html`<p><b>${field}</b> <span>${words}</span></p>`)}
      </blockquote>`
    }
    ${
      parts.length + missed.length > 0 &&
      html`<details>
        <summary>Why</summary>
        <ul class="plain">
          ${why}${not}
        </ul>
      </details>`
    }
  </li>`;
}

const SIGNS: Readonly<Record<Mark, readonly [style: string, meaning: string]>> = {
  "✓": ["good", "passed"],
  "✗": ["bad", "refused"],
  "…": ["doubt", "waits"],
  "·": ["quiet", "told"],
};

/** A screen reader says what it means. */
function sign(mark: Mark): Html {
  const [style, meaning] = SIGNS[mark];
  return html`<span class="${style}" role="img" aria-label="${meaning}">${mark}</span>`;
}
