import type { Json } from "../core/model/json.ts";
import { isJsonArray, isJsonObject, parseJson } from "../core/model/parse-json.ts";
import type { OutsideAnswer, OutsideCall } from "../outgoing/call-outside.ts";
import { type GuardOptions, openGuardedAgent } from "../outgoing/guarded-agent.ts";
import { answerTo, failureOf, probeHttp } from "./http-call.ts";
import { objectAt } from "./read-answer.ts";
import type { SalesforceSettings } from "./settings.ts";
import { type Failure, type Fetched, failed, type LookupSource, Unreachable } from "./source.ts";

const CONNECTIONS = 8;

/** A preset of HTTP: the first record that a SOQL query finds, asked with a token that is renewed when it is refused. */
export function salesforceSource(settings: SalesforceSettings, guard: Partial<GuardOptions> = {}): LookupSource {
  const base = settings.instance_url.replace(/\/+$/, "");
  const agent = openGuardedAgent({ connections: CONNECTIONS, allowHosts: [new URL(base).hostname], ...guard });
  let token: Promise<string | Failure> | null = null;

  /** One request for all who need a token at once. It serves them all, so no single deadline ends it but its own. */
  async function tokenFor(signal: AbortSignal): Promise<string | Failure> {
    const asked = token ?? askToken(signal);
    token = asked;
    const got = await asked;
    if (typeof got !== "string" && token === asked) token = null;
    return got;
  }

  async function askToken(signal: AbortSignal): Promise<string | Failure> {
    const answer = await answerTo(agent, tokenCall(base, settings), signal);
    if ("kind" in answer) return answer;
    const granted = tokenIn(answer);
    // A refused client stays refused; nothing of the answer is repeated, it may quote the client.
    return granted ?? (answer.status < 500 ? failed("token_refused", false, 60_000) : failureOf(answer));
  }

  async function query(soql: string, signal: AbortSignal): Promise<Fetched> {
    for (let tries = 0; ; tries += 1) {
      const using = token;
      const granted = await tokenFor(signal);
      if (typeof granted !== "string") return granted;
      const answer = await answerTo(agent, queryCall(base, settings, soql, granted), signal);
      if ("kind" in answer) return answer;
      if (answer.status === 200) return recordIn(answer);
      if (answer.status !== 401 || tries > 0) return refusalOf(answer);
      // Unless somebody has renewed it meanwhile.
      if (using === null || token === using) token = null;
    }
  }

  return {
    repeatable: true,
    atOnce: CONNECTIONS,
    fetch: (texts, signal) => query(texts["salesforce.query"] ?? settings.query, signal),
    async probe(signal) {
      const granted = await tokenFor(signal);
      if (typeof granted !== "string") throw new Unreachable(`${new URL(base).host} gave no token: ${granted.code}`);
      const call: OutsideCall = { ...queryCall(base, settings, "", granted), url: `${base}/services/data/` };
      return `${await probeHttp(agent, call, signal)}, and a token was granted`;
    },
    close: () => agent.destroy(),
  };
}

function tokenCall(base: string, { client_id, client_secret, refresh_token }: SalesforceSettings): OutsideCall {
  const grant =
    refresh_token === undefined ? { grant_type: "client_credentials" } : { grant_type: "refresh_token", refresh_token };
  return {
    method: "POST",
    url: `${base}/services/oauth2/token`,
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ ...grant, client_id, client_secret }).toString(),
  };
}

function queryCall(base: string, settings: SalesforceSettings, soql: string, token: string): OutsideCall {
  const { api_version: version = "v65.0" } = settings;
  return {
    method: "GET",
    url: `${base}/services/data/${version}/query?${new URLSearchParams({ q: soql }).toString()}`,
    headers: { accept: "application/json", authorization: `Bearer ${token}` },
    body: null,
  };
}

function jsonIn({ body }: OutsideAnswer): Json | undefined {
  const parsed = parseJson(body.toString("utf8"));
  return parsed.ok ? parsed.value : undefined;
}

function tokenIn(answer: OutsideAnswer): string | null {
  const said = jsonIn(answer);
  if (answer.status !== 200 || !isJsonObject(said)) return null;
  const token = Object.hasOwn(said, "access_token") ? said["access_token"] : null;
  return typeof token === "string" && token !== "" ? token : null;
}

/** A record's own description is none of its values. */
function recordIn(answer: OutsideAnswer): Fetched {
  const found = objectAt(jsonIn(answer) ?? false, ["records", "0"]);
  if (found.kind !== "value") return found;
  const { attributes: _, ...value } = found.value;
  return { kind: "value", value };
}

/** Errors are a list of `{ message, errorCode }`. The calls of a day are used up until a window ends; trying at once does not help. */
function refusalOf(answer: OutsideAnswer): Failure {
  const said = jsonIn(answer);
  const first = isJsonArray(said) ? said[0] : undefined;
  const code = isJsonObject(first) ? first["errorCode"] : undefined;
  if (code === "REQUEST_LIMIT_EXCEEDED") return failed(code, false, 60_000);
  return typeof code === "string" && /^[A-Z_]{3,60}$/.test(code) ? { ...failureOf(answer), code } : failureOf(answer);
}
