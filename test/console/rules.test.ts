import { afterEach, describe, expect, it } from "vitest";
import { MEASURED } from "../../src/console/lateness.ts";
import { type OverviewParts, overviewPage } from "../../src/console/overview-page.ts";
import type { LiveRunView } from "../../src/console/live-runs.ts";
import type { PausesPort } from "../../src/console/pauses-api.ts";
import { createRefs } from "../../src/console/refs.ts";
import { rulePage } from "../../src/console/rule-page.ts";
import { rulesPage } from "../../src/console/rules-page.ts";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import type { BranchStep, Rule, Rulebook } from "../../src/core/model/rulebook.ts";
import { FIGURES_KEY, keyOfRule } from "../../src/ledger/figures-documents.ts";
import { addLine, newFigures, noFigures, type RuleFigures } from "../../src/ledger/figures.ts";
import { addHouseLine, type HouseFigures, newHouseFigures, noHouseFigures } from "../../src/ledger/house-figures.ts";
import { createMetrics, type Metrics } from "../../src/observe/metrics.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { type Store, Unavailable } from "../../src/store/store.ts";
import { virtualClock } from "../support/virtual-clock.ts";
import { CHANNELS, on, rule, rulebook, sendStep, START, waitStep, world } from "../core/given.ts";
import { harmless, hostile, openConsole, operator, viewer } from "./open-console.ts";
import { expectWellFormed } from "./well-formed.ts";

const HOUR = 3_600_000;
const goal = { match: on("Order Completed"), within: { count: 7, unit: "d" }, value: ["data", "revenue"] } as const;
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Given {
  readonly book?: Rulebook;
  readonly records?: readonly LedgerRecord[];
  readonly figures?: Readonly<Record<string, RuleFigures>>;
  readonly house?: HouseFigures;
  readonly pauses?: Awaited<ReturnType<PausesPort["list"]>>;
  readonly troubles?: readonly string[];
  readonly nowMs?: number;
  readonly health?: Store["health"];
  readonly load?: Store["load"];
  readonly metrics?: Metrics;
  readonly quietDoors?: OverviewParts["quietDoors"];
  readonly live?: readonly LiveRunView[];
  readonly token?: string;
}

/** The pages as a viewer sees them, of what the account of `records` adds up to unless figures are given. */
async function open(given: Given = {}) {
  const { book = rulebook([]), records = [], pauses = [], troubles = [], nowMs = START } = given;
  const clock = virtualClock(nowMs);
  const store = openMemoryStore({ clock });
  const write = async (key: string, figures: unknown): Promise<void> => {
    const body = Buffer.from(JSON.stringify({ place: 1, figures }));
    await store.commit({ key, base: "new", body, wakeAt: null, emit: [] });
  };
  const house = newHouseFigures();
  for (const line of records) addHouseLine(house, line);
  await write(FIGURES_KEY, given.house ?? house);
  for (const id of book.rules.keys()) {
    const figures = newFigures();
    for (const line of records) addLine(figures, line, id);
    await write(keyOfRule(id), given.figures?.[id] ?? figures);
  }
  const parts = {
    store: { load: given.load ?? store.load.bind(store), health: given.health ?? store.health.bind(store) },
    clock,
    rulebook: () => book,
    pauses: () => ({ list: async () => pauses, pause: () => null, resume: () => null }),
    running: () => ({ rulebook: book.digest, troubles }),
    metrics: given.metrics ?? createMetrics(),
    quietDoors: given.quietDoors ?? (() => []),
    refs: createRefs(operator),
    live: {
      async of() {
        const { live = [] } = given;
        return { runs: live, all: live.length * 2, contacts: 1_234, isWhole: live.length === 0, at: nowMs - 30_000 };
      },
    },
  };
  const opened = await openConsole({ clock, pages: [overviewPage(parts), rulesPage(parts), rulePage(parts)] });
  closers.push(() => opened.close());
  const { cookie } = await opened.logIn(given.token ?? viewer);
  return {
    ...opened,
    async page(path: string, status = 200): Promise<string> {
      const answer = await opened.get(path, cookie);
      const shown = await answer.text();
      expect(opened.faults).toEqual([]);
      expect(answer.status).toBe(status);
      expectWellFormed(shown);
      return shown;
    },
  };
}

/** Texts without tags, one space between words. */
function words(page: string): string {
  return page
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

function shop() {
  const price = { per: "segment", usual: { micros: 8_300, currency: "USD" }, prefixes: new Map() } as const;
  const channels = new Map(CHANNELS.map((each) => [each.name, each.name === "sms" ? { ...each, price } : each]));
  const book = rulebook(
    [
      rule({ id: "sale", goal, owner: "growth", description: "Wins back whoever left." }),
      rule({ id: "quiet-one", enabled: false, trigger: { match: on("nothing"), maxAge: { count: 1, unit: "h" } } }),
      rule({ id: "trial", shadow: true, trigger: { match: on("nothing"), maxAge: { count: 1, unit: "h" } } }),
    ],
    {
      channels,
      budgets: [
        { channel: "sms", max: { micros: 100_000, currency: "USD" }, per: "day", onExceed: "hold" },
        { channel: "sms", max: { micros: 10_000_000, currency: "USD" }, per: "month", onExceed: "drop" },
      ],
    },
  );
  const w = world(book);
  const ana = { address: { phone: "+12025550143" } };
  w.event({ event_type: "lead.created", ...ana });
  w.event({ event_type: "sms.delivered", message_id: w.calls[0]?.intentId ?? "", ...ana });
  w.event({ event_type: "sms.received", ...ana, data: { text: "Thanks!" } });
  w.event({ event_type: "Order Completed", data: { revenue: 40 } });
  w.event({ event_type: "lead.created" }, "id:nobody");
  return { book, records: w.records };
}

describe("the overview", () => {
  it("says at a glance what came in, was decided, went out and cost", async () => {
    const { page } = await open(shop());
    const told = words(await page("/"));
    expect(told).toContain("Nothing is wrong.");
    expect(told).toMatch(/Events in 24 hours 5 /);
    expect(told).toMatch(/Sent in 24 hours 1 /);
    expect(told).toMatch(/address\.missing 1 /);
    expect(told).toMatch(/Through sms Eight days until now, hour by hour\. Sent: 1, at most 1 in an hour\./);
    expect(told).toMatch(/sms 0\.0083 USD/);
    expect(told).toMatch(/sms this day 0\.0083 USD 0\.1000 USD 8\.3% messages wait/);
    expect(told).toMatch(/sms this month 0\.0083 USD 10\.00 USD 0\.1% messages are dropped/);
  });

  it("says first what is wrong: of the store, of providers, pauses, and dead letters", async () => {
    const { page } = await open({
      pauses: [
        { target: "rule:sale", reason: "self_paused", note: hostile, since: "2026-03-06T16:00:00Z", until: null },
        { target: "all", reason: "paused", note: "", since: "2026-03-06T16:00:00Z", until: "2026-03-06T18:00:00Z" },
      ],
      troubles: [hostile],
      health: async () => ({ ok: false, problems: ["the disk is full"], depth: { dead: 1_234, events: 7 } }),
    });
    const shown = await page("/");
    const told = words(shown);
    expect(told).not.toContain("Nothing is wrong");
    expect(told).toContain("the disk is full");
    expect(told).toContain("1,234 dead letters wait for a person.");
    expect(told).toContain(`rule:sale paused itself since 2026-03-06T16:00:00Z: ${harmless}`);
    expect(told).toContain("Everything is paused since 2026-03-06T16:00:00Z, until 2026-03-06T18:00:00Z");
    expect(shown.split(harmless)).toHaveLength(3);
  });

  it("says that the store is away, where everything else comes from", async () => {
    const away = async () => Promise.reject(new Unavailable("no answer"));
    const { page } = await open({ ...shop(), health: away, load: away });
    const told = words(await page("/"));
    expect(told).toContain("the store does not answer: what stands below is not known");
    expect(told).toContain("Events in 24 hours 0");
  });

  it("tells of doors that went quiet, as those judge who raise the alarm", async () => {
    const source = { events: 9, duplicates: 2, lastAt: START - 5 * HOUR, hours: { [Math.floor(START / HOUR) - 5]: 7 } };
    const quietDoors = () => [{ source: "busy" }];
    const { page } = await open({
      house: { ...noHouseFigures, bySource: { busy: source, seldom: source } },
      quietDoors,
    });
    const told = words(await page("/"));
    expect(told).toContain("busy used to bring events and has gone quiet");
    expect(told).toMatch(/busy 7 9 2 2026-03-06 09:00 , 5 hours ago went quiet/);
    expect(told).toMatch(/seldom 7 9 2 .*? 5 hours ago as usual/);
  });

  it("says how late things are, by the numbers that Prometheus gets", async () => {
    const metrics = createMetrics();
    for (const name of Object.keys(MEASURED)) expect(metrics.registry.getSingleMetric(name)).toBeDefined();
    for (let index = 0; index < 98; index += 1) metrics.timerFired(3);
    metrics.timerFired(200);
    metrics.timerFired(7_200_000);
    const told = words(await (await open({ metrics })).page("/"));
    expect(told).toContain("Behind the moment for which something was due 100 5 ms 5 ms 250 ms");
    expect(told).toContain("From an event's receipt to what was decided 0 – – –".replace("'", "&#39;"));
    metrics.timerFired(7_200_000);
    expect(words(await (await open({ metrics })).page("/"))).toContain("was due 101 5 ms 5 ms more than 1,800 s");
  });

  it("takes the names of whoever publishes for text, and shortens them", async () => {
    const source = { events: 1, duplicates: 0, lastAt: START, hours: {} };
    const long = "x".repeat(10_000);
    const { page } = await open({ house: { ...noHouseFigures, bySource: { [hostile]: source, [long]: source } } });
    const shown = await page("/");
    expect(shown).not.toContain("<img");
    expect(shown).toContain(harmless);
    expect(shown).toContain(`${"x".repeat(79)}…`);
    expect(shown).not.toContain("x".repeat(80));
  });
});

describe("the list of rules", () => {
  it("says of each what it is up to", async () => {
    const pauses = [{ target: "rule:sale", reason: "paused", note: "", since: "2026-03-06T16:00:00Z", until: null }];
    const told = words(await (await open({ ...shop(), pauses })).page("/rules"));
    expect(told).toMatch(/quiet-one disabled 0 0 –/);
    expect(told).toMatch(/sale paused 1 2 50% growth/);
    expect(told).toMatch(/trial shadow 0 0 –/);
    expect(words(await (await open(shop())).page("/rules"))).toMatch(/sale live 1 2 50% growth/);
  });

  it("finds by name, owner and description, whatever is asked", async () => {
    const { page } = await open(shop());
    expect(words(await page("/rules?find=GROWTH"))).toContain("1 of 3 rules");
    expect(words(await page("/rules?find=wins+back"))).toContain("1 of 3 rules");
    const shown = await page(`/rules?find=${encodeURIComponent(hostile)}`);
    expect(shown).toContain(`value="${harmless}"`);
    expect(words(shown)).toContain("No rule has that in its name, owner or description.");
    await page(`/rules?find=${"%28".repeat(3_000)}&page=99999999999999999999&find=x`);
  });

  it("has pages when there are many", async () => {
    const many = Array.from({ length: 120 }, (_, index) => rule({ id: `r-${String(index).padStart(3, "0")}` }));
    const { page } = await open({ book: rulebook(many) });
    expect(words(await page("/rules?page=2"))).toContain("120 of 120 rules, page 2 of 3");
    const last = await page("/rules?page=99");
    expect(words(last)).toContain("page 3 of 3");
    expect(last).toContain(`href="/rules?find=&amp;page=2"`);
    expect(last).not.toContain("Later rules");
  });
});

describe("the page of a rule", () => {
  it("says of its chart what was sent and what failed, each by itself", async () => {
    const book = rulebook([rule({ id: "sale" })], {});
    const w = world(book);
    w.event({ event_type: "lead.created", address: { phone: "+12025550143" } });
    w.outcomes.push({ kind: "rejected", code: "30003", class: "other" });
    w.event({ event_type: "lead.created", address: { phone: "+12025550144" } }, "id:c2");
    const { page } = await open({ book, records: w.records });
    const told = words(await page("/rules/sale"));
    expect(told).toContain(
      "Sent: 1, at most 1 in an hour. Failed: 1, at most 1 in an hour. Bounced: none. Opted out: none.",
    );
    expect(told).toMatch(/provider\.rejected 1 /);
  });

  it("follows contacts from entering to converting, with what it cost and was worth", async () => {
    const { page } = await open(shop());
    const told = words(await page("/rules/sale"));
    expect(told).toContain("Wins back whoever left.");
    expect(told).toMatch(/Entered 2 Under way 0 \(0%\) Messages sent 1 Messages delivered 1 \(100%\)/);
    expect(told).toMatch(/Converted 1 \(50%\)/);
    expect(told).toMatch(/sms 1 1 0 1 40\.00 0\.0083 USD 0\.0083 USD 0\.0083 USD/);
    expect(told).toMatch(/All 1 1 0 1 40\.00 0\.0083 USD/);
    expect(told).toMatch(/address\.missing 1/);
    expect(told).toContain("Its goal is Order Completed within 7 days.");
    expect(told).toContain("Nobody is held out");
  });

  it("compares arms only when there is enough to compare", async () => {
    const book = rulebook([rule({ id: "sale", goal, holdout: 0.1 })]);
    const arm = (enrolled: number, converted: number) => ({ enrolled, converted, value: 0, valueSquared: 0 });
    const shown = async (treated: number, held: number, converted: readonly [number, number]) => {
      const arms = { treated: arm(treated, converted[0]), holdout: arm(held, converted[1]) };
      return words(await (await open({ book, figures: { sale: { ...noFigures, arms } } })).page("/rules/sale"));
    };
    const little = await shown(500, 29, [50, 1]);
    expect(little).toContain("Not enough yet: each side needs at least 30 contacts");
    expect(little).not.toContain("percentage points");
    expect(await shown(5_000, 500, [1_000, 50])).toMatch(
      /convert 10\.0 percentage points more often \(95 % confidence interval from [5-9]\.\d to 1\d\.\d\)\. More than chance: messages help\./,
    );
    expect(await shown(100, 100, [11, 10])).toContain("It may still be chance");
    expect(await shown(500, 500, [10, 100])).toContain("messages do harm");
  });

  it("draws the steps, and says the same in words", async () => {
    const branch: BranchStep = {
      verb: "branch",
      id: "fork",
      when: null,
      next: null,
      arms: [{ when: {}, to: "fork.then.1" }],
      otherwise: "last",
    };
    const steps = [
      waitStep("rest", { count: 2, unit: "d" }),
      branch,
      sendStep("sms", { id: "fork.then.1", next: "last", onFailure: "rest" }),
      sendStep("email", { id: "last", channels: ["email", "sms"] }),
    ];
    const laidOut: Rule = {
      ...rule({ id: "winding", guard: {} }),
      first: "rest",
      steps: new Map(
        [...steps.entries()].map(([index, step]) => [step.id, index === 0 ? { ...step, next: "fork" } : step]),
      ),
    };
    const shown = await (await open({ book: rulebook([laidOut]) })).page("/rules/winding");
    const told = words(shown);
    for (const sentence of [
      "on lead.created; then 2.",
      "does the guard hold?; yes: 3; no: the end.",
      "wait 2 days; then 4.",
      "does a condition hold?; yes: 5; no: 6.",
      "send through sms; sent: 6; cannot reach: 3.",
      "send through email, else sms; then the end.",
      "the run ends.",
    ]) {
      expect(told).toContain(sentence);
    }
    expect(shown.match(/class="node/g)).toHaveLength(7);
    // To the next node four ways go straight; "no" of the guard and of the branch, and "cannot reach", go around.
    expect(shown.match(/<path class="edge"/g)).toHaveLength(9);
    expect(shown).not.toMatch(/NaN|undefined/);
  });

  it("knows rules that are gone by what they did, and nothing of others", async () => {
    const { page } = await open({ book: rulebook([]) });
    for (const name of [
      "nobody",
      "..%2f..%2fetc",
      "__proto__",
      "%00",
      encodeURIComponent(hostile),
      "x".repeat(5_000),
    ]) {
      expect(words(await page(`/rules/${name}`, 404))).toContain("No such rule");
    }
  });

  it("shows a day with the hour that comes twice and reasons nobody expects", async () => {
    const figures: RuleFigures = {
      ...noFigures,
      held: { [hostile]: 3, ["y".repeat(10_000)]: 1 },
      channels: {
        [hostile]: {
          sent: 1,
          statuses: {},
          replied: 0,
          optedOut: 0,
          rejected: 0,
          failed: 0,
          parked: 0,
          converted: 0,
          value: 0,
          cost: { [hostile]: 5 },
        },
      },
      hours: { [Math.floor(Date.parse("2026-11-01T06:00:00Z") / HOUR)]: { enrolled: 4 } },
    };
    const nowMs = Date.parse("2026-11-02T12:00:00Z");
    const shown = await (
      await open({ book: rulebook([rule({ id: "sale" })]), figures: { sale: figures }, nowMs })
    ).page("/rules/sale");
    expect(shown).not.toContain("<img");
    expect(words(shown)).toMatch(/2026-10-31 0 0 2026-11-01 4 0 2026-11-02 0 0/);
  });

  it("tells who is under way, and lets operators cancel", async () => {
    const run: LiveRunView = {
      key: "email:ana@example.com",
      name: hostile,
      run: `${hostile}#1`,
      rule: "sale",
      arm: "holdout",
      since: START,
      step: "3",
      state: "waiting",
      until: START + HOUR,
    };
    const live = [
      run,
      { ...run, run: "2", state: "listening" },
      { ...run, run: "3", state: "sending", until: null },
    ] as const;
    const seen = await (await open({ ...shop(), live })).page("/rules/sale");
    const told = words(seen);
    expect(told).toContain("6 under way, the first 3 of them");
    expect(told).toMatch(/held out waits until 2026-03-06 15:00 , then step 3 operators do/);
    expect(told).toContain("waits for an event, at most until 2026-03-06 15:00");
    expect(told).toContain("is sending, at step 3");
    expect(told).toContain("Looked at the first 1,234 contacts 30 seconds ago; there are more");
    expect(seen).not.toMatch(/ana@example|<img|action="[^"]*cancel"/);
    const operated = await (await open({ ...shop(), live, token: operator })).page("/rules/sale");
    expect(operated.match(/action="\/contacts\/[\w-]+\/cancel"/g)).toHaveLength(3);
    expect(operated).toContain(`name="run" value="${harmless}#1"`);
    expect(operated).not.toContain("ana@example");
    const nobody = words(await (await open(shop())).page("/rules/sale"));
    expect(nobody).toContain("Nobody is under way. Looked at all 1,234 contacts 30 seconds ago.");
  });
});
