import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createSnsKeys, signSns } from "../../src/providers/ses/sign.ts";
import { exchange, inboundSecret, now, openDoor, snsTopic } from "./open-door.ts";
import type { OpenDoor } from "./open-door.ts";

let door: OpenDoor;
afterEach(() => door.close());

describe("a mail that a vendor received for us", () => {
  const part = (disposition: string, content: string) =>
    `--xYzZY\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
  const mail = (attachment: string) =>
    [
      part('name="from"', "Ada <ada@example.com>"),
      part('name="text"', "Yes please."),
      part('name="attachment1"; filename="photo.jpg"', attachment),
      "--xYzZY--\r\n",
    ].join("");
  const post = (path: string, body: string) =>
    fetch(`${door.url}${path}?key=${inboundSecret}`, {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=xYzZY" },
      body,
    });

  it("may be larger than any other webhook, at the path that is for mail", async () => {
    door = await openDoor();
    const large = mail("x".repeat(2_000_000));
    expect((await post("/webhooks/sendgrid/inbound", large)).status).toBe(200);
    expect(door.events()).toMatchObject([{ event_type: "email.replied", data: { text: "Yes please." } }]);
    expect((await post("/webhooks/sendgrid", large)).status).toBe(413);
    expect((await post("/webhooks/sendgrid/outbound", mail("x"))).status).toBe(404);
  });

  it("is refused without its secret", async () => {
    door = await openDoor();
    const response = await fetch(`${door.url}/webhooks/sendgrid/inbound`, {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=xYzZY" },
      body: mail("x"),
    });
    expect(response.status).toBe(401);
    expect(door.refusals).toEqual(["sendgrid signature_missing"]);
    expect(door.events()).toEqual([]);
  });

  const head = (path: string, more: string) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=xYzZY\r\n${more}\r\n\r\n`;

  it("is refused without its secret before a byte of it is sent", async () => {
    door = await openDoor({ limits: { lingerMs: 10 } });
    const sent = head("/webhooks/sendgrid/inbound?key=guessed", `Content-Length: ${30 * 1_048_576}`);
    expect(await exchange(door.port, [sent])).toMatch(/^HTTP\/1\.1 401 /);
    expect(door.refusals).toEqual(["sendgrid signature_invalid"]);
  });

  it("waits for room when others are being read, which keeps no small one from coming in", async () => {
    door = await openDoor({ limits: { heldLargeBytes: 3_000_000 } });
    const slow = connect(door.port, "127.0.0.1");
    slow.write(head(`/webhooks/sendgrid/inbound?key=${inboundSecret}`, "Transfer-Encoding: chunked"));
    const large = mail("x".repeat(2_000_000));
    await expect.poll(async () => (await post("/webhooks/sendgrid/inbound", large)).status).toBe(503);
    const refused = await post("/webhooks/sendgrid/inbound", large);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(new Set(door.refusals)).toEqual(new Set(["sendgrid unavailable"]));
    expect((await post("/webhooks/sendgrid/inbound", mail("small"))).status).toBe(200);
    const accepted = door.accepted.length;
    slow.destroy();
    await expect.poll(async () => (await post("/webhooks/sendgrid/inbound", large)).status).toBe(200);
    expect(door.accepted.length).toBeGreaterThan(accepted);
  });
});

describe("a message whose certificate cannot be had now", () => {
  it("is asked to come again, and neither refused for good nor stored", async () => {
    door = await openDoor();
    const body = signSns(
      {
        Type: "Notification",
        MessageId: "m-1",
        TopicArn: snsTopic,
        Message: '{"eventType":"Send","mail":{"destination":["ada@example.com"]}}',
        Timestamp: new Date(now).toISOString(),
        SignatureVersion: "2",
        SigningCertURL: "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123abcd.pem",
      },
      createSnsKeys().privateKey,
    );
    const headers = { "content-type": "text/plain; charset=UTF-8" };
    const response = await fetch(`${door.url}/webhooks/ses`, { method: "POST", headers, body });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("10");
    expect(door.refusals).toEqual(["ses unavailable"]);
    expect(door.events()).toEqual([]);
  });
});
