import { readFileSync, readdirSync } from "node:fs";
import fc from "fast-check";
import twilioSdk from "twilio";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/cli/system-clock.ts";
import type { Json } from "../../src/core/model/json.ts";
import { parseJson } from "../../src/core/model/parse-json.ts";
import { createEventValidator } from "../../src/ingest/validate-event.ts";
import type { Normalized, OutgoingMessage, Provider, WebhookRequest } from "../../src/providers/provider.ts";
import { startTwilioFake } from "../../src/providers/twilio/fake.ts";
import { parseForm } from "../../src/providers/twilio/form.ts";
import { signatureHeader, signedParameters, signTwilio, twilioSignature } from "../../src/providers/twilio/sign.ts";
import { twilio } from "../../src/providers/twilio/twilio.ts";
import { verifyTwilio } from "../../src/providers/twilio/verify.ts";
import { createProvider, inboundContract, inboundOf, now, outboundContract, outboundOf } from "./contract.ts";

const folder = new URL("fixtures/twilio/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".form"));
const sample = (name: string) => readFileSync(new URL(name, folder), "utf8").trim();

const accountSid = "AC00000000000000000000000000000001";
const authToken = "token-of-the-account";
const publicUrl = "https://hooks.example.com/heed";
const settings = { account_sid: accountSid, auth_token: authToken, webhook: { public_url: publicUrl } };
const path = "/webhooks/twilio";

function signed(body: Uint8Array | string, url = path, token = authToken): WebhookRequest {
  const headers = signTwilio(publicUrl + url, new URLSearchParams(Buffer.from(body).toString("utf8")), token);
  return { method: "POST", url, headers, body: Buffer.from(body) };
}

inboundContract("twilio", { open: () => createProvider(twilio, settings), signed, samples: names.map(sample) });

const message: OutgoingMessage = {
  intentId: "i_1/é",
  attempt: 1,
  contactId: "user-42",
  ruleId: "clicked-guide-sms",
  channel: "sms",
  kind: "sms",
  from: "+12025550100",
  to: "+12025550143",
  content: { text: "Hi Ana, reply YES if you'd like a call." },
};

async function openAgainstFake(timeout: string, baseUrl?: string, webhook?: Json) {
  let time = now;
  const fake = await startTwilioFake({ accountSid, authToken, now: () => time });
  const given = { account_sid: accountSid, auth_token: authToken, base_url: baseUrl ?? fake.url, timeout };
  const provider = await createProvider(twilio, webhook === undefined ? given : { ...given, webhook });
  const { script, close } = fake;
  const setTime = (ms: number) => void (time = ms);
  return { fake, outbound: outboundOf(provider), taken: () => fake.messages.length, script, close, setTime };
}

outboundContract("twilio", {
  open: openAgainstFake,
  message,
  outcomes: [
    ["ok", { kind: "accepted", providerMessageId: "SM00000000000000000000000000000001" }],
    ["429", { kind: "retryable", code: "20429", afterMs: 2_000 }],
    ["500", { kind: "ambiguous", code: "20500" }],
    ["401", { kind: "misconfigured", code: "20003" }],
    ["accept-then-hang", { kind: "ambiguous", code: "timeout" }],
    ["accept-then-reset", { kind: "ambiguous", code: "ECONNRESET" }],
    ["html-200", { kind: "ambiguous", code: "unexpected_answer" }],
    ["empty-200", { kind: "ambiguous", code: "unexpected_answer" }],
    [{ code: 21610 }, { kind: "rejected", code: "21610", class: "opted_out" }],
    [{ code: 21211 }, { kind: "rejected", code: "21211", class: "invalid_address" }],
    [{ code: 21635 }, { kind: "rejected", code: "21635", class: "invalid_address" }],
    [{ code: 21617 }, { kind: "rejected", code: "21617", class: "content" }],
    [{ code: 21408 }, { kind: "rejected", code: "21408", class: "other" }],
    [{ code: 99999 }, { kind: "rejected", code: "99999", class: "other" }],
    [{ code: 21606 }, { kind: "misconfigured", code: "21606" }],
    [{ code: 21611 }, { kind: "retryable", code: "21611", afterMs: null }],
  ],
});

describe("a text through twilio", () => {
  it("carries our ids in the query string of its status callback", async () => {
    const { fake, outbound, close } = await openAgainstFake("5s", undefined, { public_url: publicUrl });
    await outbound.send(message);
    const callback = new URL(fake.calls[0]?.parameters["StatusCallback"] ?? "");
    expect(callback.origin + callback.pathname).toBe(`${publicUrl}${path}`);
    expect(Object.fromEntries(callback.searchParams)).toEqual({ heed_intent: "i_1/é", heed_contact: "user-42" });
    await close();
  });

  it("asks for no callback when nobody could reach us", async () => {
    const { fake, outbound, close } = await openAgainstFake("5s");
    await outbound.send(message);
    expect(fake.calls[0]?.parameters).toEqual({ To: message.to, From: message.from, Body: message.content["text"] });
    await close();
  });

  it("goes through a messaging service when the sender is one", async () => {
    const { fake, outbound, close } = await openAgainstFake("5s");
    await outbound.send({ ...message, from: "MG00000000000000000000000000000001" });
    expect(fake.calls[0]?.parameters).toMatchObject({ MessagingServiceSid: "MG00000000000000000000000000000001" });
    expect(fake.calls[0]?.parameters).not.toHaveProperty("From");
    await close();
  });

  it("is not attempted without a text or a sender", async () => {
    const { outbound, taken, close } = await openAgainstFake("5s");
    expect(await outbound.send({ ...message, content: {} })).toMatchObject({ kind: "rejected", class: "content" });
    expect(await outbound.send({ ...message, from: null })).toEqual({ kind: "misconfigured", code: "from_missing" });
    expect(taken()).toBe(0);
    await close();
  });
});

const call: OutgoingMessage = {
  ...message,
  channel: "phone",
  kind: "voice",
  content: { text: "Your order is ready." },
};

outboundContract("twilio's calls", {
  open: async (timeout, baseUrl) => {
    const { fake, ...rest } = await openAgainstFake(timeout, baseUrl);
    return { ...rest, taken: () => fake.phoneCalls.length };
  },
  message: call,
  outcomes: [
    ["ok", { kind: "accepted", providerMessageId: "CA00000000000000000000000000000001" }],
    ["429", { kind: "retryable", code: "20429", afterMs: 2_000 }],
    ["500", { kind: "ambiguous", code: "20500" }],
    ["401", { kind: "misconfigured", code: "20003" }],
    ["accept-then-hang", { kind: "ambiguous", code: "timeout" }],
    ["accept-then-reset", { kind: "ambiguous", code: "ECONNRESET" }],
    ["html-200", { kind: "ambiguous", code: "unexpected_answer" }],
    ["empty-200", { kind: "ambiguous", code: "unexpected_answer" }],
    ["invalid", { kind: "rejected", code: "21211", class: "invalid_address" }],
    [{ code: 21215 }, { kind: "rejected", code: "21215", class: "other" }],
    [{ code: 21210 }, { kind: "misconfigured", code: "21210" }],
    [{ code: 10004 }, { kind: "retryable", code: "10004", afterMs: null }],
  ],
});

describe("a call through twilio", () => {
  const parametersOf = async (given: OutgoingMessage, more: { readonly [name: string]: Json } = {}) => {
    const fake = await startTwilioFake({ accountSid, authToken, now: () => now });
    const outbound = outboundOf(await createProvider(twilio, { ...settings, base_url: fake.url, ...more }));
    const outcome = await outbound.send(given);
    await outbound.close();
    await fake.close();
    return { outcome, parameters: fake.calls[0]?.parameters ?? {} };
  };

  it("says the text and nothing else, and reports on every step with our ids", async () => {
    const { parameters } = await parametersOf(call);
    expect(parameters).toMatchObject({
      To: call.to,
      From: call.from,
      Twiml: '<?xml version="1.0" encoding="UTF-8"?><Response><Say>Your order is ready.</Say></Response>',
      StatusCallback: `${publicUrl}${path}?heed_intent=i_1%2F%C3%A9&heed_contact=user-42`,
    });
    expect(parameters).not.toHaveProperty("MachineDetection");
  });

  it("speaks with the voice that the settings name, and listens who answers when they say so", async () => {
    const voice = { name: "Polly.Vicki", language: "de-DE", machine_detection: "DetectMessageEnd" };
    const { parameters } = await parametersOf(call, { voice });
    expect(parameters["Twiml"]).toContain('<Say voice="Polly.Vicki" language="de-DE">');
    expect(parameters["MachineDetection"]).toBe("DetectMessageEnd");
  });

  it("can't be told to do anything else by what it says", async () => {
    const text = `Hi </Say><Dial>+19005550199</Dial><Say>& "you" \u0000\u0008\ud800\uffff 🙂`;
    const { parameters } = await parametersOf({ ...call, content: { text } });
    const said = /<Say>(.*)<\/Say>/su.exec(parameters["Twiml"] ?? "")?.[1];
    expect(said).toBe('Hi &lt;/Say&gt;&lt;Dial&gt;+19005550199&lt;/Dial&gt;&lt;Say&gt;&amp; "you"      🙂');
  });

  it("is not attempted with more than can be said at once, without a text, or from a messaging service", async () => {
    const long = { ...call, content: { text: "a".repeat(4_000) } };
    expect((await parametersOf(long)).outcome).toEqual({
      kind: "rejected",
      code: "content_too_long",
      class: "content",
    });
    expect((await parametersOf({ ...call, content: {} })).outcome).toMatchObject({
      kind: "rejected",
      class: "content",
    });
    const service = { ...call, from: "MG00000000000000000000000000000001" };
    expect((await parametersOf(service)).outcome).toEqual({ kind: "misconfigured", code: "from_is_no_number" });
  });

  it("whose answer was lost is found among the calls, and not among those of others or of long ago", async () => {
    const { fake, outbound, script, setTime, close } = await openAgainstFake("300ms");
    const query = { message: call, startedAt: now, known: [] };
    setTime(now - 61_000);
    await outbound.send(call);
    setTime(now);
    await outbound.send({ ...call, to: "+12025550199" });
    expect(await outbound.reconcile?.(query)).toEqual({ kind: "not_found" });
    script("accept-then-hang");
    await outbound.send(call);
    const { sid } = fake.phoneCalls[2] ?? {};
    expect(await outbound.reconcile?.(query)).toEqual({ kind: "found", providerMessageId: sid });
    expect(await outbound.reconcile?.({ ...query, known: [sid ?? ""] })).toEqual({ kind: "not_found" });
    await close();
  });
});

describe("asking twilio for what was missed", () => {
  const day = 86_400_000;
  const date = (ms: number) => new Date(ms).toUTCString().replace("GMT", "+0000");
  const open = async () => {
    const fake = await startTwilioFake({ accountSid, authToken, now: () => now });
    const provider = await createProvider(twilio, { ...settings, base_url: fake.url }, backfillContext);
    return { fake, provider };
  };
  const backfillContext = {
    clock: { ...systemClock, now: () => now },
    dataDirectory: "/nonexistent",
    readPhone: () => null,
  };
  const collect = async (provider: Provider, since: number) => {
    if (provider.backfill === undefined) throw new Error("expected twilio to be asked");
    const pages = [];
    for await (const page of provider.backfill(since, now)) pages.push(page);
    return pages;
  };

  it("tells how calls of ours ended, as their webhooks would have, and nothing of calls that came", async () => {
    const { fake, provider } = await open();
    const call = {
      to: "+14155550123",
      from: "+15005550006",
      start_time: date(now - day),
      end_time: date(now - day + 30_000),
    };
    fake.keepCall({ sid: "CA1", ...call, status: "completed", answered_by: "machine_start" });
    fake.keepCall({ sid: "CA2", ...call, status: "no-answer" });
    fake.keepCall({ sid: "CA3", ...call, status: "completed", direction: "inbound" });
    fake.keepCall({ sid: "CA4", ...call, status: "completed", start_time: date(now - 9 * day) });
    const events = (await collect(provider, now - 2 * day)).flatMap((page) => page.events);
    expect(events.map(({ event_id, event_type, data }) => [event_id, event_type, data["machine"]])).toEqual([
      ["CA2:no-answer", "voice.undelivered", undefined],
      ["CA1:completed", "voice.delivered", true],
    ]);
    expect(events[1]).toMatchObject({ address: { phone: "+14155550123" }, message_id: "CA1", channel: "voice" });
    expect(events[1]?.occurred_at).toBe(new Date(now - day + 30_000).toISOString());
    const report = signed(
      "CallSid=CA1&CallStatus=completed&To=%2B14155550123&From=%2B15005550006&Direction=outbound-api",
    );
    const normalized = inboundOf(provider).normalize(report, now);
    expect(normalized).toMatchObject({ events: [{ event_id: "CA1:completed", event_type: "voice.delivered" }] });
    const validate = createEventValidator();
    for (const event of events) expect(validate(event)).toEqual({ event });
    await outboundOf(provider).close();
    await fake.close();
  });

  it("gives the same events, under the same ids, as its webhooks would have", async () => {
    const { fake, provider } = await open();
    const ours = { from: "+15005550006", messaging_service_sid: "MG00000000000000000000000000000001" };
    const them = { to: "+15005550006", from: "+14155550123", direction: "inbound", status: "received" };
    const sent = { to: "+14155550123", date_sent: date(now - day), date_updated: date(now - day) };
    fake.keep({
      sid: "SM000000000000000000000000000000a1",
      body: "Yes, tell me more",
      ...them,
      date_sent: date(now - day),
    });
    fake.keep({ sid: "SM000000000000000000000000000000b1", body: "Hi", status: "delivered", ...ours, ...sent });
    fake.keep({
      sid: "SM000000000000000000000000000000b2",
      body: "Hi",
      status: "failed",
      ...ours,
      ...sent,
      error_code: 21610,
    });
    fake.keep({
      sid: "SM000000000000000000000000000000b3",
      body: "Hi",
      status: "sent",
      ...sent,
      date_sent: date(now - 9 * day),
    });
    fake.keep({ sid: "SM000000000000000000000000000000b4", body: "Hi", status: "sent", ...sent, to: "12345" });
    const events = (await collect(provider, now - 2 * day)).flatMap((page) => page.events);
    expect(events.map(({ event_id, event_type }) => [event_id, event_type])).toEqual([
      ["SM000000000000000000000000000000b2:failed", "sms.failed"],
      ["SM000000000000000000000000000000b2:opted_out", "sms.opted_out"],
      ["SM000000000000000000000000000000b1:delivered", "sms.delivered"],
      ["SM000000000000000000000000000000a1", "sms.received"],
    ]);
    const written = inboundOf(provider).normalize(signed(sample("inbound-sms.form")), now);
    if ("malformed" in written) throw new Error(written.malformed);
    const { data, occurred_at, ...rest } = events[3] ?? {};
    expect(written.events[0]).toMatchObject(rest);
    expect(data).toEqual({ To: "+15005550006", NumMedia: "0", text: "Yes, tell me more" });
    expect(occurred_at).toBe(new Date(now - day).toISOString());
    const validate = createEventValidator();
    for (const event of events) expect(validate(event)).toEqual({ event });
    await outboundOf(provider).close();
    await fake.close();
  });

  it("goes on until the last page", async () => {
    const { fake, provider } = await open();
    const them = { to: "+15005550006", from: "+14155550123", direction: "inbound", date_sent: date(now - day) };
    for (let count = 0; count < 1_001; count += 1) fake.keep({ sid: `SM${count}`, body: "hi", ...them });
    const pages = await collect(provider, now - 2 * day);
    // Of texts, and then of calls.
    expect(pages.map(({ events }) => events.length)).toEqual([1_000, 1, 0]);
    await outboundOf(provider).close();
    await fake.close();
  });

  it("says why it could not, in words that carry no credentials", async () => {
    const { fake, provider } = await open();
    const wrong = await createProvider(twilio, { ...settings, auth_token: "another", base_url: fake.url });
    await expect(collect(wrong, now)).rejects.toThrow("Twilio could not be asked for its messages: error 20003");
    await fake.close();
    await expect(collect(provider, now)).rejects.toThrow("Twilio could not be asked for its messages: ECONNREFUSED");
    await outboundOf(provider).close();
    await outboundOf(wrong).close();
  });
});

describe("reconciling a lost answer with twilio", () => {
  const query = { message, startedAt: now, known: [] };

  it("finds the message that was taken before the answer was lost", async () => {
    const { outbound, script, close } = await openAgainstFake("300ms");
    script("accept-then-hang");
    expect(await outbound.send(message)).toEqual({ kind: "ambiguous", code: "timeout" });
    expect(await outbound.reconcile?.(query)).toEqual({
      kind: "found",
      providerMessageId: "SM00000000000000000000000000000001",
    });
    await close();
  });

  it("finds nothing when nothing was taken", async () => {
    const { outbound, script, close } = await openAgainstFake("5s");
    script("500");
    await outbound.send(message);
    expect(await outbound.reconcile?.(query)).toEqual({ kind: "not_found" });
    await close();
  });

  it("does not take another text, an older message, another recipient or another intent's message for it", async () => {
    const { fake, outbound, setTime, close } = await openAgainstFake("5s");
    await outbound.send({ ...message, content: { text: "another text" } });
    await outbound.send({ ...message, to: "+12025550199" });
    await outbound.send(message);
    setTime(now - 61_000);
    await outbound.send(message);
    const known = [fake.messages[2]?.sid ?? ""];
    expect(await outbound.reconcile?.({ ...query, known })).toEqual({ kind: "not_found" });
    expect(await outbound.reconcile?.(query)).toEqual({ kind: "found", providerMessageId: known[0] });
    await close();
  });

  it("knows a message of a messaging service, whose sender twilio does not name yet", async () => {
    const { fake, outbound, close } = await openAgainstFake("5s");
    const from = "MG00000000000000000000000000000001";
    await outbound.send(message);
    await outbound.send({ ...message, from });
    expect(fake.messages[1]?.from).toBeNull();
    const found = await outbound.reconcile?.({ ...query, message: { ...message, from } });
    expect(found).toEqual({ kind: "found", providerMessageId: fake.messages[1]?.sid });
    await close();
  });

  it("says so when twilio cannot be asked", async () => {
    const { outbound, close } = await openAgainstFake("5s");
    await close();
    expect(await outbound.reconcile?.(query)).toEqual({ kind: "unavailable", code: "ECONNREFUSED" });
  });
});

describe("the signature of twilio", () => {
  const body = sample("status-sent.form");
  const url = `${path}?heed_intent=i_1&heed_contact=user-42`;
  const open = async (webhook: object = {}) =>
    inboundOf(await createProvider(twilio, { ...settings, webhook: { ...settings.webhook, ...webhook } }));

  it("covers path and query string as received, under the configured address and never the Host header", async () => {
    const inbound = await open();
    const request = signed(body, url);
    expect(inbound.verify({ ...request, headers: { ...request.headers, host: "evil.example" } }, now)).toEqual({
      ok: true,
    });
    expect(inbound.verify({ ...request, url: `${path}?heed_contact=user-42&heed_intent=i_1` }, now).ok).toBe(false);
    expect(inbound.verify({ ...request, url: path }, now).ok).toBe(false);
    expect(inbound.verify({ ...request, url: `${publicUrl}${url}` }, now).ok).toBe(false);
  });

  it.each([
    ["is missing", undefined, "signature_missing"],
    ["is empty", "", "signature_missing"],
    ["has another length", "abc=", "signature_invalid"],
    ["has the right length", "A".repeat(27) + "=", "signature_invalid"],
    ["is not ASCII", "é".repeat(14), "signature_invalid"],
  ])("that %s is refused", async (_, signature, reason) => {
    const inbound = await open();
    const request = signed(body);
    expect(inbound.verify({ ...request, headers: { [signatureHeader]: signature } }, now)).toEqual({
      ok: false,
      reason,
    });
  });

  it("is not even computed over more parameters than anybody sends", async () => {
    const inbound = await open();
    const form = (length: number) =>
      new URLSearchParams(Array.from({ length }, (_, i): [string, string] => [`k${i}`, "v"]));
    expect(inbound.verify(signed(form(1_000).toString()), now)).toEqual({ ok: true });
    expect(inbound.verify(signed(form(1_001).toString()), now)).toEqual({ ok: false, reason: "signature_invalid" });
    const many = Array.from({ length: 150_000 }, (_, i) => i.toString(36)).join("&");
    const began = performance.now();
    inbound.verify({ ...signed("a=b"), body: Buffer.from(many) }, now);
    expect(performance.now() - began).toBeLessThan(50);
  });

  it("may be made with any of the tokens while one is being promoted", async () => {
    const inbound = await open({ auth_tokens: ["old", "new"] });
    expect(inbound.verify(signed(body, path, "old"), now)).toEqual({ ok: true });
    expect(inbound.verify(signed(body, path, "new"), now)).toEqual({ ok: true });
    expect(inbound.verify(signed(body, path, authToken), now).ok).toBe(false);
  });

  const text = fc.string({ unit: "grapheme", maxLength: 12 });
  const form = fc.array(fc.tuple(fc.oneof(text, fc.constantFrom("Body", "From", "__proto__")), text), { maxLength: 8 });
  const host = fc.constantFrom(
    "https://h.example",
    "http://h.example",
    "https://h.example:8443",
    "https://u:p@h.example",
    "https://[::1]",
  );
  const query = fc.constantFrom("", "?", "?a=b", "?q=it's", "?q=%27", "?a=1&a=2", "?x=%zz", "?bodySHA256=0a");

  it("is judged exactly as the SDK judges it, for any form, address, spelling and port", () => {
    const spelling = fc.constantFrom("as is", "with port", "without port", "normalized", "wrong");
    fc.assert(
      fc.property(form, host, query, spelling, (parameters, publicHost, given, how) => {
        const requestUrl = path + given;
        const full = publicHost + requestUrl;
        const body = Buffer.from(new URLSearchParams(parameters).toString());
        const secure = publicHost.startsWith("https");
        const spelled = {
          "as is": full,
          "with port": full.replace(
            /^(https?:\/\/(?:[^/@]*@)?(?:\[[^\]]*\]|[^/:]+))(?::\d+)?/,
            `$1${secure ? ":443" : ":80"}`,
          ),
          "without port": full.replace(/:8443/, ""),
          normalized: new URL(full).toString(),
          wrong: `${full}x`,
        }[how];
        const signature = twilioSignature("t", spelled, signedParameters(parseForm(body)));
        const grouped = Object.fromEntries(
          [...parseForm(body)].map(([name, values]) => [name, values.length > 1 ? [...values] : values[0]]),
        );
        const expected = twilioSdk.validateRequest("t", signature, full, grouped);
        const request = { method: "POST", url: requestUrl, headers: { [signatureHeader]: signature }, body };
        expect(verifyTwilio(request, { publicUrl: publicHost, authTokens: ["t"] }).ok).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });
});

describe("what twilio says happened", () => {
  const normalize = async (body: string, url = path): Promise<Exclude<Normalized, { malformed: string }>> => {
    const normalized = inboundOf(await createProvider(twilio, settings)).normalize(signed(body, url), now);
    if ("malformed" in normalized) throw new Error(normalized.malformed);
    return normalized;
  };
  const types = async (body: string) => (await normalize(body)).events.map((event) => event.event_type);
  const inbound = (parameters: string) => `MessageSid=SM1&From=%2B14155550123&To=%2B15005550006&${parameters}`;
  const status = (parameters: string) => `MessageSid=SM1&To=%2B14155550123&From=%2B15005550006&${parameters}`;

  it.each(names)("in %s is read as its golden canonical form", async (name) => {
    const url = /^(?:status|call)/.test(name) ? `${path}?heed_intent=i_1&heed_contact=user-42` : path;
    const golden = parseJson(sample(name.replace(".form", ".canonical.json")));
    expect({ ok: true, value: await normalize(sample(name), url) }).toStrictEqual(golden);
  });

  it("is an opt-out when any value of a repeated text is a stop word, in whatever order", async () => {
    for (const body of ["Body=STOP&Body=hello", "Body=hello&Body=STOP"]) {
      expect((await normalize(inbound(body))).events).toMatchObject([
        { event_type: "sms.opted_out", data: { text: "STOP" } },
      ]);
    }
  });

  it("is an opt-out against any other hint in the same message", async () => {
    expect(await types(inbound("Body=hello&OptOutType=STOP"))).toEqual(["sms.opted_out"]);
    expect(await types(inbound("Body=hello&OptOutType=START&OptOutType=STOP"))).toEqual(["sms.opted_out"]);
    expect(await types(inbound("Body=stop&OptOutType=START"))).toEqual(["sms.opted_out"]);
    expect(await types(inbound("Body=alto&OptOutType=START"))).toEqual(["sms.opted_in"]);
    expect(await types(inbound("Body=ayuda&OptOutType=HELP"))).toEqual(["sms.help"]);
    expect(await types(inbound("Body=ok&OptOutType=LATER"))).toEqual(["sms.received"]);
  });

  it.each([
    ["accepted", "sms.queued"],
    ["scheduled", "sms.queued"],
    ["queued", "sms.queued"],
    ["sending", "sms.queued"],
    ["sent", "sms.sent"],
    ["delivered", "sms.delivered"],
    ["read", "sms.delivered"],
    ["undelivered", "sms.undelivered"],
    ["failed", "sms.failed"],
    ["canceled", "sms.failed"],
  ])("of status %s is %s, under an id of its own", async (name, type) => {
    const { events } = await normalize(status(`MessageStatus=${name}`));
    expect(events).toMatchObject([{ event_type: type, event_id: `SM1:${name}`, data: { MessageStatus: name } }]);
  });

  it("of a status that nobody knows yet is kept under twilio's own word", async () => {
    const { events } = await normalize(status("MessageStatus=pirouette"));
    expect(events).toMatchObject([{ event_type: "unknown", event_id: "SM1:pirouette", data: { type: "pirouette" } }]);
    expect(events[0]).not.toHaveProperty("delivery_status");
  });

  it.each([
    ["queued", "voice.queued"],
    ["initiated", "voice.queued"],
    ["ringing", "voice.sent"],
    ["in-progress", "voice.sent"],
    ["completed", "voice.delivered"],
    ["busy", "voice.undelivered"],
    ["no-answer", "voice.undelivered"],
    ["failed", "voice.failed"],
    ["canceled", "voice.failed"],
    ["pirouette", "unknown"],
  ])("of a call's status %s is %s, under an id of its own", async (name, type) => {
    const { events } = await normalize(`CallSid=CA1&To=%2B14155550123&From=%2B15005550006&CallStatus=${name}`);
    expect(events).toMatchObject([{ event_type: type, event_id: `CA1:${name}`, data: { CallStatus: name } }]);
  });

  it("of who answered a call tells machines and fax machines from people", async () => {
    const machine = async (answeredBy: string) => {
      const { events } = await normalize(`CallSid=CA1&To=%2B14155550123&CallStatus=completed&AnsweredBy=${answeredBy}`);
      return events[0]?.data["machine"];
    };
    expect(await machine("machine_start")).toBe(true);
    expect(await machine("fax")).toBe(true);
    expect(await machine("human")).toBeUndefined();
    expect(await machine("unknown")).toBeUndefined();
  });

  it.each([["21610"], ["30004"], ["63014"]])("with error %s is an opt-out as well", async (code) => {
    const { events } = await normalize(status(`MessageStatus=failed&ErrorCode=${code}`));
    expect(events).toMatchObject([
      { event_type: "sms.failed", event_id: "SM1:failed", delivery_status: "failed", data: { error_code: code } },
      { event_type: "sms.opted_out", event_id: "SM1:opted_out", address: { phone: "+14155550123" } },
    ]);
  });

  it("marks numbers that no text will ever reach, and no others", async () => {
    const invalid = async (code: string) =>
      (await normalize(status(`MessageStatus=undelivered&ErrorCode=${code}`))).events[0]?.data["address_invalid"];
    expect(await invalid("30006")).toBe(true);
    expect(await invalid("30003")).toBeUndefined();
    expect(await invalid("abc")).toBeUndefined();
  });

  it.each([
    ["a status without a name", status("MessageStatus=")],
    ["a call without a status", "CallSid=CA1&To=%2B14155550123&From=%2B15005550006"],
    ["a caller that hides", "CallSid=CA1&CallStatus=ringing&Direction=inbound&From=anonymous&To=%2B15005550006"],
    ["no message id", "MessageStatus=sent&To=%2B14155550123"],
    ["a recipient that is no number", "MessageSid=SM1&MessageStatus=sent&To=ACME"],
    ["a short code as its sender", "MessageSid=SM1&From=12345&Body=hi"],
    ["no sender", "MessageSid=SM1&Body=STOP"],
  ])("with %s is set aside, not guessed", async (_, body) => {
    expect(await normalize(body)).toMatchObject({ events: [], quarantined: [{ reason: expect.any(String) }] });
  });

  it("is malformed without parameters", async () => {
    const twilioInbound = inboundOf(await createProvider(twilio, settings));
    expect(twilioInbound.normalize(signed(""), now)).toHaveProperty("malformed");
  });
});

describe("the settings of twilio", () => {
  it("name every faulty key and never a value", () => {
    const configuration = twilio.configure({
      account_sid: "SKSECRET",
      auth_token: "",
      webhook: { public_url: "https://my_SECRET.example", tokens: "SECRET" },
    });
    const found = configuration.ok ? [] : configuration.problems;
    expect(found.map(({ path: at }) => at.join(".")).toSorted()).toEqual([
      "account_sid",
      "auth_token",
      "webhook.public_url",
      "webhook.tokens",
    ]);
    expect(JSON.stringify(found)).not.toContain("SECRET");
  });

  it("demand the public address of the webhook, which is what twilio signs", () => {
    expect(twilio.configure({ ...settings, webhook: {} })).toMatchObject({
      ok: false,
      problems: [{ path: ["webhook", "public_url"] }],
    });
  });
});
