import type { Clock } from "../../core/model/clock.ts";
import { normalizeEmail } from "../../core/model/address.ts";
import type { Json, JsonObject } from "../../core/model/json.ts";
import type { OutgoingMessage, Reconciliation, SendOutcome } from "../../core/model/outgoing.ts";
import { isJsonArray, isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { abortGraceMs, withDeadline } from "../deadline.ts";
import type { Capabilities, Outbound } from "../provider.ts";
import { retryAfterMs } from "../retry-after.ts";
import { sendRequest } from "../send-request.ts";
import { transcriptOf } from "../transcript.ts";
import { failureCode } from "../transport-failure.ts";
import { type HttpAnswer, type HttpRequest, openVendorHttp } from "../vendor-http.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import type { ZendeskSettings } from "./settings.ts";

/** Tickets of Zendesk, each once: the intent's id is its idempotency key and its `external_id`. */
export function openZendesk(settings: ZendeskSettings, capabilities: Capabilities, clock: Clock): Outbound {
  const { baseUrl, authorization, timeoutMs } = settings;
  const http = openVendorHttp();
  const url = `${baseUrl}/api/v2/tickets.json`;

  const find = async (intentId: string, signal: AbortSignal): Promise<Reconciliation> => {
    const query = new URLSearchParams({ external_id: intentId });
    const request: HttpRequest = { method: "GET", url: `${url}?${query.toString()}`, headers: { authorization } };
    try {
      const answer = await http.call(request, signal);
      return answer.status === 200 ? ticketAmong(answer.body, intentId) : unavailable(`http_${answer.status}`);
    } catch (error) {
      return unavailable(failureCode(error));
    }
  };

  return {
    capabilities,
    timeoutMs: timeoutMs + abortGraceMs,
    async send(message) {
      if (message.kind !== "ticket") return { kind: "rejected", code: "kind_unsupported", class: "other" };
      const ticket = ticketOf(message, settings);
      if (ticket === null) return { kind: "rejected", code: "content_missing", class: "content" };
      const headers = { authorization, "content-type": "application/json", "idempotency-key": message.intentId };
      const request: HttpRequest = { method: "POST", url, headers, body: JSON.stringify({ ticket }) };
      return sendRequest({ http, clock, timeoutMs }, request, (answer) => outcomeOf(answer, clock.now()));
    },
    async reconcile({ message }) {
      return withDeadline(clock, timeoutMs, unavailable("timeout"), (signal) => find(message.intentId, signal));
    },
    close: () => http.close(),
  };
}

/** The ticket, whose comment is for agents only: what the author wrote, and what was said with the contact. */
function ticketOf(message: OutgoingMessage, { priority, type, tags }: ZendeskSettings): JsonObject | null {
  const subject = (message.content["subject"] ?? "").replace(/\s+/g, " ").trim();
  const text = (message.content["text"] ?? "").trim();
  if (subject === "" || text === "") return null;
  const transcript = transcriptOf(message.conversation);
  const said = transcript.length === 0 ? [] : ["", "What was said lately:", ...transcript];
  const requester = requesterOf(message);
  return {
    subject,
    comment: { body: [text, ...said].join("\n"), public: false },
    external_id: message.intentId,
    ...(requester !== null && { requester }),
    ...(priority !== null && { priority }),
    ...(type !== null && { type }),
    ...(tags.length > 0 && { tags: [...tags] }),
  };
}

/** In whose name it is opened: who is named by `to`, else the contact. Zendesk makes no person without a name. */
function requesterOf({ to, about }: OutgoingMessage): JsonObject | null {
  const named = to === null ? null : normalizeEmail(to);
  const email = named ?? about?.email ?? null;
  if (email === null) return null;
  const name = email === about?.email ? about.name : undefined;
  return { name: name ?? email, email };
}

function outcomeOf({ status, headers, body }: HttpAnswer, now: number): SendOutcome {
  const said = readBody(body);
  // The key is known with another text: some earlier attempt has made the ticket, which asking finds.
  if (status === 400 && said?.["error"] === "IdempotentRequestError") return { kind: "ambiguous", code: "known_key" };
  if (status < 200 || status >= 300) {
    return outcomeOfRefusal({ status, code: null, afterMs: retryAfterMs(headers["retry-after"], now) });
  }
  const ticket = said?.["ticket"];
  const id = isJsonObject(ticket) ? idOf(ticket["id"]) : null;
  return id === null ? { kind: "ambiguous", code: "unexpected_answer" } : { kind: "accepted", providerMessageId: id };
}

function ticketAmong(body: string, intentId: string): Reconciliation {
  const tickets = readBody(body)?.["tickets"];
  if (!isJsonArray(tickets)) return unavailable("unexpected_answer");
  const own = tickets.filter(isJsonObject).find((ticket) => ticket["external_id"] === intentId);
  const id = own === undefined ? null : idOf(own["id"]);
  return id === null ? { kind: "not_found" } : { kind: "found", providerMessageId: id };
}

function readBody(body: string): JsonObject | null {
  const parsed = parseJson(body);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
}

function idOf(id: Json | undefined): string | null {
  return typeof id === "number" && Number.isSafeInteger(id) ? String(id) : null;
}

function unavailable(code: string): Reconciliation {
  return { kind: "unavailable", code };
}
