import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openRecording } from "../../../src/cli/recordings/open-recording.ts";
import { readRunSettings } from "../../../src/cli/run-settings.ts";
import { systemClock } from "../../../src/cli/system-clock.ts";
import { hash53 } from "../../../src/plan/backtest/hash.ts";
import type { Recording } from "../../../src/plan/recording.ts";
import { encodeContact } from "../../../src/runtime/contact-codec.ts";
import { newContact } from "../../../src/core/model/contact.ts";
import { openEmbeddedStore } from "../../../src/store/embedded.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { readBack } from "../../plan/recording-in-pieces.ts";
import { live } from "../lived.ts";
import { lines as fileLines, starterWorkspace } from "./recording-files.ts";

const folder = scratchDirectory();
const START = Date.parse("2026-03-06T15:00:00Z");
const MINUTE = 60_000;
const DAY = 86_400_000;

function event(id: string, at: number, fields: object = {}): object {
  const moment = new Date(at).toISOString();
  return {
    schema_version: 1,
    event_id: id,
    event_type: "page.viewed",
    occurred_at: moment,
    received_at: moment,
    provider: "api",
    contact_id: "ana",
    data: {},
    ...fields,
  };
}

function sentRow(message: string, at: number | null): object {
  const base = { message, contact: "id:ana", rule: "trial", step: "1", channel: "sms", provider: "outbox" };
  return {
    ...base,
    sent_at: at === null ? null : new Date(at).toISOString(),
    outcome: at === null ? "capped" : "sent",
  };
}

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const contextOf = (stdin: Readable = new PassThrough(), data = join(folder, "none")) => ({
  settings: readRunSettings(undefined, { dataDir: data }, {}),
  env: {},
  clock: systemClock,
  stdin,
});

async function idsOf(recording: Recording): Promise<readonly string[]> {
  return (await readBack(recording)).events.map(({ event: { event_id: id } }) => id);
}

describe("a recording in a file", () => {
  test("is read as often as somebody asks, with the messages that were sent", async () => {
    const path = file(
      "month.ndjson",
      fileLines([event("a", START), sentRow("m1", START + 5), event("b", START + MINUTE), sentRow("m2", null)]),
    );
    const recording = await openRecording([path], null, contextOf());
    // By its lines: rows of messages are among them.
    expect(recording).toMatchObject({ source: path, count: 4 });
    for (let times = 0; times < 2; times += 1) {
      const { events, sent, survey } = await readBack(recording);
      expect(events).toMatchObject([
        { at: START, key: "id:ana", event: { event_id: "a" } },
        { at: START + MINUTE, key: "id:ana", event: { event_id: "b" } },
      ]);
      expect(sent).toEqual([{ hash: hash53("m1"), at: START + 5, key: "id:ana" }]);
      expect(survey).toMatchObject({ events: 2, from: START, to: START + MINUTE, unreadable: 0 });
    }
    expect(recording.notes()).toEqual([]);
  });

  test("may be packed, and may come from standard input, which is read once and kept", async () => {
    const text = fileLines([event("a", START), event("b", START + 1)]);
    const packed = await openRecording([file("month.gz", gzipSync(text))], null, contextOf());
    expect(await idsOf(packed)).toEqual(["a", "b"]);
    expect(packed.count).toBe(2);
    expect((await readBack(packed)).sent).toBeNull();
    const piped = await openRecording(["-"], null, contextOf(Readable.from([gzipSync(text)])));
    expect(await idsOf(piped)).toEqual(["a", "b"]);
    expect(await idsOf(piped)).toEqual(["a", "b"]);
    expect(piped.source).toBe("standard input");
    await piped.close();
    await expect(idsOf(piped)).rejects.toThrow(/standard input cannot be read: there is no such file/);
  });

  test("counts lines that are none and says why, and goes on", async () => {
    const good = fileLines([event("a", START)]);
    const bad = [
      "{ not json",
      JSON.stringify([1]),
      JSON.stringify({ hello: "world" }),
      JSON.stringify(event("b", START, { data: null })),
      JSON.stringify(event("c", START, { contact_id: undefined })),
      JSON.stringify(event("d", START, { received_at: "soon", occurred_at: "later" })),
      JSON.stringify(event("e", START, { schema_version: 99 })),
      JSON.stringify(event("f", START, { received_at: undefined, occurred_at: 5 })),
      "",
    ].join("\r\n");
    const path = file("bad.ndjson", `\uFEFF${good}${bad}\n${fileLines([event("z", START + 1)])}`);
    const recording = await openRecording([path], null, contextOf());
    expect(recording.notes()).toEqual([]);
    expect(await idsOf(recording)).toEqual(["a", "z"]);
    expect(recording.notes()).toEqual([
      expect.stringMatching(/^1 line left out: JSON, and no event$/),
      expect.stringMatching(/^1 line left out: an event of nobody/),
      expect.stringMatching(/^1 line left out: an event of version 99/),
      expect.stringMatching(/^2 lines left out: an event without a moment/),
      expect.stringMatching(/^2 lines left out: no event in canonical form$/),
      expect.stringMatching(/^1 line left out: not JSON$/),
    ]);
    // A second reading counts anew.
    expect((await readBack(recording)).survey.unreadable).toBe(8);
    expect(recording.notes()).toHaveLength(6);
  });

  test("begins so long before its last event, not before now, or at a moment", async () => {
    const path = file(
      "long.ndjson",
      fileLines([
        event("old", START - 40 * DAY),
        sentRow("m0", START - 39 * DAY),
        event("a", START - 27 * DAY),
        sentRow("m1", START - 1),
        event("b", START),
      ]),
    );
    const recent = await openRecording([path], "28d", contextOf());
    const { events, sent, survey } = await readBack(recent);
    expect(events.map(({ event: { event_id: id } }) => id)).toEqual(["a", "b"]);
    expect(sent?.map(({ hash }) => hash)).toEqual([hash53("m1")]);
    expect(survey.from).toBe(START - 27 * DAY);
    expect(await idsOf(await openRecording([path], new Date(START - DAY).toISOString(), contextOf()))).toEqual(["b"]);
    const longer = await openRecording([path], "60d", contextOf());
    expect(longer.notes()).toEqual(["the recording begins at 2026-01-25T15:00:00Z, later than --since 60d asks for"]);
    await expect(openRecording([path], "soon", contextOf())).rejects.toThrow(/--since takes 28d for example/);
    await expect(openRecording([path], "2027-01-01T00:00:00Z", contextOf())).rejects.toThrow(/later than the last/);
  });

  test("is put in order, and several are one", async () => {
    const minutes = [3, 1, 2, 0, 5, 4];
    const mixed = file("mixed.ndjson", fileLines(minutes.map((at) => event(`m${at}`, START + at * MINUTE))));
    const others = file("others.ndjson", fileLines([event("x1", START + 1), event("x9", START + 9 * MINUTE)]));
    const recording = await openRecording([mixed, others], null, contextOf());
    expect(await idsOf(recording)).toEqual(["m0", "x1", "m1", "m2", "m3", "m4", "m5", "x9"]);
    expect(recording.source).toBe(`${mixed}, ${others}`);
    expect(recording.notes()).toEqual([]);
  });

  test("tells what was wrong with a file", async () => {
    const opening = (path: string) => openRecording([path], null, contextOf());
    await expect(opening(join(folder, "nothing"))).rejects.toThrow(/there is no such file/);
    await expect(opening(folder)).rejects.toThrow(/is a folder without a store: expected a file of events/);
    const empty = /there are no events in it; expected a canonical event/;
    await expect(idsOf(await opening(file("empty", "")))).rejects.toThrow(empty);
    await expect(openRecording([file("empty", "")], "28d", contextOf())).rejects.toThrow(empty);
    const whole = gzipSync(fileLines([event("a", START)]));
    const damaged = /begins like a .gz file and is damaged or cut off/;
    await expect(idsOf(await opening(file("cut.gz", whole.subarray(0, 60))))).rejects.toThrow(damaged);
    await expect(opening(file("bad.gz", whole.fill(0xff, 2)))).rejects.toThrow(damaged);
  });
});

describe("a recording in a store", () => {
  const data = join(folder, "data");

  test("is what came in and what was sent, also while a system runs on it, without those who were erased", async () => {
    const workspace = starterWorkspace(folder);
    await live({ workspace, data, from: "2026-03-06T15:00:00Z" }, async ({ store, post, lines, reasons, leap }) => {
      await post("e1", "id:ana", { event_type: "trial.began", contact_id: "ana", address: { phone: "+12125550143" } });
      await reasons(1, "sent");
      leap(2 * DAY);
      await post("e2", "id:gone", { event_type: "trial.began", contact_id: "gone" });
      await lines(1, "id:gone");
      const erased = { ...newContact("id:gone"), erased: { at: START + 20 * DAY, anew: false } };
      const body = encodeContact(erased);
      // The system may have more to write of them.
      for (let erasing = true; erasing;) {
        const base = (await store.load("id:gone", "latest"))?.rev ?? "new";
        erasing = !(await store.commit({ key: "id:gone", base, body, wakeAt: null, emit: [] })).ok;
      }
      await post("e3", "id:ben", { event_type: "page.viewed", contact_id: "ben" });
      await lines(1, "id:ben");

      const recording = await openRecording(["store"], null, contextOf(new PassThrough(), data));
      // What comes in from now on is no part of it.
      await post("e4", "id:ben", { event_type: "page.viewed", contact_id: "ben" });
      await lines(2, "id:ben");
      expect(await idsOf(recording)).toEqual(["e1", "e3"]);
      expect(recording.notes()).toEqual(["1 events of contacts that were erased since"]);
      const { sent } = await readBack(recording);
      expect(sent?.map(({ key }) => key)).toEqual(["id:ana"]);
      expect(Math.abs((sent?.[0]?.at ?? 0) - START)).toBeLessThan(30_000);
      await recording.close();
    });
    // By its folder, and only what is young.
    const recent = await openRecording([data], "1d", contextOf());
    expect(await idsOf(recent)).toEqual(["e3", "e4"]);
    expect((await readBack(recent)).sent).toEqual([]);
    await recent.close();
  });

  test("is found from a moment on among many, whatever lies between", async () => {
    const many = join(folder, "many");
    let now = START;
    const store = await openEmbeddedStore({ directory: many, clock: { ...systemClock, now: () => now } });
    for (let day = 0; day < 30; day += 1) {
      now = START + day * DAY;
      const facts = Array.from({ length: 200 }, (_, index) => {
        const id = `${day}.${index}`;
        return { id, key: "id:ana", body: new TextEncoder().encode(JSON.stringify(event(id, now))) };
      });
      await store.append(facts);
    }
    await store.close();
    const recording = await openRecording([many], "9d", contextOf());
    const ids = await idsOf(recording);
    expect(ids).toHaveLength(2_000);
    expect(ids[0]).toBe("20.0");
    expect(ids.at(-1)).toBe("29.199");
    await recording.close();
  });
});
