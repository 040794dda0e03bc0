import { createHash } from "node:crypto";
import type { Answer } from "./answer.ts";

/** What somebody sees who follows a link to unsubscribe. None of them says whose link it was. */
export type UnsubscribePage = "ask" | "done" | "unknown" | "later";

const style =
  "body{font:1.125rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1.5rem;color:#1a1a1a;background:#fff}" +
  "button{font:inherit;padding:.75rem 1.5rem;border:0;border-radius:.375rem;color:#fff;background:#0b57d0;cursor:pointer}" +
  "button:focus-visible{outline:.2rem solid #1a1a1a;outline-offset:.2rem}";
const styleHash = createHash("sha256").update(style).digest("base64");

const pages: Readonly<
  Record<UnsubscribePage, { readonly status: number; readonly title: string; readonly main: string }>
> = {
  ask: {
    status: 200,
    title: "Unsubscribe",
    main: '<p>Do you want to get no more marketing email from us?</p><form method="post"><button type="submit">Unsubscribe</button></form>',
  },
  done: {
    status: 200,
    title: "You are unsubscribed",
    main: "<p>You will get no more marketing email from us. You can close this page.</p>",
  },
  unknown: {
    status: 404,
    title: "This link is not valid",
    main: "<p>It may have been cut off. Open the link from the email once more, or answer the email and ask to be unsubscribed.</p>",
  },
  later: {
    status: 503,
    title: "This did not work right now",
    main: "<p>You are not unsubscribed yet. Please try again in a minute.</p>",
  },
};

/** No script, nothing from elsewhere, in no frame; and the link, which is a secret, goes nowhere else. */
const headers = {
  "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-robots-tag": "noindex",
};

export function unsubscribePage(name: UnsubscribePage): Answer {
  const { status, title, main } = pages[name];
  return {
    status,
    headers: { ...headers, ...(name === "later" && { "retry-after": "60" }) },
    contentType: "text/html; charset=utf-8",
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head><body><main><h1>${title}</h1>${main}</main></body></html>\n`,
  };
}
