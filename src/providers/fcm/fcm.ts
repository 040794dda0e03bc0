import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderDefinition } from "../definition.ts";
import type { Capabilities } from "../provider.ts";
import { readSettings } from "../settings.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import { readFcmSettings } from "./settings.ts";

/** A push service forgets what it has handed to a device. */
const capabilities: Capabilities = { kinds: ["push"], idempotencyKey: false, lookup: false };

export const fcm: ProviderDefinition = {
  name: "fcm",
  title: "Firebase Cloud Messaging",
  capabilities,
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readFcmSettings);
    if (problems.length > 0) return { ok: false, problems };
    return {
      ok: true,
      async create({ clock }) {
        const { openFcm } = await import("./send.ts");
        return {
          name: "fcm",
          inbound: null,
          outbound: openFcm(settings, capabilities, clock),
          probe: async () => (await import("./probe.ts")).probeFcm(settings, clock),
        };
      },
    };
  },
  outcomeOfRefusal,
  fake: async () => (await import("./fake.ts")).fcmFake,
};
