import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import type { JsonObject } from "../../core/model/json.ts";
import { openReporter } from "../fake-reporter.ts";
import type { FakeReporter } from "../fake-reporter.ts";
import { startFakeServer } from "../fake-server.ts";
import type { FakeAnswer, FakeReply, FakeServer } from "../fake-server.ts";
import { settingOf } from "../fake-vendor.ts";
import type { FakeVendor } from "../fake-vendor.ts";
import { recipientOf } from "./fake-message.ts";
import type { SendGridFakeMessage } from "./fake-message.ts";
import { sendGridWebhooks } from "./fake-webhooks.ts";
import { createSendGridKeys } from "./sign.ts";

export interface SendGridFake extends FakeServer {
  /** Every request that came, whatever became of it. */
  readonly calls: readonly SendGridFakeCall[];
  /** The mails it took, oldest first. */
  readonly messages: readonly SendGridFakeMessage[];
}

export interface SendGridFakeCall {
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject | null;
}

export interface SendGridFakeOptions {
  readonly apiKey: string;
  readonly port?: number;
  /** Of the first mail, from which the others count on. */
  readonly firstId?: number;
  readonly reporter?: FakeReporter<SendGridFakeMessage>;
}

/** SendGrid on this machine. Only SendGrid has the private half of its key, so the fake brings a pair of its own. */
export const sendGridFake: FakeVendor = {
  async start(context) {
    const { settings, clock, port } = context;
    const apiKey = settingOf(settings, ["api_key"], "SG.key-of-the-fake");
    const { publicKey, privateKey } = createSendGridKeys();
    const reporter = openReporter(context, sendGridWebhooks(privateKey));
    const fake = await startSendGridFake({ apiKey, port, firstId: clock.now() * 1_000, reporter });
    return {
      settings: {
        api_key: apiKey,
        base_url: fake.url,
        webhook: { public_key: publicKey },
        inbound: { public_key: publicKey },
      },
      async close() {
        await Promise.all([fake.close(), reporter.close()]);
      },
    };
  },
};

/** SendGrid's Mail Send v3, with its authentication, its error bodies and scripted trouble. */
export async function startSendGridFake(options: SendGridFakeOptions): Promise<SendGridFake> {
  const calls: SendGridFakeCall[] = [];
  const messages: SendGridFakeMessage[] = [];
  const server = await startFakeServer(
    (request, next) => {
      const parsed = parseJson(request.body);
      const mail = parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
      calls.push({ method: request.method, path: request.url.pathname, body: mail });
      if (request.headers.authorization !== `Bearer ${options.apiKey}`) {
        return refusal(401, "The provided authorization grant is invalid, expired, or revoked", null);
      }
      if (request.url.pathname === "/v3/scopes" && request.method === "GET")
        return { status: 200, headers: json, body: JSON.stringify({ scopes: ["mail.send"] }) };
      if (request.url.pathname !== "/v3/mail/send" || request.method !== "POST") return refusal(404, "not found", null);
      if (mail === null) return refusal(400, "Bad Request", null);
      const to = recipientOf(mail);
      return create(to, next(to), () => {
        const id = `fake${String(messages.length + (options.firstId ?? 1)).padStart(18, "0")}`;
        messages.push({ id, mail });
        options.reporter?.taken(to, { id, mail });
        return id;
      });
    },
    options.port,
    options.reporter,
  );
  return { ...server, calls, messages };
}

function create(to: string | null, answer: FakeAnswer, take: () => string): FakeReply | "hang" | "reset" {
  if (typeof answer === "object") return refusal(answer.code, "Scripted refusal", "content.0.value");
  if (answer === "401") return refusal(401, "The provided authorization grant is invalid, expired, or revoked", null);
  if (answer === "429") return { ...refusal(429, "too many requests", null), headers: { ...json, "retry-after": "2" } };
  if (answer === "500") return refusal(500, "internal server error", null);
  if (answer === "html-200")
    return { status: 200, headers: { "content-type": "text/html" }, body: "<html>proxy</html>" };
  if (answer === "empty-200") return { status: 200 };
  if (answer === "hang") return "hang";
  // An opt-out on SendGrid's own list is no reason to refuse: the mail is taken and dropped.
  if (to === null || !to.includes("@") || answer === "invalid") {
    return refusal(400, "Does not contain a valid address.", "personalizations.0.to.0.email");
  }
  const id = take();
  if (answer === "accept-then-hang") return "hang";
  if (answer === "accept-then-reset") return "reset";
  return { status: 202, headers: { "x-message-id": id } };
}

const json = { "content-type": "application/json" };

function refusal(status: number, message: string, field: string | null): FakeReply {
  return { status, headers: json, body: JSON.stringify({ errors: [{ message, field, help: null }] }) };
}
