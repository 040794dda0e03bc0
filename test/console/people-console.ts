import { afterEach } from "vitest";
import { pausesPort } from "../../src/cli/pauses-port.ts";
import { peoplePages } from "../../src/cli/people-pages.ts";
import type { SendOutcome } from "../../src/core/model/outgoing.ts";
import type { Rulebook } from "../../src/core/model/rulebook.ts";
import { createMetrics } from "../../src/observe/metrics.ts";
import { startEngine } from "../../src/runtime/engine.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { deployedOf, fakeProvider } from "../runtime/fake-deployment.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { virtualClock } from "../support/virtual-clock.ts";
import { START } from "../core/given.ts";
import { openConsole, operator, viewer } from "./open-console.ts";

export const SECOND = 1_000;
export const HOUR = 3_600 * SECOND;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** The pages about people over a store and an engine that runs these rules, asked as a browser asks. */
export async function openPeople(rules: Rulebook, answers: SendOutcome[] = []) {
  const clock = virtualClock(START);
  const store = openMemoryStore({ clock });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const provider = fakeProvider({
    async send() {
      return answers.shift() ?? { kind: "accepted", providerMessageId: "vendor-1" };
    },
  });
  const deployed = deployedOf(rules, provider, "Hello {{ contact.first_name | default: 'you' }}.");
  const engine = await startEngine({ store, clock, log, metrics: createMetrics() }, deployed);
  const dataDirectory = scratchDirectory();
  const people = peoplePages({
    store,
    clock,
    apiToken: operator,
    dataDirectory,
    workspace: () => deployed.workspace,
    pauses: () => pausesPort(engine),
  });
  const browser = await openConsole({ clock, ...people });
  closers.push(async () => {
    browser.close();
    const stopping = engine.stop(SECOND);
    await clock.pass(2 * SECOND);
    await stopping;
    await store.close();
  });
  const sessions = {
    operator: await browser.logIn(operator, "/contacts", "Kim"),
    viewer: await browser.logIn(viewer, "/contacts"),
  };
  return {
    ...browser,
    clock,
    store,
    engine,
    dataDirectory,
    people,
    sessions,
    /** Lets it happen, and be decided. */
    async event(event_type: string, key: string, fields: object = {}): Promise<void> {
      const at = new Date(clock.now()).toISOString();
      const event_id = `e-${event_type}-${key}-${clock.now()}`;
      const schema = { schema_version: 1, occurred_at: at, received_at: at, provider: "test" };
      const whole = {
        ...schema,
        event_id,
        event_type,
        ...(key.startsWith("id:") && { contact_id: key.slice(3) }),
        data: {},
        ...fields,
      };
      await store.append([{ id: `test:${whole.event_id}`, key, body: Buffer.from(JSON.stringify(whole)) }]);
      await clock.pass(SECOND);
    },
    async page(path: string, as: keyof typeof sessions = "operator"): Promise<string> {
      const answer = await browser.get(path, sessions[as].cookie);
      return answer.text();
    },
    /** What a form does, as its page sends it. */
    send(path: string, fields: Record<string, string>, as: keyof typeof sessions = "operator") {
      const { cookie, csrf } = sessions[as];
      return browser.post(path, { csrf, ...fields }, { cookie });
    },
    /** Where the search leads. */
    async find(who: string, as: keyof typeof sessions = "viewer"): Promise<string> {
      const { cookie, csrf } = sessions[as];
      const answer = await browser.post("/contacts/find", { csrf, who }, { cookie });
      return answer.headers.get("location") ?? "";
    },
  };
}

/** What a deed said, out of the answer that leads on. */
export function saidIn(answer: Response): string {
  const cookie = answer.headers.getSetCookie().find((each) => each.startsWith("heed_said=")) ?? "";
  return decodeURIComponent(/^heed_said=([^;]*)\.[^.;]*(?:;|$)/.exec(cookie)?.[1] ?? "");
}
