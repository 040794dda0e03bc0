import { createHash } from "node:crypto";
import { html, type Html } from "./html.ts";
import { SCRIPT } from "./script.ts";
import type { Session } from "./session.ts";
import { STYLE } from "./style.ts";

/** What the browser gets beside pages, under names that change with their content. */
export const ASSETS: ReadonlyMap<string, { readonly type: string; readonly body: string }> = new Map([
  [nameOf(STYLE, "css"), { type: "text/css; charset=utf-8", body: STYLE }],
  [nameOf(SCRIPT, "js"), { type: "text/javascript; charset=utf-8", body: SCRIPT }],
]);

function nameOf(body: string, extension: string): string {
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 12);
  return `/assets/console-${hash}.${extension}`;
}

/** No inline script or style, nothing from elsewhere, no frame around it. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export interface Link {
  readonly path: string;
  readonly label: string;
}

export interface Framed {
  readonly title: string;
  readonly body: Html;
  /** Null while nobody is logged in. */
  readonly session: Session | null;
  readonly links: readonly Link[];
  /** The link of the page that is shown. */
  readonly current: string;
  /** What came of the deed before, in one sentence. */
  readonly said?: string | null;
}

/** The bundler takes a tagged template that closes a script in writing apart, by a helper that is not installed. */
const scriptTag = "script";

/** A whole page. It has one `h1`, its title, and landmarks that a screen reader can jump to. */
export function layout({ title, body, session, links, current, said = null }: Framed): string {
  const [style, script] = [...ASSETS.keys()];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Heed</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${style}" />
        <script src="${script}" defer></${scriptTag}>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <p class="brand"><a href="/">Heed</a></p>
          ${session !== null && navigation(links, current)}
          ${session !== null && html`<form method="post" action="/log-out" class="session">${csrfField(session)}<span>${session.actor === session.role ? session.role : `${session.actor}, ${session.role}`}</span> <button>Log out</button></form>`}
        </header>
        <main id="main" tabindex="-1">
          <h1>${title}</h1>
          ${said !== null && html`<p class="said" role="status">${said}</p>`} ${body}
        </main>
      </body>
    </html> `.markup;
}

function navigation(links: readonly Link[], current: string): Html {
  const items = links.map(
    ({ path, label }) =>
      html`<li>
        ${isWithin(current, path) ? html`<a href="${path}" aria-current="${path === current ? "page" : "true"}">${label}</a>` : html`<a href="${path}">${label}</a>`}
      </li>`,
  );
  return html`<nav aria-label="Pages">
    <ul>
      ${items}
    </ul>
  </nav>`;
}

/** `/rules/:rule` is within `/rules`; of the overview there is but one page. */
function isWithin(current: string, path: string): boolean {
  return current === path || (path !== "/" && current.startsWith(`${path}/`));
}

/** Every form that changes something has it. */
export function csrfField({ csrf }: Session): Html {
  return html`<input type="hidden" name="csrf" value="${csrf}" />`;
}
