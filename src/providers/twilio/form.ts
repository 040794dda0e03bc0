import { decodeText } from "../decode.ts";

/** Every value of every parameter, in the order received. A Map, because names come from a stranger. */
export type Form = ReadonlyMap<string, readonly string[]>;

/** Twilio sends about thirty parameters. */
const maxParameters = 1_000;
const ampersand = 0x26;

/** Whether a body has more parameters than anybody honest sends: told without parsing it, because its sender is not known yet. */
export function hasTooManyParameters(body: Uint8Array): boolean {
  let count = 1;
  for (let at = body.indexOf(ampersand); at !== -1; at = body.indexOf(ampersand, at + 1)) {
    count += 1;
    if (count > maxParameters) return true;
  }
  return false;
}

export function parseForm(body: Uint8Array): Form {
  return group(new URLSearchParams(decodeText(body)));
}

/** The query string of a path such as `/webhooks/twilio?heed_intent=…`. */
export function parseQuery(url: string): Form {
  const start = url.indexOf("?");
  return group(new URLSearchParams(start === -1 ? "" : url.slice(start + 1)));
}

function group(parameters: URLSearchParams): Form {
  const form = new Map<string, string[]>();
  for (const [name, value] of parameters) {
    const values = form.get(name);
    if (values === undefined) form.set(name, [value]);
    else values.push(value);
  }
  return form;
}
