import { existsSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, readFile, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import { forgetInOutbox, openJournal, readOutbox } from "../../src/providers/outbox/journal.ts";
import { outbox } from "../../src/providers/outbox/outbox.ts";
import type { OutgoingMessage } from "../../src/providers/provider.ts";
import { createProvider, outboundOf } from "./contract.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "heed-outbox-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const file = () => join(directory, "outbox.ndjson");
const open = async () => outboundOf(await createProvider(outbox, {}, { clock: systemClock, dataDirectory: directory }));

function message(intentId: string): OutgoingMessage {
  return {
    intentId,
    attempt: 1,
    contactId: "user-42",
    ruleId: "sales-demo",
    channel: "email",
    kind: "email",
    from: "Acme <hello@acme.example>",
    to: "ana@example.com",
    content: { subject: "Your demo", text: "Hi Ana\nSee you" },
  };
}

function record(intent: string) {
  return {
    at: "2026-03-06T14:00:00.000Z",
    intent,
    rule: "r",
    contact_id: null,
    channel: "sms",
    kind: "sms",
    from: null,
    to: null,
    content: { text: "x".repeat(100) },
  };
}

describe("the outbox", () => {
  it("forgets a person and nobody else, while it goes on writing, and sends nothing twice", async () => {
    const journal = await openJournal(directory, 300);
    const theirs = { contact_id: "ana", to: "ana@example.com", content: { text: "Héllo Ana" } };
    await journal.append({ ...record("i_1"), ...theirs });
    await journal.append({ ...record("i_2"), ...theirs });
    await journal.append({ ...record("i_3"), ...theirs, contact_id: "bob" });
    await journal.append({ ...record("i_4"), ...theirs, contact_id: null });
    const all = { limit: 10 };
    expect(await forgetInOutbox(directory, { contactId: "ana", addresses: [] })).toBeGreaterThan(0);
    await journal.append({ ...record("i_5"), contact_id: "eve" });
    const kept = await readOutbox(directory, all);
    expect(kept.filter(({ contact_id: id }) => id === "ana")).toEqual([]);
    expect(kept.find(({ intent }) => intent === "i_3")).toMatchObject({ ...theirs, contact_id: "bob" });
    expect(kept[0]).toMatchObject({ intent: "i_5", contact_id: "eve" });
    expect(await forgetInOutbox(directory, { contactId: null, addresses: ["ana@example.com"] })).toBe(1);
    expect((await readOutbox(directory, all)).find(({ intent }) => intent === "i_4")).toMatchObject({
      to: null,
      content: {},
    });
    await journal.close();
    const again = await openJournal(directory, 300);
    expect(["i_3", "i_4", "i_5"].map((intent) => again.has(intent))).toEqual([true, true, true]);
    await again.close();
    expect(await forgetInOutbox(join(directory, "none"), { contactId: "ana", addresses: [] })).toBe(0);
  });

  it("forgets whom the system erases, by what they are known as", async () => {
    const provider = await createProvider(outbox, {}, { clock: systemClock, dataDirectory: directory });
    const outbound = outboundOf(provider);
    await outbound.send(message("i1"));
    await outbound.send({ ...message("i2"), contactId: null });
    const to = async () => (await readOutbox(directory, { limit: 10 })).map((line) => [line.intent, line.to]);
    await provider.forget?.("phone:+12025550143");
    await provider.forget?.("id:ana@example.com");
    expect(await to()).toEqual([
      ["i2", "ana@example.com"],
      ["i1", "ana@example.com"],
    ]);
    await provider.forget?.("id:user-42");
    expect(await to()).toEqual([
      ["i2", "ana@example.com"],
      ["i1", null],
    ]);
    await provider.forget?.("email:ana@example.com");
    await provider.forget?.("email:ana@example.com");
    expect(await to()).toEqual([
      ["i2", null],
      ["i1", null],
    ]);
    await outbound.close();
  });

  it("keeps what it accepted, newest first, and readable by the owner alone", async () => {
    const outbound = await open();
    expect(await outbound.send(message("i_1"))).toEqual({ kind: "accepted", providerMessageId: "i_1" });
    await outbound.send({ ...message("i_2"), kind: "slack", channel: "sales", to: null, from: null });
    const kept = await readOutbox(directory, { limit: 10 });
    expect(kept).toMatchObject([
      { intent: "i_2", channel: "sales", kind: "slack", to: null },
      {
        intent: "i_1",
        to: "ana@example.com",
        rule: "sales-demo",
        contact_id: "user-42",
        content: message("i_1").content,
      },
    ]);
    expect(await readOutbox(directory, { limit: 1 })).toHaveLength(1);
    expect(((await stat(file())).mode & 0o777).toString(8)).toBe("600");
    await outbound.close();
  });

  it("keeps every kind of message, a webhook with its body", async () => {
    const outbound = await open();
    for (const kind of ["email", "sms", "push", "voice", "slack", "ticket"] as const) {
      expect(await outbound.send({ ...message(`i_${kind}`), kind })).toMatchObject({ kind: "accepted" });
    }
    const body = { type: "lead.asked", data: { score: 3, tags: ["a"], none: null } };
    await outbound.send({ ...message("i_webhook"), kind: "webhook", to: null, content: {}, body });
    const [newest, before] = await readOutbox(directory, { limit: 7 });
    expect(newest).toMatchObject({ intent: "i_webhook", kind: "webhook", content: {}, body });
    expect(before).not.toHaveProperty("body");
    await outbound.close();
  });

  it("keeps an intent once, however often it is sent, at once or after a restart", async () => {
    const outbound = await open();
    const ends = await Promise.all(Array.from({ length: 20 }, () => outbound.send(message("i_1"))));
    expect(new Set(ends.map((end) => end.kind))).toEqual(new Set(["accepted"]));
    await outbound.close();
    const again = await open();
    await again.send({ ...message("i_1"), attempt: 2 });
    expect(await readOutbox(directory, { limit: 10 })).toHaveLength(1);
    await again.close();
  });

  it("can be asked what became of an attempt, also after a restart", async () => {
    const outbound = await open();
    await outbound.send(message("i_1"));
    await outbound.close();
    const again = await open();
    const ask = (intentId: string) => again.reconcile?.({ message: message(intentId), startedAt: 0, known: [] });
    expect(await ask("i_1")).toEqual({ kind: "found", providerMessageId: "i_1" });
    expect(await ask("i_2")).toEqual({ kind: "not_found" });
    await again.close();
  });

  it("skips the line that a killed process left torn, and goes on after it", async () => {
    const first = await open();
    await first.send(message("i_1"));
    await first.close();
    await appendFile(file(), '{"at":"2026-03-06T14:00:00.000Z","intent":"i_2","ru');
    expect(await readOutbox(directory, { limit: 10 })).toMatchObject([{ intent: "i_1" }]);
    const second = await open();
    await second.send(message("i_2"));
    expect(await readOutbox(directory, { limit: 10 })).toMatchObject([{ intent: "i_2" }, { intent: "i_1" }]);
    expect((await readFile(file(), "utf8")).split("\n")).toHaveLength(3);
    await second.close();
  });

  it("ignores lines that are not its own", async () => {
    await writeFile(file(), 'hello\n{"a":1}\n[]\n\n');
    expect(await readOutbox(directory, { limit: 10 })).toEqual([]);
  });

  it("moves a full file aside, and still lists and knows what is in it", async () => {
    const journal = await openJournal(directory, 1_000);
    for (let i = 1; i <= 6; i += 1) await journal.append(record(`i_${i}`));
    expect((await stat(join(directory, "outbox.1.ndjson"))).size).toBeGreaterThanOrEqual(1_000);
    const listed = (await readOutbox(directory, { limit: 4 })).map(({ intent }) => intent);
    expect(listed).toEqual(["i_6", "i_5", "i_4", "i_3"]);
    expect(journal.has("i_6") && journal.has("i_1")).toBe(true);
    await journal.close();
    const again = await openJournal(directory, 1_000);
    expect(again.has("i_6") && again.has("i_1")).toBe(true);
    await again.close();
  });

  it("says that another attempt makes sense when the disk refuses, and keeps nothing by half", async () => {
    await mkdir(file());
    const outbound = await open();
    expect(await outbound.send(message("i_1"))).toMatchObject({ kind: "retryable" });
    expect(await outbound.reconcile?.({ message: message("i_1"), startedAt: 0, known: [] })).toMatchObject({
      kind: "unavailable",
    });

    await rmdir(file());
    expect(await readOutbox(directory, { limit: 10 })).toEqual([]);
    expect(await outbound.send(message("i_1"))).toMatchObject({ kind: "accepted" });
    expect(await readOutbox(directory, { limit: 10 })).toHaveLength(1);
    await outbound.close();
  });

  it("touches its file with the first message only: of several processes not all send", async () => {
    const outbound = await open();
    expect(existsSync(file())).toBe(false);
    await outbound.close();
    expect(await outbound.send(message("i_1"))).toMatchObject({ kind: "retryable" });
    expect(existsSync(file())).toBe(false);
  });

  it("takes no settings", () => {
    expect(outbox.configure({})).toMatchObject({ ok: true });
    expect(outbox.configure({ path: "/tmp" })).toMatchObject({ ok: false, problems: [{ path: ["path"] }] });
    expect(outbox.configure(null)).toMatchObject({ ok: false });
  });
});
