import type { JsonObject } from "../../core/model/json.ts";
import { isJsonObject, parseJson } from "../../core/model/parse-json.ts";
import { openReporter } from "../fake-reporter.ts";
import type { FakeReporter } from "../fake-reporter.ts";
import { startFakeServer } from "../fake-server.ts";
import type { FakeAnswer, FakeReply, FakeRequest, FakeServer } from "../fake-server.ts";
import { settingOf } from "../fake-vendor.ts";
import type { FakeVendor } from "../fake-vendor.ts";
import { eventOf, mailgunWebhooks } from "./fake-webhooks.ts";
import type { MailgunFakeMessage } from "./fake-webhooks.ts";
import { readMailgunBody } from "./read-body.ts";

export interface MailgunFake extends FakeServer {
  /** Every request that came, whatever became of it. */
  readonly calls: readonly MailgunFakeCall[];
  /** The mails it took, oldest first. */
  readonly messages: readonly MailgunFakeMessage[];
}

export interface MailgunFakeCall {
  readonly method: string;
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface MailgunFakeOptions {
  readonly apiKey: string;
  readonly domain: string;
  /** Epoch milliseconds. */
  now(): number;
  readonly port?: number;
  /** Of the first mail, from which the others count on. */
  readonly firstId?: number;
  readonly reporter?: FakeReporter<MailgunFakeMessage>;
  /** What the list of events knows, oldest first; the fake adds to it. */
  readonly events?: JsonObject[];
}

/** Mailgun on this machine. */
export const mailgunFake: FakeVendor = {
  async start(context) {
    const { settings, clock, port } = context;
    const apiKey = settingOf(settings, ["api_key"], "key-of-the-fake");
    const domain = settingOf(settings, ["domain"], "mg.example.com");
    const signingKey = settingOf(settings, ["webhook", "signing_key"], "signing-key-of-the-fake");
    const events: JsonObject[] = [];
    const reporter = openReporter(
      context,
      mailgunWebhooks(signingKey, (event) => events.push(event)),
    );
    const now = () => clock.now();
    const fake = await startMailgunFake({ apiKey, domain, now, port, firstId: now() * 1_000, reporter, events });
    return {
      settings: { api_key: apiKey, domain, base_url: fake.url, webhook: { signing_key: signingKey } },
      async close() {
        await Promise.all([fake.close(), reporter.close()]);
      },
    };
  },
};

/** Mailgun's messages and events of one domain, with its authentication, its error bodies and scripted trouble. */
export async function startMailgunFake(options: MailgunFakeOptions): Promise<MailgunFake> {
  const calls: MailgunFakeCall[] = [];
  const messages: MailgunFakeMessage[] = [];
  const events = options.events ?? [];
  const authorization = `Basic ${Buffer.from(`api:${options.apiKey}`).toString("base64")}`;
  const root = `/v3/${options.domain}`;

  const take = (form: MailgunFakeMessage["form"]): string => {
    const serial = messages.length + (options.firstId ?? 1);
    const id = form["h:Message-Id"] ?? `<fake${String(serial).padStart(18, "0")}@${options.domain}>`;
    const message = { id, takenAt: options.now(), form };
    messages.push(message);
    const accepted = eventOf("accepted", message, { happenedAt: message.takenAt, serial });
    if (accepted !== null) events.push(accepted);
    options.reporter?.taken(form["to"] ?? null, message);
    return id;
  };

  const server = await startFakeServer(
    (request, next) => {
      const { pathname: path } = request.url;
      const parameters = request.method === "GET" ? Object.fromEntries(request.url.searchParams) : formOf(request);
      calls.push({ method: request.method, path, parameters });
      if (request.headers.authorization !== authorization) return forbidden;
      if (request.method === "GET" && (path === `${root}/events` || path.startsWith(`${root}/events/`))) {
        return list(events, request.url, `${root}/events`);
      }
      if (request.method === "GET" && path === `/v3/domains/${options.domain}`) {
        const domain = { name: options.domain, state: "active" };
        return { status: 200, headers: json, body: JSON.stringify({ domain }) };
      }
      if (!path.startsWith(`${root}/`)) return refusal(404, `Domain not found: ${path.split("/")[2]}`);
      if (path !== `${root}/messages` || request.method !== "POST") return refusal(404, "not found");
      return create(parameters, next(parameters["to"] ?? null), () => take(parameters));
    },
    options.port,
    options.reporter,
  );
  return { ...server, calls, messages };
}

function formOf({ headers, body }: FakeRequest): Readonly<Record<string, string>> {
  const read = readMailgunBody({
    headers: { "content-type": headers["content-type"] },
    body: Buffer.from(body),
  });
  return read?.kind === "mail" ? Object.fromEntries(read.fields) : {};
}

function create(
  form: Readonly<Record<string, string>>,
  answer: FakeAnswer,
  take: () => string,
): FakeReply | "hang" | "reset" {
  if (typeof answer === "object") return refusal(answer.code, "Scripted refusal");
  if (answer === "401") return forbidden;
  if (answer === "429") {
    return { ...refusal(429, "Too many requests"), headers: { ...json, "retry-after": "2" } };
  }
  if (answer === "500") return refusal(500, "Internal Server Error");
  if (answer === "html-200") {
    return { status: 200, headers: { "content-type": "text/html" }, body: "<html>proxy</html>" };
  }
  if (answer === "empty-200") return { status: 200 };
  if (answer === "hang") return "hang";
  // An opt-out on Mailgun's own list is no reason to refuse: the mail is taken and not sent.
  if (!(form["to"] ?? "").includes("@") || answer === "invalid") {
    return refusal(400, "to parameter is not a valid address. please check documentation");
  }
  if (form["from"] === undefined) return refusal(400, "from parameter is missing");
  if (form["text"] === undefined && form["html"] === undefined) {
    return refusal(400, "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified");
  }
  const id = take();
  if (answer === "accept-then-hang") return "hang";
  if (answer === "accept-then-reset") return "reset";
  return { status: 200, headers: json, body: JSON.stringify({ id, message: "Queued. Thank you." }) };
}

const json = { "content-type": "application/json" };
const forbidden: FakeReply = { status: 401, headers: { "content-type": "text/plain" }, body: "Forbidden" };

function refusal(status: number, message: string): FakeReply {
  return { status, headers: json, body: JSON.stringify({ message }) };
}

/** The name of a page holds its query and where it begins, as Mailgun's do. */
function list(events: readonly JsonObject[], url: URL, path: string): FakeReply {
  const named = url.pathname.slice(path.length + 1);
  const query = named === "" ? Object.fromEntries(url.searchParams) : readPageName(named);
  const read = (name: string, otherwise: string) => {
    const value = query[name];
    return typeof value === "string" ? value : otherwise;
  };
  const begin = Number(read("begin", "0"));
  const end = Number(read("end", "Infinity"));
  const from = Number(read("offset", "0"));
  const limit = Math.min(Number(read("limit", "100")), 300);
  const found = events
    .filter(({ timestamp }) => Number(timestamp) >= begin && Number(timestamp) <= end)
    .filter(({ recipient }) => query["recipient"] === undefined || query["recipient"] === recipient)
    .toSorted((a, b) => Number(a["timestamp"]) - Number(b["timestamp"]));
  const next = Buffer.from(JSON.stringify({ ...query, offset: String(from + limit) })).toString("base64url");
  const body = {
    items: found.slice(from, from + limit),
    paging: { next: `https://api.mailgun.net${path}/${next}`, first: `https://api.mailgun.net${path}` },
  };
  return { status: 200, headers: json, body: JSON.stringify(body) };
}

function readPageName(name: string): JsonObject {
  const parsed = parseJson(Buffer.from(name, "base64url").toString("utf8"));
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : {};
}
