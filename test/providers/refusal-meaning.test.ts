import { describe, expect, test } from "vitest";
import { outcomeOfMeaning } from "../../src/providers/refusal-meaning.ts";
import { providerRegistry } from "../../src/providers/registry.ts";

/** Every vendor that answers with a status of HTTP; SMTP has replies of its own. */
const vendors = [...providerRegistry.values()].flatMap(({ name, outcomeOfRefusal }) =>
  outcomeOfRefusal === undefined || name === "smtp" ? [] : [{ name, outcomeOfRefusal }],
);

describe.each(vendors)("a bare status from $name", ({ outcomeOfRefusal }) => {
  const said = (status: number) => outcomeOfRefusal({ status, code: null, afterMs: 2_000 });

  test.each([301, 302, 307, 308, 401, 402, 403, 407])("%i is about us, and no message is given up for it", (status) => {
    expect(said(status)).toEqual({ kind: "misconfigured", code: `http_${status}` });
  });

  test("429 waits as long as was said", () => {
    expect(said(429)).toEqual({ kind: "retryable", code: "http_429", afterMs: 2_000 });
  });

  test.each([408, 500, 502, 503, 504, 599])(
    "%i gives nothing up: it may have been taken, or may be taken yet",
    (status) => {
      expect(["ambiguous", "retryable"]).toContain(said(status).kind);
    },
  );

  test("413 is about what the message says", () => {
    expect(said(413)).toEqual({ kind: "rejected", code: "http_413", class: "content" });
  });
});

test("there are vendors to be judged", () => {
  expect(vendors.length).toBeGreaterThan(9);
});

test("what a refusal means becomes what is done, and a time to wait is for those that wait", () => {
  expect(outcomeOfMeaning("ambiguous", "1", 5)).toEqual({ kind: "ambiguous", code: "1" });
  expect(outcomeOfMeaning("opted_out", "1", 5)).toEqual({ kind: "rejected", code: "1", class: "opted_out" });
});
