import { headers } from "nats";
import { describe, expect, it } from "vitest";
import { headersOf } from "../../src/store/jetstream-headers.ts";

/** As the client holds what nats-server sent: the headers, with the beginning of a body behind. */
function received(lines: readonly string[]) {
  const block = Buffer.from(`${["NATS/1.0", ...lines].join("\r\n")}\r\n\r\n`, "utf8");
  return holding(block.length, Buffer.concat([block, Buffer.from("Heed-Body: of the body\r\n")]));
}

function holding(hdr: number, bytes: Uint8Array) {
  return { headers: undefined, _msg: { hdr }, _rdata: bytes };
}

describe("headers of a message", () => {
  const message = received([
    "Heed-Id: a b%20c",
    "Heed-Due:7",
    "Nats-Msg-Id:   grüße ",
    "X-Heed-At: 1",
    "Twice: one",
    "Twice: two",
  ]);

  it.each([
    ["Heed-Id", "a b%20c"],
    ["Heed-Due", "7"],
    ["Nats-Msg-Id", "grüße"],
    ["Twice", "one"],
    // Only as a part of another's name, in other letters, behind the headers.
    ["Heed-At", undefined],
    ["heed-id", undefined],
    ["Heed-Body", undefined],
  ])("%s is %j", (name, value) => {
    expect(headersOf(message)(name)).toBe(value);
    expect(headersOf(Object.assign({ headers: undefined }, { msg: message }))(name)).toBe(value);
  });

  it("has none where there are none", () => {
    expect(headersOf(holding(-1, Buffer.from("\r\nHeed-Id: no\r\n")))("Heed-Id")).toBeUndefined();
  });

  it("asks the client for those of a message of another make", () => {
    const made = headers();
    made.set("Heed-Id", "a");
    expect(headersOf({ headers: made })("Heed-Id")).toBe("a");
    expect(headersOf({ headers: made })("Heed-Due")).toBeUndefined();
  });
});
