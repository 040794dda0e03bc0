import type { Json, JsonObject } from "../../core/model/json.ts";
import { isJsonArray, isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { parseHeaders } from "../inbound-mail.ts";
import type { ReadMail, ReceivedMail } from "../inbound-mail.ts";
import { fieldText, parseMultipart } from "../multipart.ts";
import type { MultipartForm } from "../multipart.ts";
import type { Normalized, WebhookRequest } from "../provider.ts";

const maxTextLength = 200;
const maxAttachments = 50;

/** A mail that Inbound Parse took apart: a form whose fields may each be in a character set of their own. */
export function normalizeInbound(request: WebhookRequest, readMail: ReadMail, now: number): Normalized {
  const form = parseMultipart(request.headers["content-type"], request.body);
  if ("malformed" in form) return form;
  if (form.fields.has("email") && !form.fields.has("headers")) {
    return setAside("the mail came raw: turn off the raw, full MIME message in Inbound Parse", form);
  }
  const event = readMail(mailOf(form), now);
  return typeof event === "string" ? setAside(event, form) : { events: [event], quarantined: [] };
}

function mailOf(form: MultipartForm): ReceivedMail {
  const charsets = jsonField(form, "charsets");
  const envelope = jsonField(form, "envelope");
  const text = (name: string) => fieldText(form, name, stringOf(charsets[name]) ?? undefined) ?? "";
  const recipients = isJsonArray(envelope["to"]) ? envelope["to"].filter((one) => typeof one === "string") : [];
  return {
    provider: "sendgrid",
    id: null,
    from: text("from"),
    to: recipients.length > 0 ? recipients : text("to").split(","),
    subject: text("subject"),
    text: text("text"),
    html: text("html"),
    stripped: null,
    headers: parseHeaders(text("headers")),
    returnPath: stringOf(envelope["from"]),
    receivedAt: null,
    ownMessage: sendGridMessage,
    data: dataOf(form),
  };
}

/** SendGrid makes a Message-ID of what Mail Send answered as `X-Message-Id`. */
function sendGridMessage(messageId: string): string | null {
  return /^([\w.-]{10,100})@(?:geopod-)?ismtpd/.exec(messageId)?.[1] ?? null;
}

/** What SendGrid found out about it, under its own names. */
function dataOf(form: MultipartForm): JsonObject {
  const score = Number.parseFloat(fieldText(form, "spam_score") ?? "");
  const verdicts = ["SPF", "dkim"].flatMap((name): [string, Json][] => {
    const verdict = fieldText(form, name);
    return verdict === null ? [] : [[name, verdict.slice(0, maxTextLength)]];
  });
  const attachments = form.files.slice(0, maxAttachments).map(({ name }) => name);
  return {
    ...(Number.isFinite(score) && { spam_score: score }),
    ...Object.fromEntries(verdicts),
    ...(attachments.length > 0 && { attachments }),
  };
}

/** Whoever looks at it later wants to know whose mail it was, not all of it. */
function setAside(reason: string, form: MultipartForm): Normalized {
  const names = ["from", "to", "subject"] as const;
  const payload = Object.fromEntries(
    names.map((name) => [name, (fieldText(form, name) ?? "").slice(0, maxTextLength)]),
  );
  return { events: [], quarantined: [{ reason, payload }] };
}

function jsonField(form: MultipartForm, name: string): JsonObject {
  const parsed = parseJson(fieldText(form, name) ?? "");
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
}

function stringOf(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
