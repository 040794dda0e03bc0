import type { CanonicalEvent } from "../../core/model/event.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonArray, parseJson } from "../../core/model/parse-json.ts";
import { addressIn } from "../inbound-mail.ts";
import type { ReadMail, ReceivedMail } from "../inbound-mail.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";
import { readSeconds } from "../secret.ts";
import { normalizeMailgunEvent } from "./normalize-event.ts";
import { readMailgunBody } from "./read-body.ts";
import type { MailgunFields } from "./read-body.ts";

export interface MailgunReading {
  readonly domain: string;
  readonly contactVariable: string;
  readonly readMail: ReadMail;
}

const maxHeaders = 500;
/** Mailgun repeats each header as a field of its own; of its own fields these are kept. */
const keptFields: ReadonlySet<string> = new Set(["stripped-signature", "attachment-count", "domain"]);

/** One request is one event of a message of ours, or one mail that a route forwarded. */
export function normalizeMailgun(request: WebhookRequest, reading: MailgunReading, now: number): Normalized {
  const body = readMailgunBody(request);
  if (body === null) return { malformed: "expected a JSON object, or a form of a route" };
  if (body.kind === "mail") {
    if (body.fields.size === 0) return { malformed: "expected the fields of a mail" };
    return outcome(mailEvent(body.fields, body.files, reading, now), Object.fromEntries(body.fields));
  }
  const element = body.body["event-data"];
  if (element === undefined) return { events: [], quarantined: [{ reason: "no event-data", payload: body.body }] };
  return outcome(normalizeMailgunEvent(element, reading.contactVariable, now), element);
}

/** The events, or the element set aside. */
export function outcome(
  events: readonly CanonicalEvent[] | string,
  payload: Json,
): Extract<Normalized, { events: unknown }> {
  if (typeof events === "string") return { events: [], quarantined: [{ reason: events, payload }] };
  return { events, quarantined: [] };
}

function mailEvent(
  fields: MailgunFields,
  files: readonly string[],
  { domain, readMail }: MailgunReading,
  now: number,
): readonly CanonicalEvent[] | string {
  const read = (...names: readonly string[]) =>
    names.map((name) => fields.get(name)).find((value) => value !== undefined && value !== "") ?? "";
  const mail: ReceivedMail = {
    provider: "mailgun",
    id: null,
    from: read("from", "From", "sender"),
    to: read("recipient").split(","),
    subject: read("subject", "Subject"),
    text: read("body-plain"),
    html: read("body-html"),
    stripped: fields.get("stripped-text") ?? null,
    headers: headersOf(fields.get("message-headers") ?? ""),
    returnPath: fields.get("sender") ?? null,
    receivedAt: readSeconds(fields.get("timestamp")),
    // Mailgun's id of a message is its Message-ID.
    ownMessage: (id) => (id.endsWith(`@${domain}`) ? id : null),
    data: dataOf(fields, files),
  };
  if (read("body-mime") !== "") return "the mail came as MIME: the route's URL must not end in mime";
  if (addressIn(mail.to[0] ?? "") === null) return "recipient is missing or not an address";
  const event = readMail(mail, now);
  return typeof event === "string" ? event : [event];
}

/** `message-headers` is a list of pairs. */
function headersOf(text: string): ReceivedMail["headers"] {
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonArray(parsed.value)) return [];
  return parsed.value.slice(0, maxHeaders).flatMap((pair) => {
    const [name, value] = isJsonArray(pair) ? pair : [];
    return typeof name === "string" && typeof value === "string" ? [[name, value] as const] : [];
  });
}

function dataOf(fields: MailgunFields, files: readonly string[]): JsonObject {
  return {
    ...Object.fromEntries([...fields].filter(([name]) => keptFields.has(name))),
    recipient: fields.get("recipient") ?? "",
    attachments: files.length > 0 ? files : storedAttachments(fields.get("attachments") ?? ""),
  };
}

/** A route that stores a mail tells of its attachments as a list. */
function storedAttachments(text: string): readonly string[] {
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonArray(parsed.value)) return [];
  return parsed.value.flatMap((one) => {
    const name = typeof one === "object" && one !== null && !isJsonArray(one) ? one["name"] : undefined;
    return typeof name === "string" ? [name.slice(0, 200)] : [];
  });
}
