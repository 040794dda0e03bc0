import fc from "fast-check";
import { expect, test } from "vitest";
import { eventKey } from "../../../src/core/model/event.ts";
import { idOf } from "../../../src/core/model/sha256.ts";
import { backtest } from "../../../src/plan/backtest/backtest.ts";
import { compareWorkspaces } from "../../../src/plan/compare/compare-workspaces.ts";
import type { RecordedEvent, SentMessage } from "../../../src/plan/recorded.ts";
import { sideOf } from "../planted/scene.ts";
import { readBack, recordingInPieces } from "../recording-in-pieces.ts";
import { DAY, type Files, happened, HEED, MINUTE, recordedOf, ruleOf, START, usual } from "./stage.ts";

const base: Files = {
  "heed.yaml": `${HEED}limits: { first_day: 3 }
caps:
  - { max: 4, per: channel, channel: sms, within: 12h, on_exceed: defer }
`,
  "a/hello.yaml": ruleOf("hello", { event: "Signed Up", more: "delay: 15m\n" }),
  "a/thanks.yaml": ruleOf("thanks", { event: "Bought", send: "email" }),
  "a/again.yaml": ruleOf("again", { event: "email.delivered", text: "Again." }),
};
const head: Files = {
  ...base,
  "a/hello.yaml": ruleOf("hello", { event: "Signed Up", more: "delay: 2h\n" }),
  "a/second.yaml": ruleOf("second", { event: "Seen", send: "email" }),
};

type Line = RecordedEvent | SentMessage;

/** What made a thanks due, and what the recording says of that. */
function linesOfThanks(thanked: RecordedEvent, who: number): readonly Line[] {
  const intent = idOf(thanked.key, idOf("thanks", eventKey(thanked.event)), "1");
  const after = thanked.at - START + MINUTE;
  const delivered = happened(who, "email.delivered", after, {
    message_id: intent,
    provider: "outbox",
    channel: "email",
  });
  return [
    thanked,
    { at: thanked.at, key: thanked.key, intent, rule: "thanks", step: "1", channel: "email" },
    recordedOf(delivered),
  ];
}

const lives = fc.array(
  fc.record({
    who: fc.nat(9),
    type: fc.constantFrom("Signed Up", "Bought", "Seen", "contact.merged"),
    after: fc.integer({ min: 0, max: 5 * 24 * 60 }),
    /** Whose phone it came from. */
    phone: fc.nat(30),
  }),
  { minLength: 1, maxLength: 40 },
);

/** Lines of a recording in an order that has little to do with when anything came in. */
const lines = fc.tuple(lives, fc.boolean()).map(([steps, isOrdered]): readonly Line[] => {
  const found = steps.flatMap(({ who, type, after, phone }): readonly Line[] => {
    const more = {
      address: { email: `c${who}@example.com`, phone: `+1202555${String(1_000 + phone)}` },
      data: type === "contact.merged" ? { from: `c${phone % 10}` } : {},
    };
    const event = recordedOf(happened(who, type, after * MINUTE, more));
    return type === "Bought" ? linesOfThanks(event, who) : [event];
  });
  const last = recordedOf(happened(0, "Nothing", 6 * DAY));
  return (isOrdered ? found.toSorted((a, b) => a.at - b.at) : found).concat(last);
});

test("a recording gives the same plan to the letter, however it is cut", async () => {
  const [was, is] = [await sideOf(base), await sideOf(head)];
  const changes = compareWorkspaces(was, is);
  const seen = { known: 0, unknown: 0 };
  await fc.assert(
    fc.asyncProperty(lines, fc.array(fc.nat(60), { maxLength: 3 }), fc.boolean(), async (all, cuts, withSent) => {
      const told = all.filter((line) => withSent || "event" in line);
      const knows = (some: readonly Line[]): boolean => some.some((line) => !("event" in line));
      const planOf = async (pieces: readonly (readonly Line[])[]): Promise<string> => {
        const recording = recordingInPieces(
          "cut",
          pieces.map((some) => ({ lines: some, knowsSent: knows(some) })),
        );
        return JSON.stringify(await backtest(was, is, changes, recording, { ...usual, sample: 0.7 }));
      };
      const borders = [0, ...cuts.toSorted((a, b) => a - b), Number.POSITIVE_INFINITY];
      const pieces = borders.slice(1).map((to, index) => told.slice(borders[index], to));
      expect(await planOf(pieces)).toBe(await planOf([told]));
      if (knows(told)) seen.known += 1;
      else seen.unknown += 1;
    }),
    { numRuns: 30 },
  );
  expect(Math.min(seen.known, seen.unknown)).toBeGreaterThan(3);
}, 120_000);

test("events are played in the order in which they came in, and those of one moment as they stand", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.nat(30), { maxLength: 20 }), { maxLength: 3 }), async (moments) => {
      const pieces = moments.map((some) => some.map((at) => recordedOf(happened(at % 4, "Seen", at * MINUTE))));
      const recording = recordingInPieces(
        "mixed",
        pieces.map((events) => ({ lines: events, knowsSent: false })),
      );
      const { events, survey } = await readBack(recording);
      // Sorting keeps what is equal as it was.
      const expected = pieces.flat().toSorted((a, b) => a.at - b.at);
      expect(events).toEqual(expected);
      expect([...survey.records.keys].map((key) => survey.keys[key])).toEqual(expected.map(({ key }) => key));
    }),
  );
});

test("a recording is known by its digest: another one has another", async () => {
  const was = await sideOf(base);
  const digestOf = async (product: string): Promise<string> => {
    const lines = [happened(1, "Seen", 0, { event_id: "e", data: { product } })].map(recordedOf);
    const recording = recordingInPieces("known", [{ lines, knowsSent: false }]);
    return (await backtest(was, was, compareWorkspaces(was, was), recording, usual)).events.digest;
  };
  expect(await digestOf("shoe")).toBe(await digestOf("shoe"));
  expect(await digestOf("shoe")).not.toBe(await digestOf("shoo"));
});
