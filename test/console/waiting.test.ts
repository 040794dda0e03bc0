import { describe, expect, it } from "vitest";
import { nextSend } from "../../src/core/next-send.ts";
import { newContact } from "../../src/core/model/contact.ts";
import type { SendOutcome } from "../../src/core/model/outgoing.ts";
import { encodeContact } from "../../src/runtime/contact-codec.ts";
import { openJournal } from "../../src/providers/outbox/journal.ts";
import { on, rule, rulebook, sendStep, START, waitStep, world } from "../core/given.ts";
import { harmless, hostile } from "./open-console.ts";
import { HOUR, openPeople, saidIn, SECOND } from "./people-console.ts";
import { expectWellFormed } from "./well-formed.ts";

const phone = "+12025550143";
const once = { attempts: 1, within: { count: 15, unit: "m" } } as const;
const rules = rulebook([rule({ id: "now", retry: once })]);

describe("the page of dead letters", () => {
  it("shows everybody reasons, and operators alone what is in them", async () => {
    const console = await openPeople(rules);
    const body = Buffer.from(JSON.stringify({ [hostile]: `canary ${hostile}` }));
    await console.store.append([
      { id: "q1", key: "quarantine:twilio", body, dead: `quarantined: no ${hostile}` },
      { id: "q2", key: `id:${hostile}`.slice(0, 100), body: Buffer.from("{"), dead: "failed 6 times: TypeError" },
    ]);
    for (const who of ["viewer", "operator"] as const) {
      const page = await console.page("/dead-letters", who);
      expectWellFormed(page);
      expect(page).toContain(`quarantined: no ${harmless}`);
      expect(page).toContain("failed 6 times: TypeError");
      expect(page).not.toContain("canary");
    }
    const [first] = await console.store.deadLetters({ limit: 1 });
    const path = `/dead-letters/${first?.place}`;
    expect((await console.get(path, console.sessions.viewer.cookie)).status).toBe(403);
    expect(await console.page(path, "viewer")).not.toContain("canary");
    const shown = await console.page(path);
    expectWellFormed(shown);
    expect(shown).toContain("canary");
    expect(shown).not.toContain("<img");
    for (const id of ["0", "-1", "x", "9".repeat(40), "1e3", "%00"]) {
      expect((await console.get(`/dead-letters/${id}`, console.sessions.operator.cookie)).status).toBe(404);
    }
    for (const after of ["x", "-1", "9".repeat(40), "9999999"]) {
      expect(await console.page(`/dead-letters?after=${after}`)).toContain("There is none.");
    }
  });

  it("lets an operator try again, set aside with a reason, and decide about a message that may have been sent", async () => {
    const answers: SendOutcome[] = [
      { kind: "ambiguous", code: "timeout" },
      { kind: "retryable", code: "503", afterMs: null },
    ];
    const console = await openPeople(rules, answers);
    await console.event("lead.created", "id:ana", { address: { phone } });
    await console.event("lead.created", "id:ben", { address: { phone: "+12025550144" } });
    await console.clock.pass(60 * SECOND);
    const list = await console.page("/dead-letters");
    const ids = [...list.matchAll(/href="\/dead-letters\/(\d+)"/g)].map(([, id]) => id ?? "");
    expect(ids).toHaveLength(2);
    const parked = ids.find((id) => list.indexOf(`/dead-letters/${id}"`) < list.indexOf("<h2>Failed</h2>")) ?? "";
    const failed = ids.find((id) => id !== parked) ?? "";
    const asked = await console.page(`/dead-letters/${parked}`);
    expect(asked).toContain("Send it again, although it may be a second copy");
    expect(saidIn(await console.send(`/dead-letters/${parked}/replay`, {}))).toContain(
      "nobody knows whether it was sent",
    );
    expect(saidIn(await console.send(`/dead-letters/${parked}/replay`, { may_double: "yes" }))).toContain(
      "tries again",
    );
    expect(saidIn(await console.send(`/dead-letters/${failed}/discard`, { note: " " }))).toContain("say why");
    expect(saidIn(await console.send(`/dead-letters/${failed}/discard`, { note: hostile }))).toContain("was set aside");
    expect(saidIn(await console.send(`/dead-letters/${failed}/discard`, { note: "x" }))).toContain("any more");
    expect(saidIn(await console.send(`/dead-letters/${failed}/replay`, {}))).toContain("any more");
    await console.clock.pass(5 * SECOND);
    expect(await console.page("/dead-letters")).not.toContain('href="/dead-letters/');
    expect(await console.page(await console.find("ana"))).toContain("now step 0, message through sms: sent by fake");
  });
});

describe("the page of pauses", () => {
  it("pauses and resumes what there is, with a reason and an end", async () => {
    const console = await openPeople(rules);
    expectWellFormed(await console.page("/pauses"));
    const pause = async (fields: Record<string, string>): Promise<string> =>
      saidIn(await console.send("/pauses/pause", { target: "rule:now", minutes: "60", note: hostile, ...fields }));
    expect(await pause({ note: " " })).toContain("say why");
    expect(await pause({ minutes: "7" })).toContain("for how long");
    expect(await pause({ target: `rule:${hostile}` })).toContain("choose what");
    expect(await console.page("/pauses")).toContain("Nothing is paused.");
    expect(await pause({})).toBe("Paused: rule:now.");
    expect(await pause({ target: "all", minutes: "0" })).toBe("Paused: all.");
    // Two operators at once: the later one is told what stood there, and whose page is older resumes nothing unseen.
    const older = /name="target" value="rule:now" \/>\s*<input type="hidden" name="since" value="([^"]+)"/.exec(
      await console.page("/pauses"),
    )?.[1];
    await console.clock.pass(SECOND);
    expect(await pause({ minutes: "15", note: "wrong price" })).toContain(
      "Paused: rule:now. It takes the place of the pause that stood there by Kim: <img",
    );
    const stale = await console.send("/pauses/resume", { target: "rule:now", note: "x", since: older ?? "" });
    expect(saidIn(stale)).toBe(
      "Nothing was resumed: rule:now was paused anew meanwhile by Kim: wrong price. Look again.",
    );
    expect(await pause({})).toContain("by Kim: wrong price.");
    const page = await console.page("/pauses", "viewer");
    expectWellFormed(page);
    expect(page).toContain(harmless);
    expect(page).toContain("2026-03-06 15:00");
    expect(page).toMatch(/rule:now<\/th>\s*<td>Kim<\/td>/);
    expect(page).toContain("somebody resumes it");
    expect(page).not.toContain('name="target"');
    const resume = (target: string) => console.send("/pauses/resume", { target, note: "all is well" });
    expect(saidIn(await resume("all"))).toBe("Resumed: all. What waits is judged anew within 30 seconds.");
    expect(saidIn(await resume("all"))).toBe("all was not paused.");
    expect(saidIn(await resume("everything"))).toContain("choose what");
    await console.clock.pass(SECOND);
    expect(await console.page("/pauses")).not.toContain("Resume all");
    await console.clock.pass(HOUR / 60);
  });
});

describe("the outbox", () => {
  it("shows messages as text, whatever is in them", async () => {
    const console = await openPeople(rules);
    expect(await console.page("/outbox")).toContain("Nothing is kept here.");
    const journal = await openJournal(console.dataDirectory);
    const markup = `<p onclick="alert(1)">Hi</p><script>alert(1)</script><img src="https://evil.example/pixel">`;
    const content = { subject: hostile, text: "Hi there", html: markup };
    const record = { at: new Date(START).toISOString(), intent: "i1", rule: "now", channel: "email", kind: "email" };
    await journal.append({ ...record, contact_id: "ana", from: hostile, to: hostile, content });
    await journal.append({
      ...record,
      intent: "i2",
      contact_id: null,
      from: null,
      to: null,
      content: {},
      body: { a: [markup] },
    });
    await journal.close();
    const page = await console.page("/outbox", "viewer");
    expectWellFormed(page);
    expect(page).toContain("Hi there");
    expect(page).toContain(harmless);
    expect(page).not.toMatch(/<img|<script>|<p onclick|<iframe/);
  });
});

describe("the page of pending messages", () => {
  const later = (count: number) => [waitStep("0", { count, unit: "h" }), sendStep("sms", { id: "1" })];
  const trigger = (event: string) => ({ match: on(event), maxAge: { count: 24, unit: "h" } as const });
  const book = rulebook([
    rule({ id: "soon", steps: later(5) }),
    rule({ id: "late", steps: later(30) }),
    rule({ id: "silent", steps: later(5), shadow: true }),
    rule({
      id: "other",
      trigger: trigger("other"),
      delay: { min: { count: 2, unit: "h" }, max: { count: 2, unit: "h" } },
    }),
  ]);

  it("counts by rule and hour what is to come, and says what it looked at", async () => {
    const console = await openPeople(book);
    for (const id of ["ana", "ben"])
      await console.event("lead.created", `id:${id}`, { address: { phone: `+1202555014${id.length}` } });
    const page = await console.page("/pending", "viewer");
    expectWellFormed(page);
    expect(page).toContain("2 in the next 24 hours, at most 2 in an hour.");
    expect(page.replace(/\s+/g, " ")).toMatch(/<a href="\/rules\/soon">soon<\/a><\/th> ?<td class="number">2<\/td>/);
    expect(page).toContain(">19:00</th>");
    expect(page).toMatch(/2 runs\s+speak\s+later/);
    expect(page).not.toContain("silent");
    expect(page).toMatch(/Looked at \d+ documents of contacts on\s+<time/);
    expect(page).toMatch(/which\s+are\s+all/);
    await console.event("other", "id:ana");
    expect(await console.page("/pending")).not.toContain("/rules/other");
    await console.clock.pass(61 * SECOND);
    expect(await console.page("/pending")).toContain("/rules/other");
  });

  it("looks at some 20,000 documents and says that there are more, and that it does not count theirs", async () => {
    const console = await openPeople(book);
    const seed = async (from: number, to: number): Promise<void> => {
      for (let number = from; number < to; number += 1) {
        const key = `id:a${number}`;
        const contact = { body: encodeContact(newContact(key)), wakeAt: null, emit: [] };
        await console.store.commit({ key, base: "new", ...contact });
      }
    };
    const shown = async () => (await console.page("/pending")).replace(/\s+/g, " ");
    await seed(0, 19_990);
    await console.event("lead.created", "id:zoe", { address: { phone } });
    const whole = await shown();
    expect(whole).toContain("1 in the next 24 hours, at most 1 in an hour.");
    expect(whole).toMatch(/Looked at 19,99\d documents of contacts on <time[^>]*>[^<]*<\/time>, which are all\./);
    // Those behind the limit are not there at all: zoe's key is the last.
    await seed(19_990, 21_000);
    await console.clock.pass(61 * SECOND);
    const cut = await shown();
    expectWellFormed(await console.page("/pending"));
    expect(cut).toContain("Among the contacts that were looked at: 0 in the next 24 hours, at most 0 in an hour.");
    expect(cut).toContain("Nothing is to be sent to those who were looked at.");
    expect(cut).toMatch(
      /Looked at 20,[0-4]\d\d documents of contacts on <time[^>]*>[^<]*<\/time>; there are more, whose messages are not counted here\./,
    );
  });

  it("follows steps in time, and leaves open what hinges on more", () => {
    const w = world(book);
    w.event({ event_type: "lead.created", address: { phone } });
    const [first] = Object.values(w.contact().enrollments);
    if (first === undefined) throw new Error("expected a run");
    const next = (fields: object) => nextSend(book, newContact("id:c1"), { ...first, ...fields }, START);
    const from = START + HOUR;
    const waiting = { kind: "waiting", until: from } as const;
    expect(next({ step: "1", state: waiting })).toBe(from);
    expect(next({ step: "0", state: waiting })).toBe(from + 5 * HOUR);
    expect(next({ step: "1", state: waiting, expiresAt: from })).toBeNull();
    expect(next({ step: "gone", state: waiting })).toBeNull();
    expect(next({ step: "1", state: { kind: "listening", since: START, until: from } })).toBe("open");
    expect(next({ rule: "gone" })).toBeNull();
    expect(next({ arm: "holdout" })).toBeNull();
    expect(next({ rule: "silent" })).toBeNull();
  });
});
