import { once } from "node:events";
import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { listDeadLetters, replayDeadLetters, showDeadLetter } from "../../src/cli/dlq.ts";
import { readRunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { quarantineFact } from "../../src/ingest/facts.ts";
import { defaultLimits } from "../../src/ingest/limits.ts";
import { createEventValidator, withoutNames } from "../../src/ingest/validate-event.ts";
import { mayBePersonal } from "../../src/runtime/read-letter.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { scratchDirectory } from "../support/scratch.ts";

const HOSTILE = "\u001b[31mred\u0007 \u001b]0;owned\u0007 \u009b2J \u202egnol \ud800";

/** What a command prints of a store in which somebody put this. */
async function printed(payload: { readonly [name: string]: string | object }) {
  const directory = scratchDirectory();
  const validated = createEventValidator()(payload);
  const reason = "faults" in validated ? validated.faults.map(withoutNames).join("; ") : "sound";
  const store = await openEmbeddedStore({ directory, clock: systemClock });
  await store.append([quarantineFact("nats", { reason, payload: JSON.parse(JSON.stringify(payload)) }, defaultLimits)]);
  await store.close();
  const settings = readRunSettings(undefined, { dataDir: directory, port: "1" }, {});
  const run = async (command: (context: Parameters<typeof listDeadLetters>[1]) => Promise<number>) => {
    let out = "";
    const io = { out: (text: string) => void (out += text), err: () => undefined };
    expect(await command({ settings, clock: systemClock, io })).toBe(0);
    return out;
  };
  const json = await run((context) => listDeadLetters({ format: "json" }, context));
  const [letter] = (JSON.parse(json) as { dead_letters: { id: number }[] }).dead_letters;
  return {
    list: await run((context) => listDeadLetters({}, context)),
    json,
    show: await run((context) => showDeadLetter(String(letter?.id), context)),
  };
}

test("what strangers wrote does nothing to a terminal, and show still tells all of it", async () => {
  const { list, json, show } = await printed({ event_type: "lead.created", event_id: HOSTILE, [HOSTILE]: "1" });
  for (const text of [list, json, show]) expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cs}\u202a-\u202e]/u);
  expect(list).toContain("event lead.created (\ufffd[31mred");
  expect((JSON.parse(show) as { dead_letter?: unknown; body: object }).body).toMatchObject({ event_id: HOSTILE });
});

test("the list tells neither ids that may be somebody's, nor how strangers called what nobody expected", async () => {
  const { list, json, show } = await printed({
    event_type: "lead.created",
    event_id: "victim2@private.example",
    contact_id: "ana",
    "ssn 123-45-6789": "1",
    address: { "other@private.example": "2" },
  });
  for (const text of [list, json]) {
    expect(text).not.toMatch(/private\.example|6789/);
    expect(text).toContain("event lead.created (…)");
  }
  expect(list).toContain(": quarantined: ");
  expect(list).toContain("has an unknown property; /address has an unknown property");
  expect(show).toContain("victim2@private.example");
});

test("a letter that somebody else dealt with meanwhile is no failure, a number that was never one is", async () => {
  const letter = { id: 7, at: "2026-03-06T16:00:00Z", kind: "event", reason: "?", key: "id:ana", about: "event" };
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const isList = path.startsWith("/api/dead-letters?");
    const list = { dead_letters: [letter], next: null };
    response.end(JSON.stringify(path === "/healthz" ? { status: "alive" } : isList ? list : { kind: "gone" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = String(typeof address === "object" ? address?.port : "");
  const settings = readRunSettings(undefined, { port }, { HEED_API_TOKEN: "a-token-that-is-long-enough" });
  let out = "";
  const io = { out: (text: string) => void (out += text), err: () => undefined };
  const context = { settings, clock: systemClock, io };
  expect(await replayDeadLetters([], { all: true }, context)).toBe(0);
  expect(out).toContain("7  there is no dead letter of this number, or no longer");
  expect(out).toContain("0 replayed, 0 had nothing left to do, 0 stay, 1 not there\n");
  expect(await replayDeadLetters(["7"], {}, context)).toBe(1);
});

test.each([
  ["0f8fad5b-d9cb-469f-a165-70867728950e", false],
  ["erasure-0f8fad5b-d9cb-469f-a165-708677289501", false],
  ["e1", false],
  ["order-4711", false],
  ["ana@example.com", true],
  ["+12025550143", true],
  ["202 555 0143", true],
  ["123-45-6789", true],
])("the id %s may be a person's: %s", (id, may) => {
  expect(mayBePersonal(id)).toBe(may);
});
