import type { JsonObject } from "../../core/model/json.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { openVendorHttp } from "../vendor-http.ts";
import type { HttpAnswer } from "../vendor-http.ts";
import type { MailgunSettings } from "./settings.ts";

/** Mailgun's API for one domain, over connections that are kept. Calls reject as `VendorHttp.call` does. */
export interface MailgunApi {
  send(form: URLSearchParams, signal: AbortSignal): Promise<HttpAnswer>;
  /** A page of events: `query` of the first, `next` (as the page before has it) of the others. */
  events(page: URLSearchParams | string, signal: AbortSignal): Promise<HttpAnswer>;
  close(): Promise<void>;
}

export function openMailgunApi({ apiKey, baseUrl, domain }: MailgunSettings): MailgunApi {
  const http = openVendorHttp();
  const root = `${baseUrl}/v3/${domain}`;
  const authorization = `Basic ${Buffer.from(`api:${apiKey}`).toString("base64")}`;
  return {
    send: (form, signal) =>
      http.call(
        {
          method: "POST",
          url: `${root}/messages`,
          headers: { authorization, "content-type": "application/x-www-form-urlencoded" },
          body: form.toString(),
        },
        signal,
      ),
    events(page, signal) {
      // Of the address of the next page only its name is taken: our key goes to the configured host and to no other.
      const rest = typeof page === "string" ? `/${page}` : `?${page.toString()}`;
      return http.call({ method: "GET", url: `${root}/events${rest}`, headers: { authorization } }, signal);
    },
    close: () => http.close(),
  };
}

export interface EventsPage {
  readonly items: readonly JsonObject[];
  /** The name of the next page. */
  readonly next: string | null;
}

/** Null when it is none. */
export function readEventsPage(body: string): EventsPage | null {
  const page = readObject(body);
  const items = page?.["items"];
  if (page === null || !Array.isArray(items)) return null;
  const paging = isJsonObject(page["paging"]) ? page["paging"]["next"] : undefined;
  const name = typeof paging === "string" && URL.canParse(paging) ? new URL(paging).pathname.split("/").pop() : "";
  return { items: items.filter(isJsonObject), next: name === undefined || name === "" ? null : name };
}

export function readObject(body: string): JsonObject | null {
  const parsed = parseJson(body);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
}
