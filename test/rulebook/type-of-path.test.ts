import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { CanonicalEvent } from "../../src/core/model/event.ts";
import type { Json } from "../../src/core/model/json.ts";
import { isJsonObject } from "../../src/core/model/parse-json.ts";
import { parseWorkspace } from "../../src/rulebook/parse-workspace.ts";
import { type PathTypes, pathTypesOf } from "../../src/rulebook/type-of-path.ts";
import { valueMistake } from "../../src/rulebook/value-mistake.ts";
import { heedYaml, inMemory, ruleYaml } from "./in-memory.ts";

function typesOf(files: Readonly<Record<string, string>>): PathTypes {
  const { parsed, problems } = parseWorkspace(inMemory({ "heed.yaml": heedYaml, ...files }));
  const types = pathTypesOf(parsed);
  if (types === null || problems.length > 0) throw new Error(JSON.stringify(problems));
  return types;
}

function say(types: PathTypes, path: string, ...events: readonly string[]): string {
  const found = types.of(path.split("."), { event: events, trigger: events });
  if (found.kind === "unknown") return `${found.mistake.message}; ${found.mistake.help("string")}`;
  const { kinds, values, optional } = found.type;
  return `${kinds.join(" or ")}${values === null ? "" : ` of ${values.join(", ")}`}${optional ? ", or missing" : ""}`;
}

/** Every value that is no map, with its path. */
function leavesOf(value: Json, path: readonly string[] = []): readonly (readonly [readonly string[], Json])[] {
  if (!isJsonObject(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, [...path, name]));
}

describe("what rules read of events", () => {
  const types = typesOf({
    "heed.yaml": heedYaml.replace(
      "  Order Completed: {}\n",
      [
        "  Order Completed: {}",
        "  Cart Updated: { data: { cart.total: number, items.0.name: string, at: time, tags: [string] } }",
        "  Cart Closed: { data: { at: string } }",
        "  email.clicked: { data: { template: string } }\n",
      ].join("\n"),
    ),
    "qualify.yaml": ruleYaml("qualify").replace(
      "actions:\n",
      "actions:\n  - emit: { event: lead.qualified, data: { score: 7, hot: true, by: '{{ rule.id }}' } }\n  - tag: seen\n",
    ),
  });

  test.each([
    ["event.event_type", ["email.clicked", "email.opened"], "text of email.clicked, email.opened"],
    ["event.occurred_at", ["email.clicked"], "time"],
    ["event.address.phone", ["sms.received"], "text, or missing"],
    ["event.data.url", ["email.clicked"], "text, or missing"],
    ["event.data.machine", ["email.clicked", "email.delivered"], "boolean, or missing"],
    ["event.data.template", ["email.clicked"], "text, or missing"],
    ["event.data.tag", ["contact.tagged"], "text, or missing"],
    ["event.data.traits.status", ["contact.identified"], "text, or missing"],
    ["event.data.class", ["consent.granted"], "text of transactional, marketing, or missing"],
    ["event.data.anonymous_id", ["email.processed"], "text, or missing"],
    ["event.data.anything", ["Order Completed"], "anything, or missing"],
    ["event.data.anything.at.all", ["lead.from_a_form"], "anything, or missing"],
    ["event.data.score", ["lead.qualified"], "integer, or missing"],
    ["event.data.by", ["lead.qualified"], "text, or missing"],
    ["event.data.cart.total", ["Cart Updated"], "number, or missing"],
    ["event.data.cart", ["Cart Updated"], "object, or missing"],
    ["event.data.items.4.name", ["Cart Updated"], "text, or missing"],
    ["event.data.tags.0", ["Cart Updated"], "text, or missing"],
    ["event.data.at", ["Cart Updated", "Cart Closed"], "time or text, or missing"],
    ["trigger.at", ["Cart Closed"], "text, or missing"],
    ["contact.tags", [], "texts"],
    ["contact.account_id", [], "text"],
    ["consent.sms", [], "text of granted, denied, unknown"],
  ])("%s of %j is %s", (path, events, type) => {
    expect(say(types, path, ...events)).toBe(type);
  });

  test.each([
    [
      "event.data.url",
      ["email.opened", "email.delivered"],
      "none of `email.opened`, `email.delivered` carries `url` in its data",
    ],
    ["event.data.cart.sum", ["Cart Updated"], "`event.data.cart` has no field `sum`; known are total"],
    ["event.data.hot.spot", ["lead.qualified"], "`event.data.hot` is true or false and has no fields"],
    ["event.data.points", ["lead.qualified"], "`lead.qualified` carries no `points` in its data"],
    ["consent.sales", [], "`sales` is no channel that reaches contacts"],
    ["last.sms.state", [], "`last.sms` has one field: status"],
  ])("%s of %j is nothing", (path, events, said) => {
    expect(say(types, path, ...events)).toContain(said);
  });

  test("a lead may have any name that is not nearly a known one", () => {
    const known = (type: string) => types.events.isKnown(type);
    expect(
      ["lead.demo_requested", "lead.qualified", "lead.won", "lead.created", "lead.webinar"].map(known),
    ).not.toContain(false);
    expect(
      ["lead.demo_request", "lead.demo-requested", "lead.qualifed", "lead", "lead.", "order.paid"].map(known),
    ).not.toContain(true);
  });
});

describe("what a vendor's webhooks carry", () => {
  const vendors = typesOf({
    "heed.yaml": heedYaml.replace(
      "  outbox: {}\n",
      '  outbox: {}\n  twilio: { account_sid: "${SID}", auth_token: "${TOKEN}" }\n  sendgrid: { api_key: "${KEY}" }\n',
    ),
  });
  const without = typesOf({});

  function recorded(vendor: string): readonly CanonicalEvent[] {
    const folder = new URL(`../providers/fixtures/${vendor}/`, import.meta.url);
    return (
      readdirSync(folder)
        .filter((name) => name.endsWith(".canonical.json"))
        .flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")).events ?? [])
        // What a vendor said that nobody knows has fields that nobody knows.
        .filter(({ event_type: type }) => type !== "unknown")
    );
  }

  test.each(["sendgrid", "twilio"])("every field that %s sent is known, with its type", (vendor) => {
    const events = recorded(vendor);
    expect(events.length).toBeGreaterThan(5);
    for (const { event_type, data } of events) {
      for (const [path, value] of leavesOf(data)) {
        // Custom arguments of the customer's own mails are the customer's to declare.
        if (["rule_id", "dispatch_id", "contact_id"].includes(path.join("."))) continue;
        const found = vendors.of(["event", "data", ...path], { event: [event_type], trigger: [] });
        const said = found.kind === "unknown" ? found.mistake.message : valueMistake(value, found.type);
        expect(said, `${event_type} ${path.join(".")}`).toBeNull();
      }
    }
  });

  test("is known only where the vendor is configured", () => {
    expect(say(vendors, "event.data.bounce_classification", "email.bounced")).toBe("text, or missing");
    expect(say(without, "event.data.bounce_classification", "email.bounced")).toContain("carries no");
  });
});
