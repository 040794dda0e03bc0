import type { Clock } from "../../core/model/clock.ts";
import { probeByGet } from "../probe.ts";
import type { Probe } from "../provider.ts";
import type { PostmarkSettings } from "./settings.ts";

/** The server that the token is of. */
export function probePostmark({ serverToken, baseUrl }: PostmarkSettings, clock: Clock): Promise<Probe> {
  const headers = { accept: "application/json", "x-postmark-server-token": serverToken };
  return probeByGet(clock, { url: `${baseUrl}/server`, headers }, ({ DeliveryType }) =>
    DeliveryType === "Sandbox"
      ? { kind: "unclear", says: "says that our server is a sandbox: it takes messages and delivers none" }
      : null,
  );
}
