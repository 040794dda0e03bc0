import { expect, test } from "vitest";
import { decide } from "../../src/core/decide.ts";
import type { LookedUp } from "../../src/core/model/decision.ts";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import type { SendOutcome } from "../../src/core/model/outgoing.ts";
import type { Reason } from "../../src/core/model/reason.ts";
import type { Rulebook } from "../../src/core/model/rulebook.ts";
import { flow, hold, onlyWhen, send, stop, wait } from "./flow.ts";
import { CHANNELS, type GivenCap, on, rule, rulebook, START, type World, world } from "./given.ts";

/** Every reason comes out of `decide` in a story of its own; those that another part gives say which. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const phone = "+12025550143";

interface Story {
  readonly rule?: Partial<Parameters<typeof rule>[0]>;
  readonly workspace?: Parameters<typeof rulebook>[1];
  readonly phone?: string;
  /** Before the trigger comes. */
  readonly before?: (w: World) => void;
  /** After it. */
  readonly then?: (w: World) => void;
  readonly outcomes?: readonly SendOutcome[];
}

const lead = (w: World, fields: Partial<CanonicalEvent> = {}): void =>
  void w.event({ event_type: "lead.created", address: { phone }, ...fields });
const tomorrow = (w: World): void => w.pass(DAY);
const deploy = (w: World, rules: Rulebook): void => {
  w.rules = rules;
  w.pass(2 * HOUR);
};
const waiting = { steps: flow(wait(1, "h"), send("sms")) };
const oncePerDay = (onExceed: GivenCap["onExceed"]): readonly GivenCap[] => [
  { max: 1, per: "contact", channel: null, class: null, within: { count: 24, unit: "h" }, onExceed },
];
const poor = (onExceed: "drop" | "hold") => {
  const price = { per: "message", usual: { micros: 2, currency: "USD" }, prefixes: new Map() } as const;
  return {
    budgets: [{ channel: "sms", max: { micros: 1, currency: "USD" }, per: "day", onExceed }],
    channels: new Map(CHANNELS.map((channel) => [channel.name, { ...channel, price }])),
  } as const;
};

/** Its text reads what a look-up finds. */
const asking = (found: LookedUp): Story => ({
  rule: { steps: flow(send("sms", { lookups: ["account"] })) },
  workspace: { lookups: new Map([["account", { name: "account", onError: "skip", texts: {}, fields: null }]]) },
  before: (w) => void (w.lookups["account"] = found),
});

const stories: Readonly<Record<Reason, Story | "not from decide">> = {
  sent: {},
  completed: {},
  "event.duplicate": {
    then: (w) => {
      const at = new Date(START).toISOString();
      const event = {
        schema_version: 1,
        event_id: "e9",
        occurred_at: at,
        received_at: at,
        provider: "test",
        data: {},
        contact_id: "c1",
        event_type: "lead.created",
      } as const;
      w.event(event);
      // A document that does not change is not written, so the world keeps no record of it.
      const again = decide(w.rules, w.contact(), { kind: "event", id: "again", event }, new Map(), w.now);
      if ("records" in again) w.records.push(...again.records);
    },
  },
  "event.stale": { then: (w) => lead(w, { occurred_at: new Date(START - 2 * DAY).toISOString() }) },
  "trigger.no_match": { then: (w) => void w.event({ event_type: "email.processed" }) },
  "reentry.active": { rule: waiting, then: lead },
  "reentry.cooldown": { rule: { reentry: { cooldown: { count: 7, unit: "d" } } }, then: lead },
  restarted: { rule: { ...waiting, reentry: "restart" }, then: lead },
  rollout: { rule: { rollout: 0.000_001 } },
  holdout: { rule: { holdout: 1 } },
  "rule.disabled": {
    rule: waiting,
    then: (w) => deploy(w, rulebook([rule({ id: "r", ...waiting, enabled: false })])),
  },
  "rule.shadow": { rule: { shadow: true } },
  "rule.changed": {
    rule: waiting,
    then: (w) => deploy(w, rulebook([rule({ id: "r", digest: "new", onChange: "migrate", steps: flow(send("sms")) })])),
  },
  "rules.outdated": {
    rule: { steps: flow(send("sms")), window: null },
    before: (w) => {
      w.pauses.set("all", { reason: "paused", since: START, until: null });
    },
    then: (w) => {
      w.outdated = true;
      w.pauses.clear();
      deploy(w, rulebook([]));
    },
  },
  cancelled: {
    rule: waiting,
    then: (w) => deploy(w, rulebook([rule({ id: "r", digest: "new", onChange: "cancel", ...waiting })])),
  },
  "guard.false": { rule: { guard: { test: "no" } } },
  "when.false": { rule: { steps: flow(onlyWhen("no", send("sms"))) } },
  "stopped.by_event": {
    rule: { ...waiting, stopOn: [{ match: on("email.opened"), same: null }] },
    then: (w) => void w.event({ event_type: "email.opened" }),
  },
  "stopped.by_reply": {
    rule: { ...waiting, class: "marketing" },
    then: (w) => void w.event({ event_type: "sms.received", address: { phone }, data: { text: "Call me" } }),
  },
  "stopped.by_opt_out": {
    rule: { ...waiting, class: "marketing" },
    then: (w) => void w.event({ event_type: "sms.received", address: { phone }, data: { text: "STOP" } }),
  },
  "stopped.by_step": { rule: { steps: flow(stop("enough")) } },
  "consent.missing": { rule: { class: "marketing" } },
  suppressed: { before: (w) => void w.event({ event_type: "sms.opted_out", address: { phone } }) },
  "address.missing": { rule: { steps: flow(send("email")) } },
  "address.invalid": { phone: "12345" },
  "window.deferred": { rule: { window: { days: ["mon"], from: 0, to: 1_439, zone: "contact" } } },
  "quiet_hours.deferred": {
    rule: { class: "marketing" },
    workspace: {
      consent: { sms: "opt_out" },
      channels: new Map(CHANNELS.map((each) => [each.name, { ...each, quietHours: { from: 0, to: 1_439 } }])),
    },
  },
  "template.missing": { rule: { steps: flow(send("sms", { content: { text: "broken" } })) } },
  "template.empty": { rule: { steps: flow(send("sms", { content: { text: " " } })) } },
  "segments.exceeded": { rule: { steps: flow(send("sms", { content: { text: "x".repeat(500) } })) } },
  "cap.reached": { rule: { caps: oncePerDay("drop"), steps: flow(send("sms"), send("sms")) } },
  "cap.deferred": { rule: { caps: oncePerDay("defer"), steps: flow(send("sms"), send("sms")) } },
  "budget.reached": { workspace: poor("drop") },
  "budget.held": { workspace: poor("hold") },
  held: {
    rule: { steps: flow(wait(1, "m"), send("sms")) },
    then: (w) => {
      const other = rule({
        id: "other",
        trigger: { ...rule({ id: "x" }).trigger, match: on("lead.lost") },
        steps: flow(hold({ kind: "class", class: "transactional" }, 3, "d"), wait(1, "h")),
      });
      w.rules = rulebook([...w.rules.rules.values(), other]);
      w.event({ event_type: "lead.lost" });
      w.pass(HOUR);
    },
  },
  paused: { before: (w) => void w.pauses.set("all", { reason: "paused", since: START, until: null }) },
  self_paused: {
    workspace: { limits: { smsSegments: 3, firstDay: 1 } },
    rule: { steps: flow(send("sms"), send("sms")) },
  },
  expired: { rule: { ...waiting, expires: { count: 1, unit: "m" } }, then: tomorrow },
  "provider.rejected": { outcomes: [{ kind: "rejected", code: "30007", class: "content" }] },
  "provider.failed": { outcomes: [{ kind: "retryable", code: "503", afterMs: null }] },
  "provider.unknown": { outcomes: [{ kind: "ambiguous", code: "timeout" }] },
  // The door says so, before there is an event.
  quarantined: "not from decide",
  "lookup.failed": asking({ kind: "failed" }),
  "lookup.invalid": asking({ kind: "invalid" }),
  merged: {
    rule: waiting,
    then: (w) => {
      w.event({ event_type: "lead.created" }, "id:c2");
      w.event({ event_type: "contact.merged", data: { from: "c2" } });
    },
  },
  erased: { rule: waiting, then: (w) => void w.event({ event_type: "contact.erased" }) },
};

const told = Object.entries(stories).flatMap(([reason, story]) =>
  typeof story === "string" ? [] : [[reason, story] as const],
);

test.each(told)("%s is recorded when that is why", (reason, story) => {
  const plain = tell({});
  // Otherwise a reason that everything has would say nothing.
  if (reason !== "sent" && reason !== "completed") expect(plain).not.toContain(reason);
  expect(tell(story)).toContain(reason);
});

function tell(story: Story): readonly string[] {
  const w = world(rulebook([rule({ id: "r", ...story.rule })], story.workspace));
  w.conditions["no"] = () => false;
  w.outcomes.push(...(story.outcomes ?? []));
  const address = { phone: story.phone ?? phone };

  w.event({ event_type: "contact.identified", address });
  const before = w.records.length;
  story.before?.(w);
  lead(w, { address });
  story.then?.(w);
  return w.records.slice(before).flatMap(({ reason }) => reason ?? []);
}
