import { closeSync, openSync, writeSync } from "node:fs";
import type { CanonicalEvent } from "../../../src/core/model/event.ts";
import type { Recorder } from "./month.ts";
import type { Sent } from "./production.ts";

/** A row as `heed export --what messages` has it, as far as is known at the moment of sending. */
function rowOf({ at, key, message, step, provider }: Sent): Record<string, string | number | null> {
  const moment = new Date(at).toISOString();
  return {
    message: message.intentId,
    contact: key,
    rule: message.ruleId,
    step,
    channel: message.channel,
    provider,
    first_at: moment,
    last_at: moment,
    outcome: "sent",
    attempts: message.attempt,
    sent_at: moment,
    delivered_at: null,
    opened_at: null,
    clicked_at: null,
    bounced_at: null,
    replied_at: null,
    opted_out_at: null,
    cost: null,
    currency: null,
  };
}

const BUFFER = 1 << 20;

/** Writes a month into one file, events and messages that were sent line by line, as they happened. */
export function writeMonth(path: string): Recorder & { close(): void } {
  const file = openSync(path, "w");
  let pending = "";
  const write = (line: object, force = false): void => {
    pending += `${JSON.stringify(line)}\n`;
    if (pending.length < BUFFER && !force) return;
    writeSync(file, pending);
    pending = "";
  };
  return {
    event: (event: CanonicalEvent) => write(event),
    sent: (sent) => write(rowOf(sent)),
    close: () => {
      if (pending !== "") writeSync(file, pending);
      closeSync(file);
    },
  };
}
