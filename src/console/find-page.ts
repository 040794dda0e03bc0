import type { ContactsPort, FoundView } from "./contacts-port.ts";
import { MOST_WORDS } from "./contacts-api.ts";
import { html, type Html } from "./html.ts";
import { csrfField } from "./layout.ts";
import type { Refs } from "./refs.ts";
import type { Deed, Page, Shown } from "./routes.ts";
import type { Session } from "./session.ts";
import { table } from "./table.ts";

/**
 * What is searched for may be an address, so the form is posted and leads on to a path that has it encrypted: it stands in
 * no history and no log.
 */
export interface FindParts {
  readonly contacts: Pick<ContactsPort, "find">;
  readonly refs: Refs;
}

export function findPage(): Page {
  return {
    path: "/contacts",
    label: "Contacts",
    async show({ session }) {
      return { title: "Contacts", body: searchForm(session) };
    },
  };
}

/** Several, or nobody. */
export function foundPage({ contacts, refs }: FindParts): Page {
  return {
    path: "/contacts/found/:ref",
    async show({ params, session }) {
      const text = refs.textOf(params["ref"] ?? "");
      if (text === null) return unknownPath(session);
      const found = await contacts.find(text);
      const rows = found.contacts.map(({ key, name, how }) => [contactLink(refs, key, name), key, how]);
      const body = html`${searchForm(session, text)}
        ${table({
          caption: "Found",
          columns: [{ label: "Contact" }, { label: "Key" }, { label: "How it was found" }],
          rows,
          empty: "Nobody is known by exactly this.",
        })}
        <p class="quiet">${found.looked}</p>`;
      return { title: "Contacts found", body, ...(found.contacts.length === 0 && { status: 404 }) };
    },
  };
}

export function findDeed({ contacts, refs }: FindParts): Deed {
  return {
    path: "/contacts/find",
    role: "viewer",
    async do(form) {
      const text = (form.get("who") ?? "").trim().slice(0, MOST_WORDS.name);
      if (text === "") return { to: "/contacts", said: "Say whom to look for." };
      const found: FoundView = await contacts.find(text);
      const [only, another] = found.contacts;
      if (only !== undefined && another === undefined)
        return { to: `/contacts/${refs.refOf(only.key)}`, said: `Found ${only.how}.` };
      const said = only === undefined ? "Nobody was found." : `${found.contacts.length} contacts were found.`;
      return { to: `/contacts/found/${refs.refOf(text)}`, said };
    },
  };
}

export function contactLink(refs: Refs, key: string, name: string): Html {
  return html`<a href="/contacts/${refs.refOf(key)}">${name}</a>`;
}

/** Also after the token has changed: paths are made with it. */
export function unknownPath(session: Session): Shown {
  const body = html`<p>Nobody is known under this path. Paths of contacts change with the operator's token.</p>
    ${searchForm(session)}`;
  return { title: "Nobody here", body, status: 404 };
}

function searchForm(session: Session, text = ""): Html {
  return html`<form method="post" action="/contacts/find" class="line" role="search">
    ${csrfField(session)}
    <label
      >Id, email address, phone number, or the id of a message or an event
      <input name="who" value="${text}" required maxlength="${MOST_WORDS.name}" autocomplete="off" size="40" />
    </label>
    <button>Find</button>
  </form>`;
}
