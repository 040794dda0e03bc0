import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eraseContact } from "../../src/cli/contact-erase.ts";
import { sayConsent, tagContact } from "../../src/cli/contact-say.ts";
import { showContact } from "../../src/cli/contact.ts";
import { BadSetting, type RunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { newContact } from "../../src/core/model/contact.ts";
import { encodeContact } from "../../src/runtime/contact-codec.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { heedYaml } from "../rulebook/in-memory.ts";
import { scratchDirectory } from "../support/scratch.ts";

const phone = "+12025550143";

/** A store on disk that nobody has open, with one contact and its phone. */
async function given(): Promise<RunSettings> {
  const directory = join(scratchDirectory(), "data");
  const store = await openEmbeddedStore({ directory, clock: systemClock });
  const at = Date.parse("2026-03-06T19:00:00Z");
  const ana = {
    ...newContact("id:ana"),
    attributes: { first_name: "Ana" },
    addresses: { phone: { address: phone, at } },
    linked: [`phone:${phone}`],
    suppressions: { [`phone:${phone}`]: { state: "suppressed", cause: "opted_out", at } },
  } as const;
  for (const contact of [ana, { ...newContact(`phone:${phone}`), pointsTo: ["id:ana"] }]) {
    await store.commit({ key: contact.key, base: "new", body: encodeContact(contact), wakeAt: null, emit: [] });
  }
  await store.close();
  return {
    workspace: directory,
    rulesFrom: "folder",
    store: { kind: "embedded" },
    namespace: "heed",
    dataDirectory: directory,
    host: "127.0.0.1",
    // Nothing listens there.
    port: 1,
    apiToken: null,
    viewerToken: null,
    watch: false,
    fake: false,
    roles: new Set(),
  };
}

function output() {
  const told = { out: "", err: "" };
  const io = {
    out: (text: string): void => void (told.out += text),
    err: (text: string): void => void (told.err += text),
  };
  return { io, told };
}

test("a contact is shown by its id and by its address, with what people ask about", async () => {
  const settings = await given();
  for (const [named, first] of [
    ["ana", "{"],
    ["id:ana", "{"],
    [`phone:${phone}`, `phone:${phone} belongs to id:ana`],
    [phone, `phone:${phone} belongs to id:ana`],
  ] as const) {
    const { io, told } = output();
    expect(await showContact(named, settings, systemClock, io)).toBe(0);
    expect(told.out.split("\n")[0]).toBe(first);
    expect(JSON.parse(told.out.slice(told.out.indexOf("{")))).toMatchObject({
      key: "id:ana",
      attributes: { first_name: "Ana" },
      addresses: { phone },
      suppressions: { [`phone:${phone}`]: "suppressed since 2026-03-06T19:00:00Z" },
      runs: [],
    });
  }
  const { io, told } = output();
  expect(await showContact("nobody", settings, systemClock, io)).toBe(1);
  expect(told.err).toBe("heed contact show: nobody is known as id:nobody\n");
});

test("an erasure wants a yes, and then waits in the store for the next start", async () => {
  const settings = await given();
  const { io, told } = output();
  await expect(eraseContact("ana", {}, settings, systemClock, io)).rejects.toThrow(/--yes/);
  expect(await eraseContact(`phone:${phone}`, { yes: true }, settings, systemClock, io)).toBe(0);
  expect(told.err).toContain("no running system answers");
  const [key, event] = await firstWaiting(settings);
  expect(key).toBe(`phone:${phone}`);
  expect(event).toMatchObject({ event_type: "contact.erased", address: { phone }, provider: "cli" });
});

/** The first event that lies in a store for the next start, and under which key. */
async function firstWaiting({ dataDirectory: directory }: RunSettings): Promise<readonly [string, unknown]> {
  const store = await openEmbeddedStore({ directory, clock: systemClock });
  const waiting = new Promise<readonly [string, unknown]>((resolve) => {
    void store.consume("events", { parallel: 1, leaseMs: 5_000 }, async ({ key, body }) => {
      resolve([key, JSON.parse(new TextDecoder().decode(body))]);
      return { done: true };
    });
  });
  const first = await waiting;
  await store.close();
  return first;
}

/** With a workspace at hand, which says how contacts are read. */
async function inWorkspace(): Promise<RunSettings> {
  const settings = await given();
  writeFileSync(join(settings.workspace, "heed.yaml"), heedYaml);
  return settings;
}

test.each([
  [phone, `phone:${phone}`, `${phone} is taken as phone:${phone}: it belongs to id:ana`],
  ["+12025550199", "phone:+12025550199", "nobody is known by it yet"],
  ["w2@example.com", "email:w2@example.com", "nobody is known by it yet"],
  ["ana", "id:ana", ""],
])("an objection of %s is one of %s, never of a new contact with that id", async (named, expected, told) => {
  const settings = await inWorkspace();
  const said = output();
  const denied = { channel: "sms", state: "denied" };
  expect(await sayConsent(named, denied, {}, { settings, clock: systemClock, io: said.io })).toBe(0);
  expect(said.told.err).toContain(told);
  expect(said.told.out).toContain("consent.denied");
  expect((await firstWaiting(settings))[0]).toBe(expected);
});

test("what is said of an id that nobody has is refused as a slip of the pen, unless it is new", async () => {
  const settings = await inWorkspace();
  const { io } = output();
  const context = { settings, clock: systemClock, io };
  const denied = { channel: "sms", state: "denied" };
  await expect(sayConsent("anna", denied, {}, context)).rejects.toThrow(/nobody is known as id:anna.*--new/);
  await expect(tagContact("tag", "id:anna", ["vip"], { flags: {}, context })).rejects.toThrow(BadSetting);
  expect(await eraseContact("anna", { yes: true }, settings, systemClock, io)).toBe(1);
  expect(await sayConsent("anna", denied, { new: true }, context)).toBe(0);
  expect((await firstWaiting(settings))[0]).toBe("id:anna");
});

test("words that nobody can read are no proof of a consent", async () => {
  const settings = await inWorkspace();
  const context = { settings, clock: systemClock, io: output().io };
  const flags = { source: "phone", wording: "\u200b\u2060 " };
  const asked = sayConsent("ana", { channel: "sms", state: "granted" }, flags, context);
  await expect(asked).rejects.toThrow(/--wording: is missing/);
});

test("a name that is the id of one contact and the number of another is asked back for", async () => {
  const settings = await inWorkspace();
  const store = await openEmbeddedStore({ directory: settings.dataDirectory, clock: systemClock });
  const body = encodeContact(newContact(`id:${phone}`));
  await store.commit({ key: `id:${phone}`, base: "new", body, wakeAt: null, emit: [] });
  await store.close();
  const { io } = output();
  const asked = sayConsent(phone, { channel: "sms", state: "denied" }, {}, { settings, clock: systemClock, io });
  await expect(asked).rejects.toThrow(
    `may be two contacts, write which: id:${phone}; or phone:${phone}, which belongs`,
  );
});

test.each(["", "email:ana", "phone:2025550143", "id:"])("%j names nobody, and it is said what would", async (named) => {
  const settings = await given();
  const { io } = output();
  await expect(showContact(named, settings, systemClock, io)).rejects.toThrow(BadSetting);
});
