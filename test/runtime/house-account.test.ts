import { expect, test } from "vitest";
import type { LedgerRecord } from "../../src/core/model/decision.ts";
import { accountOf } from "../../src/ledger/account-of.ts";
import { addLine, newFigures, noFigures } from "../../src/ledger/figures.ts";
import { createDeployments } from "../../src/runtime/deployments.ts";
import { HOUSE_ACCOUNT } from "../../src/runtime/house-documents.ts";
import { killSwitchOf } from "../../src/runtime/kill-switch.ts";
import { createPauses } from "../../src/runtime/pauses.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const log = { info() {}, warn() {}, error() {} };

async function linesOf(store: Store): Promise<readonly LedgerRecord[]> {
  const { lines } = await accountOf(store, HOUSE_ACCOUNT, 100);
  return lines;
}

test("the account tells every pause and resume, of whom and why, and none that changed nothing", async () => {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  const killSwitch = killSwitchOf(store, clock, (rule) => rule);
  const since = clock.now();
  await killSwitch.pause("rule:trial", "wrong text", since + 60_000);
  await clock.pass(1_000);
  expect(await killSwitch.resume("rule:trial")).toBe(true);
  expect(await killSwitch.resume("rule:trial")).toBe(false);
  const pauses = createPauses(store, clock);
  await pauses.pause({ target: "rule:loop", reason: "self_paused", since, until: null, note: "too many" });
  const command = { kind: "command", rulebook: "" };
  const lines = await linesOf(store);
  expect(lines).toEqual([
    {
      ...command,
      at: since,
      rule: "trial",
      detail: {
        command: "pause",
        actor: "operator",
        target: "rule:trial",
        note: "wrong text",
        until: since + 60_000,
        because: "paused",
      },
    },
    {
      ...command,
      at: since + 1_000,
      rule: "trial",
      detail: { command: "resume", actor: "operator", target: "rule:trial", note: "" },
    },
    {
      ...command,
      at: since,
      rule: "loop",
      detail: {
        command: "pause",
        actor: "heed",
        target: "rule:loop",
        note: "too many",
        until: null,
        because: "self_paused",
      },
    },
  ]);
  // They are no deeds of the rule: its figures stay.
  const figures = newFigures();
  for (const line of lines) addLine(figures, line, "trial");
  expect(figures).toEqual(noFigures);
});

test("the account tells once which rulebook took which one's place, however many processes begin with it", async () => {
  const clock = virtualClock();
  const store = openMemoryStore({ clock });
  const [one, two] = [createDeployments(store, clock, log), createDeployments(store, clock, log)];
  await one.tell("a".repeat(64), "start");
  await two.tell("a".repeat(64), "start");
  await one.tell("b".repeat(64), "reload");
  await two.tell("b".repeat(64), "reload");
  await two.tell("a".repeat(64), "start");
  expect(
    (await linesOf(store)).map(({ rulebook, detail }) => [rulebook, detail?.["command"], detail?.["before"]]),
  ).toEqual([
    ["a".repeat(12), "deployed", null],
    ["b".repeat(12), "deployed", "a".repeat(64)],
  ]);
});
