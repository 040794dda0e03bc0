import type { Clock } from "../../core/model/clock.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { basicAuthorization, probeByGet } from "../probe.ts";
import type { Probe } from "../provider.ts";
import type { MailgunSettings } from "./settings.ts";

/** The domain that sends. A key that may only send is refused here, which nobody can tell from one that is wrong. */
export async function probeMailgun({ apiKey, baseUrl, domain }: MailgunSettings, clock: Clock): Promise<Probe> {
  const headers = { authorization: basicAuthorization("api", apiKey) };
  const probe = await probeByGet(clock, { url: `${baseUrl}/v3/domains/${domain}`, headers }, (answer) => {
    const state = isJsonObject(answer["domain"]) ? answer["domain"]["state"] : undefined;
    return state === "unverified" || state === "disabled"
      ? { kind: "refused", says: `says that ${domain} is ${state}: see the domain in its console` }
      : null;
  });
  if (probe.kind !== "refused" || !probe.says.includes("HTTP")) return probe;
  return {
    kind: "unclear",
    says: `${probe.says}; a key that may only send is refused here, too, and is right all the same`,
  };
}
