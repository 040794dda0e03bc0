import type { Clock } from "../core/model/clock.ts";
import type { OutgoingMessage, Reconciliation, SendOutcome } from "../core/model/outgoing.ts";
import { abortGraceMs, withDeadline } from "./deadline.ts";
import { type OutgoingMail, outgoingMail } from "./outgoing-mail.ts";
import type { Capabilities, Outbound, ReconcileQuery } from "./provider.ts";

/** How mails travel at one vendor that can be asked for them. None of it rejects. */
export interface MailApi {
  create(message: OutgoingMessage, mail: OutgoingMail, signal: AbortSignal): Promise<SendOutcome>;
  /** What became of an attempt, by what the vendor lists of its recipient. */
  find(query: ReconcileQuery, recipient: string, signal: AbortSignal): Promise<Reconciliation>;
  close(): Promise<void>;
}

export interface MailSending {
  readonly capabilities: Capabilities;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly answersTo: string | null;
}

/** Mails through an API, each in one call that ends in time. */
export function openMailSender(api: MailApi, { capabilities, clock, timeoutMs, answersTo }: MailSending): Outbound {
  return {
    capabilities,
    timeoutMs: timeoutMs + abortGraceMs,
    async send(message) {
      const mail = outgoingMail(message, answersTo);
      if ("kind" in mail) return mail;
      const gaveUp: SendOutcome = { kind: "ambiguous", code: "timeout" };
      return withDeadline(clock, timeoutMs, gaveUp, (signal) => api.create(message, mail, signal));
    },
    async reconcile(query) {
      const recipient = query.message.to;
      // What `send` refuses without asking the vendor was surely never sent.
      if (recipient === null) return { kind: "not_found" };
      const gaveUp: Reconciliation = { kind: "unavailable", code: "timeout" };
      return withDeadline(clock, timeoutMs, gaveUp, (signal) => api.find(query, recipient, signal));
    },
    close: () => api.close(),
  };
}
