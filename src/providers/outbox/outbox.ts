import type { Json } from "../../core/model/json.ts";
import type { Configuration, ProviderDefinition } from "../definition.ts";
import type { Capabilities } from "../provider.ts";
import { readSettings } from "../settings.ts";

/** A local file can be asked everything, so no attempt ever stays ambiguous. */
const capabilities: Capabilities = {
  kinds: ["email", "sms", "push", "voice", "slack", "ticket", "webhook"],
  idempotencyKey: true,
  lookup: true,
};

/** The provider of a fresh workspace: it takes every kind of message, keeps it on this machine, and sends nothing. */
export const outbox: ProviderDefinition = {
  name: "outbox",
  title: "Outbox",
  capabilities,
  configure(raw: Json): Configuration {
    const { problems } = readSettings(raw, () => null);
    if (problems.length > 0) return { ok: false, problems };
    return {
      ok: true,
      async create({ clock, dataDirectory }) {
        const { createOutbox } = await import("./send.ts");
        return {
          name: "outbox",
          inbound: null,
          outbound: createOutbox(dataDirectory, capabilities, clock),
          async forget(key) {
            const { forgetInOutbox, recipientOf } = await import("./journal.ts");
            await forgetInOutbox(dataDirectory, recipientOf(key));
          },
        };
      },
    };
  },
};
