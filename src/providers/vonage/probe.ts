import type { Clock } from "../../core/model/clock.ts";
import { basicAuthorization, probeByGet } from "../probe.ts";
import type { Probe } from "../provider.ts";
import type { VonageSettings } from "./settings.ts";

/** The account's balance: key and secret are the same for both APIs. A token of an application is made for each call. */
export function probeVonage({ apiKey, apiSecret, baseUrl }: VonageSettings, clock: Clock): Promise<Probe> {
  const url = `${baseUrl ?? "https://rest.nexmo.com"}/account/get-balance`;
  return probeByGet(clock, { url, headers: { authorization: basicAuthorization(apiKey, apiSecret) } });
}
