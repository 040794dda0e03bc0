import { describe, expect, it } from "vitest";
import { createRefs } from "../../src/console/refs.ts";
import { rule, rulebook, sendStep, waitStep } from "../core/given.ts";
import { harmless, hostile, operator } from "./open-console.ts";
import { openPeople, saidIn, SECOND } from "./people-console.ts";
import { expectWellFormed } from "./well-formed.ts";

const refs = createRefs(operator);
const email = "ana@example.com";
const phone = "+12025550143";
const later = [waitStep("0", { count: 5, unit: "h" }), sendStep("sms", { id: "1" })];
const rules = rulebook([
  rule({ id: "hello", steps: later }),
  rule({
    id: "now",
    trigger: { match: { events: ["cart.left"], where: null, namesMachine: false }, maxAge: { count: 24, unit: "h" } },
  }),
]);
const pathOf = (key: string): string => `/contacts/${refs.refOf(key)}`;

describe("the pages of contacts", () => {
  it("are shown to nobody without a session, and change nothing for viewers, other sites and forms of other sessions", async () => {
    const console = await openPeople(rules);
    await console.event("lead.created", "id:ana", { address: { phone } });
    const { pages, deeds } = console.people;
    const at = (path: string): string => path.replace(":ref", refs.refOf("id:ana")).replace(":id", "1");
    for (const { path } of pages) {
      const answer = await console.get(at(path));
      expect([answer.status, answer.headers.get("location")]).toEqual([
        303,
        `/log-in?to=${encodeURIComponent(at(path))}`,
      ]);
    }
    const fields = { run: "hello", reason: "x", note: "x", target: "all", minutes: "0", who: "ana" };
    const { operator: own, viewer } = console.sessions;
    for (const { path, role = "operator" } of deeds) {
      const sent = (headers: Record<string, string>, csrf: string) =>
        console.post(at(path), { ...fields, csrf }, headers);
      expect((await sent({}, own.csrf)).headers.get("location")).toBe("/log-in?said=ended");
      if (role === "operator") expect((await sent({ cookie: viewer.cookie }, viewer.csrf)).status).toBe(403);
      expect((await sent({ cookie: own.cookie }, viewer.csrf)).status).toBe(403);
      expect((await sent({ cookie: own.cookie, origin: "https://evil.example" }, own.csrf)).status).toBe(403);
    }
    await console.clock.pass(SECOND);
    expect(await console.page(pathOf("id:ana"))).toContain("waits until");
    expect(await console.page("/pauses")).toContain("Nothing is paused.");
  });

  it("are found by id, address, event and message, and their path tells none of these", async () => {
    const console = await openPeople(rules);
    const address = { email, phone };
    await console.event("cart.left", "id:ana", { address, event_id: "e-cart" });
    await console.event("lead.created", "id:ben");
    const own = pathOf("id:ana");
    const page = await console.page(own);
    const account = await console.store.history("id:ana", { limit: 50 });
    const intent = /"intent":"([^"]+)"/.exec(account.map(({ body }) => Buffer.from(body).toString()).join())?.[1] ?? "";
    const names = [
      "ana",
      "id:ana",
      email,
      ` ${email.toUpperCase()} `,
      phone,
      "(202) 555-0143",
      "e-cart",
      intent,
      "vendor-1",
    ];
    for (const who of names) {
      const to = await console.find(who);
      expect([who, to]).toEqual([who, own]);
      expect(to).not.toMatch(/ana|2025550143|example/);
      expect(await console.page(to)).toContain("now ends: the rule came to its end (completed)");
    }
    expect(page).toContain("ana got `now` through sms");
    expect(page).toContain("<b>text</b> <span>Hello you.</span>");
  });

  it("find nobody by what is nobody's, a part of a name, a pattern or far too much", async () => {
    const console = await openPeople(rules);
    await console.event("lead.created", "id:ana", { address: { email } });
    for (const who of [
      "an",
      "%",
      ".*",
      "' OR 1=1 --",
      hostile,
      "heed:pauses",
      "__proto__",
      "x".repeat(9_000),
      "\uD800",
      "*@example.com",
    ]) {
      const to = await console.find(who);
      expect(to).toMatch(/^\/contacts\/found\/[\w-]+$/);
      const page = await console.page(to);
      expect(page).toContain("Nobody is known by exactly this.");
      expect(page).not.toContain("<img");
      expectWellFormed(page);
    }
    expect((await console.send("/contacts/find", { who: "x".repeat(20_000) })).status).toBe(403);
    expect(await console.find(" ")).toBe("/contacts");
    for (const path of [
      "/contacts/x",
      "/contacts/found/x",
      `/contacts/${refs.refOf("id:nobody")}`,
      `/contacts/${createRefs("another").refOf("id:ana")}`,
    ]) {
      const answer = await console.get(path, console.sessions.viewer.cookie);
      expect([path, answer.status]).toEqual([path, 404]);
    }
    expect(console.faults).toEqual([]);
  });

  it("tell all that is known, whatever names others have given", async () => {
    const console = await openPeople(rules);
    const id = `${hostile.slice(0, 40)}"'<b>`;
    const key = `id:${id}`;
    await console.event("lead.created", key, { address: { phone }, event_id: hostile, data: { [hostile]: hostile } });
    await console.event("contact.updated", key, {
      data: { traits: { first_name: hostile, [hostile]: hostile, list: [hostile] } },
    });
    await console.event("contact.tagged", key, { data: { tag: hostile } });
    await console.event("consent.granted", key, { channel: "sms", data: { source: hostile, wording: hostile } });
    await console.event("sms.opted_out", key, { channel: "sms", address: { phone } });
    const page = await console.page(pathOf(key));
    expectWellFormed(page);
    expect(page).not.toContain("<img");
    expect(page).not.toContain('<b>"');
    for (const part of ["Timeline", "opted out", "America/New_York", phone, harmless]) expect(page).toContain(part);
    expect(page.split(harmless).length).toBeGreaterThan(6);
    const viewed = await console.page(pathOf(key), "viewer");
    expectWellFormed(viewed);
  });

  it("end a run for an operator who says why, and tell it in the timeline", async () => {
    const console = await openPeople(rules);
    await console.event("lead.created", "id:ana", { address: { phone } });
    const own = pathOf("id:ana");
    const page = await console.page(own);
    expect(page).toMatch(/waits until Fri 6 Mar 19:00/);
    const run = /name="run" value="([^"]+)"/.exec(page)?.[1] ?? "";
    expect(await console.page(own, "viewer")).not.toContain('name="run"');
    expect(saidIn(await console.send(`${own}/cancel`, { run, reason: " " }))).toBe("Nothing was cancelled: say why.");
    expect(saidIn(await console.send(`${own}/cancel`, { run: "else", reason: "x" }))).toContain("the run has ended");
    expect(saidIn(await console.send("/contacts/forged/cancel", { run, reason: "x" }))).toContain("nobody is known");
    const done = await console.send(`${own}/cancel`, { run, reason: hostile });
    expect(done.headers.get("location")).toBe(own);
    await console.clock.pass(SECOND);
    const after = await console.page(own);
    expect(after).toContain("Nothing waits.");
    expect(after).toContain(`(cancelled): Kim: ${harmless}`);
    expectWellFormed(after);
    expect(saidIn(await console.send(`${own}/cancel`, { run, reason: "x" }))).toContain("the run has ended");
  });

  it("of an address that several have name all of them, and each says who else has it", async () => {
    const console = await openPeople(rules);
    for (const id of ["ana", "ben"]) {
      await console.event("lead.created", `id:${id}`, { address: { phone } });
    }
    const to = await console.find(phone);
    expect(to).toMatch(/^\/contacts\/found\//);
    const page = await console.page(to);
    expect(page).toContain(pathOf("id:ana"));
    expect(page).toContain(pathOf("id:ben"));
    expect(page).toContain("which 2 contacts have");
    expect(await console.page(pathOf("id:ana"))).toContain(`others have it, too: <a href="${pathOf("id:ben")}"`);
  });

  it("of who was erased keep nothing but the silence", async () => {
    const console = await openPeople(rules);
    await console.event("lead.created", "id:ana", { address: { phone }, data: { secret: "canary" } });
    await console.event("sms.opted_out", "id:ana", { channel: "sms", address: { phone } });
    await console.event("contact.erased", "id:ana");
    await console.clock.pass(5 * SECOND);
    const page = await console.page(pathOf("id:ana"));
    expect(page).toContain("This contact was erased on");
    expect(page).not.toContain("canary");
    expect(page).not.toContain("Timeline");
    expect(page).not.toContain('name="run"');
    expectWellFormed(page);
    const silent = await console.page(pathOf(`phone:${phone}`));
    expect(silent).toContain("silent: opted out");
    expect(silent).not.toContain("canary");
  });

  it("of who was merged lead to whom they have become", async () => {
    const console = await openPeople(rules);
    await console.event("lead.created", "id:ana", { address: { phone } });
    await console.event("contact.merged", "id:ben", { data: { from: "ana" } });
    await console.clock.pass(5 * SECOND);
    const page = await console.page(pathOf("id:ana"));
    expect(page).toContain("id:ana leads to id:ben.");
    const run = /name="run" value="([^"]+)"/.exec(page)?.[1] ?? "";
    await console.send(`${pathOf("id:ana")}/cancel`, { run, reason: "asked" });
    await console.clock.pass(5 * SECOND);
    expect(await console.page(pathOf("id:ben"))).toContain("Nothing waits.");
  });
});
