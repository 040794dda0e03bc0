import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eraseContact } from "../../src/cli/contact-erase.ts";
import { readRunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { type FakeReply, startFakeServer } from "../../src/providers/fake-server.ts";
import { openJournal } from "../../src/providers/outbox/journal.ts";
import { scratchDirectory } from "../support/scratch.ts";

const message = { at: "2026-03-06T14:00:00.000Z", rule: "r", channel: "sms", kind: "sms", from: null };

test("who is erased is erased from the outbox of this machine as well", async () => {
  const directory = join(scratchDirectory(), randomUUID());
  const journal = await openJournal(directory);
  const said = (text: string, contactId: string) => ({ contact_id: contactId, to: "+12025550143", content: { text } });
  await journal.append({ ...message, intent: "i_1", ...said("Hi Ana", "ana") });
  await journal.append({ ...message, intent: "i_2", ...said("Hi Bob", "bob") });
  await journal.close();
  const system = await startFakeServer((): FakeReply => ({ status: 200, body: JSON.stringify({ status: "alive" }) }));
  const env = {
    HEED_DATA_DIR: directory,
    PORT: new URL(system.url).port,
    HEED_API_TOKEN: "a-token-of-sixteen-characters",
  };
  const told = { err: "" };
  const io = { out: () => {}, err: (text: string) => void (told.err += text) };
  try {
    const settings = readRunSettings(undefined, {}, env);
    expect(await eraseContact("ana", { yes: true }, settings, systemClock, io)).toBe(0);
  } finally {
    await system.close();
  }
  const kept = readFileSync(join(directory, "outbox.ndjson"), "utf8");
  expect(kept).not.toContain("Ana");
  expect(kept).toContain("Hi Bob");
  expect(told.err).toContain("1 of their messages");
});
