import { describe, expect, test } from "vitest";
import type { Json } from "../../src/core/model/json.ts";
import { providerRegistry } from "../../src/providers/registry.ts";

function problemsOf(provider: string, settings: Json): readonly string[] {
  const configuration = providerRegistry.get(provider)?.configure(settings);
  if (configuration === undefined) throw new Error(`no provider ${provider}`);
  return configuration.ok ? [] : configuration.problems.map(({ path, message }) => `${path.join(".")} ${message}`);
}

const account = { account_sid: `AC${"0".repeat(32)}`, auth_token: "token" };
const doors: readonly (readonly [string, (publicUrl: string) => Json])[] = [
  ["twilio", (publicUrl) => ({ ...account, webhook: { public_url: publicUrl } })],
  ["messagebird", (publicUrl) => ({ access_key: "key", webhook: { public_url: publicUrl, signing_key: "key" } })],
  ["hubspot", (publicUrl) => ({ client_secret: "secret", public_url: publicUrl })],
];

describe.each(doors)("the public URL of %s", (provider, settings) => {
  test.each(["https://hooks.example.com", "https://hooks.example.com/", "https://example.com/heed"])(
    "may be %s",
    (url) => {
      expect(problemsOf(provider, settings(url))).toEqual([]);
    },
  );

  test.each(["", "/"])("is not that of the webhook itself, with %j behind it", (end) => {
    const url = `https://hooks.example.com/webhooks/${provider}${end}`;
    expect(problemsOf(provider, settings(url))).toEqual([expect.stringContaining("take that off its end")]);
  });

  test("is not said to be missing when it is wrong", () => {
    expect(problemsOf(provider, settings("hooks.example.com"))).toEqual([
      expect.stringContaining("expected an absolute http or https URL"),
    ]);
  });
});

test("the URL of a webhook is not said to be missing when it is wrong", () => {
  expect(problemsOf("webhook", { url: "example.com", secret: `whsec_${"A".repeat(32)}` })).toEqual([
    expect.stringContaining("expected an address that begins with https://"),
  ]);
});

test("the URL of Slack is not said to be missing when it is wrong", () => {
  expect(problemsOf("slack", { url: "hooks.slack.com" })).toEqual([expect.stringContaining("expected an absolute")]);
});
