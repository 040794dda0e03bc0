import { expect, test } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

const heed = heedYaml.replace(
  /opt_out: .*/,
  'opt_out: { unsubscribe: { public_url: "https://hooks.acme.example", secret: "${UNSUBSCRIBE_SECRET}" } }',
);

/** What is said of marketing through this channel whose text has the link. */
function said(channel: string): readonly string[] {
  const step = `{ send: ${channel}, subject: Hello, text: "Hello. {{ unsubscribe_url }}" }`;
  const rule = ruleYaml("hello")
    .replace("transactional", "marketing")
    .replace(/\{ send.*/, step);
  const { problems } = checkWorkspace(inMemory({ "heed.yaml": heed, "hello.yaml": rule }), null);
  return problems.map(({ code }) => code);
}

test.each([
  ["an email", "email", []],
  ["an email or a text message", "[email, sms]", ["HEED405", "HEED412"]],
  ["a channel whose name has a slip", "emial", ["HEED201"]],
])("the link to unsubscribe in %s", (_, channel, codes) => {
  expect(said(channel)).toEqual(codes);
});
