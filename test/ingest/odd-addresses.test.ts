import { afterEach, describe, expect, it } from "vitest";
import { click, openDoor, type OpenDoor, writeSendGrid, writeTwilio } from "./open-door.ts";

const doors: OpenDoor[] = [];
async function open(allByExpress = false): Promise<OpenDoor> {
  const door = await openDoor({ allByExpress });
  doors.push(door);
  return door;
}
afterEach(async () => {
  for (const door of doors.splice(0)) await door.close();
});

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d+) /.exec(answer)?.[1]);
const form = "MessageSid=SM1&MessageStatus=delivered&To=%2B12025550143";

/** After `/webhooks`, and what comes of it when it is signed as it was called. */
const spellings = [
  ["/twilio", 200],
  ["/twilio?", 200],
  ["/twilio?heed_intent=i_1&heed_contact=user-42", 200],
  ["/twilio?a=/../b//c&%C3%A9=%c3%a9&a=2", 200],
  ["/twilio?path=/webhooks/sendgrid", 200],
  ["/twili%6F", 200],
  ["/%74wilio?a=%20b", 200],
  ["/twilio/", 404],
  ["/twilio/?a=b", 404],
  ["//twilio", 404],
  ["/./twilio", 404],
  ["/Twilio", 404],
  ["/TWILIO", 404],
  ["/twilio%2F", 404],
  ["/twilio%20", 404],
  ["/twilio;a=b", 404],
  ["/twilio%", 400],
  ["/twilio%00", 404],
  ["/__proto__", 404],
] as const;

describe("the address of a webhook, oddly spelled", () => {
  it.each(spellings)("as /webhooks%s is answered with %i by whoever takes it", async (spelling, status) => {
    const path = `/webhooks${spelling}`;
    const answers = await Promise.all([false, true].map(async (all) => writeTwilio(await open(all), path, form)));
    expect(answers.map(statusOf)).toEqual([status, status]);
    const [first = [], second] = doors.map((door) => door.events());
    expect(first).toEqual(second);
    expect(first).toHaveLength(status === 200 ? 1 : 0);
  });

  it.each(["//webhooks/sendgrid", "/Webhooks/sendgrid", "/WEBHOOKS/SENDGRID", "/x/../webhooks/sendgrid"])(
    "as %s leads nowhere, whoever looks",
    async (path) => {
      for (const all of [false, true]) {
        const door = await open(all);
        expect(statusOf(await writeSendGrid(door, path, JSON.stringify([click()])))).toBe(404);
        expect(door.refusals).toEqual(["none unknown_path"]);
      }
    },
  );

  it("is what a signature is judged over, as it was called and not as it is meant", async () => {
    const called = [
      ["/webhooks/twili%6F", "/webhooks/twilio"],
      ["/webhooks/twilio", "/webhooks/twili%6F"],
      ["/webhooks/twilio?a=1&b=2", "/webhooks/twilio?b=2&a=1"],
      ["/webhooks/twilio?a=1", "/webhooks/twilio"],
      ["/webhooks/twilio?a=%41", "/webhooks/twilio?a=B"],
      ["/webhooks/twilio?A=1", "/webhooks/twilio?a=1"],
    ] as const;
    for (const all of [false, true]) {
      const door = await open(all);
      for (const [path, signed] of called) {
        expect([path, statusOf(await writeTwilio(door, path, form, signed))]).toEqual([path, 401]);
        expect([path, statusOf(await writeTwilio(door, path, form))]).toEqual([path, 200]);
      }
      expect(door.refusals).toEqual(called.map(() => "twilio signature_invalid"));
    }
  });
});
