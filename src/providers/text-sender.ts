import type { Clock } from "../core/model/clock.ts";
import { abortGraceMs, withDeadline } from "./deadline.ts";
import type {
  Capabilities,
  Outbound,
  OutgoingMessage,
  ReconcileQuery,
  Reconciliation,
  SendOutcome,
} from "./provider.ts";
import { sendRequest } from "./send-request.ts";
import { failureCode } from "./transport-failure.ts";
import { openVendorHttp } from "./vendor-http.ts";
import type { HttpAnswer, HttpRequest } from "./vendor-http.ts";

/** A text with everything that a vendor needs to send it. */
export interface Text {
  /** E.164. */
  readonly to: string;
  /** A number in E.164, a short code, a sender name, or what else the vendor sends from. */
  readonly from: string;
  readonly text: string;
  readonly intentId: string;
}

/** How texts travel by plain HTTP at one vendor. None of it throws. */
export interface TextApi {
  create(text: Text): HttpRequest;
  /** What the answer to a create means. `now` is epoch milliseconds. */
  outcome(answer: HttpAnswer, now: number): SendOutcome;
  /** Present when the vendor can be asked for its messages. */
  readonly lookup?: {
    readonly request: (text: Text) => HttpRequest;
    /** What the answer to that tells of an attempt; null when it is no answer. */
    readonly find: (answer: HttpAnswer, text: Text, query: ReconcileQuery) => Reconciliation | null;
  };
}

export interface TextSending {
  readonly capabilities: Capabilities;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

export function openTextSender(api: TextApi, { capabilities, clock, timeoutMs }: TextSending): Outbound {
  const http = openVendorHttp();
  const { lookup } = api;

  const ask = async (
    { request, find }: NonNullable<TextApi["lookup"]>,
    query: ReconcileQuery,
    text: Text,
    signal: AbortSignal,
  ): Promise<Reconciliation> => {
    try {
      const answer = await http.call(request(text), signal);
      return find(answer, text, query) ?? { kind: "unavailable", code: `http_${answer.status}` };
    } catch (error) {
      return { kind: "unavailable", code: failureCode(error) };
    }
  };

  return {
    capabilities,
    timeoutMs: timeoutMs + abortGraceMs,
    async send(message) {
      const text = textOf(message);
      if ("refused" in text) return text.refused;
      return sendRequest({ http, clock, timeoutMs }, api.create(text), (answer) => api.outcome(answer, clock.now()));
    },
    ...(lookup !== undefined && {
      async reconcile(query: ReconcileQuery): Promise<Reconciliation> {
        const text = textOf(query.message);
        // What `send` refuses without asking the vendor was surely never sent.
        if ("refused" in text) return { kind: "not_found" };
        return withDeadline<Reconciliation>(clock, timeoutMs, { kind: "unavailable", code: "timeout" }, (signal) =>
          ask(lookup, query, text, signal),
        );
      },
    }),
    async close() {
      await http.close();
    },
  };
}

function textOf({ kind, to, from, content, intentId }: OutgoingMessage): Text | { readonly refused: SendOutcome } {
  const text = content["text"] ?? "";
  if (kind !== "sms") return { refused: { kind: "rejected", code: "kind_unsupported", class: "other" } };
  if (to === null) return { refused: { kind: "rejected", code: "to_missing", class: "invalid_address" } };
  if (text === "") return { refused: { kind: "rejected", code: "content_missing", class: "content" } };
  if (from === null) return { refused: { kind: "misconfigured", code: "from_missing" } };
  return { to, from, text, intentId };
}
