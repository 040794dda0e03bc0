import { randomUUID } from "node:crypto";
import type { Clock } from "../core/model/clock.ts";
import type { CanonicalEvent } from "../core/model/event.ts";
import { formatInstant } from "../core/time/instant.ts";
import { eventFact } from "../ingest/facts.ts";
import { defaultLimits } from "../ingest/limits.ts";
import { forgetInOutbox, recipientOf } from "../providers/outbox/journal.ts";
import { printable } from "../rulebook/report/printable.ts";
import { whoIsMeant } from "./contact-meant.ts";
import { keysNamed } from "./contact.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { reachSystem } from "./reach-system.ts";
import { BadSetting, type RunSettings } from "./run-settings.ts";

/**
 * Asks for the erasure of a contact, which the running system does within a second or two, or the next one that starts.
 * Throws `BadSetting`.
 */
export async function eraseContact(
  named: string,
  flags: { readonly yes?: boolean },
  settings: RunSettings,
  clock: Clock,
  io: Output,
): Promise<ExitCode> {
  const { key, known } = await whoIsMeant(named, { settings, clock, io });
  if (known === false) {
    io.err(`heed contact erase: nobody is known as ${printable(keysNamed(named).join(", "))}\n`);
    return EXIT.findings;
  }
  if (flags.yes !== true) {
    throw new BadSetting(
      `this ends all runs of ${key} and deletes what is known of it, its history too, and cannot be undone: repeat it with --yes`,
    );
  }
  const event = erasureOf(key);
  await reachSystem(settings, clock, io, {
    async running(system) {
      await system.ask("POST", "/v1/events", event);
    },
    async stored(store) {
      const at = formatInstant(clock.now());
      const fact = eventFact({ schema_version: 1, ...event, occurred_at: at, received_at: at }, defaultLimits);
      if ("fault" in fact) throw new BadSetting(`nobody can be ${key}: ${fact.fault}`);
      await store.append([fact]);
    },
  });
  const forgotten = await forgetInOutbox(settings.dataDirectory, recipientOf(key));
  if (forgotten > 0) io.err(`taken out of the outbox in ${settings.dataDirectory}: ${forgotten} of their messages\n`);
  io.out(`asked for the erasure of ${key}; heed contact show ${key} tells when it is done\n`);
  return EXIT.fine;
}

type Erasure = Omit<CanonicalEvent, "schema_version" | "occurred_at" | "received_at">;

function erasureOf(key: string): Erasure {
  const [kind = "", name = ""] = partsOf(key);
  return {
    event_id: `erasure-${randomUUID()}`,
    event_type: "contact.erased",
    provider: "cli",
    ...(kind === "id" && { contact_id: name }),
    ...((kind === "email" || kind === "phone") && { address: { [kind]: name } }),
    data: kind === "anon" ? { anonymous_id: name } : {},
  };
}

/** The kind of a key and the name. */
function partsOf(key: string): readonly string[] {
  const colon = key.indexOf(":");
  return [key.slice(0, colon), key.slice(colon + 1)];
}
