import { PassThrough } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import { houseFigures, ruleFigures } from "../../src/ledger/figures-documents.ts";
import { addLine, newFigures } from "../../src/ledger/figures.ts";
import { addHouseLine, newHouseFigures } from "../../src/ledger/house-figures.ts";
import { createLog } from "../../src/observe/log.ts";
import { keepFigures } from "../../src/runtime/keep-figures.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { createTestClock } from "../store/conformance/harness.ts";

const HOUR = 3_600_000;
const log = createLog(new PassThrough());
const clock = createTestClock();
const empty = Buffer.from("{}");

const name = fc.constantFrom("sms", "email", "__proto__", "constructor");
const detail = fc.record(
  {
    channel: name,
    cost: fc.record({ currency: fc.constantFrom("USD", "EUR"), micros: fc.nat(100_000) }),
    provider: fc.oneof(
      name,
      fc.nat(80).map((each) => `publisher ${each}`),
    ),
    type: fc.constantFrom("sms.delivered", "sms.bounced", "sms.received", "sms.opted_out", "email.complained"),
    of: fc.record({ rule: fc.constantFrom("a", "b"), channel: name, first: fc.boolean() }),
    told: fc.boolean(),
    arm: fc.constantFrom("treated", "holdout", "__proto__"),
    value: fc.double({ min: 0, max: 1_000, noNaN: true }),
    until: fc.constant(1),
    code: fc.constant("parked"),
  },
  { requiredKeys: ["channel"] },
);
const line: fc.Arbitrary<LedgerRecord> = fc.record(
  {
    // Some come late, and some so late that their hour is no longer kept.
    at: fc.oneof(fc.nat(10 * HOUR), fc.nat(1_000 * HOUR)),
    rulebook: fc.constant("x"),
    kind: fc.constantFrom(
      ...(["event", "enrolled", "not_enrolled", "step", "message", "message", "converted", "ended", "intent"] as const),
    ),
    rule: fc.constantFrom("a", "b"),
    reason: fc.constantFrom(
      ...([
        "sent",
        "provider.rejected",
        "provider.failed",
        "provider.unknown",
        "event.duplicate",
        "completed",
      ] as const),
    ),
    detail,
  },
  { requiredKeys: ["at", "rulebook", "kind"] },
);

test("figures come to the same for lines that are kept up with as they come, page by page, as for all of them at once", async () => {
  const rounds = fc.array(fc.record({ lines: fc.array(line, { maxLength: 12 }), anew: fc.boolean() }), {
    maxLength: 8,
  });
  const kept = fc.asyncProperty(rounds, async (given) => {
    const store = openMemoryStore({ clock });
    const open = () => keepFigures({ store, clock, log, isMine: () => true });
    let keeper = open();
    let place = 0;
    for (const { lines, anew } of given) {
      const emit = lines.map((each) => {
        place += 1;
        return { lane: "audit" as const, id: `${place}`, key: "id:ana", body: Buffer.from(JSON.stringify(each)) };
      });
      await store.commit({ key: `id:${place}:${given.length}`, base: "new", body: empty, wakeAt: null, emit });
      await keeper.catchUp();
      if (!anew) continue;
      await keeper.stop();
      keeper = open();
    }
    await keeper.stop();
    const [ofRule, ofHouse] = [newFigures(), newHouseFigures()];
    for (const each of given.flatMap(({ lines }) => lines)) {
      addLine(ofRule, each, "a");
      addHouseLine(ofHouse, each);
    }
    expect(text(await ruleFigures(store, "a"))).toBe(text(ofRule));
    expect(text(await houseFigures(store))).toBe(text(ofHouse));
  });
  await fc.assert(kept, { numRuns: 150 });
});

/** With names that no comparison of objects looks at, such as `__proto__`. */
function text(figures: object): string {
  return JSON.stringify(figures);
}
