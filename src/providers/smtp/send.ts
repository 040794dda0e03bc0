import { createTransport } from "nodemailer";
import type { Clock } from "../../core/model/clock.ts";
import type { OutgoingMessage, SendOutcome } from "../../core/model/outgoing.ts";
import { abortGraceMs, withDeadline } from "../deadline.ts";
import { messageIdOf } from "../message-id.ts";
import { outgoingMail } from "../outgoing-mail.ts";
import type { OutgoingMail } from "../outgoing-mail.ts";
import type { Capabilities, Outbound } from "../provider.ts";
import { outcomeOfFailure } from "./outcome.ts";
import type { SmtpFailure } from "./outcome.ts";
import type { SmtpSettings } from "./settings.ts";

/** Mail servers take few connections from one client; how many messages there are is for the channel's rate to say. */
const maxConnections = 5;
/** How long a connection may be silent after its last message: most servers close it after five minutes. */
const idleMs = 60_000;

/** SMTP through nodemailer, over connections that are kept. It never repeats a message by itself. */
export function openSmtp(settings: SmtpSettings, capabilities: Capabilities, clock: Clock): Outbound {
  const transport = createTransport({
    pool: true,
    maxConnections,
    maxRequeues: 0,
    host: settings.host,
    port: settings.port,
    secure: settings.tls === "implicit",
    requireTLS: settings.tls === "starttls",
    ignoreTLS: settings.tls === "none",
    ...(settings.ca !== null && { tls: { ca: settings.ca } }),
    ...(settings.login !== null && { auth: { user: settings.login.user, pass: settings.login.password } }),
    connectionTimeout: settings.timeoutMs,
    greetingTimeout: settings.timeoutMs,
    socketTimeout: Math.max(idleMs, settings.timeoutMs),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // Of each message, the stream of its bytes: whether anybody has read from it is what makes a loss ambiguous.
  const streams = new Map<string, { readonly readableDidRead: boolean }>();
  transport.use("stream", (mail, done) => {
    const { message } = mail;
    const open = message.createReadStream.bind(message);
    message.createReadStream = (options) => {
      const stream = open(options);
      streams.set(message.messageId(), stream);
      return stream;
    };
    done();
  });
  transport.on("error", () => undefined);

  const call = async (mail: OutgoingMail, intentId: string, signal: AbortSignal): Promise<SendOutcome> => {
    const messageId = `<${messageIdOf(intentId, mail.domain)}>`;
    const { from, to, subject, text, html, replyTo, headers } = mail;
    try {
      await transport.sendMail({
        messageId,
        from,
        to,
        subject,
        ...(text !== "" && { text }),
        ...(html !== "" && { html }),
        ...(replyTo !== null && { replyTo }),
        headers,
        signal,
      });
      return { kind: "accepted", providerMessageId: messageId.slice(1, -1) };
    } catch (error) {
      const written = streams.get(messageId)?.readableDidRead ?? false;
      return outcomeOfFailure({ ...readFailure(error), written, ...(signal.aborted && { code: "timeout" }) });
    } finally {
      streams.delete(messageId);
    }
  };

  return {
    capabilities,
    timeoutMs: settings.timeoutMs + abortGraceMs,
    async send(message: OutgoingMessage) {
      const mail = outgoingMail(message, settings.answersTo);
      if ("kind" in mail) return mail;
      const gaveUp: SendOutcome = { kind: "ambiguous", code: "timeout" };
      return withDeadline(clock, settings.timeoutMs, gaveUp, (signal) => call(mail, message.intentId, signal));
    },
    async close() {
      transport.close();
    },
  };
}

/** What nodemailer says of a failure; the error itself never leaves here, because it may quote the message. */
function readFailure(error: unknown): Omit<SmtpFailure, "written"> {
  const original = read(error, "originalCode");
  const code = read(error, "code");
  const replyCode = read(error, "responseCode");
  const reply = read(error, "response");
  const command = read(error, "command");
  const named = typeof original === "string" && /^E[A-Z]{3,30}$/.test(original) ? original : code;
  return {
    code: named === "ETIMEDOUT" ? "timeout" : typeof named === "string" ? named : "unexpected_failure",
    replyCode: typeof replyCode === "number" ? replyCode : null,
    reply: typeof reply === "string" ? reply : "",
    command: typeof command === "string" ? command : "",
  };
}

function read(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
