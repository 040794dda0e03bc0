import type { Clock } from "../../core/model/clock.ts";
import type { OutgoingMessage, SendOutcome } from "../../core/model/outgoing.ts";
import { abortGraceMs, withDeadline } from "../deadline.ts";
import { messageIdOf } from "../message-id.ts";
import { outgoingMail } from "../outgoing-mail.ts";
import type { OutgoingMail } from "../outgoing-mail.ts";
import type { Capabilities, Outbound } from "../provider.ts";
import { outcomeOfFailure } from "./outcome.ts";
import type { SmtpSettings } from "./settings.ts";
import { openTransport, readFailure } from "./transport.ts";

/** SMTP through nodemailer, over connections that are kept. It never repeats a message by itself. */
export function openSmtp(settings: SmtpSettings, capabilities: Capabilities, clock: Clock): Outbound {
  const transport = openTransport(settings);
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
