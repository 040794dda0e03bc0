import { randomBytes } from "node:crypto";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { openSilentReporter } from "../fake-reporter.ts";
import {
  type FakeAnswer,
  type FakeRecipients,
  type FakeReply,
  type FakeServer,
  startFakeServer,
} from "../fake-server.ts";
import type { FakeVendor } from "../fake-vendor.ts";
import { readWebhookKey, verifyStandardWebhook } from "../standard-webhooks.ts";

export interface WebhookFake extends FakeServer {
  /** Every request that came, whatever became of it. */
  readonly calls: readonly WebhookFakeCall[];
  /** The messages it took, oldest first: one for each id. */
  readonly messages: readonly WebhookFakeCall[];
}

export interface WebhookFakeCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface WebhookFakeOptions {
  /** `whsec_…` or the public `whpk_…`; any of them is right. */
  readonly secrets: readonly string[];
  /** Epoch milliseconds. */
  now(): number;
  readonly port?: number;
  readonly recipients?: FakeRecipients;
}

/** One receiver for all channels, with a secret of its own. */
export const webhookFake: FakeVendor = {
  async start(context) {
    const secret = `whsec_${randomBytes(32).toString("base64")}`;
    const recipients = openSilentReporter(context);
    const now = (): number => context.clock.now();
    const fake = await startWebhookFake({ secrets: [secret], now, port: context.port, recipients });
    const target = { url: `${fake.url}/hooks`, secret };
    const named = context.settings["channels"];
    const channels = Object.keys(isJsonObject(named) ? named : {}).map((name) => [name, target] as const);
    return {
      settings: {
        ...target,
        allow_hosts: ["127.0.0.1"],
        ...(channels.length > 0 && { channels: Object.fromEntries(channels) }),
      },
      async close() {
        await Promise.all([fake.close(), recipients.close()]);
      },
    };
  },
};

const toleranceMs = 5 * 60_000;

/** A receiver that keeps to Standard Webhooks: it judges signature and time, and knows a repetition by its id. */
export async function startWebhookFake(options: WebhookFakeOptions): Promise<WebhookFake> {
  const keys = options.secrets.map(readWebhookKey).filter((key) => key !== null);
  const calls: WebhookFakeCall[] = [];
  const messages = new Map<string, WebhookFakeCall>();
  const server = await startFakeServer(
    ({ method, url, headers: given, body }, next) => {
      const headers = Object.fromEntries(
        Object.entries(given).map(([name, value]) => [name, [value].flat().join(", ")]),
      );
      const call = { url: url.pathname + url.search, headers, body };
      calls.push(call);
      const request = { method, url: call.url, headers, body: Buffer.from(body) };
      const verification = verifyStandardWebhook(request, { keys, toleranceMs }, options.now());
      if (!verification.ok) return { status: 401, body: verification.reason };
      return create(next(), () => messages.set(headers["webhook-id"] ?? "", call));
    },
    options.port,
    options.recipients,
  );
  return {
    ...server,
    calls,
    get messages() {
      return [...messages.values()];
    },
  };
}

function create(answer: FakeAnswer, take: () => void): FakeReply | "hang" | "reset" {
  if (typeof answer === "object") return { status: answer.code };
  if (answer === "401" || answer === "500") return { status: Number(answer) };
  if (answer === "429") return { status: 429, headers: { "retry-after": "2" } };
  if (answer === "hang") return "hang";
  if (answer === "invalid") return { status: 422 };
  take();
  if (answer === "accept-then-hang") return "hang";
  if (answer === "accept-then-reset") return "reset";
  return answer === "html-200" ? { status: 200, body: "<html>thanks</html>" } : { status: 204 };
}
