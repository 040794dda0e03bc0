import type { Clock } from "../../core/model/clock.ts";
import type { OutgoingMessage, SendOutcome } from "../../core/model/outgoing.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import type { JsonObject } from "../../core/model/json.ts";
import { readId } from "../decode.ts";
import { abortGraceMs, withDeadline } from "../deadline.ts";
import { outgoingMail } from "../outgoing-mail.ts";
import type { OutgoingMail } from "../outgoing-mail.ts";
import type { Capabilities, Outbound } from "../provider.ts";
import { retryAfterMs } from "../retry-after.ts";
import { transportFailure } from "../transport-failure.ts";
import type { HttpAnswer, VendorHttp } from "../vendor-http.ts";
import { illegalAddress, notVerified, outcomeOfRefusal } from "./refusal.ts";
import type { SesSettings } from "./settings.ts";
import { signAws } from "./sigv4.ts";
import { tagsOf } from "./tags.ts";

const maxIdLength = 200;

interface Sending {
  readonly capabilities: Capabilities;
  readonly clock: Clock;
}

/** SendEmail of SES v2. */
export function openSes(settings: SesSettings, http: VendorHttp, { capabilities, clock }: Sending): Outbound {
  const url = `${settings.baseUrl}/v2/email/outbound-emails`;
  const scope = { region: settings.region, service: "ses" };

  const call = async (body: string, signal: AbortSignal): Promise<SendOutcome> => {
    const request = { method: "POST" as const, url, headers: { "content-type": "application/json" }, body };
    const headers = signAws(request, settings.credentials, scope, clock.now());
    try {
      return outcomeOfAnswer(await http.call({ ...request, headers }, signal), clock.now());
    } catch (error) {
      return transportFailure(error);
    }
  };

  return {
    capabilities,
    timeoutMs: settings.timeoutMs + abortGraceMs,
    async send(message) {
      const mail = outgoingMail(message, settings.answersTo);
      if ("kind" in mail) return mail;
      const body = JSON.stringify(requestOf(mail, message, settings.configurationSet));
      const gaveUp: SendOutcome = { kind: "ambiguous", code: "timeout" };
      return withDeadline(clock, settings.timeoutMs, gaveUp, (signal) => call(body, signal));
    },
    close: () => http.close(),
  };
}

function requestOf(mail: OutgoingMail, message: OutgoingMessage, configurationSet: string | null): JsonObject {
  const text = (data: string) => ({ Data: data, Charset: "UTF-8" });
  return {
    FromEmailAddress: mail.from,
    Destination: { ToAddresses: [mail.to] },
    ...(mail.replyTo !== null && { ReplyToAddresses: [mail.replyTo] }),
    ...(configurationSet !== null && { ConfigurationSetName: configurationSet }),
    EmailTags: tagsOf(message),
    Content: {
      Simple: {
        Subject: text(mail.subject),
        Body: {
          ...(mail.text !== "" && { Text: text(mail.text) }),
          ...(mail.html !== "" && { Html: text(mail.html) }),
        },
        Headers: Object.entries(mail.headers).map(([Name, Value]) => ({ Name, Value })),
      },
    },
  };
}

/** 200 with a message id is the only answer that says the message was taken. */
function outcomeOfAnswer({ status, headers, body }: HttpAnswer, now: number): SendOutcome {
  const parsed = parseJson(body);
  const answer = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
  if (status >= 200 && status < 300) {
    const id = readId(answer["MessageId"], maxIdLength);
    return id === null ? { kind: "ambiguous", code: "unexpected_answer" } : { kind: "accepted", providerMessageId: id };
  }
  const afterMs = retryAfterMs(headers["retry-after"], now);
  return outcomeOfRefusal({ status, code: codeOf(headers["x-amzn-errortype"] ?? answer["__type"], answer), afterMs });
}

/** `MessageRejected`, or `MessageRejected:http://…`; what hides behind one name is told apart by its message. */
function codeOf(type: unknown, answer: JsonObject): string | null {
  const name = typeof type === "string" ? /^(?:[\w.]+#)?([A-Za-z]{3,60})(?::|$)/.exec(type)?.[1] : undefined;
  const text = answer["message"] ?? answer["Message"];
  const said = typeof text === "string" ? text : "";
  if (name === "MessageRejected" && /not verified/i.test(said)) return notVerified;
  // The sender has been looked at before.
  if (
    name === "BadRequestException" &&
    /illegal address|@domain|local part|domain (?:contains|starts|ends|name)/i.test(said)
  ) {
    return illegalAddress;
  }
  return name ?? null;
}
