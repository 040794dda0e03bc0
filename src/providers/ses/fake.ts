import { isJsonArray, isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import type { JsonObject } from "../../core/model/json.ts";
import { openReporter } from "../fake-reporter.ts";
import type { FakeReporter } from "../fake-reporter.ts";
import { startFakeServer } from "../fake-server.ts";
import type { FakeAnswer, FakeReply, FakeRequest, FakeServer } from "../fake-server.ts";
import { settingOf } from "../fake-vendor.ts";
import type { FakeVendor } from "../fake-vendor.ts";
import { sesWebhooks } from "./fake-webhooks.ts";
import type { SesFakeMessage } from "./fake-webhooks.ts";
import { createSnsKeys } from "./sign.ts";
import { signAws } from "./sigv4.ts";

export interface SesFake extends FakeServer {
  /** The mails it took, oldest first. */
  readonly messages: readonly SesFakeMessage[];
  /** Paths that were asked for as SNS: certificates and confirmations. */
  readonly snsCalls: readonly string[];
}

export interface SesFakeOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** What is fetched as the signing certificate; null for none. */
  readonly certificate: string | null;
  readonly port?: number;
  readonly firstId?: number;
  readonly reporter?: FakeReporter<SesFakeMessage>;
}

/** SES and SNS on this machine. Only Amazon has the private half of its keys, so the fake brings a pair of its own. */
export const sesFake: FakeVendor = {
  async start(context) {
    const { settings, clock, port } = context;
    const region = settingOf(settings, ["region"], "us-east-1");
    const accessKeyId = settingOf(settings, ["access_key_id"], "AKIDFAKE");
    const secretAccessKey = settingOf(settings, ["secret_access_key"], "secret-of-the-fake");
    const topic = settingOf(settings, ["webhook", "topic_arn"], `arn:aws:sns:${region}:123456789012:ses-events`);
    const { certificate, privateKey } = createSnsKeys();
    const reporter = openReporter(context, sesWebhooks(topic, privateKey));
    const keys = { accessKeyId, secretAccessKey, region, certificate };
    const fake = await startSesFake({ ...keys, port, firstId: clock.now() * 1_000, reporter });
    return {
      settings: {
        region,
        access_key_id: accessKeyId,
        secret_access_key: secretAccessKey,
        base_url: fake.url,
        webhook: { topic_arn: topic, sns_url: fake.url },
      },
      async close() {
        await Promise.all([fake.close(), reporter.close()]);
      },
    };
  },
};

/** SendEmail of SES v2 with its signatures and exceptions, and the two pages of SNS that its receivers need. */
export async function startSesFake(options: SesFakeOptions): Promise<SesFake> {
  const messages: SesFakeMessage[] = [];
  const snsCalls: string[] = [];
  const server = await startFakeServer(
    (request, next) => {
      const { pathname, search } = request.url;
      if (request.method === "GET" && pathname === "/v2/email/account") {
        if (!isSigned(request, options))
          return refusal(403, "InvalidSignatureException", "The request signature does not match");
        const account = { SendingEnabled: true, ProductionAccessEnabled: true };
        return { status: 200, headers: json, body: JSON.stringify(account) };
      }
      if (request.method === "GET") {
        snsCalls.push(pathname + search);
        return sns(request.url, options.certificate);
      }
      if (!isSigned(request, options))
        return refusal(403, "InvalidSignatureException", "The request signature does not match");
      if (pathname !== "/v2/email/outbound-emails") return refusal(404, "UnknownOperationException", "");
      const parsed = parseJson(request.body);
      const given = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
      const recipient = recipientOf(given);
      return create(recipient, next(recipient), () => {
        const id = `0100fake-${messages.length + (options.firstId ?? 1)}-000000`;
        const message = { id, recipient: recipient ?? "", tags: tagsIn(given), request: given };
        messages.push(message);
        options.reporter?.taken(recipient, message);
        return id;
      });
    },
    options.port,
    options.reporter,
  );
  return { ...server, messages, snsCalls };
}

function sns({ pathname, searchParams }: URL, certificate: string | null): FakeReply {
  if (pathname.endsWith(".pem")) return certificate === null ? { status: 404 } : { status: 200, body: certificate };
  return searchParams.get("Action") === "ConfirmSubscription" ? { status: 200, body: "<Confirmed/>" } : { status: 404 };
}

/** Signs what came once more, at the time that it names, and compares. */
function isSigned({ method, url, headers, body }: FakeRequest, options: SesFakeOptions): boolean {
  const time = String(headers["x-amz-date"]);
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (Number.isNaN(at)) return false;
  const request = { method, url: url.href, headers: { "content-type": headers["content-type"] ?? "" }, body };
  const expected = signAws(
    { ...request, url: `http://${headers.host}${url.pathname}${url.search}` },
    { ...options, sessionToken: null },
    { region: options.region, service: "ses" },
    at,
  );
  return headers.authorization === expected["authorization"];
}

function create(to: string | null, answer: FakeAnswer, take: () => string): FakeReply | "hang" | "reset" {
  if (typeof answer === "object") return refusal(answer.code, "BadRequestException", "Scripted refusal");
  if (answer === "401") return refusal(403, "UnrecognizedClientException", "The security token is invalid");
  if (answer === "429") return refusal(429, "TooManyRequestsException", "Maximum sending rate exceeded.");
  if (answer === "500") return refusal(503, "ServiceUnavailableException", "");
  if (answer === "html-200")
    return { status: 200, headers: { "content-type": "text/html" }, body: "<html>proxy</html>" };
  if (answer === "empty-200") return { status: 200 };
  if (answer === "hang") return "hang";
  // An opt-out on the list of the account is no reason to refuse: the mail is taken and bounces.
  if (to === null || !to.includes("@") || answer === "invalid") {
    return refusal(400, "BadRequestException", "Missing final '@domain'");
  }
  const id = take();
  if (answer === "accept-then-hang") return "hang";
  if (answer === "accept-then-reset") return "reset";
  return { status: 200, headers: json, body: JSON.stringify({ MessageId: id }) };
}

const json = { "content-type": "application/json" };

function refusal(status: number, type: string, message: string): FakeReply {
  return { status, headers: { ...json, "x-amzn-errortype": type }, body: JSON.stringify({ message }) };
}

function recipientOf(request: JsonObject): string | null {
  const destination = request["Destination"];
  const list = isJsonObject(destination) ? destination["ToAddresses"] : undefined;
  const first = isJsonArray(list) ? list[0] : undefined;
  return typeof first === "string" ? first : null;
}

function tagsIn(request: JsonObject): Readonly<Record<string, string>> {
  const list = request["EmailTags"];
  const pairs = (isJsonArray(list) ? list : []).flatMap((tag): [string, string][] =>
    isJsonObject(tag) && typeof tag["Name"] === "string" && typeof tag["Value"] === "string"
      ? [[tag["Name"], tag["Value"]]]
      : [],
  );
  return Object.fromEntries(pairs);
}
