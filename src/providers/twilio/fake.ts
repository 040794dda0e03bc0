import { openReporter } from "../fake-reporter.ts";
import type { FakeReporter } from "../fake-reporter.ts";
import { startFakeServer } from "../fake-server.ts";
import type { FakeAnswer, FakeReply, FakeRequest, FakeServer } from "../fake-server.ts";
import { settingOf } from "../fake-vendor.ts";
import type { FakeVendor } from "../fake-vendor.ts";
import type { TwilioFakeMessage, TwilioFakePhoneCall, TwilioSent } from "./fake-message.ts";
import { twilioWebhooks } from "./fake-webhooks.ts";

export interface TwilioFake extends FakeServer {
  /** Every request that came, whatever became of it. */
  readonly calls: readonly TwilioFakeCall[];
  /** The messages it took, oldest first, in the shape of the Messages API. */
  readonly messages: readonly TwilioFakeMessage[];
  /** The calls it took, oldest first, in the shape of the Calls API. */
  readonly phoneCalls: readonly TwilioFakePhoneCall[];
  /** Lists a message that no call of ours made, or that has come further: what is not given is as of one just taken. */
  keep(fields: Partial<TwilioFakeMessage>): void;
  keepCall(fields: Partial<TwilioFakePhoneCall>): void;
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

/** Twilio's Messages API and Calls API: create and list, with their authentication, error bodies and scripted trouble. */
export async function startTwilioFake(options: TwilioFakeOptions): Promise<TwilioFake> {
  const calls: TwilioFakeCall[] = [];
  const messages: TwilioFakeMessage[] = [];
  const phoneCalls: TwilioFakePhoneCall[] = [];
  const path = `/2010-04-01/Accounts/${options.accountSid}`;
  const authorization = `Basic ${Buffer.from(`${options.accountSid}:${options.authToken}`).toString("base64")}`;

  const server = await startFakeServer(
    (request, next) => {
      const parameters = request.method === "GET" ? request.url.searchParams : new URLSearchParams(request.body);
      calls.push({ method: request.method, path: request.url.pathname, parameters: Object.fromEntries(parameters) });
      if (request.headers.authorization !== authorization) return refusal(401, 20003, "Authenticate");
      if (request.method === "GET" && request.url.pathname === `${path}.json`)
        return { status: 200, headers: json, body: JSON.stringify({ sid: options.accountSid, status: "active" }) };
      const resource = request.url.pathname.replace(`${path}/`, "");
      if (resource !== "Messages.json" && resource !== "Calls.json")
        return refusal(404, 20404, "The requested resource was not found");
      if (request.method === "GET")
        return resource === "Calls.json" ? list("calls", phoneCalls, request) : list("messages", messages, request);
      const content = resource === "Calls.json" ? "Twiml" : "Body";
      return create(parameters, content, next(parameters.get("To")), () => {
        const count = messages.length + phoneCalls.length + (options.firstId ?? 1);
        const callback = parameters.get("StatusCallback");
        if (content === "Twiml") {
          const phoneCall = takeCall(parameters, count, options);
          phoneCalls.push(phoneCall);
          options.reporter?.taken(phoneCall.to, { message: phoneCall, callback });
          return phoneCall;
        }
        const message = takeMessage(parameters, count, options);
        messages.push(message);
        options.reporter?.taken(message.to, { message, callback });
        return message;
      });
    },
    options.port,
    options.reporter,
  );
  const keep = (fields: Partial<TwilioFakeMessage>) =>
    void messages.push({ ...takeMessage(new URLSearchParams(), messages.length + 1, options), ...fields });
  const keepCall = (fields: Partial<TwilioFakePhoneCall>) =>
    void phoneCalls.push({ ...takeCall(new URLSearchParams(), phoneCalls.length + 1, options), ...fields });
  return { ...server, calls, messages, phoneCalls, keep, keepCall };
}

function create(
  parameters: URLSearchParams,
  content: "Body" | "Twiml",
  answer: FakeAnswer,
  take: () => TwilioFakeMessage | TwilioFakePhoneCall,
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
  if (answer === "opted-out" && content === "Body" && parameters.has("From"))
    return refusal(400, 21610, "Attempt to send to unsubscribed recipient");
  if (answer === "invalid") return refusal(400, 21211, "Invalid 'To' Phone Number");
  if (!parameters.has("To")) return refusal(400, 21604, "A 'To' phone number is required");
  if (content === "Body" && !parameters.has("Body")) return refusal(400, 21602, "Message body is required");
  if (content === "Twiml" && !parameters.has("Twiml")) return refusal(400, 21205, "Url or Twiml is required");
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

function takeCall(parameters: URLSearchParams, count: number, options: TwilioFakeOptions): TwilioFakePhoneCall {
  const sid = `CA${count.toString(16).padStart(32, "0")}`;
  const date = new Date(options.now()).toUTCString().replace("GMT", "+0000");
  return {
    sid,
    to: parameters.get("To") ?? "",
    from: parameters.get("From") ?? "",
    status: "queued",
    direction: "outbound-api",
    answered_by: null,
    duration: null,
    start_time: null,
    end_time: null,
    date_created: date,
    date_updated: date,
    price: null,
    price_unit: "USD",
    account_sid: options.accountSid,
    api_version: "2010-04-01",
    uri: `/2010-04-01/Accounts/${options.accountSid}/Calls/${sid}.json`,
    subresource_uris: {},
  };
}

/** The newest first, page by page, as asked for by recipient, sender and day of sending. */
function list(
  name: "messages" | "calls",
  all: readonly (TwilioFakeMessage | TwilioFakePhoneCall)[],
  { url }: FakeRequest,
): FakeReply {
  const wanted = (field: string, value: string | null) => (url.searchParams.get(field) ?? value) === value;
  const [word, field] = name === "calls" ? ["StartTime", "start_time"] : ["DateSent", "date_sent"];
  const [after, before] = [url.searchParams.get(`${word}>`), url.searchParams.get(`${word}<`)];
  const wasSent = (one: TwilioFakeMessage | TwilioFakePhoneCall): boolean => {
    if (after === null && before === null) return true;
    const date = one[field];
    const at = typeof date === "string" ? Date.parse(date) : Number.NaN;
    return at >= Date.parse(after ?? "1970-01-01") && at <= Date.parse(before ?? "2999-01-01");
  };
  const size = Number(url.searchParams.get("PageSize") ?? 50);
  const page = Number(url.searchParams.get("Page") ?? 0);
  const found = all.filter((one) => wanted("To", one.to) && wanted("From", one.from) && wasSent(one)).toReversed();
  const next = new URL(url);
  next.searchParams.set("Page", String(page + 1));
  const body = {
    [name]: found.slice(page * size, (page + 1) * size),
    page,
    page_size: size,
    next_page_uri: found.length > (page + 1) * size ? next.pathname + next.search : null,
    previous_page_uri: null,
  };
  return { status: 200, headers: json, body: JSON.stringify(body) };
}
