import { parseInstant } from "../core/time/instant.ts";
import { contactLink } from "./find-page.ts";
import { moment } from "./format.ts";
import { html, type Html } from "./html.ts";
import type { Refs } from "./refs.ts";
import type { Page } from "./routes.ts";

/** A message that the `outbox` provider kept instead of sending. */
export interface KeptMessage {
  /** RFC 3339. */
  readonly at: string;
  readonly rule: string;
  readonly channel: string;
  readonly kind: string;
  readonly contact_id: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly content: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface OutboxParts {
  readonly outbox: (page: { readonly limit: number }) => Promise<readonly KeptMessage[]>;
  readonly refs: Refs;
  readonly zone: () => string;
}

const PAGE = 50;

/**
 * What would have been sent. All as text, mails as well: what others' data has put into a mail's HTML is no part of our
 * page, and remote pictures would tell their hosts who looks.
 */
export function outboxPage({ outbox, refs, zone }: OutboxParts): Page {
  return {
    path: "/outbox",
    label: "Outbox",
    async show() {
      const messages = await outbox({ limit: PAGE });
      const body =
        messages.length === 0
          ? html`<p class="quiet">
              Nothing is kept here. Channels whose provider is <code>outbox</code> keep their messages.
            </p>`
          : html`<p class="quiet">The newest ${PAGE} that the outbox provider kept instead of sending, newest first.</p>
              ${messages.map((message) => kept(message, refs, zone()))}`;
      return { title: "Outbox", body };
    },
  };
}

function kept(message: KeptMessage, refs: Refs, zone: string): Html {
  const { at, rule, channel, kind, contact_id: id, from, to, content, body } = message;
  const ms = parseInstant(at);
  const { subject, text, html: markup, ...others } = content;
  const toWhom = id === null ? null : html` about ${contactLink(refs, `id:${id}`, id)}`;
  return html`<article>
    <h2>${subject ?? `${kind} of ${rule}`}</h2>
    <p class="quiet">
      ${ms === null ? at : moment(ms, zone)}, <a href="/rules/${rule}">${rule}</a> through ${channel}
      ${from !== null && ` from ${from}`} ${to !== null && ` to ${to}`}${toWhom}
    </p>
    ${text !== undefined && html`<pre tabindex="0" aria-label="Text">${text}</pre>`}
    ${Object.entries(others).map(([field, words]) => html`<p><b>${field}</b> ${words}</p>`)}
    ${
      markup !== undefined &&
      html`<details>
        <summary>HTML, as it was written</summary>
        <pre tabindex="0" aria-label="HTML, as it was written">${markup}</pre>
      </details>`
    }
    ${body !== undefined && html`<pre tabindex="0" aria-label="Body">${JSON.stringify(body, null, 2)}</pre>`}
  </article>`;
}
