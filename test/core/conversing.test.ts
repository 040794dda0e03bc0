import { describe, expect, test } from "vitest";
import { on, rule, rulebook, sendStep, START, world } from "./given.ts";

const MINUTE = 60_000;
const phone = "+12025550143";
const ana = { address: { phone } };
const reminder = rule({ id: "reminder", trigger: { match: on("lead.created"), maxAge: { count: 1, unit: "h" } } });
const handOver = rule({
  id: "hand-over",
  trigger: { match: on("sms.received"), maxAge: { count: 1, unit: "h" } },
  steps: [sendStep("sales")],
});

function talk() {
  const w = world(rulebook([reminder, handOver]));
  w.event({ event_type: "lead.created", ...ana });
  w.pass(MINUTE);
  w.event({ event_type: "sms.received", ...ana, data: { text: "I need help" } });
  w.pass(MINUTE);
  return w;
}

describe("who is handed a case", () => {
  test("hears what was said before, in both directions and in order", () => {
    const w = talk();
    const [toAna, toSales] = w.calls;
    expect(toAna?.conversation).toBeUndefined();
    expect(toSales?.conversation).toEqual([
      { at: START, direction: "out", channel: "sms", text: "hello" },
      { at: START + MINUTE, direction: "in", channel: "sms", text: "I need help" },
    ]);
  });

  test("hears whom it is about, by the names and addresses that are known", () => {
    const w = world(rulebook([handOver]));
    const traits = { first_name: "Ana", last_name: "Example" };
    w.event({ event_type: "contact.identified", address: { phone, email: "ana@example.com" }, data: { traits } });
    w.event({ event_type: "sms.received", ...ana, data: { text: "Hello?" } });
    w.event({ event_type: "contact.updated", data: { traits: { name: "Ana B. Example" } } });
    w.event({ event_type: "sms.received", ...ana, event_id: "again", data: { text: "Hello?" } });
    expect(w.calls.map(({ about }) => about)).toEqual([
      { name: "Ana Example", email: "ana@example.com", phone },
      { name: "Ana B. Example", email: "ana@example.com", phone },
    ]);
  });

  test("hears what was said under an address before it was known whose it is", () => {
    const w = world(rulebook([handOver]));
    w.event({ event_type: "sms.received", ...ana, data: { text: "Hello?" } }, `phone:${phone}`);
    w.event({ event_type: "contact.identified", ...ana }, "id:c1");
    expect(w.contact("id:c1").conversation.map(({ text }) => text)).toEqual(["Hello?"]);
    expect(w.contact(`phone:${phone}`).conversation).toEqual([]);
  });

  test("hears the last ten messages, long ones cut off, and none of a month ago", () => {
    const w = world(rulebook([handOver]));
    for (let index = 0; index < 12; index += 1) {
      w.event({
        event_type: "sms.received",
        ...ana,
        data: { text: index === 11 ? "é😀".repeat(400) : `text ${index}` },
      });
      w.pass(MINUTE);
    }
    const { conversation } = w.contact("id:c1");
    expect(conversation.map(({ text }) => text).slice(0, 9)).toEqual(
      Array.from({ length: 9 }, (_, index) => `text ${index + 2}`),
    );
    expect(Array.from(conversation[9]?.text ?? "")).toHaveLength(300);
    w.pass(31 * 24 * 60 * MINUTE);
    w.event({ event_type: "lead.created", ...ana });
    expect(w.contact("id:c1").conversation).toEqual([]);
  });

  test("is nobody without a channel to people of one's own, and then nothing is kept", () => {
    const channels = new Map([...rulebook([]).workspace.channels].filter(([name]) => name !== "sales"));
    const w = world(rulebook([reminder], { channels }));
    w.event({ event_type: "sms.received", ...ana, data: { text: "I need help" } });
    expect(w.contact("id:c1").conversation).toEqual([]);
  });
});
