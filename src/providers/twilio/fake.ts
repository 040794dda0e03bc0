import { openReporter } from "../fake-reporter.ts";
import type { FakeReporter } from "../fake-reporter.ts";
import { startFakeServer } from "../fake-server.ts";
import type { FakeAnswer, FakeReply, FakeRequest, FakeServer } from "../fake-server.ts";
import { settingOf } from "../fake-vendor.ts";
import type { FakeVendor } from "../fake-vendor.ts";
import type { TwilioFakeMessage, TwilioSent } from "./fake-message.ts";
import { twilioWebhooks } from "./fake-webhooks.ts";

export interface TwilioFake extends FakeServer {
  /** Every request that came, whatever became of it. */
  readonly calls: readonly TwilioFakeCall[];
  /** The messages it took, oldest first, in the shape of the Messages API. */
  readonly messages: readonly TwilioFakeMessage[];
}

export interface TwilioFakeCall {
  readonly method: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface TwilioFakeOptions {
  readonly accountSid: string;
  readonly authToken: string;
  /** Epoch milliseconds, for `date_created`. */
  now(): number;
  readonly port?: number;
  /** Of the first message, from which the others count on. */
  readonly firstId?: number;
  readonly reporter?: FakeReporter<TwilioSent>;
}

/** Twilio on this machine, with the account that heed.yaml names. */
export const twilioFake: FakeVendor = {
  async start(context) {
    const { settings, clock, port } = context;
    const accountSid = settingOf(settings, ["account_sid"], "AC00000000000000000000000000000001");
    const authToken = settingOf(settings, ["auth_token"], "token-of-the-fake");
    const publicUrl = settingOf(settings, ["webhook", "public_url"], "https://hooks.example.com");
    const signedWith = settingOf(settings, ["webhook", "auth_tokens"], authToken);
    const reporter = openReporter(context, twilioWebhooks({ accountSid, authToken: signedWith, publicUrl }));
    const firstId = clock.now() * 1_000;
    const fake = await startTwilioFake({ accountSid, authToken, now: () => clock.now(), port, firstId, reporter });
    return {
      settings: {
        account_sid: accountSid,
        auth_token: authToken,
        base_url: fake.url,
        webhook: { public_url: publicUrl, auth_tokens: signedWith },
      },
      async close() {
        await Promise.all([fake.close(), reporter.close()]);
      },
    };
  },
};

/** Twilio's Messages API: create and list, with its authentication, its error bodies and scripted trouble. */
export async function startTwilioFake(options: TwilioFakeOptions): Promise<TwilioFake> {
  const calls: TwilioFakeCall[] = [];
  const messages: TwilioFakeMessage[] = [];
  const path = `/2010-04-01/Accounts/${options.accountSid}/Messages.json`;
  const authorization = `Basic ${Buffer.from(`${options.accountSid}:${options.authToken}`).toString("base64")}`;

  const server = await startFakeServer(
    (request, next) => {
      const parameters = request.method === "GET" ? request.url.searchParams : new URLSearchParams(request.body);
      calls.push({ method: request.method, path: request.url.pathname, parameters: Object.fromEntries(parameters) });
      if (request.headers.authorization !== authorization) return refusal(401, 20003, "Authenticate");
      if (request.url.pathname !== path) return refusal(404, 20404, "The requested resource was not found");
      if (request.method === "GET") return list(messages, request);
      return create(parameters, next(parameters.get("To")), () => {
        const message = takeMessage(parameters, messages.length + (options.firstId ?? 1), options);
        messages.push(message);
        options.reporter?.taken(message.to, { message, callback: parameters.get("StatusCallback") });
        return message;
      });
    },
    options.port,
    options.reporter,
  );
  return { ...server, calls, messages };
}

function create(
  parameters: URLSearchParams,
  answer: FakeAnswer,
  take: () => TwilioFakeMessage,
): FakeReply | "hang" | "reset" {
  if (typeof answer === "object") return refusal(answer.code === 20429 ? 429 : 400, answer.code, "Scripted refusal");
  if (answer === "401") return refusal(401, 20003, "Authenticate");
  if (answer === "429")
    return { ...refusal(429, 20429, "Too Many Requests"), headers: { ...json, "retry-after": "2" } };
  if (answer === "500") return refusal(500, 20500, "Internal Server Error");
  if (answer === "html-200")
    return { status: 200, headers: { "content-type": "text/html" }, body: "<html>proxy</html>" };
  if (answer === "empty-200") return { status: 200 };
  if (answer === "hang") return "hang";
  // With a Messaging Service an opt-out is found out after the message was taken.
  if (answer === "opted-out" && parameters.has("From"))
    return refusal(400, 21610, "Attempt to send to unsubscribed recipient");
  if (answer === "invalid") return refusal(400, 21211, "Invalid 'To' Phone Number");
  if (!parameters.has("To")) return refusal(400, 21604, "A 'To' phone number is required");
  if (!parameters.has("Body")) return refusal(400, 21602, "Message body is required");
  if (!parameters.has("From") && !parameters.has("MessagingServiceSid"))
    return refusal(400, 21603, "A 'From' is required");
  const message = take();
  if (answer === "accept-then-hang") return "hang";
  if (answer === "accept-then-reset") return "reset";
  return { status: 201, headers: json, body: JSON.stringify(message) };
}

const json = { "content-type": "application/json" };

function refusal(status: number, code: number, message: string): FakeReply {
  const body = { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
  return { status, headers: json, body: JSON.stringify(body) };
}

/** With a Messaging Service neither the sender nor the segments are known yet when a message is accepted. */
function takeMessage(parameters: URLSearchParams, count: number, options: TwilioFakeOptions): TwilioFakeMessage {
  const service = parameters.get("MessagingServiceSid");
  const sid = `SM${count.toString(16).padStart(32, "0")}`;
  const date = new Date(options.now()).toUTCString().replace("GMT", "+0000");
  return {
    sid,
    body: parameters.get("Body") ?? "",
    to: parameters.get("To") ?? "",
    from: service === null ? parameters.get("From") : null,
    messaging_service_sid: service,
    status: service === null ? "queued" : "accepted",
    num_segments: service === null ? "1" : "0",
    num_media: "0",
    direction: "outbound-api",
    date_created: date,
    date_updated: date,
    date_sent: null,
    price: null,
    price_unit: "USD",
    error_code: null,
    error_message: null,
    account_sid: options.accountSid,
    api_version: "2010-04-01",
    uri: `/2010-04-01/Accounts/${options.accountSid}/Messages/${sid}.json`,
    subresource_uris: { media: `/2010-04-01/Accounts/${options.accountSid}/Messages/${sid}/Media.json` },
  };
}

function list(messages: readonly TwilioFakeMessage[], request: FakeRequest): FakeReply {
  const wanted = (name: string, value: string | null) => (request.url.searchParams.get(name) ?? value) === value;
  const size = Number(request.url.searchParams.get("PageSize") ?? 50);
  const found = messages.filter((message) => wanted("To", message.to) && wanted("From", message.from)).toReversed();
  const body = {
    messages: found.slice(0, size),
    page: 0,
    page_size: size,
    next_page_uri: null,
    previous_page_uri: null,
  };
  return { status: 200, headers: json, body: JSON.stringify(body) };
}
