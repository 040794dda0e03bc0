import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Reason } from "../../src/core/model/reason.ts";

/** Where each reason comes from: the core alone can give most of them, and each of those has a test beside this one. */
const givenBy: Readonly<Record<Reason, "core" | "ingest" | "lookups" | "merging">> = {
  sent: "core",
  "event.duplicate": "core",
  "event.stale": "core",
  "trigger.no_match": "core",
  "reentry.active": "core",
  "reentry.cooldown": "core",
  restarted: "core",
  rollout: "core",
  holdout: "core",
  "rule.disabled": "core",
  "rule.shadow": "core",
  "rule.changed": "core",
  cancelled: "core",
  "guard.false": "core",
  "when.false": "core",
  "stopped.by_event": "core",
  "stopped.by_reply": "core",
  "stopped.by_opt_out": "core",
  "stopped.by_step": "core",
  "consent.missing": "core",
  suppressed: "core",
  "address.missing": "core",
  "address.invalid": "core",
  "window.deferred": "core",
  "quiet_hours.deferred": "core",
  "template.missing": "core",
  "template.empty": "core",
  "segments.exceeded": "core",
  "cap.reached": "core",
  "cap.deferred": "core",
  "budget.reached": "core",
  "budget.held": "core",
  held: "core",
  paused: "core",
  self_paused: "core",
  expired: "core",
  "lookup.failed": "lookups",
  "lookup.invalid": "lookups",
  "provider.rejected": "core",
  "provider.failed": "core",
  "provider.unknown": "core",
  completed: "core",
  quarantined: "ingest",
  merged: "merging",
  erased: "merging",
};

const here = import.meta.dirname;
const stories = readdirSync(here)
  .filter((name) => name.endsWith(".test.ts") && name !== "reasons.test.ts")
  .map((name) => readFileSync(`${here}/${name}`, "utf8"))
  .join("\n");

test.each(Object.entries(givenBy).flatMap(([reason, by]) => (by === "core" ? [reason] : [])))(
  "%s is expected by some test of the core",
  (reason) => {
    expect(stories).toContain(`"${reason}"`);
  },
);
