import { join } from "node:path";
import { expect, test } from "vitest";
import { eraseContact, showContact } from "../../src/cli/contact.ts";
import { BadSetting, type RunSettings } from "../../src/cli/run-settings.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { newContact } from "../../src/core/model/contact.ts";
import { encodeContact } from "../../src/runtime/contact-codec.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
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
  const store = await openEmbeddedStore({ directory: settings.dataDirectory, clock: systemClock });
  const waiting = new Promise<readonly [string, unknown]>((resolve) => {
    void store.consume("events", { parallel: 1, leaseMs: 5_000 }, async ({ key, body }) => {
      resolve([key, JSON.parse(new TextDecoder().decode(body))]);
      return { done: true };
    });
  });
  const [key, event] = await waiting;
  expect(key).toBe(`phone:${phone}`);
  expect(event).toMatchObject({ event_type: "contact.erased", address: { phone }, provider: "cli" });
  await store.close();
});

test.each(["", "email:ana", "phone:2025550143", "id:"])("%j names nobody, and it is said what would", async (named) => {
  const settings = await given();
  const { io } = output();
  await expect(showContact(named, settings, systemClock, io)).rejects.toThrow(BadSetting);
});
