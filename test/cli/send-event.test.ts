import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { BadSetting, readRunSettings, type RunFlags } from "../../src/cli/run-settings.ts";
import { sendEvent, type SendEventFlags } from "../../src/cli/send-event.ts";
import { storeFlags } from "../../src/cli/store-flags.ts";
import { systemClock } from "../../src/cli/system-clock.ts";
import { openEmbeddedStore } from "../../src/store/embedded.ts";
import { collect, eventually, text } from "../store/conformance/harness.ts";
import { scratchDirectory, writeFiles } from "../support/scratch.ts";

const scratch = scratchDirectory();
const workspace = writeFiles(join(scratch, "rules"), {
  "heed.yaml":
    'workspace: w\ntime_zone: America/New_York\ncountry: US\nproviders: { outbox: {} }\nchannels: { sms: { kind: sms, provider: outbox, from: "+12025550100" } }\n',
});

interface Place {
  send(file: string | undefined, flags?: SendEventFlags, stdin?: string): Promise<Outcome>;
  /** What the store holds for the deciders. */
  events(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** How many they are. */
  waiting(): Promise<number>;
}

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A store of its own that nobody has open, and the command before it. */
function newPlace(rules = workspace): Place {
  const dataDirectory = join(scratch, randomUUID());
  const env = { HEED_RULES: rules, HEED_DATA_DIR: dataDirectory, PORT: "1" };
  const settings = readRunSettings(undefined, {}, env);
  return {
    async send(file, flags = {}, stdin = "") {
      const said = { out: "", err: "" };
      const io = { out: (part: string) => void (said.out += part), err: (part: string) => void (said.err += part) };
      const context = { settings, clock: systemClock, io, stdin: Readable.from([stdin]) };
      // A command begins no store: a start of the system has.
      await openEmbeddedStore({ directory: dataDirectory, clock: systemClock }).then((store) => store.close());
      return { code: await sendEvent(file, flags, context), ...said };
    },
    async waiting() {
      const store = await openEmbeddedStore({ directory: dataDirectory, clock: systemClock });
      const { depth } = await store.health();
      await store.close();
      return depth["events"] ?? 0;
    },
    async events() {
      const store = await openEmbeddedStore({ directory: dataDirectory, clock: systemClock });
      const lane = await collect(store, "events");
      const { depth } = await store.health();
      await eventually(() => expect(lane.deliveries.length).toBeGreaterThanOrEqual(depth["events"] ?? 0));
      await store.close();
      return lane.deliveries.map(({ body }) => JSON.parse(text(body) ?? "") as Record<string, unknown>);
    },
  };
}

it("names where a command that it tells must look, without a login", () => {
  const at = (flags: RunFlags) => storeFlags(readRunSettings(undefined, flags, {}));
  const nats = { store: "nats://ana:a-password@nats.example.com:4222", namespace: "second" };
  expect(at(nats)).toBe(" --store nats://nats.example.com:4222 --namespace second");
  expect(at({})).toBe("");
});

describe("heed send-event with the event in flags", () => {
  it("puts it in as the door would, and says under which id", async () => {
    const place = newPlace();
    const { code, out, err } = await place.send(undefined, {
      type: "lead.demo_requested",
      contact: "ana-1",
      email: "Ana@Example.com",
      phone: "(202) 555-0143",
      data: '{"company":"Example Inc"}',
      id: "demo-1",
    });
    expect([code, out]).toEqual([0, "accepted: lead.demo_requested demo-1\n"]);
    expect(err).toContain("no running system answers at http://127.0.0.1:1");
    expect(err).toContain(`heed explain --event demo-1 --data-dir ${scratch}`);
    expect(await place.events()).toMatchObject([
      {
        event_id: "demo-1",
        event_type: "lead.demo_requested",
        contact_id: "ana-1",
        address: { email: "ana@example.com", phone: "+12025550143" },
        data: { company: "Example Inc" },
      },
    ]);
  });

  it("doubts a type that no rule listens to, and sends it all the same", async () => {
    const rules = new URL("../../rules", import.meta.url).pathname;
    const slip = await newPlace(rules).send(undefined, { type: "lead.demo_requestd", contact: "ana-1", id: "e1" });
    expect([slip.code, slip.out]).toEqual([0, "accepted: lead.demo_requestd e1\n"]);
    expect(slip.err).toContain(
      "no rule listens to lead.demo_requestd (did you mean lead.demo_requested, which starts sales-demo?)",
    );
    const meant = await newPlace(rules).send(undefined, { type: "lead.demo_requested", contact: "ana-1" });
    expect(meant.err).not.toContain("no rule listens");
  });

  it("says that it knows one already", async () => {
    const place = newPlace();
    const event = { type: "a", contact: "ana-1", id: "e1" };
    await place.send(undefined, event);
    const { code, out } = await place.send(undefined, event);
    expect([code, out]).toEqual([0, "known already: a e1\n"]);
  });

  it.for([
    [{ type: "a" }, "event: must have an identity: contact_id, address.email, address.phone or data.anonymous_id"],
    [{ type: " a", contact: "ana" }, '/event_type: must match pattern "^\\S(.*\\S)?$", found " a"'],
    [{ type: "a", email: "ana" }, '/address/email: must match pattern "^[^\\s@]+@[^\\s@]+$", found "ana"'],
    [{ type: "a", phone: "12345" }, '/address/phone: must be a possible phone number, found "12345"'],
    [{ type: "a", contact: "c", at: "yesterday" }, '/occurred_at: must match format "date-time", found "yesterday"'],
  ] as const)("refuses %o with path, expected and found, and sends nothing", async ([flags, fault]) => {
    const place = newPlace();
    const { code, out, err } = await place.send(undefined, flags);
    expect([code, out]).toEqual([1, ""]);
    expect(err.split("\n")).toContain(fault);
    expect(await place.events()).toEqual([]);
  });

  it("asks for the prefix of a phone number where no workspace says which country it is of", async () => {
    const place = newPlace(join(scratch, "nothing-here"));
    const { code, err } = await place.send(undefined, { type: "a", phone: "(202) 555-0143" });
    expect(code).toBe(1);
    expect(err).toContain("/address/phone: expected a number that begins with + and its country's prefix, because");
    expect((await place.send(undefined, { type: "a", phone: "+12025550143" })).code).toBe(0);
  });

  it.for([
    [undefined, {}, "expected a file of events, - for standard input, or an event: --type lead.demo_requested"],
    [undefined, { contact: "ana-1" }, "expected a file of events, - for standard input, or an event"],
    ["-", { type: "a" }, "expected a file or the event in flags, found both"],
    [undefined, { type: "a", data: "[1]" }, `--data: expected a JSON object such as '{"plan":"pro"}', found "[1]"`],
    [join(scratch, "none.ndjson"), {}, "none.ndjson cannot be read: there is no such file"],
    [scratch, {}, "cannot be read: it is a folder"],
  ] as const)("refuses %s and %o as wrong usage", async ([file, flags, message]) => {
    const sending = newPlace().send(file, flags);
    await expect(sending).rejects.toThrow(BadSetting);
    await expect(newPlace().send(file, flags)).rejects.toThrow(message);
  });
});

describe("heed send-event with a file", () => {
  const line = (fields: object) => JSON.stringify({ event_type: "a", contact_id: "ana-1", ...fields });

  it("sends every sound event of its lines, and tells of each other one what is wrong, and where", async () => {
    const place = newPlace();
    const lines = [
      line({ event_id: "e1" }),
      "",
      line({ event_id: "e1" }),
      line({ event_type: 7 }),
      '{"event_type": "a",',
      `[${line({ event_id: "e2" })}, ${line({ contact: "bob" })}]`,
      line({ event_id: "e3" }),
    ];
    const { code, out, err } = await place.send("-", {}, `${lines.join("\r\n")}\n`);
    expect([code, out]).toEqual([1, "3 accepted, 1 known already, 3 refused\n"]);
    expect(err.split("\n").filter((said) => said.startsWith("line"))).toEqual([
      "line 4: /event_type: must be string, found 7",
      'line 5: expected an event as JSON, found "{\\"event_type\\": \\"a\\",": it is not JSON',
      "line 6, element 2: /contact: an event has no such key; what is your own goes under data",
    ]);
    expect((await place.events()).map((event) => event["event_id"])).toEqual(["e1", "e2", "e3"]);
  });

  it("tells of a first line that is broken as of any other", async () => {
    const place = newPlace();
    const { code, out, err } = await place.send("-", {}, `{"event_type":\n${line({})}\n${line({})}\n`);
    expect([code, out]).toEqual([1, "2 accepted, 0 known already, 1 refused\n"]);
    expect(err).toContain('line 1: expected an event as JSON, found "{\\"event_type\\":": it is not JSON');
  });

  it("tells once of a text over several lines that is broken", async () => {
    const { code, out, err } = await newPlace().send("-", {}, `[\n  ${line({})},\n  ${line({})}\n`);
    expect([code, out]).toEqual([1, "0 accepted, 0 known already, 1 refused\n"]);
    expect(err).toContain("event: expected an event as JSON, found");
  });

  it.for([
    ["an array with an event in each line", `[\n${line({})}\n]\n`, 1],
    [
      "an array over several lines",
      JSON.stringify(
        [
          { event_type: "a", contact_id: "x" },
          { event_type: "b", contact_id: "x" },
        ],
        null,
        2,
      ),
      2,
    ],
    ["one event over several lines", JSON.stringify({ event_type: "a", contact_id: "x" }, null, 2), 1],
    ["an array in one line, after a byte order mark", `\uFEFF[${line({})},${line({})}]`, 2],
    ["nothing", "", 0],
  ] as const)("reads %s", async ([, content, count]) => {
    const place = newPlace();
    const file = join(writeFiles(join(scratch, randomUUID()), { "events.json": content }), "events.json");
    const { code, out } = await place.send(file);
    expect([code, out]).toEqual([0, `${count} accepted, 0 known already, 0 refused\n`]);
    expect(await place.events()).toHaveLength(count);
  });

  it("sends thousands, in batches that the door would take", async () => {
    const place = newPlace();
    const lines = Array.from({ length: 1_500 }, (_, index) =>
      line({ event_id: `e${index}`, data: { text: "x".repeat(1_500) } }),
    );
    const { code, out } = await place.send("-", {}, lines.join("\n"));
    expect([code, out]).toEqual([0, "1500 accepted, 0 known already, 0 refused\n"]);
    expect(await place.waiting()).toBe(1_500);
  });
});
