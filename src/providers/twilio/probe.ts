import type { Clock } from "../../core/model/clock.ts";
import { basicAuthorization, probeByGet } from "../probe.ts";
import type { Probe } from "../provider.ts";
import type { TwilioSettings } from "./settings.ts";

/** The account itself. */
export function probeTwilio({ accountSid, authToken, baseUrl }: TwilioSettings, clock: Clock): Promise<Probe> {
  const url = `${baseUrl ?? "https://api.twilio.com"}/2010-04-01/Accounts/${accountSid}.json`;
  return probeByGet(
    clock,
    { url, headers: { authorization: basicAuthorization(accountSid, authToken) } },
    ({ status }) =>
      status === "suspended" || status === "closed"
        ? { kind: "refused", says: `says that our account is ${status}: see its console` }
        : null,
  );
}
