import type { Clock } from "../../core/model/clock.ts";
import { probeByGet } from "../probe.ts";
import type { Probe } from "../provider.ts";
import { birdHost, classicHost, headersOf } from "./send.ts";
import type { MessageBirdSettings } from "./settings.ts";

/** MessageBird's balance, or the channels of Bird's workspace, which a key that may only send may not see. */
export async function probeMessageBird(settings: MessageBirdSettings, clock: Clock): Promise<Probe> {
  const { platform, baseUrl, workspaceId } = settings;
  const headers = headersOf(settings);
  if (platform === "classic") return probeByGet(clock, { url: `${baseUrl ?? classicHost}/balance`, headers });
  const url = `${baseUrl ?? birdHost}/workspaces/${encodeURIComponent(workspaceId)}/channels?limit=1`;
  const probe = await probeByGet(clock, { url, headers });
  if (probe.kind !== "refused" || !probe.says.includes("HTTP 403")) return probe;
  return {
    kind: "unclear",
    says: `${probe.says}; a key that may only send is refused here, too, and is right all the same`,
  };
}
