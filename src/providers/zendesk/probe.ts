import type { Clock } from "../../core/model/clock.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { probeByGet } from "../probe.ts";
import type { Probe } from "../provider.ts";
import type { ZendeskSettings } from "./settings.ts";

/** Who we are: to strangers Zendesk says that they are nobody, and whoever is a customer can't open tickets for others. */
export function probeZendesk({ baseUrl, authorization }: ZendeskSettings, clock: Clock): Promise<Probe> {
  return probeByGet(clock, { url: `${baseUrl}/api/v2/users/me.json`, headers: { authorization } }, ({ user }) => {
    if (!isJsonObject(user)) return { kind: "unclear", says: "gave an answer that is not the vendor's (HTTP 200)" };
    if (typeof user["id"] !== "number") return { kind: "refused", says: "does not know our credentials" };
    return user["role"] === "end-user"
      ? { kind: "refused", says: "knows us as a customer, who may not open tickets for others: use an agent's token" }
      : null;
  });
}
