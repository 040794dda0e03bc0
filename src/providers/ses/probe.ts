import type { Clock } from "../../core/model/clock.ts";
import { probeByGet } from "../probe.ts";
import type { Probe } from "../provider.ts";
import type { SesSettings } from "./settings.ts";
import { signAws } from "./sigv4.ts";

/** The account: whether it may send, and to whom. Needs the permission ses:GetAccount. */
export async function probeSes({ baseUrl, region, credentials }: SesSettings, clock: Clock): Promise<Probe> {
  const url = `${baseUrl}/v2/email/account`;
  const unsigned = { method: "GET", url, headers: { "content-type": "application/json" }, body: "" };
  const headers = signAws(unsigned, credentials, { region, service: "ses" }, clock.now());
  const probe = await probeByGet(clock, { url, headers }, ({ SendingEnabled, ProductionAccessEnabled }) => {
    if (SendingEnabled === false) return { kind: "refused", says: "says that sending is off for our account" };
    return ProductionAccessEnabled === false
      ? { kind: "unclear", says: "says that our account is in the sandbox: it sends to verified addresses only" }
      : null;
  });
  if (probe.kind !== "refused" || !probe.says.includes("HTTP 403")) return probe;
  return { kind: "refused", says: `${probe.says}, or they lack the permission ses:GetAccount` };
}
