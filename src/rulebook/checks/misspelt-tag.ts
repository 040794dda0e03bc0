import { operandsOf } from "../../conditions/logic/literal.ts";
import { isJsonObject } from "../../core/model/parse-json.ts";
import { type Check, problemAt } from "../check.ts";
import { type SeenTest, testsInSight } from "../events-in-sight.ts";
import { jsonAt } from "../json-at.ts";
import { literalOf } from "../made-events.ts";
import type { ParsedRule, ParsedWorkspace } from "../parsed-workspace.ts";
import type { Problem } from "../problem.ts";
import { stepsOf } from "../steps.ts";
import { slipOf } from "../suggest.ts";

/** A tag that no rule gives, and one that rules give is spelled nearly the same. */
export const misspeltTag = {
  id: "misspelt-tag",
  pages: {
    HEED227: {
      what: "A condition asks for a tag that no rule gives, and rules give one that is spelled nearly the same.",
      why: "Tags need no declaration, so nobody else notices: the rule never starts, or speaks to those whom the tag should keep out.",
      example: {
        in: "rule",
        bad: "guard:\n  contact.tags: { not_contains: source:whitepapr }\nactions:\n  - send: sms\n    text: Hello.\n  - tag: source:whitepaper",
        good: "guard:\n  contact.tags: { not_contains: source:whitepaper }\nactions:\n  - send: sms\n    text: Hello.\n  - tag: source:whitepaper",
      },
      waivable: true,
    },
  },
  run,
} as const satisfies Check;

function run({ rules }: ParsedWorkspace): readonly Problem[] {
  const given = [...new Set(rules.flatMap(tagsOf))];
  if (given.length === 0) return [];
  const known = new Set(given.map((tag) => tag.toLowerCase()));
  return rules.flatMap((rule) =>
    testsInSight(rule).flatMap((seen) => {
      if (!isAboutTags(seen)) return [];
      for (const operand of operandsOf(seen.test)) {
        const meant = typeof operand !== "string" || known.has(operand.toLowerCase()) ? null : slipOf(operand, given);
        if (meant !== null && withoutNumber(meant) !== withoutNumber(String(operand)))
          return [toProblem(rule, seen, String(operand), meant)];
      }
      return [];
    }),
  );
}

/** `tier:1` and `tier:2`, `plan-a` and `plan-b` are told apart on purpose. */
function withoutNumber(tag: string): string {
  return tag
    .toLowerCase()
    .replace(/\d+/g, "")
    .replace(/[\s:_-].$/, "");
}

/** Taken away as well as given: whoever takes one away knows of it. */
function tagsOf({ file }: ParsedRule): readonly string[] {
  return stepsOf(file).flatMap(({ step }) => {
    const tag = "tag" in step ? step.tag : "untag" in step ? step.untag : null;
    return tag === null || literalOf(tag) === null ? [] : [tag];
  });
}

const tagEvents: ReadonlySet<string> = new Set(["contact.tagged", "contact.untagged"]);

function isAboutTags({ test, sight }: SeenTest): boolean {
  const path = test.path.join(".");
  return path === "contact.tags" || (path === "event.data.tag" && sight.event.every((type) => tagEvents.has(type)));
}

function toProblem({ document }: ParsedRule, { test, path }: SeenTest, tag: string, meant: string): Problem {
  return problemAt(document, {
    code: "HEED227",
    severity: "warning",
    path: isJsonObject(jsonAt(document.data, path)) ? [...path, test.operator] : path,
    message: `no rule gives the tag \`${tag}\``,
    help: `did you mean \`${meant}\`?`,
  });
}
