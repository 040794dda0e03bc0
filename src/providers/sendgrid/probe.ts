import type { Clock } from "../../core/model/clock.ts";
import { isJsonArray } from "../../core/model/parse-json.ts";
import { probeByGet } from "../probe.ts";
import type { Probe } from "../provider.ts";
import type { SendGridSettings } from "./settings.ts";

/** What the key may do: every key may ask that. */
export function probeSendGrid({ apiKey, baseUrl }: SendGridSettings, clock: Clock): Promise<Probe> {
  const url = `${baseUrl ?? "https://api.sendgrid.com"}/v3/scopes`;
  return probeByGet(clock, { url, headers: { authorization: `Bearer ${apiKey}` } }, ({ scopes }) =>
    scopes !== undefined && isJsonArray(scopes) && !scopes.includes("mail.send")
      ? { kind: "refused", says: "knows our key, which may not send: give it the permission Mail Send" }
      : null,
  );
}
