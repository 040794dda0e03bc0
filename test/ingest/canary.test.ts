import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Unavailable } from "../../src/store/store.ts";
import { apiToken, click, openDoor, postEvents, postSendGrid, postTwilio } from "./open-door.ts";
import type { OpenDoor } from "./open-door.ts";

const email = "canary.person@example.com";
const phone = "+12025550187";
const text = "canary text of a person";
let printed = "";
let door: OpenDoor;

function capture(...parts: readonly unknown[]): true {
  printed += parts.map(String).join(" ");
  return true;
}

beforeEach(() => {
  printed = "";
  for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, "write").mockImplementation(capture);
  for (const method of ["log", "info", "warn", "error"] as const) vi.spyOn(console, method).mockImplementation(capture);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await door.close();
});

describe("what somebody wrote to us", () => {
  it.each([
    ["is taken", undefined],
    ["cannot be stored now", () => Promise.reject(new Unavailable("full"))],
    ["makes us fail", () => Promise.reject(new TypeError("boom"))],
  ])("appears in no answer, no count and no output when it %s", async (_, append) => {
    door = await openDoor(append === undefined ? {} : { append });
    const form = new URLSearchParams({ MessageSid: "SM1", From: phone, Body: text }).toString();
    const posted = { event_type: "x", address: { email, phone }, data: { text } };
    const responses = [
      await postSendGrid(door, JSON.stringify([click({ email, text })])),
      await postSendGrid(door, JSON.stringify([click({ email, timestamp: text })])),
      await postSendGrid(door, `[{"email":"${email}", "text": "${text}"`),
      await postSendGrid(door, JSON.stringify([{ email }]), { "content-type": "text/plain" }),
      await postSendGrid(door, JSON.stringify([{ email }]), { "x-twilio-email-event-webhook-signature": "x" }),
      await postTwilio(door, form),
      await postTwilio(door, form, "", { "x-twilio-signature": "x" }),
      await postTwilio(door, form, `/${encodeURIComponent(email)}`),
      await postEvents(door, posted),
      await postEvents(door, { ...posted, [text]: email, occurred_at: text, address: { email: `${email} ${phone}` } }),
      await postEvents(door, `{"text":"${text}`),
      await postEvents(door, posted, { authorization: `Bearer ${text.replaceAll(" ", "")}` }),
      await fetch(`${door.url}/webhooks/${encodeURIComponent(email)}`, { method: "POST", body: text }),
    ];
    const bodies = await Promise.all(responses.map((response) => response.text()));
    const answers = responses.map((response) => JSON.stringify([...response.headers])).join() + bodies.join();
    // The pointer of an unknown field names it: the caller has shown a token and needs to know which it was.
    const heard =
      answers.replace(`"pointer":"/${text}"`, "") + JSON.stringify([door.refusals, door.accepted]) + printed;
    for (const canary of [email, phone, phone.slice(1), text, apiToken]) expect(heard).not.toContain(canary);
    expect(responses.length).toBe(13);
    expect(new Set(responses.map(({ status }) => status)).size).toBeGreaterThanOrEqual(5);
  });
});
