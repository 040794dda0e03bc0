import type { JsonObject } from "../../core/model/json.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { openSilentReporter } from "../fake-reporter.ts";
import {
  type FakeAnswer,
  type FakeRecipients,
  type FakeReply,
  type FakeServer,
  startFakeServer,
} from "../fake-server.ts";
import type { FakeVendor } from "../fake-vendor.ts";

export interface SlackFake extends FakeServer {
  /** The URL of its incoming webhook. */
  readonly webhookUrl: string;
  /** Every request that came, whatever became of it. */
  readonly calls: readonly { readonly path: string; readonly body: JsonObject | null }[];
  /** The messages it took, oldest first. */
  readonly messages: readonly JsonObject[];
}

/** One incoming webhook for all channels. */
export const slackFake: FakeVendor = {
  async start(context) {
    const recipients = openSilentReporter(context);
    const fake = await startSlackFake({ port: context.port, recipients });
    const url = fake.webhookUrl;
    const named = context.settings["channels"];
    const channels = Object.keys(isJsonObject(named) ? named : {}).map((name) => [name, { url }] as const);
    return {
      settings: { url, ...(channels.length > 0 && { channels: Object.fromEntries(channels) }) },
      async close() {
        await Promise.all([fake.close(), recipients.close()]);
      },
    };
  },
};

export interface SlackFakeOptions {
  readonly port?: number;
  readonly recipients?: FakeRecipients;
}

const path = "/services/T00000000/B00000000/fake";

/** Slack's incoming webhooks, with its errors in plain text. A scripted `code` is a status, told with Slack's word for it. */
export async function startSlackFake({ port = 0, recipients }: SlackFakeOptions = {}): Promise<SlackFake> {
  const calls: { path: string; body: JsonObject | null }[] = [];
  const messages: JsonObject[] = [];
  const server = await startFakeServer(
    ({ method, url, body }, next) => {
      const parsed = parseJson(body);
      const message = parsed.ok && isJsonObject(parsed.value) ? parsed.value : null;
      calls.push({ path: url.pathname, body: message });
      if (url.pathname !== path || method !== "POST") return plain(404, "no_service");
      if (message === null) return plain(400, "invalid_payload");
      const text = message["text"];
      if (typeof text !== "string" || text === "") return plain(400, "missing_text_or_fallback_or_attachments");
      return create(next(), () => messages.push(message));
    },
    port,
    recipients,
  );
  return { ...server, webhookUrl: `${server.url}${path}`, calls, messages };
}

const words: Readonly<Record<number, string>> = {
  400: "invalid_payload",
  403: "action_prohibited",
  404: "channel_not_found",
  410: "channel_is_archived",
};

function create(answer: FakeAnswer, take: () => void): FakeReply | "hang" | "reset" {
  if (typeof answer === "object") return plain(answer.code, words[answer.code] ?? "");
  if (answer === "401") return plain(403, "invalid_token");
  if (answer === "429") return { ...plain(429, "rate_limited"), headers: { "retry-after": "1" } };
  if (answer === "500") return plain(500, "rollup_error");
  if (answer === "invalid") return plain(400, "invalid_payload");
  if (answer === "html-200") return plain(200, "<html>proxy</html>");
  if (answer === "empty-200") return plain(200, "");
  if (answer === "hang") return "hang";
  take();
  if (answer === "accept-then-hang") return "hang";
  if (answer === "accept-then-reset") return "reset";
  return plain(200, "ok");
}

function plain(status: number, body: string): FakeReply {
  return { status, headers: { "content-type": "text/html" }, body };
}
