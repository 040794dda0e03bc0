import type { Json } from "../core/model/json.ts";
import { isJsonArray, isJsonObject } from "../core/model/parse-json.ts";

/** How links to unsubscribe are made: `opt_out.unsubscribe` of heed.yaml, with the environment's values in it. Never to be printed. */
export interface UnsubscribeSettings {
  /** Where Heed is reached from outside, without a slash at the end. */
  readonly publicUrl: string;
  /** The first makes links; the others are still good for those that were made before. */
  readonly secrets: readonly [string, ...string[]];
}

export interface UnsubscribeMistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly help: string;
}

/** Below this a secret can be guessed. */
const minSecretLength = 32;

export function readUnsubscribe(settings: Json): UnsubscribeSettings | readonly UnsubscribeMistake[] {
  const { public_url: url, secret } = isJsonObject(settings) ? settings : {};
  const mistakes: UnsubscribeMistake[] = [];
  const publicUrl = typeof url === "string" ? readUrl(url) : null;
  if (publicUrl === null) {
    mistakes.push({
      path: ["public_url"],
      message: "`public_url` is not an address at which mail programs could reach Heed",
      help: "write an absolute https URL without query and fragment, such as https://hooks.acme.example",
    });
  }
  const list = isJsonArray(secret) ? secret : [secret ?? ""];
  const secrets = list.flatMap((one, index) => {
    if (typeof one === "string" && one.length >= minSecretLength) return [one];
    mistakes.push({
      path: isJsonArray(secret) ? ["secret", index] : ["secret"],
      message: `a secret has fewer than ${minSecretLength} characters`,
      help: "make one with `openssl rand -base64 32`, and keep it in the environment",
    });
    return [];
  });
  const [first, ...others] = secrets;
  if (publicUrl === null || first === undefined || mistakes.length > 0) return mistakes;
  return { publicUrl, secrets: [first, ...others] };
}

/** RFC 8058 wants https; plain http is for trying it out on one's own machine. */
function readUrl(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.search !== "" || url.hash !== "") return null;
  const isLocal = url.protocol === "http:" && ["localhost", "127.0.0.1"].includes(url.hostname);
  return url.protocol === "https:" || isLocal ? text.replace(/\/+$/, "") : null;
}
