import { afterEach, describe, expect, it } from "vitest";
import { signatureHeader } from "../../src/providers/sendgrid/verify.ts";
import type { Fact, Store } from "../../src/store/store.ts";
import {
  click,
  exchange,
  getMessageBird,
  openDoor,
  type OpenDoor,
  type OpenDoorOptions,
  sendGridHeaders,
} from "./open-door.ts";

let door: OpenDoor;
const open = async (options?: OpenDoorOptions) => (door = await openDoor(options));
afterEach(() => door.close());

describe("a webhook that no vendor's client would send", () => {
  it("with its signature twice is not genuine, whichever of them is right", async () => {
    await open();
    const body = JSON.stringify([click()]);
    const { [signatureHeader]: right = "", ...others } = sendGridHeaders(body);
    const wrong = sendGridHeaders("another")[signatureHeader] ?? "";
    for (const twice of [
      [right, wrong],
      [wrong, right],
      [right, right],
    ]) {
      const lines = [...Object.entries(others), ...twice.map((each) => [signatureHeader, each] as const)]
        .map(([name, value]) => `${name}: ${value}`)
        .join("\r\n");
      const head = `POST /webhooks/sendgrid HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${body.length}\r\n${lines}\r\n\r\n`;
      expect(await exchange(door.port, [head, body])).toMatch(/^HTTP\/1\.1 401 /);
    }
    expect(door.appends).toEqual([]);
  });

  it("may come in pieces of unannounced length", async () => {
    await open();
    const body = JSON.stringify([click()]);
    const lines = Object.entries(sendGridHeaders(body)).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `POST /webhooks/sendgrid HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n${lines.join("")}\r\n`;
    const pieces = [body.slice(0, 7), body.slice(7)].map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`);
    expect(await exchange(door.port, [head, ...pieces, "0\r\n\r\n"])).toMatch(/^HTTP\/1\.1 200 /);
    expect(door.events()).toHaveLength(1);
  });

  it("says nothing in its answer that its path or its headers said", async () => {
    await open();
    const head =
      "POST /webhooks/sendgrid%0d%0aX-Evil:%201 HTTP/1.1\r\nHost: a\r\nX-Request-Id: evil\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
    const answer = await exchange(door.port, [head]);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer.toLowerCase()).not.toContain("evil");
  });
});

describe("a report", () => {
  it("by GET takes no room of bodies", async () => {
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const append = async (facts: readonly Fact[], store: Store) => held.then(() => store.append(facts));
    await open({ limits: { heldBytes: 10 }, append });
    const report = (id: number) => getMessageBird(door, `id=${id}&recipient=12025550143&status=sent`);
    const reports = Promise.all([1, 2, 3].map(report));
    await expect.poll(() => door.appends.length + door.refusals.length).toBe(3);
    goOn();
    expect((await reports).map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});
