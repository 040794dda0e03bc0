import { expect, test } from "vitest";
import type { Pause } from "../../src/core/model/decision.ts";
import { flow, onlyWhen, send } from "./flow.ts";
import { CHANNELS, rule, rulebook, START, world } from "./given.ts";

/** The contract's order of the gates decides which of many reasons is recorded. */

interface Trouble {
  readonly paused: boolean;
  readonly enabled: boolean;
  readonly expired: boolean;
  readonly held: boolean;
  readonly guard: boolean;
  readonly when: boolean;
  readonly holdout: number;
  readonly consented: boolean;
  readonly silenced: boolean;
  readonly phone: string;
  readonly open: boolean;
  readonly quiet: boolean;
  readonly text: string;
  readonly mayCap: boolean;
  readonly shadow: boolean;
  readonly budget: number;
}

const everything: Trouble = {
  paused: true,
  enabled: false,
  expired: true,
  held: true,
  guard: false,
  when: false,
  holdout: 1,
  consented: false,
  silenced: true,
  phone: "12345",
  open: false,
  quiet: true,
  text: "",
  mayCap: false,
  shadow: true,
  budget: 0,
};

/** One trouble after the other is mended; the reason that is recorded is that of the first one left. */
const mending: readonly (readonly [Partial<Trouble>, string])[] = [
  [{}, "paused"],
  [{ paused: false }, "rule.disabled"],
  [{ enabled: true }, "expired"],
  [{ expired: false }, "held"],
  [{ held: false }, "guard.false"],
  [{ guard: true }, "when.false"],
  [{ when: true }, "holdout"],
  [{ holdout: 0 }, "consent.missing"],
  [{ consented: true }, "suppressed"],
  [{ silenced: false }, "address.invalid"],
  [{ phone: "+12025550143" }, "window.deferred"],
  [{ open: true }, "quiet_hours.deferred"],
  [{ quiet: false }, "template.empty"],
  [{ text: "x".repeat(500) }, "segments.exceeded"],
  [{ text: "hello" }, "cap.reached"],
  [{ mayCap: true }, "rule.shadow"],
  [{ shadow: false }, "budget.held"],
  [{ budget: 1_000_000 }, "sent"],
];

test.each(mending.map(([, reason], index) => [reason, index] as const))(
  "%s is what is recorded when all before it is well and nothing behind it",
  (reason, index) => {
    const mended = mending.slice(0, index + 1).map(([each]) => each);
    const trouble: Trouble = Object.assign({}, everything, ...mended);
    expect(firstReason(trouble)).toBe(reason);
  },
);

function firstReason(trouble: Trouble): string | undefined {
  const rules = rulesOf(trouble);
  const w = world(rules);
  w.conditions["guard"] = () => trouble.guard;
  w.conditions["when"] = () => trouble.when;
  const address = { phone: trouble.phone };
  w.event({ event_type: "contact.identified", address });
  w.event({ event_type: "consent.granted", data: { channel: trouble.consented ? "sms" : "email" } });
  // The ticket is in the lane before anything goes wrong: it waits there, paused.
  w.rules = rulesOf({ ...trouble, enabled: true, expired: false });
  const later: Pause = { reason: "paused", since: START, until: START + 60_000 };
  w.pauses.set("all", later);
  w.event({ event_type: "lead.created", address });
  spoil(w, trouble, address);
  const before = w.records.length;
  if (trouble.paused) return w.reasons().at(-1);
  w.pauses.clear();
  w.rules = rules;
  w.pass(60_000);
  return w.records.slice(before).find(({ kind }) => kind === "message" || kind === "ended")?.reason;
}

function rulesOf(trouble: Trouble) {
  const noon = { from: 0, to: 12 * 60 };
  const price = { per: "message", usual: { micros: 1, currency: "USD" }, prefixes: new Map() } as const;
  return rulebook(
    [
      rule({
        id: "r",
        class: "marketing",
        enabled: trouble.enabled,
        guard: { test: "guard" },
        holdout: trouble.holdout,
        shadow: trouble.shadow,
        expires: { count: trouble.expired ? 30 : 86_400, unit: "s" },
        onChange: "migrate",
        window: { days: trouble.open ? ["fri"] : ["mon"], from: 0, to: 1_439, zone: "contact" },
        caps: [
          {
            max: trouble.mayCap ? 9 : 1,
            per: "contact",
            channel: null,
            class: null,
            within: { count: 1, unit: "h" },
            onExceed: "drop",
          },
        ],
        steps: flow(onlyWhen("when", send("sms", { content: { text: trouble.text } }))),
      }),
    ],
    {
      budgets: [{ channel: "sms", max: { micros: trouble.budget, currency: "USD" }, per: "day", onExceed: "hold" }],
      channels: new Map(
        CHANNELS.map((channel) => [
          channel.name,
          { ...channel, price, quietHours: trouble.quiet ? { from: 13 * 60, to: 15 * 60 } : noon },
        ]),
      ),
    },
  );
}

/** What lies in the contact's document alone. */
function spoil(w: ReturnType<typeof world>, trouble: Trouble, address: { readonly phone: string }): void {
  const contact = w.contact();
  const place = { intent: "other", at: START, rule: "r", channel: "sms", class: "marketing" } as const;
  const enrollments = Object.fromEntries(
    Object.entries(contact.enrollments).map(([id, each]) => [
      id,
      { ...each, expiresAt: trouble.expired ? START + 30_000 : each.expiresAt },
    ]),
  );
  w.contacts.set("id:c1", {
    ...contact,
    enrollments,
    taken: [...contact.taken, place],
    holds: trouble.held ? [{ by: "other", rules: null, class: "marketing", until: START + 3_600_000 }] : [],
    suppressions: trouble.silenced
      ? { [`phone:${address.phone}`]: { state: "suppressed", cause: "bounced", at: START } }
      : {},
  });
}
