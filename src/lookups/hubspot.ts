import type { OutsideCall } from "../outgoing/call-outside.ts";
import { type GuardOptions, openGuardedAgent } from "../outgoing/guarded-agent.ts";
import { parseJson, isJsonObject } from "../core/model/parse-json.ts";
import { answerTo, failureOf, probeHttp } from "./http-call.ts";
import { readAnswer } from "./read-answer.ts";
import type { HubSpotSettings } from "./settings.ts";
import { failed, type LookupSource, NOTHING } from "./source.ts";

const CONNECTIONS = 8;

/** A preset of HTTP: one contact of HubSpot's CRM, with its properties as the values. */
export function hubspotSource(settings: HubSpotSettings, guard: Partial<GuardOptions> = {}): LookupSource {
  const base = (settings.base_url ?? "https://api.hubapi.com").replace(/\/+$/, "");
  const agent = openGuardedAgent({ connections: CONNECTIONS, allowHosts: [new URL(base).hostname], ...guard });
  const callTo = (path: string): OutsideCall => ({
    method: "GET",
    url: `${base}/crm/v3/objects/contacts${path}`,
    headers: { accept: "application/json", authorization: `Bearer ${settings.access_token}` },
    body: null,
  });
  return {
    repeatable: true,
    atOnce: CONNECTIONS,
    async fetch(texts, signal) {
      const whom = texts["hubspot.by"] ?? "";
      // Nobody has this id, and it would be another address.
      if (whom === "" || /^\.{1,2}$/.test(whom)) return NOTHING;
      const answer = await answerTo(agent, callTo(`/${encodeURIComponent(whom)}?${queryOf(settings)}`), signal);
      if ("kind" in answer) return answer;
      const text = answer.body.toString("utf8");
      if (answer.status === 200) return readAnswer(text, "properties");
      return answer.status === 404 && saysNotFound(text) ? NOTHING : (dailyLimit(text) ?? failureOf(answer));
    },
    probe: (signal) => probeHttp(agent, callTo("?limit=1"), signal),
    close: () => agent.destroy(),
  };
}

function queryOf({ by = "email", properties = [] }: HubSpotSettings): string {
  return new URLSearchParams({
    ...(by === "email" ? { idProperty: "email" } : {}),
    ...(properties.length === 0 ? {} : { properties: properties.join(",") }),
    archived: "false",
  }).toString();
}

function saysNotFound(text: string): boolean {
  return fieldOf(text, "category") === "OBJECT_NOT_FOUND";
}

/** The day's calls are used up: asking again in a moment uses up nothing but time. */
function dailyLimit(text: string) {
  return fieldOf(text, "policyName") === "DAILY" ? failed("daily_limit", false, 60_000) : null;
}

function fieldOf(text: string, name: string): unknown {
  const parsed = parseJson(text);
  return parsed.ok && isJsonObject(parsed.value) && Object.hasOwn(parsed.value, name) ? parsed.value[name] : undefined;
}
