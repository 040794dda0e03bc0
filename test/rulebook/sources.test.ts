import { describe, expect, it } from "vitest";
import { checkWorkspace } from "../../src/rulebook/check-workspace.ts";
import { compileWorkspace } from "../../src/rulebook/compile-workspace.ts";
import { heedYaml, inMemory } from "./in-memory.ts";

const sources = `
sources:
  shop:
    auth: hmac_sha256
    header: x-shop-signature
    secret: ["\${SHOP_SECRET}", "\${SHOP_SECRET_OLD}"]
    events:
      type: $headers.x-topic
      names: { orders/create: order.placed, orders/paid: order.paid }
      id: id
      email: customer.email
      data: { total: total_price, items: line_items }
  form:
    auth: bearer
    secret: "\${FORM_SECRET}"
    events: { event: form.sent, email: email }
`;
const rule = (event: string, field: string, operand: string) => `
rule: after-order
description: For a test.
owner: growth-ops
class: transactional
trigger: { event: ${event}, where: { event.data.${field}: ${operand} } }
actions:
  - { send: sms, text: Hello. }
`;
const checked = (event: string, field: string, operand = "{ gt: 5 }", heed = heedYaml + sources) =>
  checkWorkspace(inMemory({ "heed.yaml": heed, "after-order.yaml": rule(event, field, operand) }), null)
    .problems.filter(({ severity }) => severity === "error")
    .map(({ code, help }) => [code, help]);

describe("events that sources are mapped to", () => {
  it("are known to rules without a line under `events:`, by the fields of their mapping", () => {
    expect(checked("order.placed", "total")).toEqual([]);
    expect(checked("order.paid", "items.0.title", "Shirt")).toEqual([]);
    expect(checked("order.placed", "anonymous_id", "a")).toEqual([]);
    expect(checked("form.sent", "anything_at_all", "a")).toEqual([]);
  });

  it("are told apart from slips of the pen", () => {
    expect(checked("order.place", "total")).toEqual([["HEED203", "did you mean `order.placed`?"]]);
    expect(checked("order.placed", "totl")).toEqual([["HEED204", "did you mean `total`?"]]);
  });

  it("have the types that `events:` declares", () => {
    const declared = heedYaml.replace("events:\n", "events:\n  order.placed: { data: { total: number } }\n") + sources;
    expect(checked("order.placed", "total", "{ gt: 5 }", declared)).toEqual([]);
    expect(checked("order.placed", "total", "{ starts_with: a }", declared)).toEqual([["HEED320", expect.anything()]]);
    expect(checked("order.placed", "items.0.title", "Shirt", declared)).toEqual([]);
  });
});

describe("sources of a compiled workspace", () => {
  it("have their secrets from the environment", async () => {
    const env = { SHOP_SECRET: "s1", SHOP_SECRET_OLD: "s0", FORM_SECRET: "f1" };
    const compiled = await compileWorkspace(inMemory({ "heed.yaml": heedYaml + sources }), env);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    expect([...compiled.workspace.webhookSources.keys()]).toEqual(["shop", "form"]);
    expect(compiled.workspace.webhookSources.get("shop")).toMatchObject({ secret: ["s1", "s0"] });
    expect((await compileWorkspace(inMemory({ "heed.yaml": heedYaml + sources }), {})).ok).toBe(false);
  });
});

describe("the name of a source", () => {
  const named = (name: string) =>
    checkWorkspace(inMemory({ "heed.yaml": heedYaml + sources.replace("  form:", `  ${name}:`) }), null)
      .problems.filter(({ severity }) => severity === "error")
      .map(({ code }) => code);

  it.each(["twilio", "segment", "api", "heed", "import"])("is not %s, which speaks for somebody else", (name) => {
    expect(named(name)).toEqual(["HEED222"]);
  });

  it("is any other", () => {
    expect(named("our_form-2")).toEqual([]);
  });
});
