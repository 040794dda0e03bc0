import { expect, test } from "vitest";
import { describeRoles } from "../../src/cli/roles.ts";
import { BadSetting, readRunSettings } from "../../src/cli/run-settings.ts";

const nats = { store: "nats://127.0.0.1:4222" };

function rolesOf(flags: Parameters<typeof readRunSettings>[1], env: NodeJS.ProcessEnv = {}): readonly string[] {
  return [...readRunSettings("rules", flags, env).roles].toSorted();
}

test("a process does everything unless told otherwise, and the flag wins over the environment", () => {
  expect(rolesOf({})).toEqual(["console", "decide", "dispatch", "ingest"]);
  expect(rolesOf(nats, { HEED_ROLE: "ingest" })).toEqual(["ingest"]);
  expect(rolesOf({ ...nats, role: "decide, dispatch" }, { HEED_ROLE: "ingest" })).toEqual(["decide", "dispatch"]);
  expect(rolesOf({ role: "all" })).toHaveLength(4);
});

test("a role that is none is refused with those there are", () => {
  expect(() => rolesOf({ ...nats, role: "decide,send" })).toThrow(BadSetting);
  expect(() => rolesOf({ ...nats, role: "decide,send" })).toThrow(
    /expected ingest, decide, dispatch, console or all.*found "decide,send"/,
  );
  expect(() => rolesOf({ ...nats, role: "" })).toThrow(BadSetting);
});

test("the embedded store is one process's, which does it all", () => {
  expect(() => rolesOf({ role: "ingest" })).toThrow(/embedded store belongs to one process.*found "ingest".*nats:\/\//);
  expect(rolesOf({ role: "ingest,decide,dispatch,console" })).toHaveLength(4);
});

test("people read roles in the order of a message's way", () => {
  expect(describeRoles(new Set(["dispatch", "ingest"]))).toBe("ingest, dispatch");
  expect(describeRoles(new Set(["ingest", "decide", "dispatch", "console"]))).toBe("all");
});
