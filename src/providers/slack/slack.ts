import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderDefinition } from "../definition.ts";
import type { Capabilities } from "../provider.ts";
import { readSettings } from "../settings.ts";
import { outcomeOfRefusal } from "./refusal.ts";
import { readSlackSettings } from "./settings.ts";

/** An incoming webhook takes a message and forgets where it came from. */
const capabilities: Capabilities = { kinds: ["slack"], idempotencyKey: false, lookup: false };

export const slack: ProviderDefinition = {
  name: "slack",
  title: "Slack",
  capabilities,
  configure(raw: Json): Configuration {
    const { value: settings, problems } = readSettings(raw, readSlackSettings);
    if (problems.length > 0) return { ok: false, problems };
    return {
      ok: true,
      async create({ clock }) {
        const { openSlack } = await import("./send.ts");
        return { name: "slack", inbound: null, outbound: openSlack(settings, capabilities, clock) };
      },
    };
  },
  outcomeOfRefusal,
  fake: async () => (await import("./fake.ts")).slackFake,
};
