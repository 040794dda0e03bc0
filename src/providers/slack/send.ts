import type { Clock } from "../../core/model/clock.ts";
import type { OutgoingMessage, SendOutcome } from "../../core/model/outgoing.ts";
import { abortGraceMs } from "../deadline.ts";
import type { Capabilities, Outbound } from "../provider.ts";
import { retryAfterMs } from "../retry-after.ts";
import { sendRequest } from "../send-request.ts";
import { transcriptOf } from "../transcript.ts";
import { type HttpAnswer, openVendorHttp } from "../vendor-http.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import type { SlackSettings } from "./settings.ts";

/** Slack's incoming webhooks. */
export function openSlack(settings: SlackSettings, capabilities: Capabilities, clock: Clock): Outbound {
  const { timeoutMs } = settings;
  const http = openVendorHttp();
  return {
    capabilities,
    timeoutMs: timeoutMs + abortGraceMs,
    async send(message) {
      if (message.kind !== "slack") return { kind: "rejected", code: "kind_unsupported", class: "other" };
      if (message.to !== null) return { kind: "rejected", code: "to_unsupported", class: "other" };
      const url = settings.byChannel.get(message.channel) ?? settings.url;
      if (url === null) return { kind: "misconfigured", code: "url_missing" };
      const text = textOf(message);
      if (text === "") return { kind: "rejected", code: "content_missing", class: "content" };
      // Nobody is called by a name in the text, and no link of a contact's is opened by Slack.
      const body = JSON.stringify({ text, link_names: false, unfurl_links: false, unfurl_media: false });
      const headers = { "content-type": "application/json; charset=utf-8" };
      return sendRequest({ http, clock, timeoutMs }, { method: "POST", url, headers, body }, (answer) =>
        outcomeOf(answer, clock.now()),
      );
    },
    close: () => http.close(),
  };
}

/** The text, and below it what was said with the contact, as a quotation. */
function textOf({ content, conversation }: OutgoingMessage): string {
  const text = content["text"] ?? "";
  if (text.trim() === "") return "";
  return [escaped(text), ...transcriptOf(conversation).map((line) => `> ${escaped(line)}`)].join("\n");
}

/**
 * Slack gives a meaning to `&`, `<` and `>` only: `<!channel>` calls everybody. What the author wrote and what a contact
 * did cannot be told apart any more, so none has that power; the words that others call everybody with are broken, too.
 */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/@(?=(?:channel|here|everyone|group)\b)/gi, "@\u200B");
}

/** Only `ok` says that it was taken. */
function outcomeOf({ status, headers, body }: HttpAnswer, now: number): SendOutcome {
  const said = body.trim();
  if (status >= 200 && status < 300) {
    return said === "ok"
      ? { kind: "accepted", providerMessageId: null }
      : { kind: "ambiguous", code: "unexpected_answer" };
  }
  const code = /^[a-z][a-z_]{2,60}$/.test(said) ? said : null;
  return outcomeOfRefusal({ status, code, afterMs: retryAfterMs(headers["retry-after"], now) });
}
