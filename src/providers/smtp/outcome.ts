import type { Refusal } from "../definition.ts";
import type { SendOutcome } from "../provider.ts";

/** Where in the conversation a call ended, and with which words of the server, if any. */
export interface SmtpFailure {
  /** `EAUTH`, `EENVELOPE`, or the errno of a connection. */
  readonly code: string;
  /** Of the server's reply; null when it said nothing. */
  readonly replyCode: number | null;
  /** The reply as it came: `550 5.1.1 User unknown`. */
  readonly reply: string;
  /** What the reply was to: `MAIL FROM`, `RCPT TO`, `DATA`. */
  readonly command: string;
  /** Whether a byte of the message may have reached the server. */
  readonly written: boolean;
}

/** Enhanced codes (RFC 3463) that say that there is no such mailbox. */
const noSuchMailbox = /\b5\.1\.(?:1|2|3|6|10)\b/;
const saysNoMailbox = /\b(?:unknown|no such|does not exist|doesn't exist)\b/i;

/**
 * What a failure means. A 4 is surely not sent and worth another try, a 5 surely never will be; whoever does not know
 * us or our sender refuses every message. After the last byte, silence leaves nobody knowing.
 */
export function outcomeOfFailure(failure: SmtpFailure): SendOutcome {
  const { code, replyCode, reply, command, written } = failure;
  if (replyCode === null) {
    if (written) return { kind: "ambiguous", code };
    if (code === "EAUTH") return { kind: "misconfigured", code: "login_refused" };
    return { kind: "retryable", code, afterMs: null };
  }
  const named = `smtp_${replyCode}`;
  if (replyCode < 400 || replyCode > 599) return { kind: written ? "ambiguous" : "misconfigured", code: named };
  if (replyCode < 500) return { kind: "retryable", code: named, afterMs: null };
  if (command === "RCPT TO") {
    const isGone = noSuchMailbox.test(reply) || (replyCode === 550 && saysNoMailbox.test(reply));
    return { kind: "rejected", code: named, class: isGone ? "invalid_address" : "other" };
  }
  if (command === "DATA" || replyCode === 552) return { kind: "rejected", code: named, class: "content" };
  return { kind: "misconfigured", code: named };
}

/** As tests script it: a reply code alone is one to the recipient. */
export function outcomeOfRefusal({ status, code }: Refusal): SendOutcome {
  const replyCode = Number(/^\d{3}$/.exec(code ?? "")?.[0] ?? status ?? 550);
  return outcomeOfFailure({ code: "EENVELOPE", replyCode, reply: code ?? "", command: "RCPT TO", written: false });
}
