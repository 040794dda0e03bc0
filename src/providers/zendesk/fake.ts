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
import { type FakeVendor, settingOf } from "../fake-vendor.ts";

export interface ZendeskFake extends FakeServer {
  /** Every request that came, whatever became of it. */
  readonly calls: readonly { readonly method: string; readonly path: string }[];
  /** The tickets it made, oldest first. */
  readonly tickets: readonly JsonObject[];
}

export interface ZendeskFakeOptions {
  readonly email: string;
  readonly apiToken: string;
  /** Whose token it is: an agent's unless given. */
  readonly role?: "agent" | "end-user";
  /** Of the first ticket. */
  readonly firstId?: number;
  readonly port?: number;
  readonly recipients?: FakeRecipients;
}

/** Takes the token of an agent, and one of OAuth that is the same. */
export const zendeskFake: FakeVendor = {
  async start(context) {
    const { settings, clock, port } = context;
    const email = settingOf(settings, ["email"], "agent@zendesk.example");
    const apiToken = settingOf(settings, ["api_token"], settingOf(settings, ["oauth_token"], "token-of-the-fake"));
    const recipients = openSilentReporter(context);
    const fake = await startZendeskFake({ email, apiToken, firstId: clock.now(), port, recipients });
    const login = "oauth_token" in settings ? { oauth_token: apiToken } : { email, api_token: apiToken };
    return {
      settings: { subdomain: settingOf(settings, ["subdomain"], "fake"), ...login, base_url: fake.url },
      async close() {
        await Promise.all([fake.close(), recipients.close()]);
      },
    };
  },
};

/** Zendesk's tickets: create, which knows a repetition by its idempotency key, and list by `external_id`. */
export async function startZendeskFake(options: ZendeskFakeOptions): Promise<ZendeskFake> {
  const calls: { method: string; path: string }[] = [];
  const tickets: JsonObject[] = [];
  const byKey = new Map<string, { readonly body: string; readonly ticket: JsonObject }>();
  const basic = `Basic ${Buffer.from(`${options.email}/token:${options.apiToken}`).toString("base64")}`;

  const server = await startFakeServer(
    ({ method, url, headers, body }, next) => {
      calls.push({ method, path: url.pathname + url.search });
      if (headers.authorization !== basic && headers.authorization !== `Bearer ${options.apiToken}`)
        return json(401, { error: "Couldn't authenticate you" });
      if (url.pathname === "/api/v2/users/me.json")
        return json(200, { user: { id: 1, role: options.role ?? "agent", email: options.email } });
      if (url.pathname !== "/api/v2/tickets.json") return json(404, { error: "InvalidEndpoint" });
      if (method === "GET") {
        const wanted = url.searchParams.get("external_id");
        return json(200, { tickets: tickets.filter((ticket) => ticket["external_id"] === wanted), next_page: null });
      }
      const parsed = parseJson(body);
      const given = parsed.ok && isJsonObject(parsed.value) ? parsed.value["ticket"] : undefined;
      const fault = isJsonObject(given) ? faultOf(given) : "ticket";
      if (!isJsonObject(given) || fault !== null) return invalid(fault ?? "ticket");
      const key = String(headers["idempotency-key"] ?? "");
      const known = byKey.get(key);
      if (known !== undefined && known.body !== body) return json(400, { error: "IdempotentRequestError" });
      const take = (): FakeReply => {
        const ticket = known?.ticket ?? { ...given, id: (options.firstId ?? 35_436) + tickets.length, status: "new" };
        if (known === undefined) tickets.push(ticket);
        if (key !== "") byKey.set(key, { body, ticket });
        const reply = json(201, { ticket, audit: { events: [] } });
        return {
          ...reply,
          headers: { ...reply.headers, "x-idempotency-lookup": known === undefined ? "miss" : "hit" },
        };
      };
      return create(next(recipientOf(given)), take);
    },
    options.port,
    options.recipients,
  );
  return { ...server, calls, tickets };
}

function faultOf(ticket: JsonObject): string | null {
  const { comment, requester, tags } = ticket;
  if (!isJsonObject(comment) || typeof comment["body"] !== "string" || comment["body"] === "") return "description";
  if (isJsonObject(requester) && (typeof requester["name"] !== "string" || requester["name"] === ""))
    return "requester";
  return tags === undefined || Array.isArray(tags) ? null : "tags";
}

function recipientOf({ requester }: JsonObject): string | null {
  const email = isJsonObject(requester) ? requester["email"] : null;
  return typeof email === "string" ? email : null;
}

function create(answer: FakeAnswer, take: () => FakeReply): FakeReply | "hang" | "reset" {
  if (typeof answer === "object") return json(answer.code, { error: "Scripted" });
  if (answer === "401") return json(401, { error: "Couldn't authenticate you" });
  if (answer === "429") return { ...json(429, { error: "APIRateLimitExceeded" }), headers: { "retry-after": "2" } };
  if (answer === "500") return json(500, { error: "InternalError" });
  if (answer === "invalid") return invalid("requester");
  if (answer === "html-200") return { status: 200, body: "<html>proxy</html>" };
  if (answer === "empty-200") return { status: 200 };
  if (answer === "hang") return "hang";
  const reply = take();
  if (answer === "accept-then-hang") return "hang";
  return answer === "accept-then-reset" ? "reset" : reply;
}

function invalid(field: string): FakeReply {
  const details = { [field]: [{ description: `${field}: is invalid`, error: "InvalidValue" }] };
  return json(422, { error: "RecordInvalid", description: "Record validation errors", details });
}

function json(status: number, body: JsonObject): FakeReply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
