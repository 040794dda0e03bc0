import type { Clock } from "../../core/model/clock.ts";
import { probeTimeoutMs } from "../probe.ts";
import type { Probe } from "../provider.ts";
import { openVendorHttp } from "../vendor-http.ts";
import { openAccessTokens } from "./access-token.ts";
import type { FcmSettings } from "./settings.ts";

/** A token for the service account, as every message needs one. */
export async function probeFcm({ account }: FcmSettings, clock: Clock): Promise<Probe> {
  const http = openVendorHttp();
  try {
    const access = await openAccessTokens(account, { http, clock, timeoutMs: probeTimeoutMs }).get();
    if ("token" in access) return { kind: "good", says: "gives our service account a token" };
    const { outcome } = access;
    const code = "code" in outcome ? outcome.code : outcome.kind;
    return outcome.kind === "misconfigured"
      ? { kind: "refused", says: `gives our service account no token (${code})` }
      : { kind: "unclear", says: `gave no token now: ${code}` };
  } finally {
    await http.close();
  }
}
